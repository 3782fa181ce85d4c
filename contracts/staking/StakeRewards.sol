// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {IStakeRewards} from "../interfaces/IStakeRewards.sol";

/// @title StakeRewards
/// @notice See {IStakeRewards}.
/// @dev Three levels, each brought up to date when it is touched: all pools together, a pool, a delegator's part of it. A level knows
/// what it holds now and what part of that was there when the epoch began and has not left: that part earns the epoch. Of epochs in
/// which a level was not touched it held the same throughout. Each keeps what a unit had earned before its epoch, and a record of
/// what it had after, so that the level below can catch up with both.
contract StakeRewards is IStakeRewards {
    using SafeERC20 for IERC20;
    using Checkpoints for Checkpoints.Trace208;

    struct Pool {
        uint64 epoch;
        bool earning;
        uint16 commissionBps;
        /// How often active assets were taken from it.
        uint48 slashes;
        /// Active assets, and those of them that earn the epoch.
        uint128 assets;
        uint128 eligible;
        uint256 shares;
        uint256 eligibleShares;
        /// What an asset of any pool, and a share of this one, had earned before the epoch.
        uint256 perAsset;
        uint256 perShare;
        /// Commission that the operator has not claimed.
        uint256 commission;
    }

    struct Position {
        uint64 epoch;
        /// Slashes of the pool before it last changed.
        uint48 slashes;
        uint256 shares;
        uint256 eligible;
        uint256 perShare;
        /// Rewards of past epochs that were not claimed.
        uint256 owed;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant ASSET_SCALE = 2 ** 96;
    /// @dev A wei of assets has a million shares, and many more after a slash to nothing.
    uint256 private constant SHARE_SCALE = 2 ** 160;

    IERC20 public immutable token;
    IEpochClock public immutable clock;
    IStakeManager public immutable stakes;

    uint64 private _epoch;
    /// @dev Active assets of the pools that earn, and those of them that earn the epoch.
    uint128 private _assets;
    uint128 private _eligible;
    /// @dev What came in during the epoch.
    uint256 private _revenue;
    uint256 private _perAsset;
    mapping(uint64 epoch => uint256) private _perAssetAfter;
    mapping(address operator => Pool) private _pools;
    mapping(address operator => mapping(uint64 epoch => uint256)) private _perShareAfter;
    mapping(address operator => mapping(address delegator => Position)) private _positions;
    /// @dev Shares that a delegator had in a slash and in those before it, back to the one of the entry before.
    mapping(address operator => mapping(address delegator => Checkpoints.Trace208)) private _slashedShares;

    modifier onlyStakes() {
        if (msg.sender != address(stakes)) revert RewardsUnauthorized(msg.sender);
        _;
    }

    /// @dev Created by the stake manager.
    constructor(IERC20 token_, IEpochClock clock_) {
        token = token_;
        clock = clock_;
        stakes = IStakeManager(msg.sender);
    }

    /// @inheritdoc IStakeRewards
    function fund(uint256 assets) external onlyStakes {
        _roll();
        _revenue += assets;
        emit RewardsFunded(_epoch, assets);
    }

    /// @inheritdoc IStakeRewards
    function report(
        address operator,
        uint256 assets,
        uint256 shares,
        bool earning,
        address delegator,
        uint256 held
    ) external onlyStakes {
        Pool storage pool = _rollPool(operator);
        // Only a slash takes assets and leaves the shares.
        if (assets < pool.assets && shares == pool.shares) ++pool.slashes;
        if (delegator != address(0)) {
            Position storage position = _rollPosition(operator, pool, delegator);
            if (position.slashes != pool.slashes) {
                position.slashes = pool.slashes;
                _slashedShares[operator][delegator].push(pool.slashes, SafeCast.toUint208(position.shares));
            }
            if (held < position.eligible) {
                _forfeit(pool, position.eligible - held);
                position.eligible = held;
            }
            position.shares = held;
        }
        if (pool.earning) _assets -= pool.assets;
        // In an epoch in which it stops, a pool earns nothing.
        if (!earning) {
            _eligible -= pool.eligible;
            pool.eligible = 0;
        }
        // Fewer than 2^90 exist.
        (pool.assets, pool.shares, pool.earning) = (uint128(assets), shares, earning);
        if (earning) _assets += uint128(assets);
    }

    /// @inheritdoc IStakeRewards
    function setCommission(address operator, uint16 commissionBps) external onlyStakes {
        _rollPool(operator).commissionBps = commissionBps;
    }

    /// @inheritdoc IStakeRewards
    function claim(address operator) external returns (uint256 assets) {
        Pool storage pool = _rollPool(operator);
        Position storage position = _rollPosition(operator, pool, msg.sender);
        assets = position.owed;
        position.owed = 0;
        if (msg.sender == operator) {
            assets += pool.commission;
            pool.commission = 0;
        }
        emit RewardsClaimed(operator, msg.sender, assets);
        token.safeTransfer(msg.sender, assets);
    }

    /// @inheritdoc IStakeRewards
    function slashesOf(address operator) external view returns (uint48) {
        return _pools[operator].slashes;
    }

    /// @inheritdoc IStakeRewards
    function sharesAt(address operator, address delegator, uint48 slash) external view returns (uint256) {
        Position storage position = _positions[operator][delegator];
        if (position.slashes < slash) return position.shares;
        return _slashedShares[operator][delegator].lowerLookup(slash);
    }

    /// @dev Shares out the revenue of the epoch that all pools were last touched in, once it is over.
    function _roll() private {
        uint64 current = clock.current();
        if (current == _epoch) return;
        uint256 revenue = _revenue;
        if (revenue != 0) {
            _revenue = 0;
            if (_eligible == 0) _payTreasury(revenue);
            else _perAsset += (revenue * ASSET_SCALE) / _eligible;
        }
        _perAssetAfter[_epoch] = _perAsset;
        (_epoch, _eligible) = (current, _assets);
    }

    function _rollPool(address operator) private returns (Pool storage pool) {
        _roll();
        pool = _pools[operator];
        uint64 before = pool.epoch;
        if (before == _epoch) return pool;
        uint256 after_ = _perAssetAfter[before];
        _share(pool, (pool.eligible * (after_ - pool.perAsset)) / ASSET_SCALE, pool.eligibleShares);
        _perShareAfter[operator][before] = pool.perShare;
        if (pool.earning) _share(pool, (pool.assets * (_perAsset - after_)) / ASSET_SCALE, pool.shares);
        (pool.epoch, pool.perAsset) = (_epoch, _perAsset);
        (pool.eligible, pool.eligibleShares) = (pool.earning ? pool.assets : 0, pool.shares);
    }

    function _rollPosition(
        address operator,
        Pool storage pool,
        address delegator
    ) private returns (Position storage position) {
        position = _positions[operator][delegator];
        uint64 before = position.epoch;
        if (before == _epoch) return position;
        uint256 after_ = _perShareAfter[operator][before];
        position.owed +=
            Math.mulDiv(position.eligible, after_ - position.perShare, SHARE_SCALE) +
            Math.mulDiv(position.shares, pool.perShare - after_, SHARE_SCALE);
        (position.epoch, position.perShare, position.eligible) = (_epoch, pool.perShare, position.shares);
    }

    /// @dev The shares leave, and what they would have earned in this epoch goes to who stays.
    function _forfeit(Pool storage pool, uint256 shares) private {
        uint128 assets = uint128(Math.mulDiv(pool.eligible, shares, pool.eligibleShares, Math.Rounding.Ceil));
        pool.eligible -= assets;
        pool.eligibleShares -= shares;
        _eligible -= assets;
    }

    function _share(Pool storage pool, uint256 reward, uint256 shares) private {
        if (reward == 0) return;
        if (shares == 0) return _payTreasury(reward);
        uint256 commission = (reward * pool.commissionBps) / BPS;
        pool.commission += commission;
        pool.perShare += Math.mulDiv(reward - commission, SHARE_SCALE, shares);
    }

    function _payTreasury(uint256 assets) private {
        emit RewardsUnearned(_epoch, assets);
        token.safeTransfer(stakes.treasury(), assets);
    }
}
