// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ExitDelay} from "../../contracts/access/ExitDelay.sol";
import {UpgradeableAfterExit} from "../../contracts/access/UpgradeableAfterExit.sol";

/// @notice A contract without a proxy whose owner sets a number after the exit delay.
contract Delayed is ExitDelay, Ownable {
    uint256 public number;

    error NumberTooLarge(uint256 number);

    constructor(address owner) Ownable(owner) {}

    function setNumber(uint256 number_) external afterExit {
        if (number_ > 1_000_000) revert NumberTooLarge(number_);
        number = number_;
    }

    function _checkAnnouncer() internal view override {
        _checkOwner();
    }
}

/// @notice A contract behind a proxy that can be replaced after the exit delay.
contract DelayedUpgrade is UpgradeableAfterExit {
    uint256 public immutable generation;

    constructor(uint256 generation_) {
        generation = generation_;
        _disableInitializers();
    }

    function initialize(address owner) external initializer {
        __Ownable_init(owner);
    }
}
