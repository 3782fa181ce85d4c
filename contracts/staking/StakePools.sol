// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeERC20, IERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IStakePools} from "../interfaces/IStakePools.sol";
import {IStakeRewards} from "../interfaces/IStakeRewards.sol";
import {ShareMath} from "./ShareMath.sol";
import {StakeState} from "./StakeState.sol";

/// @title StakePools
/// @notice Shares of stake, and stake on its way out.
abstract contract StakePools is StakeState {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using ShareMath for uint256;
    using Checkpoints for Checkpoints.Trace208;

    uint256 internal constant BPS = 10_000;

    /// @inheritdoc IStakePools
    function stake(
        Role role,
        address operator,
        uint256 assets,
        uint256 minShares,
        uint16 maxCommissionBps
    ) external returns (uint256 shares) {
        Pool storage pool = _poolOf(role, operator);
        if (pool.commissionBps > maxCommissionBps) {
            revert StakeCommissionTooHigh(pool.commissionBps, maxCommissionBps);
        }
        shares = assets.toSharesDown(pool.assets, pool.shares);
        if (shares == 0) revert StakeZeroAmount();
        if (shares < minShares) revert StakeTooFewShares(shares, minShares);
        pool.shares += shares;
        if (pool.shares > ShareMath.MAX_SHARES) revert StakePoolSpent(role, operator);
        _shares[role][operator][msg.sender] += shares;
        _setAssets(role, operator, pool, pool.assets + assets, msg.sender);
        if (role == Role.Oracle) _noteStaked(operator, assets);

        emit Staked(role, operator, msg.sender, assets, shares);
        token.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc IStakePools
    function requestUnbond(Role role, address operator, uint256 shares) external returns (uint256 ticketId) {
        Pool storage pool = _poolOf(role, operator);
        uint256 held = _shares[role][operator][msg.sender];
        if (shares > held) revert StakeInsufficientShares(held, shares);

        uint256 assets = shares.toAssetsDown(pool.assets, pool.shares);
        uint256 unbondingShares = assets.toSharesDown(pool.unbondingAssets, pool.unbondingShares);
        if (unbondingShares == 0) revert StakeZeroAmount();
        _shares[role][operator][msg.sender] = held - shares;
        pool.shares -= shares;
        pool.unbondingAssets = SafeCast.toUint128(pool.unbondingAssets + assets);
        pool.unbondingShares += unbondingShares;
        _setAssets(role, operator, pool, pool.assets - assets, msg.sender);

        uint40 withdrawableAt = _nextWithdrawableAt();
        if (role == Role.Oracle) {
            _leaving.push(withdrawableAt, _leaving.latest() + assets.toUint208());
            Checkpoints.Trace208 storage leaving = _leavingShares[operator];
            leaving.push(withdrawableAt, leaving.latest() + unbondingShares.toUint208());
        }
        ticketId = ++_lastTicketId;
        _tickets[ticketId] = Ticket({
            owner: msg.sender,
            withdrawableAt: withdrawableAt,
            role: role,
            withdrawnAt: 0,
            operator: operator,
            unbondingShares: unbondingShares
        });
        emit UnbondRequested(role, operator, msg.sender, ticketId, assets, shares, withdrawableAt);
    }

    /// @inheritdoc IStakePools
    function withdraw(uint256 ticketId) external returns (uint256 assets) {
        Ticket memory ticket = _tickets[ticketId];
        if (ticket.owner != msg.sender || ticket.withdrawnAt != 0) revert StakeNotTicketOwner(ticketId, msg.sender);
        if (block.timestamp < ticket.withdrawableAt) revert StakeUnbonding(ticketId, ticket.withdrawableAt);

        Pool storage pool = _pools[ticket.role][ticket.operator];
        assets = ticket.unbondingShares.toAssetsDown(pool.unbondingAssets, pool.unbondingShares);
        // Kept: what is held of a slash that hit the ticket may still be its owner's.
        _tickets[ticketId].withdrawnAt = uint40(block.timestamp);
        pool.unbondingAssets = SafeCast.toUint128(pool.unbondingAssets - assets);
        pool.unbondingShares -= ticket.unbondingShares;

        emit Withdrawn(ticketId, msg.sender, assets);
        token.safeTransfer(msg.sender, assets);
    }

    /// @inheritdoc IStakePools
    function fundStakers(uint256 assets) external {
        token.safeTransferFrom(msg.sender, rewards, assets);
        IStakeRewards(rewards).fund(assets);
    }

    /// @inheritdoc IStakePools
    function slash(Role role, address operator, uint16 bps, address beneficiary) external returns (uint256 reward) {
        (uint256 active, uint256 unbonding) = _take(role, operator, bps);
        uint256 slashed = active + unbonding;
        if (beneficiary != address(0)) reward = (slashed * _parameters.challengerBps) / BPS;
        emit Slashed(role, operator, beneficiary, active, unbonding, reward);
        if (reward > 0) token.safeTransfer(beneficiary, reward);
        if (slashed > reward) token.safeTransfer(_treasury, slashed - reward);
    }

    /// @inheritdoc IStakePools
    function seize(
        address operator,
        uint16 bps
    ) external returns (uint256 active, uint256 unbonding, uint256 lastTicketId) {
        (active, unbonding) = _take(Role.Oracle, operator, bps);
        emit Slashed(Role.Oracle, operator, msg.sender, active, unbonding, active + unbonding);
        token.safeTransfer(msg.sender, active + unbonding);
        return (active, unbonding, _lastTicketId);
    }

    /// @inheritdoc IStakePools
    function stakeOf(Role role, address operator) external view returns (uint256) {
        Pool storage pool = _pools[role][operator];
        return pool.jailedUntil == 0 ? pool.assets : 0;
    }

    /// @inheritdoc IStakePools
    function assetsOf(Role role, address operator, uint256 shares) external view returns (uint256) {
        Pool storage pool = _pools[role][operator];
        return shares.toAssetsDown(pool.assets, pool.shares);
    }

    /// @inheritdoc IStakePools
    function poolOf(Role role, address operator) external view returns (Pool memory) {
        return _pools[role][operator];
    }

    /// @inheritdoc IStakePools
    function sharesOf(Role role, address operator, address delegator) external view returns (uint256) {
        return _shares[role][operator][delegator];
    }

    /// @inheritdoc IStakePools
    function ticketOf(uint256 ticketId) external view returns (Ticket memory) {
        return _tickets[ticketId];
    }

    /// @dev The pool of a registered operator.
    function _poolOf(Role role, address operator) internal view returns (Pool storage pool) {
        pool = _pools[role][operator];
        if (pool.signer == address(0)) revert StakeUnknownOperator(role, operator);
    }

    /// @dev Every change of active assets goes through here: what counts and who earns follow.
    /// @param delegator Whose shares changed with them; 0 if nobody's.
    function _setAssets(Role role, address operator, Pool storage pool, uint256 assets, address delegator) internal {
        if (role == Role.Oracle && !pool.dormant) _activeAssets = _activeAssets + assets - pool.assets;
        pool.assets = assets.toUint128();
        if (role == Role.Oracle) _report(operator, pool, delegator);
    }

    /// @dev Tells the rewards what an oracle pool and a delegator of it have now.
    function _report(address operator, Pool storage pool, address delegator) internal {
        uint256 held = delegator == address(0) ? 0 : _shares[Role.Oracle][operator][delegator];
        bool earning = pool.seated && pool.jailedUntil == 0 && !pool.dormant;
        IStakeRewards(rewards).report(operator, pool.assets, pool.shares, earning, delegator, held);
    }

    /// @dev Of these assets the pool gains no weight until they have been there for the delay.
    function _noteStaked(address operator, uint256 assets) internal {
        Checkpoints.Trace208 storage staked = _staked[operator];
        staked.push(uint48(block.timestamp), staked.latest() + assets.toUint208());
    }

    /// @dev Stops the pool's rewards and revokes what it can sign under.
    function _jail(Role role, Pool storage pool) internal virtual;

    /// @dev Takes a slash out of a pool, for whoever the caller says.
    function _take(Role role, address operator, uint16 bps) private returns (uint256 active, uint256 unbonding) {
        if (!_slashers[role][msg.sender]) revert StakeUnauthorized(msg.sender);
        if (bps == 0 || bps > BPS) revert StakeOutOfBounds(bps, 1, BPS);
        Pool storage pool = _poolOf(role, operator);
        active = _portionUp(pool.assets, bps);
        unbonding = _portionUp(pool.unbondingAssets, bps);
        pool.unbondingAssets = SafeCast.toUint128(pool.unbondingAssets - unbonding);
        _jail(role, pool);
        _setAssets(role, operator, pool, pool.assets - active, address(0));
    }

    /// @dev Tickets become due in the order of their requests, also when governance shortens the unbonding period.
    function _nextWithdrawableAt() private returns (uint40 withdrawableAt) {
        withdrawableAt = (block.timestamp + _parameters.unbondingPeriod).toUint40();
        if (withdrawableAt < _lastWithdrawableAt) return _lastWithdrawableAt;
        _lastWithdrawableAt = withdrawableAt;
    }

    function _portionUp(uint256 assets, uint256 bps) private pure returns (uint256) {
        return (assets * bps + BPS - 1) / BPS;
    }
}
