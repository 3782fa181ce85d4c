// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IAttributionDemands} from "../../contracts/interfaces/IAttributionDemands.sol";
import {IAttributionDisputes} from "../../contracts/interfaces/IAttributionDisputes.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {ISlashEscrow} from "../../contracts/interfaces/ISlashEscrow.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {Leaves} from "../../contracts/libraries/Leaves.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {vm} from "../Vm.sol";
import {ReferenceSumTree} from "../libraries/ReferenceSumTree.sol";
import {PlainPayoutsTree} from "../rewards/PlainPayoutsTree.sol";
import {Court} from "./Court.sol";
import {Distortion} from "./Distortion.sol";

/// @notice Sends every dispute, demand and answer there is, with the evidence of the honest root and index, or with that evidence
/// distorted anywhere.
contract Prosecutor is Court {
    using ReferenceSumTree for ReferenceSumTree.Levels;
    using PlainPayoutsTree for bytes32[][];
    using PlainPayoutsTree for IRewardDistributor.Payout[];

    uint256 public constant DISPUTES = 24;
    uint256 public constant QUESTIONS = 14;

    bytes32 public rootHash;
    /// Disputes that came to a verdict, which is that nothing is wrong.
    uint256 public refuted;
    /// Open demands, as far as this contract knows.
    bytes32[] public open;

    constructor() {
        // The longest window there is; announced as every change of it.
        bytes memory call = abi.encodeCall(indexes.setChallengeWindow, (7 days));
        indexes.announce(call);
        vm.warp(block.timestamp + indexes.EXIT_DELAY());
        indexes.setChallengeWindow(7 days);
        stakes.snapshotQuorum();
        _attest(2, indexParts());
        Settled memory settled = honest();
        _post(settled.root);
        rootHash = keccak256(abi.encode(settled.root));
        token.approve(address(demands), type(uint256).max);
    }

    function dispute(uint256 which, uint256 seed) external {
        bytes memory call = _dispute(which % DISPUTES, seed);
        (bool done, bytes memory reason) = address(disputes).call(call);
        require(!done, "an honest commitment was cancelled");
        if (bytes4(reason) == IAttributionDisputes.DisputeRefuted.selector) ++refuted;
    }

    function disputeDistorted(uint256 which, uint256 seed, uint256 at, uint256 by, uint8 how) external {
        bytes memory call = Distortion.ofCall(_dispute(which % DISPUTES, seed), at, by, how);
        (bool done, ) = address(disputes).call(call);
        require(!done, "an honest commitment was cancelled");
    }

    function ask(uint256 which, uint256 seed, uint256 at, uint256 by, uint8 how) external {
        bytes memory call = _question(which % QUESTIONS, seed);
        if (how % 4 == 0) call = Distortion.ofCall(call, at, by, how / 4);
        (bool done, bytes memory result) = address(demands).call(call);
        if (done && result.length == 32) open.push(abi.decode(result, (bytes32)));
    }

    function closeDemand(uint256 which) external {
        if (open.length == 0) return;
        bytes32 demandId = open[which % open.length];
        (bool defaulted, ) = address(demands).call(abi.encodeCall(IAttributionDemands.defaultDemand, (demandId)));
        (bool reclaimed, ) = address(demands).call(abi.encodeCall(IAttributionDemands.reclaimBond, (demandId)));
        require(!defaulted && !reclaimed, "closed before its time");
    }

    function cancelAsAnybody(address caller, bool root) external {
        if (caller == address(demands)) return;
        vm.prank(caller);
        vm.expectRevert();
        if (root) disputes.cancelRoot(caller, ISlashEscrow.Silence(0, 0));
        else disputes.cancelIndex(2, caller, ISlashEscrow.Silence(0, 0));
    }

    function bondsOfOpenDemands() external view returns (uint256 sum) {
        for (uint256 i = 0; i < open.length; ++i) {
            bool counted;
            for (uint256 j = 0; j < i && !counted; ++j) counted = open[j] == open[i];
            if (counted) continue;
            IAttributionDemands.Demand memory demand = demands.demandOf(open[i]);
            sum += uint256(demand.bond) + demand.fee;
        }
    }

    function _dispute(uint256 which, uint256 seed) private view returns (bytes memory) {
        Settled memory s = honest();
        uint256 i = seed % ROWS;
        uint256 a = (seed >> 8) % PEOPLE;
        if (which < 5) return _aboutScores(which, s, i, (seed >> 16) % ROWS);
        if (which < 12) return _aboutTrees(which, s, i, a);
        if (which < 15) return _aboutAccounts(which, s, a, (seed >> 16) % PEOPLE);
        if (which < 20) return _aboutIndex(which, i, seed >> 16);
        if (which < 23) return _aboutWorthAndShape(which, s, a, (seed >> 16) % 4);
        bytes[] memory functionals = new bytes[](1);
        functionals[0] = quality();
        return abi.encodeCall(disputes.disputeDirection, (s.root, settlementEvidence(s), indexParts(), functionals));
    }

    function _aboutScores(
        uint256 which,
        Settled memory s,
        uint256 i,
        uint256 other
    ) private view returns (bytes memory) {
        IAttributionDisputes.SettlementEvidence memory settlement = settlementEvidence(s);
        IAttributionDisputes.ScoreEvidence memory score = scoreEvidence(s, i);
        if (which == 0) return abi.encodeCall(disputes.disputeSettlement, (s.root, settlement));
        if (which == 1) {
            return
                abi.encodeCall(
                    disputes.disputeScore,
                    (s.root, settlement, score, indexEvidence(i), featuresOf(i), query())
                );
        }
        if (which == 2) {
            return
                abi.encodeCall(disputes.disputeScore, (s.root, settlement, score, indexEvidence(i), featuresOf(i), ""));
        }
        if (which == 3) return abi.encodeCall(disputes.disputeWeight, (s.root, settlement, score, indexEvidence(i)));
        return abi.encodeCall(disputes.disputeFallback, (s.root, settlement, score, scoreEvidence(s, other)));
    }

    function _aboutTrees(uint256 which, Settled memory s, uint256 i, uint256 a) private view returns (bytes memory) {
        bytes memory models = abi.encode(s.settlement);
        bytes memory entry = entryPreimage(s.entries[a]);
        ReferenceSumTree.Levels memory entries = entryTree(s.entries[a]);
        IAttributionDisputes.LeafEvidence memory none;
        if (which == 5) return abi.encodeCall(disputes.disputeModelsTree, (s.root, s.modelsTree.descent(0, 0), models));
        if (which == 6) {
            SumTree.Descent memory way = s.scoresTree.descent(i, 2);
            bytes memory leaf = scorePreimage(s.scores[i]);
            return abi.encodeCall(disputes.disputeScoresTree, (s.root, settlementEvidence(s), way, leaf));
        }
        if (which == 7)
            return
                abi.encodeCall(
                    disputes.disputeEntriesTree,
                    (s.root, accountEvidence(s, a), entries.descent(0, 0), entry)
                );
        if (which == 8) {
            SumTree.Descent memory way = indexTree().descent(i, 2);
            return abi.encodeCall(disputes.disputeIndexTree, (2, indexParts(), 0, way, indexPreimage(indexLeaf(i))));
        }
        if (which == 9) {
            IAttributionDisputes.LeafEvidence memory leaf = IAttributionDisputes.LeafEvidence(
                models,
                s.modelsTree.proof(0)
            );
            return abi.encodeCall(disputes.disputeModelsOrder, (s.root, leaf, none));
        }
        if (which == 10) {
            return abi.encodeCall(disputes.disputeScorePlace, (s.root, settlementEvidence(s), _scoreLeaf(s, i)));
        }
        IAttributionDisputes.LeafEvidence memory only = IAttributionDisputes.LeafEvidence(entry, entries.proof(0));
        return abi.encodeCall(disputes.disputeEntriesOrder, (s.root, accountEvidence(s, a), only, none));
    }

    function _aboutAccounts(
        uint256 which,
        Settled memory s,
        uint256 a,
        uint256 other
    ) private view returns (bytes memory) {
        if (which == 12) {
            uint256 second = a == 0 ? 1 : a;
            IAttributionDisputes.AccountEvidence memory left = accountEvidence(s, second - 1);
            return abi.encodeCall(disputes.disputeAccountsOrder, (s.root, left, accountEvidence(s, second)));
        }
        if (which == 13)
            return abi.encodeCall(disputes.disputeCarried, (s.root, entryEvidence(s, a), entryEvidence(s, other)));
        IAttributionDisputes.EpochEvidence[] memory epochs = new IAttributionDisputes.EpochEvidence[](1);
        epochs[0] = epochEvidence(s, a);
        return abi.encodeCall(disputes.disputeEarned, (s.root, entryEvidence(s, a), epochs));
    }

    function _aboutWorthAndShape(
        uint256 which,
        Settled memory s,
        uint256 a,
        uint256 position
    ) private view returns (bytes memory) {
        if (which == 20) return abi.encodeCall(disputes.disputeWorthlessAccount, (s.root, accountEvidence(s, a)));
        if (which == 21) return abi.encodeCall(disputes.disputeWorthlessEntry, (s.root, entryEvidence(s, a)));
        bytes32[][] memory levels = s.payouts.levelsOf();
        bytes32[] memory path = levels.path(0, position);
        return abi.encodeCall(disputes.disputePayoutsNode, (s.root, levels[0][position], uint32(position), path));
    }

    function _aboutIndex(uint256 which, uint256 i, uint256 id) private view returns (bytes memory) {
        IAttributionDisputes.IndexEvidence memory row = indexEvidence(i);
        if (which == 15) return abi.encodeCall(disputes.disputeQuality, (2, row, featuresOf(i), quality()));
        if (which == 16) return abi.encodeCall(disputes.disputeIndexRow, (2, row));
        if (which == 17) {
            IAttributionDisputes.LeafEvidence memory second;
            if (i + 1 < ROWS) second = _indexLeaf(i + 1);
            return abi.encodeCall(disputes.disputeIndexOrder, (2, indexParts(), 0, _indexLeaf(i), second));
        }
        bool between = which == 18 && i + 1 < ROWS;
        IAttributionDisputes.LeafEvidence[] memory neighbours = new IAttributionDisputes.LeafEvidence[](
            between ? 2 : 1
        );
        neighbours[0] = _indexLeaf(between ? i : ROWS - 1);
        if (between) neighbours[1] = _indexLeaf(i + 1);
        uint256 missing = between ? id % 8 : ROWS + 1 + (id % 8);
        return abi.encodeCall(disputes.disputeOmission, (2, missing, indexParts(), 0, neighbours));
    }

    function _question(uint256 which, uint256 seed) private view returns (bytes memory) {
        Settled memory s = honest();
        uint256 i = seed % ROWS;
        uint256 a = (seed >> 8) % PEOPLE;
        if (which == 0) return abi.encodeCall(demands.demandIndexRow, (2, uint32(i)));
        if (which == 1) return abi.encodeCall(demands.answerIndexRow, (2, indexEvidence(i), featuresOf(i)));
        if (which == 2) return abi.encodeCall(demands.demandQuality, (2, 0));
        if (which == 3) return abi.encodeCall(demands.answerQuality, (2, indexParts(), 0, quality()));
        if (which == 4) return abi.encodeCall(demands.demandFunctional, (s.root, 1, 1));
        if (which == 5) return abi.encodeCall(demands.answerFunctional, (s.root, settlementEvidence(s), query()));
        if (which == 6) return abi.encodeCall(demands.demandScore, (s.root, 1, 1, uint32(i)));
        if (which == 7)
            return
                abi.encodeCall(
                    demands.answerScore,
                    (s.root, settlementEvidence(s), scoreEvidence(s, i), indexEvidence(i), featuresOf(i))
                );
        if (which == 8) return abi.encodeCall(demands.demandEntry, (s.root, a + 1, epochEvidence(s, a)));
        if (which == 9) return abi.encodeCall(demands.answerEntry, (s.root, entryEvidence(s, a)));
        if (which == 10) return abi.encodeCall(demands.demandEntryAt, (s.root, accountEvidence(s, a), uint32(i)));
        if (which == 11) return abi.encodeCall(demands.answerEntryAt, (s.root, entryEvidence(s, a), uint32(i)));
        IAttributionDisputes.AccountEvidence memory account = accountEvidence(s, a);
        uint32 depth = uint32(account.proof.length);
        if (which == 12) return abi.encodeCall(demands.demandPayouts, (s.root, depth, uint32(a)));
        IRewardDistributor.Payout[] memory payouts = new IRewardDistributor.Payout[](1);
        payouts[0] = account.payout;
        return abi.encodeCall(demands.answerPayouts, (s.root, uint32(a), payouts, account.proof));
    }

    function _scoreLeaf(Settled memory s, uint256 i) private pure returns (IAttributionDisputes.LeafEvidence memory) {
        return IAttributionDisputes.LeafEvidence(scorePreimage(s.scores[i]), s.scoresTree.proof(i));
    }

    function _indexLeaf(uint256 i) private pure returns (IAttributionDisputes.LeafEvidence memory) {
        return IAttributionDisputes.LeafEvidence(indexPreimage(indexLeaf(i)), indexTree().proof(i));
    }
}

