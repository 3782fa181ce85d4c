// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDormancy} from "../interfaces/IDormancy.sol";
import {MAX_DISPUTE_PERIOD} from "../interfaces/IStakeManager.sol";
import {StakePools} from "./StakePools.sol";

/// @title Dormancy
/// @notice Takes stake out of quorums whose operator gives no sign of life: lost keys would otherwise stop settlement for ever.
abstract contract Dormancy is StakePools {
    /// @inheritdoc IDormancy
    uint40 public constant ANSWER_TIME = 7 days;

    /// @inheritdoc IDormancy
    function askForLife(address operator) external {
        if (_poolOf(Role.Oracle, operator).dormant) revert StakeDormant(operator);
        Life storage life = _lives[operator];
        if (life.askedAt != 0) revert StakeNotSilent(operator, life.askedAt + ANSWER_TIME);
        uint256 notBefore = life.seenAt + _parameters.unbondingPeriod + MAX_DISPUTE_PERIOD;
        if (block.timestamp < notBefore) revert StakeNotSilent(operator, notBefore);

        life.askedAt = uint40(block.timestamp);
        emit AskedForLife(operator, block.timestamp + ANSWER_TIME);
    }

    /// @inheritdoc IDormancy
    function markDormant(address operator) external {
        Pool storage pool = _poolOf(Role.Oracle, operator);
        if (pool.dormant) revert StakeDormant(operator);
        Life storage life = _lives[operator];
        if (life.askedAt == 0) revert StakeNotAsked(operator);
        if (block.timestamp < life.askedAt + ANSWER_TIME) {
            revert StakeNotSilent(operator, life.askedAt + ANSWER_TIME);
        }

        pool.dormant = true;
        _activeAssets -= pool.assets;
        _report(operator, pool, address(0));
        emit BecameDormant(operator, pool.assets);
    }

    /// @inheritdoc IDormancy
    function showLife() external {
        Pool storage pool = _poolOf(Role.Oracle, msg.sender);
        _see(msg.sender);
        emit ShowedLife(msg.sender);
        if (!pool.dormant) return;
        pool.dormant = false;
        _activeAssets += pool.assets;
        // As if it were staked anew: nobody sleeps while others sign and wakes for one root.
        _noteStaked(msg.sender, pool.assets);
        _report(msg.sender, pool, address(0));
    }

    /// @inheritdoc IDormancy
    function lifeOf(address operator) external view returns (uint256 seenAt, uint256 askedAt) {
        Life storage life = _lives[operator];
        return (life.seenAt, life.askedAt);
    }

    function _see(address operator) internal {
        _lives[operator] = Life(uint40(block.timestamp), 0);
    }
}
