// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExitDelay} from "../../contracts/interfaces/IExitDelay.sol";
import {vm} from "../Vm.sol";

/// @notice Announces a call as if it had been done just long enough ago, so that the caller, the owner, can make it now.
function announced(address target, bytes memory call) {
    uint256 time = block.timestamp;
    vm.warp(time - 60 days);
    IExitDelay(target).announce(call);
    vm.warp(time);
}