/// @notice Invariant 5 of the protocol, and that nobody's stake or bond is lost while nothing is wrong.
contract AttributionDisputesInvariant {
    Prosecutor internal court;

    function setUp() public {
        court = new Prosecutor();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(court);
    }

    function invariant_AnHonestRootAndIndexStayAndTheirSignersKeepTheirStake() public view {
        require(court.distributor().pendingRoot().rootHash == court.rootHash(), "root");
        require(!court.indexes().isFinal(2) && court.indexes().indexOf(2).size == court.ROWS(), "index");
        require(court.stakes().poolOf(IStakePools.Role.Oracle, address(court)).assets == court.STAKE(), "stake");
    }

    function invariant_DemandsHoldTheBondsOfOpenDemands() public view {
        uint256 held = court.token().balanceOf(address(court.demands()));
        require(held == court.bondsOfOpenDemands(), "bonds");
    }
}

/// @notice Invariant 4: whatever single value a root gets wrong, one transaction of anybody cancels it and slashes who signed.
contract AttributionDisputesFuzz is Court {
    using ReferenceSumTree for ReferenceSumTree.Levels;
    using PlainPayoutsTree for bytes32[][];
    using PlainPayoutsTree for IRewardDistributor.Payout[];

    address private constant ANYBODY = address(0xA11);

    function testFuzz_EveryDisputeOfAnHonestRootIsRefuted(uint256 seed) public {
        Prosecutor court = new Prosecutor();
        for (uint256 which = 0; which < court.DISPUTES(); ++which) court.dispute(which, seed);
        // Those of the index that ask for what its neighbours do not enclose are refused before there is a verdict.
        require(court.refuted() + 2 >= court.DISPUTES(), "without a verdict");
    }

    function testFuzz_AnAccountOrEntryWorthNothingIsCancelled(uint256 a, bool whole) public {
        Settled memory s = honest();
        a %= PEOPLE;
        if (whole) {
            s.payouts[a].cumulative = 0;
            seal(s, 5);
        } else {
            (s.entries[a].cumulative, s.entries[a].earned) = (0, 0);
            seal(s, 4);
        }
        _post(s.root);
        vm.prank(ANYBODY);
        if (whole) disputes.disputeWorthlessAccount(s.root, accountEvidence(s, a));
        else disputes.disputeWorthlessEntry(s.root, entryEvidence(s, a));
        _requireCancelled();
    }

    function testFuzz_AccountsOutOfOrderAreCancelled(uint256 a, uint256 b) public {
        Settled memory s = honest();
        (a, b) = (a % PEOPLE, b % PEOPLE);
        if (a == b) b = (a + 1) % PEOPLE;
        if (a > b) (a, b) = (b, a);
        s.payouts[b].account = address(uint160(s.payouts[a].account) - uint160(uint256(keccak256(abi.encode(a))) % 2));
        seal(s, 5);
        _post(s.root);
        vm.prank(ANYBODY);
        disputes.disputeAccountsOrder(s.root, accountEvidence(s, a), accountEvidence(s, b));
        _requireCancelled();
    }

    /// @dev A leaf that is missing before the number of accounts, and one that stands behind it.
    function testFuzz_AWrongNumberOfAccountsIsCancelled(bool more) public {
        Settled memory s = honest();
        if (!more) {
            IRewardDistributor.Payout[] memory four = new IRewardDistributor.Payout[](PEOPLE + 1);
            for (uint256 a = 0; a < PEOPLE; ++a) four[a] = s.payouts[a];
            four[PEOPLE] = IRewardDistributor.Payout(ANYBODY, POOL, 0);
            s.payouts = four;
            s.root.payoutsRoot = four.rootOf();
        } else {
            s.root.accounts = uint32(PEOPLE + 1);
        }
        _post(s.root);
        bytes32[][] memory levels = s.payouts.levelsOf();
        vm.prank(ANYBODY);
        disputes.disputePayoutsNode(s.root, levels[0][3], 3, levels.path(0, 3));
        _requireCancelled();
    }

    /// @dev What was proven wrong is wrong for ever.
    function test_ACancelledRootIsBarred() public {
        Settled memory s = honest();
        s.settlement.pool = POOL + 1;
        seal(s, 3);
        _post(s.root);
        disputes.disputeSettlement(s.root, settlementEvidence(s));
        require(distributor.isBarred(keccak256(abi.encode(s.root))), "barred");
    }

    function testFuzz_AWrongScoreIsCancelled(uint256 i, int64 by) public {
        Settled memory s = honest();
        i %= ROWS;
        if (by == 0) by = 1;
        s.scores[i].score += by;
        seal(s, 1);
        _post(s.root);
        vm.prank(ANYBODY);
        disputes.disputeScore(
            s.root,
            settlementEvidence(s),
            scoreEvidence(s, i),
            indexEvidence(i),
            featuresOf(i),
            query()
        );
        _requireCancelled();
    }

    function testFuzz_AWrongWeightIsCancelled(uint256 i, uint64 weight) public {
        Settled memory s = honest();
        i %= ROWS;
        s.scores[i].weight = weight == s.scores[i].weight ? weight + 1 : weight;
        seal(s, 1);
        _post(s.root);
        vm.prank(ANYBODY);
        disputes.disputeWeight(s.root, settlementEvidence(s), scoreEvidence(s, i), indexEvidence(i));
        _requireCancelled();
    }

    function testFuzz_AWrongSumIsCancelled(uint256 level, uint256 i, uint64 by) public {
        Settled memory s = honest();
        // The sum of a leaf, of an inner node or of the top, with everything above it built as if it were right.
        level %= 3;
        i %= ROWS;
        s.scoresTree.levels[level][i >> level].sum += uint256(by) + 1;
        for (uint256 above = level + 1; above < 3; ++above) s.scoresTree.fold(above);
        seal(s, 2);
        _post(s.root);
        vm.prank(ANYBODY);
        disputes.disputeScoresTree(
            s.root,
            settlementEvidence(s),
            s.scoresTree.descent(i, level == 0 ? 2 : 3 - level),
            level == 0 ? scorePreimage(s.scores[i]) : bytes("")
        );
        _requireCancelled();
    }

    function testFuzz_AWrongPoolIsCancelled(uint256 pool) public {
        Settled memory s = honest();
        if (pool == POOL) ++pool;
        s.settlement.pool = pool;
        seal(s, 3);
        _post(s.root);
        vm.prank(ANYBODY);
        disputes.disputeSettlement(s.root, settlementEvidence(s));
        _requireCancelled();
    }

    function testFuzz_AWrongEntryIsCancelled(uint256 a, uint96 earned) public {
        Settled memory s = honest();
        a %= PEOPLE;
        if (earned == s.entries[a].earned) ++earned;
        (s.entries[a].earned, s.entries[a].cumulative) = (earned, earned);
        seal(s, 4);
        _post(s.root);
        IAttributionDisputes.EpochEvidence[] memory epochs = new IAttributionDisputes.EpochEvidence[](1);
        epochs[0] = epochEvidence(s, a);
        vm.prank(ANYBODY);
        disputes.disputeEarned(s.root, entryEvidence(s, a), epochs);
        _requireCancelled();
    }

    function testFuzz_WhatNobodyHadBeforeIsCancelled(uint256 a, uint96 carried) public {
        Settled memory s = honest();
        a %= PEOPLE;
        s.entries[a].cumulative += uint128(carried) + 1;
        seal(s, 4);
        _post(s.root);
        vm.prank(ANYBODY);
        disputes.disputeCarried(s.root, entryEvidence(s, a), entryEvidence(s, a));
        _requireCancelled();
    }

    function testFuzz_AnAccountWithMoreThanItsEntriesIsCancelled(uint256 a, uint96 more) public {
        Settled memory s = honest();
        a %= PEOPLE;
        s.payouts[a].cumulative += uint256(more) + 1;
        seal(s, 5);
        _post(s.root);
        vm.prank(ANYBODY);
        disputes.disputeEntriesTree(
            s.root,
            accountEvidence(s, a),
            entryTree(s.entries[a]).descent(0, 0),
            entryPreimage(s.entries[a])
        );
        _requireCancelled();
    }

    function _requireCancelled() private view {
        require(distributor.pendingRoot().rootHash == 0, "still pending");
        uint256 left = stakes.poolOf(IStakePools.Role.Oracle, address(this)).assets;
        require(left == STAKE / 2, "slashed");
        require(token.balanceOf(ANYBODY) == ((STAKE / 2) * 3) / 10, "rewarded");
    }
}
