// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExitDelay} from "../../contracts/interfaces/IExitDelay.sol";
import {vm} from "../Vm.sol";
import {Delayed} from "./Delayed.sol";

/// @notice Announces, withdraws and calls at random, and books what must be possible.
contract DelayHandler {
    Delayed public delayed = new Delayed(address(this));
    uint256 public time = 1_000_000;
    uint256 public number;
    mapping(uint256 number => uint256) public announcedAt;

    function announce(uint256 value) external {
        vm.warp(time);
        value %= 3;
        delayed.announce(abi.encodeCall(Delayed.setNumber, (value)));
        announcedAt[value] = time;
    }

    function withdraw(uint256 value) external {
        vm.warp(time);
        value %= 3;
        if (announcedAt[value] == 0) vm.expectRevert();
        delayed.withdrawAnnouncement(keccak256(abi.encodeCall(Delayed.setNumber, (value))));
        announcedAt[value] = 0;
    }

    function setNumber(uint256 value) external {
        vm.warp(time);
        value %= 3;
        uint256 at = announcedAt[value];
        bool possible = at != 0 && time >= at + 60 days && time < at + 90 days;
        if (!possible) vm.expectRevert();
        delayed.setNumber(value);
        if (!possible) return;
        number = value;
        announcedAt[value] = 0;
    }

    function pass(uint256 duration) external {
        time += duration % 40 days;
    }
}

contract ExitDelayInvariant {
    DelayHandler internal handler;

    function setUp() public {
        vm.warp(1_000_000);
        handler = new DelayHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_NothingChangesThatWasNotAnnouncedForSixtyDays() public view {
        require(handler.delayed().number() == handler.number(), "number");
        for (uint256 value = 0; value < 3; ++value) {
            uint256 at = handler.announcedAt(value);
            bytes32 callHash = keccak256(abi.encodeCall(Delayed.setNumber, (value)));
            require(handler.delayed().executableAt(callHash) == (at == 0 ? 0 : at + 60 days), "executable");
        }
    }
}

contract ExitDelayStorage {
    /// @dev Two contracts with the base in another place of their storage share its slot, and no slot of their own.
    function test_AnnouncementsLieInTheirNamespace() public {
        Delayed delayed = new Delayed(address(this));
        bytes memory call = abi.encodeCall(Delayed.setNumber, (1));
        delayed.announce(call);
        bytes32 namespace = keccak256(abi.encode(uint256(keccak256("openledger.storage.ExitDelay")) - 1));
        bytes32 slot = keccak256(abi.encode(keccak256(call), namespace & ~bytes32(uint256(0xff))));
        require(uint256(vm.load(address(delayed), slot)) == block.timestamp + 60 days, "slot");
    }

    function testFuzz_OnlyTheOwnerAnnounces(address caller, bytes calldata call) public {
        vm.assume(caller != address(this) && caller != address(vm));
        Delayed delayed = new Delayed(address(this));
        vm.prank(caller);
        vm.expectRevert();
        delayed.announce(call);
        vm.expectRevert(abi.encodeWithSelector(IExitDelay.ExitDelayNotAnnounced.selector, keccak256(call)));
        delayed.withdrawAnnouncement(keccak256(call));
    }
}
