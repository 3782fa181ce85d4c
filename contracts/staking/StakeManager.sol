// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {IStakeManager, MAX_DISPUTE_PERIOD} from "../interfaces/IStakeManager.sol";
import {OracleQuorum} from "./OracleQuorum.sol";

/// @title StakeManager
/// @notice See {IStakeManager}. Upgradeable, owned by the timelock.
contract StakeManager is OracleQuorum, UUPSUpgradeable, OwnableUpgradeable {
    /// @notice Above this a challenger would get back most of a slash of its own stake.
    uint16 public constant MAX_CHALLENGER_BPS = 5_000;
    /// @notice Bounds every period, so that no parameter can lock stake for ever.
    uint40 public constant MAX_PERIOD = 90 days;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IERC20 token_) {
        if (address(token_) == address(0)) revert StakeInvalidAddress();
        token = token_;
        _disableInitializers();
    }

    /// @param owner_ The timelock.
    function initialize(address owner_, address treasury_, Parameters calldata parameters_) external initializer {
        __Ownable_init(owner_);
        _setTreasury(treasury_);
        _setParameters(parameters_);
    }

    /// @inheritdoc IStakeManager
    function setParameters(Parameters calldata parameters_) external onlyOwner {
        _setParameters(parameters_);
    }

    /// @inheritdoc IStakeManager
    function setSlasher(address slasher, bool allowed) external onlyOwner {
        _slashers[slasher] = allowed;
        emit SlasherSet(slasher, allowed);
    }

    /// @inheritdoc IStakeManager
    function setTreasury(address treasury_) external onlyOwner {
        _setTreasury(treasury_);
    }

    /// @inheritdoc IStakeManager
    function setDistributor(address distributor_) external onlyOwner {
        _distributor = distributor_;
        emit DistributorSet(distributor_);
    }

    /// @inheritdoc IStakeManager
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc IStakeManager
    function isSlasher(address account) external view returns (bool) {
        return _slashers[account];
    }

    /// @inheritdoc IStakeManager
    function treasury() external view returns (address) {
        return _treasury;
    }

    /// @inheritdoc IStakeManager
    function distributor() external view returns (address) {
        return _distributor;
    }

    function _setParameters(Parameters calldata p) private {
        if (p.minStake == 0) revert StakeOutOfBounds(0, 1, type(uint96).max);
        _checkBounds(p.activationDelay, 1, MAX_PERIOD);
        _checkBounds(p.snapshotLifetime, 1, MAX_PERIOD - MAX_DISPUTE_PERIOD);
        _checkBounds(p.snapshotInterval, 0, p.snapshotLifetime - 1);
        _checkBounds(p.unbondingPeriod, p.snapshotLifetime + MAX_DISPUTE_PERIOD, MAX_PERIOD);
        _checkBounds(p.jailPeriod, 0, MAX_PERIOD);
        _checkBounds(p.minSigners, 1, MAX_MEMBERS);
        _checkBounds(p.challengerBps, 0, MAX_CHALLENGER_BPS);
        _parameters = p;
        _revokeSnapshots();
        emit ParametersSet(p);
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert StakeInvalidAddress();
        _treasury = treasury_;
        emit TreasurySet(treasury_);
    }

    function _checkBounds(uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert StakeOutOfBounds(value, minimum, maximum);
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}
