// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ExitDelay} from "../access/ExitDelay.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IStakeManager, MAX_DISPUTE_PERIOD} from "../interfaces/IStakeManager.sol";
import {OracleQuorum} from "./OracleQuorum.sol";
import {Possession} from "./Possession.sol";
import {StakeRewards} from "./StakeRewards.sol";

/// @title StakeManager
/// @notice See {IStakeManager}. Cannot be replaced or upgraded; its owner, the timelock, changes parameters only later than all stake
/// can leave, and never who settles or who judges oracles.
contract StakeManager is OracleQuorum, ExitDelay, Ownable {
    /// @notice Above this a challenger would get back most of a slash of its own stake.
    uint16 public constant MAX_CHALLENGER_BPS = 5_000;
    /// @notice Bounds every period: shorter than `EXIT_DELAY`, so that who sees a change announced can still leave before it.
    uint40 public constant MAX_PERIOD = 45 days;
    /// @notice Shortest time in which stake on its way out still signs and counts.
    uint40 public constant MIN_NOTICE = 1 days;
    /// @notice A snapshot ends what was signed under the one before, so a quorum needs time between two of them.
    uint40 public constant MIN_SNAPSHOT_INTERVAL = 1 hours;

    constructor(
        IERC20 token_,
        IEpochClock clock,
        address owner_,
        address treasury_,
        Parameters memory parameters_
    ) Ownable(owner_) {
        if (address(token_) == address(0) || address(clock) == address(0)) revert StakeInvalidAddress();
        token = token_;
        possession = address(new Possession());
        rewards = address(new StakeRewards(token_, clock));
        _setTreasury(treasury_);
        _setParameters(parameters_, type(uint96).max);
    }

    /// @inheritdoc IStakeManager
    function seal(address distributor_, Slasher[] calldata slashers) external onlyOwner {
        if (_distributor != address(0)) revert StakeSealed();
        if (distributor_ == address(0)) revert StakeInvalidAddress();
        _distributor = distributor_;
        emit DistributorSet(distributor_);
        for (uint256 i = 0; i < slashers.length; ++i) _setSlasher(slashers[i].role, slashers[i].account, true);
    }

    /// @inheritdoc IStakeManager
    function setParameters(Parameters calldata parameters_) external afterExit {
        // A floor above what is left would end the quorum for good; half of what counts leaves room for stake to go.
        uint256 maxFloor = Math.max(_parameters.quorumFloor, _countedStake() / 2);
        _setParameters(parameters_, maxFloor);
    }

    /// @inheritdoc IStakeManager
    function setSlasher(Role role, address slasher, bool allowed) external afterExit {
        if (role == Role.Oracle) revert StakeSealed();
        _setSlasher(role, slasher, allowed);
    }

    /// @inheritdoc IStakeManager
    function setTreasury(address treasury_) external afterExit {
        _setTreasury(treasury_);
    }

    /// @inheritdoc IStakeManager
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc IStakeManager
    function isSlasher(Role role, address account) external view returns (bool) {
        return _slashers[role][account];
    }

    /// @inheritdoc IStakeManager
    function treasury() external view returns (address) {
        return _treasury;
    }

    /// @inheritdoc IStakeManager
    function distributor() external view returns (address) {
        return _distributor;
    }

    function _checkAnnouncer() internal view override {
        _checkOwner();
    }

    function _setParameters(Parameters memory p, uint256 maxFloor) private {
        if (p.minStake == 0) revert StakeOutOfBounds(0, 1, type(uint96).max);
        _checkBounds(p.quorumFloor, p.minStake, maxFloor);
        _checkBounds(p.activationDelay, 1, MAX_PERIOD);
        _checkBounds(p.snapshotLifetime, MIN_SNAPSHOT_INTERVAL + 1, MAX_PERIOD - MAX_DISPUTE_PERIOD - MIN_NOTICE);
        _checkBounds(p.snapshotInterval, MIN_SNAPSHOT_INTERVAL, p.snapshotLifetime - 1);
        _checkBounds(p.unbondingPeriod, p.snapshotLifetime + MAX_DISPUTE_PERIOD + MIN_NOTICE, MAX_PERIOD);
        _checkBounds(p.jailPeriod, 0, MAX_PERIOD);
        _checkBounds(p.minSigners, 1, MAX_MEMBERS);
        _checkBounds(p.challengerBps, 0, MAX_CHALLENGER_BPS);
        _parameters = p;
        _revokeSnapshots();
        emit ParametersSet(p);
    }

    function _setSlasher(Role role, address slasher, bool allowed) private {
        _slashers[role][slasher] = allowed;
        emit SlasherSet(role, slasher, allowed);
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert StakeInvalidAddress();
        _treasury = treasury_;
        emit TreasurySet(treasury_);
    }

    function _checkBounds(uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert StakeOutOfBounds(value, minimum, maximum);
    }
}
