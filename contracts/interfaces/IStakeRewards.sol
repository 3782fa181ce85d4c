// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IStakeRewards
/// @notice Shares the stakers' part of every fee: what came in during an epoch belongs to oracle stake that was active for the whole of
/// it, behind operators that held a seat and were not in jail for the whole of it. Paid out when the epoch is over.
/// @dev A contract of its own, so that no fault in it can reach a stake. Amounts are OPEN wei.
interface IStakeRewards {
    /// @notice OPEN came in, for who is staked throughout this epoch.
    /// @param epoch The epoch.
    /// @param assets OPEN wei.
    event RewardsFunded(uint64 indexed epoch, uint256 assets);
    /// @notice What nobody earned went to the treasury.
    /// @param epoch The epoch in which it was noticed.
    /// @param assets OPEN wei.
    event RewardsUnearned(uint64 indexed epoch, uint256 assets);
    /// @notice An account took what it had earned.
    /// @param operator The operator.
    /// @param account Delegator, or the operator with its commission.
    /// @param assets OPEN wei.
    event RewardsClaimed(address indexed operator, address indexed account, uint256 assets);

    /// @notice Only the stake manager.
    /// @param caller Who called.
    error RewardsUnauthorized(address caller);

    /// @notice Counts OPEN that was just sent here. Stake manager only.
    /// @param assets OPEN wei.
    function fund(uint256 assets) external;

    /// @notice A pool or a delegator's share of it changed. Stake manager only, after every change.
    /// @param operator Whose oracle pool.
    /// @param assets Its active OPEN wei.
    /// @param shares Its shares.
    /// @param earning Whether it is seated and not in jail.
    /// @param delegator Whose shares changed; 0 if nobody's.
    /// @param held Shares that the delegator has now.
    function report(
        address operator,
        uint256 assets,
        uint256 shares,
        bool earning,
        address delegator,
        uint256 held
    ) external;

    /// @notice The operator keeps this part of what its pool earns from the present epoch on. Stake manager only.
    /// @param operator Whose oracle pool.
    /// @param commissionBps Basis points.
    function setCommission(address operator, uint16 commissionBps) external;

    /// @notice Pays the caller what it has earned in past epochs behind an operator, and its commission if it is the operator. What
    /// it would pay can be read by calling it without sending.
    /// @param operator The operator.
    /// @return assets OPEN wei.
    function claim(address operator) external returns (uint256 assets);

    /// @notice How often active stake was taken from a pool. Slashes are numbered from 1.
    /// @param operator Whose oracle pool.
    /// @return slashes Number of the last one.
    function slashesOf(address operator) external view returns (uint48 slashes);

    /// @notice Whose stake a slash took: shares that a delegator had in it.
    /// @param operator Whose oracle pool.
    /// @param delegator Whose shares.
    /// @param slash Number of the slash.
    /// @return shares Shares of the pool; those of the present for a slash that has not happened.
    function sharesAt(address operator, address delegator, uint48 slash) external view returns (uint256 shares);
}
