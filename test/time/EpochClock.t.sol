// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {vm} from "../Vm.sol";
import {announced} from "../access/announced.sol";

/// @notice Lets time pass and changes the length, and remembers the ends of epochs that have begun.
contract ClockHandler {
    EpochClock public clock;
    uint256 public time = 100_000_000;
    uint64 public seen;
    mapping(uint64 epoch => uint256) public endOf;

    constructor() {
        vm.warp(time);
        clock = new EpochClock(address(this), 1 days, 1 hours);
        observe();
    }

    function pass(uint32 duration) external {
        time += duration % 40 days;
        observe();
    }

    function setLength(uint32 length) external {
        vm.warp(time);
        uint64 chosen = uint64(clock.MIN_LENGTH() + (length % (clock.MAX_LENGTH() - clock.MIN_LENGTH() + 1)));
        announced(address(clock), abi.encodeCall(clock.setLength, (chosen)));
        clock.setLength(chosen);
        observe();
    }

    function observe() public {
        vm.warp(time);
        seen = clock.current();
        endOf[seen] = clock.endOf(seen);
    }
}

contract EpochClockInvariant {
    ClockHandler internal _handler;

    function setUp() public {
        _handler = new ClockHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_EveryInstantLiesInItsEpoch() public {
        vm.warp(_handler.time());
        EpochClock clock = _handler.clock();
        uint64 epoch = clock.current();
        require(clock.startOf(epoch) <= block.timestamp && block.timestamp < clock.endOf(epoch), "inside");
        require(clock.endOf(epoch) == clock.startOf(epoch + 1), "no gap");
        require(epoch == 1 || clock.endOf(epoch - 1) == clock.startOf(epoch), "no overlap");
    }

    function invariant_NoEpochThatHasBegunMoves() public view {
        for (uint64 epoch = _handler.seen(); epoch > 0 && epoch + 50 > _handler.seen(); --epoch) {
            uint256 end = _handler.endOf(epoch);
            require(end == 0 || _handler.clock().endOf(epoch) == end, "moved");
        }
    }
}
