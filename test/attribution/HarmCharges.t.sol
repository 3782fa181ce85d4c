// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IHarmCharges} from "../../contracts/interfaces/IHarmCharges.sol";
import {IIndexRegistry} from "../../contracts/interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {vm} from "../Vm.sol";
import {ReferenceSumTree} from "../libraries/ReferenceSumTree.sol";
import {artefactsOf, original} from "../training/freeTraining.sol";
import {Court} from "./Court.sol";
import {Distortion} from "./Distortion.sol";

/// @notice Charges every contribution by three indexes, as they are or distorted: that of the version that judges, that of a later
/// version of the same model, and that of another model; the latter two find everything harmful.
contract ChargeHandler is Court {
    using ReferenceSumTree for ReferenceSumTree.Levels;

    uint256 private constant JUDGE = 1;
    uint256 private constant LATER = 2;
    uint256 private constant FOREIGN = 3;

    /// Calls that charged something.
    uint256 public charged;

    constructor() {
        models.mint(original(address(this), 0), "");
        uint256[] memory snapshots = new uint256[](1);
        snapshots[0] = 1;
        models.publishVersion(2, artefactsOf(snapshots), 0);
        for (uint256 version = LATER; version <= FOREIGN; ++version) _attest(version, hostileParts());
        vm.warp(block.timestamp + 1 hours);
        for (uint256 version = LATER; version <= FOREIGN; ++version) indexes.activate(version);
    }

    function charge(uint256 version, uint256 i) external {
        _try(_call(1 + (version % 3), i % ROWS));
    }

    function chargeDistorted(uint256 version, uint256 i, uint256 at, uint256 by, uint8 how) external {
        _try(Distortion.ofCall(_call(1 + (version % 3), i % ROWS), at, by, how));
    }

    /// @dev With evidence of one version in the name of another.
    function chargeInTheNameOf(uint256 version, uint256 other, uint256 i) external {
        bytes memory data = _call(1 + (version % 3), i % ROWS);
        uint256 name = 1 + (other % 3);
        assembly ("memory-safe") {
            mstore(add(data, 0x24), name)
        }
        _try(data);
    }

    function revoke(uint256 i) external {
        if (contributions.contributionOf(1 + (i % ROWS)).status != IContributionRegistry.Status.Accepted) return;
        vm.prank(person(i % ROWS));
        contributions.revoke(1 + (i % ROWS));
    }

    function hostileParts() public pure returns (IIndexRegistry.IndexPart[] memory) {
        return partsOf(indexTree().root(), quality(), harmfulTree(1).root());
    }

    function _try(bytes memory call) private {
        (bool done, ) = address(harmCharges).call(call);
        if (done) ++charged;
    }

    /// @dev By the honest index, of contributions that it does not find harmful: with the proof of the one that it does.
    function _call(uint256 version, uint256 i) private pure returns (bytes memory) {
        bool honest = version == JUDGE;
        IIndexRegistry.IndexPart[] memory parts = honest ? indexParts() : hostileParts();
        SumTree.Proof memory proof = honest ? harmfulTree(ROWS).proof(0) : harmfulTree(1).proof(i);
        return abi.encodeCall(IHarmCharges.chargeHarm, (version, i + 1, parts, 0, proof));
    }
}

/// @notice The third part of invariant 6 of the protocol. Each was seen to fail: OnlyTheJudge… without the comparison with the judge
/// and without the proof in `HarmCharges.chargeHarm`; Bonds… with `msg.sender` for `treasury` in `chargeHarm`, and
/// without `isCharged`.
contract HarmChargesInvariant {
    ChargeHandler internal handler;

    function setUp() public {
        handler = new ChargeHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev Whatever another model, or a later version, finds harmful.
    function invariant_OnlyTheJudgeChargesOnlyHarmAndOnce() public view {
        uint256 last = handler.ROWS();
        for (uint256 id = 1; id < last; ++id) {
            require(handler.contributions().contributionOf(id).bond == handler.BOND(), "good data was charged");
            require(!handler.harmCharges().isCharged(id), "good data is recorded as charged");
            require(handler.harmCharges().judgeOf(id) == 1, "another judge");
        }
        require(handler.charged() <= 1, "charged twice");
        require(handler.harmCharges().isCharged(last) == (handler.charged() == 1), "unrecorded");
    }

    /// @dev The handler is publisher, provider, operator and curator, and sends every charge.
    function invariant_BondsAreWhereTheyWereOrWithTheTreasuryAndNobodyElse() public view {
        uint256 held = 0;
        for (uint256 id = 1; id <= handler.ROWS(); ++id) held += handler.contributions().contributionOf(id).bond;
        uint256 lost = handler.BOND() * handler.ROWS() - held;
        require((lost > 0) == (handler.charged() == 1), "a charge without harm");
        require(handler.token().balanceOf(address(handler.contributions())) == held, "bonds");
        require(handler.token().balanceOf(handler.TREASURY()) == lost, "treasury");
        require(handler.token().balanceOf(address(handler.distributor())) == handler.POOL(), "pools");
        require(handler.token().balanceOf(address(handler.harmCharges())) == 0, "held back");
    }
}

contract HarmChargesFuzz is ChargeHandler {
    function testFuzz_WhatTheJudgeFindsHarmfulIsChargeableOnce(uint256 i) public {
        i %= ROWS;
        this.charge(0, i);
        this.charge(0, i);
        require(charged == (i == ROWS - 1 ? 1 : 0), "charge");
    }

    function testFuzz_NoOtherVersionCharges(uint256 version, uint256 i) public {
        this.charge(1 + (version % 2), i);
        require(charged == 0, "charge");
    }
}
