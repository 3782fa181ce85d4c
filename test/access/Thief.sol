// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

/// @notice What an owner without scruples makes of a contract that it may replace: whatever the contract could do, anyone may now
/// have it do.
contract Thief is UUPSUpgradeable {
    function run(address target, bytes calldata call) external returns (bool done) {
        (done, ) = target.call(call);
    }

    function _authorizeUpgrade(address) internal override {}
}
