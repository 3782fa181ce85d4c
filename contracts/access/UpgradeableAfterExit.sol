// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {ExitDelay} from "./ExitDelay.sol";

/// @title UpgradeableAfterExit
/// @notice An upgradeable contract whose owner announces every upgrade with its exact calldata, implementation and migration
/// included, and makes it when everybody had time to leave.
abstract contract UpgradeableAfterExit is ExitDelay, OwnableUpgradeable, UUPSUpgradeable {
    function _checkAnnouncer() internal view override {
        _checkOwner();
    }

    function _authorizeUpgrade(address) internal override afterExit {}
}
