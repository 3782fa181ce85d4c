// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AttributionPolicy} from "../../contracts/attribution/AttributionPolicy.sol";
import {IAttributionPolicy} from "../../contracts/interfaces/IAttributionPolicy.sol";
import {IExitDelay} from "../../contracts/interfaces/IExitDelay.sol";
import {vm} from "../Vm.sol";
import {announced} from "../access/announced.sol";

contract AttributionPolicyTest {
    IAttributionPolicy.HarmRule internal _first = IAttributionPolicy.HarmRule(2_000, 5, 5);
    AttributionPolicy internal _policy;

    function setUp() public {
        vm.warp(100_000_000);
        _policy = new AttributionPolicy(address(this), _first, new IAttributionPolicy.Scheme[](0));
    }

    function testFuzz_WhatWasSubmittedKeepsItsRule(uint16 toleranceBps, uint16 judges, uint32 fewestRows) public {
        IAttributionPolicy.HarmRule memory next = _within(toleranceBps, judges, fewestRows);
        vm.warp(200_000_000);
        _set(next);
        _requireSame(_policy.harmRuleAt(0), _first);
        _requireSame(_policy.harmRuleAt(199_999_999), _first);
        // Nobody who submits in the block of the change can have known it.
        _requireSame(_policy.harmRuleAt(200_000_000), _first);
        _requireSame(_policy.harmRuleAt(200_000_001), next);
        _requireSame(_policy.harmRule(), next);

        vm.warp(300_000_000);
        _set(_first);
        _requireSame(_policy.harmRuleAt(300_000_000), next);
        _requireSame(_policy.harmRuleAt(300_000_001), _first);
    }

    function test_TheLastRuleOfABlockCounts() public {
        _set(_within(7, 7, 7));
        _set(_within(8, 8, 8));
        _requireSame(_policy.harmRuleAt(block.timestamp), _first);
        _requireSame(_policy.harmRuleAt(block.timestamp + 1), _within(8, 8, 8));
    }

    function testFuzz_NoRuleIsOutOfBounds(uint16 toleranceBps, uint16 judges, uint32 fewestRows) public {
        bool fits = toleranceBps <= 2_000 && judges >= 5 && judges <= 10 && fewestRows >= 5 && fewestRows <= 1_000;
        bytes memory call = abi.encodeCall(
            _policy.setHarmRule,
            (IAttributionPolicy.HarmRule(toleranceBps, judges, fewestRows))
        );
        announced(address(_policy), call);
        (bool done, ) = address(_policy).call(call);
        require(done == fits, "bounds");
    }

    function testFuzz_AChangeWaitsUntilEverybodyCouldLeave(uint256 early) public {
        early = early % 60 days;
        bytes memory call = abi.encodeCall(_policy.setHarmRule, (_within(1, 9, 9)));
        _policy.announce(call);
        uint256 at = block.timestamp + 60 days;
        vm.warp(at - 1 - early);
        (bool done, bytes memory reason) = address(_policy).call(call);
        require(!done && bytes4(reason) == IExitDelay.ExitDelayNotOver.selector, "early");
        vm.warp(at);
        _policy.setHarmRule(_within(1, 9, 9));
    }

    function testFuzz_OnlyTheOwnerCertifies(address stranger, bytes32 schemeId, uint16 bps) public {
        vm.assume(stranger != address(this));
        vm.prank(stranger);
        bytes memory call = abi.encodeCall(_policy.certifyScheme, (schemeId, bps, ""));
        (bool done, bytes memory reason) = address(_policy).call(call);
        require(!done && bytes4(reason) == Ownable.OwnableUnauthorizedAccount.selector, "stranger");
        (done, ) = address(_policy).call(call);
        require(done == (bps <= 10_000), "bounds");
        require(_policy.certificateOf(schemeId) == (done ? bps : 0), "certified");
    }

    function testFuzz_ASchemeIsWhatItsIdIsTheHashOf(string calldata description) public {
        require(_policy.describeScheme(description) == keccak256(bytes(description)), "id");
    }

    function _set(IAttributionPolicy.HarmRule memory rule) private {
        announced(address(_policy), abi.encodeCall(_policy.setHarmRule, (rule)));
        _policy.setHarmRule(rule);
    }

    function _within(
        uint16 toleranceBps,
        uint16 judges,
        uint32 fewestRows
    ) private pure returns (IAttributionPolicy.HarmRule memory) {
        return IAttributionPolicy.HarmRule(toleranceBps % 2_001, 5 + (judges % 6), 5 + (fewestRows % 996));
    }

    function _requireSame(
        IAttributionPolicy.HarmRule memory found,
        IAttributionPolicy.HarmRule memory expected
    ) private pure {
        require(keccak256(abi.encode(found)) == keccak256(abi.encode(expected)), "rule");
    }
}
