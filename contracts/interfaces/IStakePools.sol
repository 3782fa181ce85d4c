// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IStakePools
/// @notice Operators and their delegators stake OPEN behind a role. Stake earns, gives weight in the oracle quorum, and is
/// slashed when what it signed is proven wrong.
/// @dev Each (role, operator) has a pool of shares. Rounding is always against the caller. Times are unix seconds, amounts
/// OPEN wei, bps are 1/10,000.
interface IStakePools {
    /// @notice What stake stands behind: scores, reviews, or serving.
    enum Role {
        Oracle,
        Validator,
        Compute
    }

    /// @notice The stake behind an operator in one role.
    struct Pool {
        /// OPEN that is active: earns and counts.
        uint128 assets;
        /// OPEN that is leaving; slashable until withdrawn.
        uint128 unbondingAssets;
        uint256 shares;
        uint256 unbondingShares;
        /// Key that signs for the operator; 0 if it has not registered.
        address signer;
        /// Part of the rewards that the operator keeps before its pool shares the rest.
        uint16 commissionBps;
        /// End of the last jailing; 0 if it is not in jail. The operator leaves with {unjail}.
        uint40 jailedUntil;
        /// Oracle only: holds one of the `MAX_MEMBERS` seats.
        bool seated;
        /// Oracle only: its operator gave no sign of life when asked; it counts in no quorum and earns nothing.
        bool dormant;
    }

    /// @notice Stake on its way out.
    struct Ticket {
        address owner;
        uint40 withdrawableAt;
        Role role;
        /// When it was paid out; 0 while it is not.
        uint40 withdrawnAt;
        address operator;
        /// Shares of the pool's unbonding assets.
        uint256 unbondingShares;
    }

    /// @notice OPEN joined a pool.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param delegator Whose shares.
    /// @param assets OPEN wei.
    /// @param shares Shares of the pool.
    event Staked(
        Role indexed role,
        address indexed operator,
        address indexed delegator,
        uint256 assets,
        uint256 shares
    );
    /// @notice Shares left a pool; a ticket pays them out later.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param delegator Whose shares.
    /// @param ticketId The ticket.
    /// @param assets OPEN wei.
    /// @param shares Shares of the pool.
    /// @param withdrawableAt First second in which the ticket can be paid out.
    event UnbondRequested(
        Role indexed role,
        address indexed operator,
        address indexed delegator,
        uint256 ticketId,
        uint256 assets,
        uint256 shares,
        uint256 withdrawableAt
    );
    /// @notice A ticket was paid out.
    /// @param ticketId The ticket.
    /// @param delegator Whose shares.
    /// @param assets OPEN wei.
    event Withdrawn(uint256 indexed ticketId, address indexed delegator, uint256 assets);
    /// @notice Stake was taken for something that the operator signed or failed to do.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param beneficiary Who got the challenger's part; zero if nobody.
    /// @param activeAssets OPEN wei of active stake that were taken.
    /// @param unbondingAssets OPEN wei on their way out that were taken.
    /// @param reward OPEN wei that the beneficiary got.
    event Slashed(
        Role indexed role,
        address indexed operator,
        address indexed beneficiary,
        uint256 activeAssets,
        uint256 unbondingAssets,
        uint256 reward
    );
    /// @notice Only the owner, a slasher or the operator itself, whichever the function names.
    /// @param caller Who called.
    error StakeUnauthorized(address caller);
    /// @notice The operator has not registered in this role.
    /// @param role The role of the pool.
    /// @param operator The operator.
    error StakeUnknownOperator(Role role, address operator);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error StakeOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @notice The amount is zero, or worth nothing after rounding.
    error StakeZeroAmount();
    /// @notice The assets would buy fewer shares than the caller accepts.
    /// @param shares What they would buy.
    /// @param minimum The least that the caller accepts.
    error StakeTooFewShares(uint256 shares, uint256 minimum);
    /// @notice The operator keeps more than the caller accepts.
    /// @param commissionBps What it keeps.
    /// @param maximum The most that the caller accepts.
    error StakeCommissionTooHigh(uint256 commissionBps, uint256 maximum);
    /// @notice Slashed to nothing again and again, the pool's shares are worth too little to mint more.
    /// @param role The role of the pool.
    /// @param operator The operator.
    error StakePoolSpent(Role role, address operator);
    /// @notice More shares than the caller has in the pool.
    /// @param shares What the caller has.
    /// @param requested How many were asked for.
    error StakeInsufficientShares(uint256 shares, uint256 requested);
    /// @notice The ticket is another's, or paid out.
    /// @param ticketId The ticket.
    /// @param caller Who called.
    error StakeNotTicketOwner(uint256 ticketId, address caller);
    /// @notice The ticket can be paid out from `withdrawableAt` on.
    /// @param ticketId The ticket.
    /// @param withdrawableAt First second in which the ticket can be paid out.
    error StakeUnbonding(uint256 ticketId, uint256 withdrawableAt);

