// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeERC20, IERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IStakePools} from "../interfaces/IStakePools.sol";
import {ShareMath} from "./ShareMath.sol";
import {StakeState} from "./StakeState.sol";

/// @title StakePools
/// @notice Shares of stake, stake on its way out, and the rewards that compound into both.
abstract contract StakePools is StakeState {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using ShareMath for uint256;
    using Checkpoints for Checkpoints.Trace208;

    uint256 internal constant BPS = 10_000;
    /// @dev Keeps the reward per asset exact to 1e-18 wei.
    uint256 internal constant REWARD_SCALE = 1e18;

    /// @inheritdoc IStakePools
    function stake(
        Role role,
        address operator,
        uint256 assets,
        uint256 minShares,
        uint16 maxCommissionBps
    ) external returns (uint256 shares) {
        Pool storage pool = _touch(role, operator);
        if (pool.commissionBps > maxCommissionBps) {
            revert StakeCommissionTooHigh(pool.commissionBps, maxCommissionBps);
        }
        shares = assets.toSharesDown(pool.assets, pool.shares);
        if (shares == 0) revert StakeZeroAmount();
        if (shares < minShares) revert StakeTooFewShares(shares, minShares);
        pool.shares += shares;
        if (pool.shares > ShareMath.MAX_SHARES) revert StakePoolSpent(role, operator);
        _shares[role][operator][msg.sender] += shares;
        _setAssets(role, pool, pool.assets + assets);
        if (role == Role.Oracle) _noteStaked(operator, assets);

        emit Staked(role, operator, msg.sender, assets, shares);
        token.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc IStakePools
    function requestUnbond(Role role, address operator, uint256 shares) external returns (uint256 ticketId) {
        Pool storage pool = _touch(role, operator);
        uint256 held = _shares[role][operator][msg.sender];
        if (shares > held) revert StakeInsufficientShares(held, shares);

        uint256 assets = shares.toAssetsDown(pool.assets, pool.shares);
        uint256 unbondingShares = assets.toSharesDown(pool.unbondingAssets, pool.unbondingShares);
        if (unbondingShares == 0) revert StakeZeroAmount();
        _shares[role][operator][msg.sender] = held - shares;
        pool.shares -= shares;
        pool.unbondingAssets = SafeCast.toUint128(pool.unbondingAssets + assets);
        pool.unbondingShares += unbondingShares;
        _setAssets(role, pool, pool.assets - assets);

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
            operator: operator,
            unbondingShares: unbondingShares
        });
        emit UnbondRequested(role, operator, msg.sender, ticketId, assets, shares, withdrawableAt);
    }

    /// @inheritdoc IStakePools
    function withdraw(uint256 ticketId) external returns (uint256 assets) {
        Ticket memory ticket = _tickets[ticketId];
        if (ticket.owner != msg.sender) revert StakeNotTicketOwner(ticketId, msg.sender);
        if (block.timestamp < ticket.withdrawableAt) revert StakeUnbonding(ticketId, ticket.withdrawableAt);

        Pool storage pool = _pools[ticket.role][ticket.operator];
        assets = ticket.unbondingShares.toAssetsDown(pool.unbondingAssets, pool.unbondingShares);
        delete _tickets[ticketId];
        pool.unbondingAssets = SafeCast.toUint128(pool.unbondingAssets - assets);
        pool.unbondingShares -= ticket.unbondingShares;

        emit Withdrawn(ticketId, msg.sender, assets);
        token.safeTransfer(msg.sender, assets);
    }

    /// @inheritdoc IStakePools
    function fundStakers(uint256 assets) external {
        uint256 earning = _earningAssets;
        emit StakersFunded(msg.sender, assets);
        if (earning == 0) {
            token.safeTransferFrom(msg.sender, _treasury, assets);
            return;
        }
        // Rounded down: what is left over, below one wei per pool, stays in the contract.
        _rewardPerAsset += (assets * REWARD_SCALE) / earning;
        token.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc IStakePools
    function compound(address operator) external {
        _touch(Role.Oracle, operator);
    }

    /// @inheritdoc IStakePools
    function slash(Role role, address operator, uint16 bps, address beneficiary) external returns (uint256 reward) {
        if (!_slashers[role][msg.sender]) revert StakeUnauthorized(msg.sender);
        if (bps == 0 || bps > BPS) revert StakeOutOfBounds(bps, 1, BPS);
        Pool storage pool = _touch(role, operator);

        uint256 active = _portionUp(pool.assets, bps);
        uint256 unbonding = _portionUp(pool.unbondingAssets, bps);
        pool.unbondingAssets = SafeCast.toUint128(pool.unbondingAssets - unbonding);
        _setAssets(role, pool, pool.assets - active);
        _jail(role, pool);

        uint256 slashed = active + unbonding;
        if (beneficiary != address(0)) reward = (slashed * _parameters.challengerBps) / BPS;
        emit Slashed(role, operator, beneficiary, active, unbonding, reward);
        if (reward > 0) token.safeTransfer(beneficiary, reward);
        if (slashed > reward) token.safeTransfer(_treasury, slashed - reward);
    }

    /// @inheritdoc IStakePools
    function stakeOf(Role role, address operator) external view returns (uint256) {
        Pool storage pool = _pools[role][operator];
        return pool.jailedUntil == 0 ? pool.assets + _pendingOf(role, operator, pool) : 0;
    }

    /// @inheritdoc IStakePools
    function assetsOf(Role role, address operator, uint256 shares) external view returns (uint256) {
        Pool storage pool = _pools[role][operator];
        (uint256 assets, uint256 total) = (pool.assets, pool.shares);
        uint256 reward = _pendingOf(role, operator, pool);
        uint256 commission = (reward * pool.commissionBps) / BPS;
        assets += reward - commission;
        total += commission.toSharesDown(assets, total);
        return shares.toAssetsDown(assets + commission, total);
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

    /// @dev The pool of a registered operator, with the rewards that it has earned.
    function _touch(Role role, address operator) internal returns (Pool storage pool) {
        pool = _pools[role][operator];
        if (pool.signer == address(0)) revert StakeUnknownOperator(role, operator);
        if (role != Role.Oracle || _compoundedAt[operator] == _rewardPerAsset) return pool;

        uint256 reward = _pendingOf(role, operator, pool);
        _compoundedAt[operator] = _rewardPerAsset;
        if (reward == 0) return pool;
        uint256 commission = (reward * pool.commissionBps) / BPS;
        uint256 shared = pool.assets + reward - commission;
        // The operator buys shares with its commission at the price after the others' rewards.
        uint256 shares = commission.toSharesDown(shared, pool.shares);
        _shares[role][operator][operator] += shares;
        pool.shares += shares;
        _setAssets(role, pool, shared + commission);
        _noteStaked(operator, reward);
        emit RewardsCompounded(role, operator, reward, commission);
    }

    /// @dev Every change of active assets goes through here: the totals that count and that earn follow.
    function _setAssets(Role role, Pool storage pool, uint256 assets) internal {
        if (role == Role.Oracle) {
            if (_earns(pool)) _earningAssets = _earningAssets + assets - pool.assets;
            _activeAssets = _activeAssets + assets - pool.assets;
        }
        pool.assets = assets.toUint128();
    }

    /// @dev Of these assets the pool gains no weight until they have been there for the delay.
    function _noteStaked(address operator, uint256 assets) internal {
        Checkpoints.Trace208 storage staked = _staked[operator];
        staked.push(uint48(block.timestamp), staked.latest() + assets.toUint208());
    }

    /// @dev Whether an oracle pool shares in rewards.
    function _earns(Pool storage pool) internal view returns (bool) {
        return pool.seated && pool.jailedUntil == 0;
    }

    /// @dev Stops the pool's rewards and revokes what it can sign under.
    function _jail(Role role, Pool storage pool) internal virtual;

    /// @dev Tickets become due in the order of their requests, also when governance shortens the unbonding period.
    function _nextWithdrawableAt() private returns (uint40 withdrawableAt) {
        withdrawableAt = (block.timestamp + _parameters.unbondingPeriod).toUint40();
        if (withdrawableAt < _lastWithdrawableAt) return _lastWithdrawableAt;
        _lastWithdrawableAt = withdrawableAt;
    }

    function _portionUp(uint256 assets, uint256 bps) private pure returns (uint256) {
        return (assets * bps + BPS - 1) / BPS;
    }

    function _pendingOf(Role role, address operator, Pool storage pool) private view returns (uint256) {
        if (role != Role.Oracle || !_earns(pool)) return 0;
        return (pool.assets * (_rewardPerAsset - _compoundedAt[operator])) / REWARD_SCALE;
    }
}
