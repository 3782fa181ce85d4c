// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {vm} from "../Vm.sol";
import {ReferenceSumTree} from "../libraries/ReferenceSumTree.sol";
import {Court} from "./Court.sol";
import {Distortion} from "./Distortion.sol";

/// @notice Charges harm with every row of the final index, as it is or distorted, changes the tolerance and lets people revoke.
contract ChargeHandler is Court {
    using ReferenceSumTree for ReferenceSumTree.Levels;

    uint256 public charged;

    function charge(uint256 i) external {
        (bool done, ) = address(harmCharges).call(_call(i % ROWS));
        if (done) ++charged;
    }

    function chargeDistorted(uint256 i, uint256 at, uint256 by, uint8 how) external {
        (bool done, ) = address(harmCharges).call(Distortion.ofCall(_call(i % ROWS), at, by, how));
        if (done) ++charged;
    }

    function setTolerance(uint16 bps) external {
        uint16 least = harmCharges.MIN_TOLERANCE_BPS();
        harmCharges.setTolerance(least + (bps % (harmCharges.MAX_TOLERANCE_BPS() - least + 1)));
    }

    function setToleranceAsAnybody(address caller, uint16 bps) external {
        if (caller == address(this)) return;
        vm.prank(caller);
        vm.expectRevert();
        harmCharges.setTolerance(bps);
    }

    function revoke(uint256 i) external {
        if (contributions.contributionOf(1 + (i % ROWS)).status != IContributionRegistry.Status.Accepted) return;
        vm.prank(person(i % ROWS));
        contributions.revoke(1 + (i % ROWS));
    }

    function _call(uint256 i) private view returns (bytes memory) {
        return abi.encodeCall(harmCharges.chargeHarm, (1, indexLeaf(i), indexTree().proof(i)));
    }
}

/// @notice The third part of invariant 6 of the protocol.
contract HarmChargesInvariant {
    ChargeHandler internal handler;

    function setUp() public {
        handler = new ChargeHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_OnlyHarmIsChargedAtMostTheBondAndOnce() public view {
        uint256 last = handler.ROWS();
        for (uint256 id = 1; id < last; ++id) {
            require(handler.contributions().contributionOf(id).bond == handler.BOND(), "good data was charged");
        }
        require(handler.charged() <= 1, "charged twice");
        require(handler.harmCharges().isCharged(1, last) == (handler.charged() == 1), "unrecorded");
        require(handler.contributions().contributionOf(last).bond <= handler.BOND(), "bond");
    }

    function invariant_WhatIsChargedIsInThePools() public view {
        uint256 lost = handler.BOND() - handler.contributions().contributionOf(handler.ROWS()).bond;
        require((lost > 0) == (handler.charged() == 1), "a charge without harm");
        require(handler.token().balanceOf(address(handler.distributor())) == handler.POOL() + lost, "pools");
        require(handler.token().balanceOf(address(handler.harmCharges())) == 0, "held back");
    }
}

contract HarmChargesFuzz is ChargeHandler {
    function testFuzz_TheRowThatHarmsIsChargeableOnce(uint256 i) public {
        i %= ROWS;
        this.charge(i);
        this.charge(i);
        require(charged == (i == ROWS - 1 ? 1 : 0), "charge");
    }
}