    /// @notice Adds the caller's OPEN to an operator's pool.
    /// @dev Warning: a slash hits all shares alike, also those that joined after the fault.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param assets OPEN wei, pulled from the caller (needs an allowance).
    /// @param minShares The fewest shares that the caller accepts for them.
    /// @param maxCommissionBps The highest commission that the caller accepts.
    /// @return shares Shares minted to the caller, rounded down.
    function stake(
        Role role,
        address operator,
        uint256 assets,
        uint256 minShares,
        uint16 maxCommissionBps
    ) external returns (uint256 shares);

    /// @notice Takes the caller's shares out of the pool. Always possible, also in jail.
    /// @dev Warning: the stake earns nothing from here on and can be slashed until it is withdrawn.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param shares How many.
    /// @return ticketId For {withdraw} after `unbondingPeriod`, and never before a ticket that was requested earlier.
    function requestUnbond(Role role, address operator, uint256 shares) external returns (uint256 ticketId);

    /// @notice Pays a ticket out to its owner, once its time has come.
    /// @param ticketId The ticket.
    /// @return assets OPEN wei, rounded down.
    function withdraw(uint256 ticketId) external returns (uint256 assets);

    /// @notice Shares `assets` among oracle stake that was there before: see {IStakeRewards}.
    /// @param assets OPEN wei, pulled from the caller (needs an allowance).
    function fundStakers(uint256 assets) external;

    /// @notice Takes `bps` of an operator's active and unbonding stake, jails it, and, for an oracle, revokes all
    /// snapshots. Slashers of the role only.
    /// @dev A slash of an operator without stake takes nothing and still jails.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param bps Share in basis points, at most 10,000.
    /// @param beneficiary Gets `challengerBps` of the slash; the treasury gets the rest, and all of it if this is 0.
    /// @return reward OPEN wei paid to the beneficiary.
    function slash(Role role, address operator, uint16 bps, address beneficiary) external returns (uint256 reward);

    /// @notice Slashes an oracle operator like {slash} and pays all of it to the caller, who decides later whose it is. Oracle
    /// slashers only.
    /// @param operator The operator.
    /// @param bps Share in basis points, at most 10,000.
    /// @return active OPEN wei of active stake that were taken.
    /// @return unbonding OPEN wei on their way out that were taken.
    /// @return lastTicketId The last ticket that it hit, if that was not paid out.
    function seize(
        address operator,
        uint16 bps
    ) external returns (uint256 active, uint256 unbonding, uint256 lastTicketId);

    /// @notice Where delegators and operators claim what their stake earns: {IStakeRewards}.
    /// @return Its address.
    function rewards() external view returns (address);

    /// @notice Active stake behind an operator; 0 while it is in jail.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @return assets OPEN wei.
    function stakeOf(Role role, address operator) external view returns (uint256 assets);

    /// @notice The pool as stored.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @return pool The pool.
    function poolOf(Role role, address operator) external view returns (Pool memory pool);

    /// @notice Shares of a delegator in a pool.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param delegator Whose shares.
    /// @return shares Shares of the pool.
    function sharesOf(Role role, address operator, address delegator) external view returns (uint256 shares);

    /// @notice OPEN wei that `shares` of a pool are worth now, rounded down.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param shares Shares of the pool.
    /// @return assets OPEN wei.
    function assetsOf(Role role, address operator, uint256 shares) external view returns (uint256 assets);

    /// @notice A ticket; all zero if there never was one.
    /// @param ticketId The ticket.
    /// @return ticket The ticket.
    function ticketOf(uint256 ticketId) external view returns (Ticket memory ticket);
}
