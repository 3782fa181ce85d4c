// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAttributionDemands} from "../interfaces/IAttributionDemands.sol";
import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {PayoutProofs} from "../rewards/PayoutProofs.sol";
import {Bonds} from "./Bonds.sol";
import {Evidence} from "./Evidence.sol";
import {PayoutsSubtree} from "./PayoutsSubtree.sol";

/// @title AttributionDemands
/// @notice See {IAttributionDemands}.
/// @dev Immutable like {AttributionDisputes}. An honest operator can answer every demand that can be opened.
contract AttributionDemands is Bonds {
    /// @notice Levels of the payouts tree that one answer shows: seven answers lead to any leaf of a tree of 2^32.
    uint256 public constant PAYOUTS_LEVELS = 5;

    IContributionRegistry public immutable contributions;

    /// @param treasury_ Gets the fees of answered demands.
    /// @param owner The timelock.
    constructor(
        IERC20 token_,
        IContributionRegistry contributions_,
        IIndexRegistry indexes_,
        IRewardDistributor distributor_,
        address treasury_,
        address owner,
        Policy memory policy_
    ) Bonds(token_, indexes_, distributor_, treasury_, owner, policy_) {
        contributions = contributions_;
    }

    /// @inheritdoc IAttributionDemands
    function demandIndexRow(uint256 versionId, uint32 i) external returns (bytes32) {
        IIndexRegistry.Index memory index = _requirePendingIndex(versionId);
        require(i < index.size, DemandUnjustified());
        return _demandOfIndex(versionId, index, abi.encode(this.demandIndexRow.selector, versionId, i));
    }

    /// @inheritdoc IAttributionDemands
    function answerIndexRow(
        uint256 versionId,
        IAttributionDisputes.IndexEvidence calldata index,
        bytes calldata features
    ) external {
        IIndexRegistry.Index memory attested = _requirePendingIndex(versionId);
        Evidence.requireIndexLeaf(attested.partsHash, index);
        _requireData(features, attested.k, index.leaf.featuresHash);
        _answerOfIndex(
            versionId,
            attested,
            abi.encode(this.demandIndexRow.selector, versionId, uint32(Evidence.positionOf(index)))
        );
    }

    /// @inheritdoc IAttributionDemands
    function demandQuality(uint256 versionId, uint256 part) external returns (bytes32) {
        IIndexRegistry.Index memory index = _requirePendingIndex(versionId);
        if (part >= index.partCount) revert DemandUnjustified();
        return _demandOfIndex(versionId, index, abi.encode(this.demandQuality.selector, versionId, part));
    }

    /// @inheritdoc IAttributionDemands
    function answerQuality(
        uint256 versionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        bytes calldata functional
    ) external {
        IIndexRegistry.Index memory attested = _requirePendingIndex(versionId);
        IIndexRegistry.IndexPart calldata its = Evidence.requirePart(attested.partsHash, parts, part);
        _requireData(functional, 2 * uint256(attested.k), its.qualityHash);
        _answerOfIndex(versionId, attested, abi.encode(this.demandQuality.selector, versionId, part));
    }

    /// @inheritdoc IAttributionDemands
    function demandFunctional(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 modelId,
        uint64 epoch
    ) external returns (bytes32) {
        _requirePool(root, modelId, epoch);
        return _demandOfRoot(root, abi.encode(this.demandFunctional.selector, modelId, epoch));
    }

    /// @inheritdoc IAttributionDemands
    function answerFunctional(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.SettlementEvidence calldata settlement,
        bytes calldata functional
    ) external {
        Evidence.requireSettlement(root, settlement);
        Leaves.ModelSettlement calldata settled = settlement.settlement;
        _requireData(functional, 2 * uint256(indexes.indexOf(settled.versionId).k), settled.queryHash);
        _answerOfRoot(root, abi.encode(this.demandFunctional.selector, settled.modelId, settled.epoch));
    }

    /// @inheritdoc IAttributionDemands
    function demandScore(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 modelId,
        uint64 epoch,
        uint32 i
    ) external returns (bytes32) {
        _requirePool(root, modelId, epoch);
        uint256 versionId = indexes.activeVersionOf(modelId, epoch);
        require(i < indexes.indexOf(versionId).size, DemandUnjustified());
        return _demandOfRoot(root, abi.encode(this.demandScore.selector, modelId, epoch, i));
    }

    /// @inheritdoc IAttributionDemands
    function answerScore(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.SettlementEvidence calldata settlement,
        IAttributionDisputes.ScoreEvidence calldata score,
        IAttributionDisputes.IndexEvidence calldata index,
        bytes calldata features
    ) external {
        Evidence.requireSettlement(root, settlement);
        Leaves.ModelSettlement calldata settled = settlement.settlement;
        Evidence.requireAligned(settled, score, index);
        // A score of 0 needs no features: there may be none of the right length, and whoever has them disproves it by them.
        if (features.length != 0 || score.leaf.score != 0) {
            _requireData(features, indexes.indexOf(settled.versionId).k, index.leaf.featuresHash);
        }
        uint32 i = uint32(score.proof.index);
        _answerOfRoot(root, abi.encode(this.demandScore.selector, settled.modelId, settled.epoch, i));
    }

    /// @inheritdoc IAttributionDemands
    function demandEntry(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 contributionId,
        IAttributionDisputes.EpochEvidence calldata epoch
    ) external returns (bytes32) {
        Leaves.ModelSettlement calldata settled = epoch.settlement.settlement;
        _requirePool(root, settled.modelId, settled.epoch);
        Evidence.requireSettlement(root, epoch.settlement);
        require(Evidence.payoutOf(epoch, contributionId) != 0, DemandUnjustified());
        address payee = contributions.payeeOf(contributionId, settled.epoch);
        return _demandOfRoot(root, _entryQuestion(payee, settled.modelId, contributionId));
    }

    /// @inheritdoc IAttributionDemands
    function demandCarriedEntry(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata before
    ) external returns (bytes32) {
        _requireEntryBefore(before);
        // What is worth nothing is carried over by nobody.
        require(before.entry.cumulative != 0, DemandUnjustified());
        return _demandOfRoot(root, _entryQuestionOf(before));
    }

    /// @inheritdoc IAttributionDemands
    function answerEntry(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry
    ) external {
        Evidence.requireEntry(root.payoutsRoot, root.accounts, entry);
        _answerOfRoot(root, _entryQuestionOf(entry));
    }

    /// @inheritdoc IAttributionDemands
    function demandEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.AccountEvidence calldata account,
        uint32 i
    ) external returns (bytes32) {
        Evidence.requireAccount(root.payoutsRoot, root.accounts, account);
        // An account worth nothing need not be asked about: it is wrong as it stands.
        require(account.payout.cumulative != 0, DemandUnjustified());
        return _demandOfRoot(root, abi.encode(this.demandEntryAt.selector, account.index, i));
    }

    /// @inheritdoc IAttributionDemands
    function answerEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry,
        uint32 i
    ) external {
        Evidence.requireEntry(root.payoutsRoot, root.accounts, entry);
        uint256 index = entry.proof.index;
        require(
            index == i || (index < i && index + 1 == entry.proof.size),
            IAttributionDisputes.DisputeInvalidEvidence(bytes32(index))
        );
        _answerOfRoot(root, abi.encode(this.demandEntryAt.selector, entry.account.index, i));
    }

    /// @inheritdoc IAttributionDemands
    function demandPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry
    ) external returns (bytes32) {
        Evidence.requireEntry(root.payoutsRoot, root.accounts, entry);
        // Where nothing is carried over, there need not be a predecessor; what cannot be carried is for disputeCarried.
        require(entry.entry.cumulative > entry.entry.earned && root.previousRoot != 0, DemandUnjustified());
        return _demandOfRoot(root, _predecessorQuestion(entry, entry.entry.cumulative - entry.entry.earned));
    }

    /// @inheritdoc IAttributionDemands
    function answerPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata before
    ) external {
        _requireEntryBefore(before);
        _answerOfRoot(root, _predecessorQuestion(before, before.entry.cumulative));
    }

    /// @inheritdoc IAttributionDemands
    function demandPayouts(
        IRewardDistributor.ScoreRoot calldata root,
        uint32 depth,
        uint32 position
    ) external returns (bytes32) {
        _requireSubtree(root, depth, position);
        return _demandOfRoot(root, _payoutsQuestion(depth, position));
    }

    /// @inheritdoc IAttributionDemands
    function answerPayoutsNodes(
        IRewardDistributor.ScoreRoot calldata root,
        uint32 position,
        bytes32[] calldata nodes,
        bytes32[] calldata siblings
    ) external {
        (uint256 levels, ) = _requireSubtree(root, siblings.length, position);
        bytes32 node =
            levels > PAYOUTS_LEVELS && nodes.length == 1 << PAYOUTS_LEVELS
                ? PayoutsSubtree.topOf(nodes, PAYOUTS_LEVELS)
                : bytes32(0);
        _answerPayouts(root, position, node, siblings);
    }

    /// @inheritdoc IAttributionDemands
    function answerPayouts(
        IRewardDistributor.ScoreRoot calldata root,
        uint32 position,
        IRewardDistributor.Payout[] calldata payouts,
        bytes32[] calldata siblings
    ) external {
        (uint256 levels, uint256 first) = _requireSubtree(root, siblings.length, position);
        bytes32 node;
        if (levels <= PAYOUTS_LEVELS && payouts.length == Math.min(1 << levels, root.accounts - first)) {
            bytes32[] memory nodes = new bytes32[](payouts.length);
            for (uint256 i; i < nodes.length; ++i) nodes[i] = PayoutProofs.leafHash(payouts[i]);
            node = PayoutsSubtree.topOf(nodes, levels);
        }
        _answerPayouts(root, position, node, siblings);
    }

    /// @dev A root must settle every pool of its epochs.
    function _requirePool(IRewardDistributor.ScoreRoot calldata root, uint256 modelId, uint64 epoch) private view {
        require(
            epoch >= root.firstEpoch && epoch <= root.lastEpoch && distributor.poolOf(modelId, epoch) != 0,
            DemandUnjustified()
        );
    }

    function _requireEntryBefore(IAttributionDisputes.EntryEvidence calldata before) private view {
        IRewardDistributor.FinalizedRoot memory last = distributor.finalizedRoot();
        Evidence.requireEntry(last.payoutsRoot, last.accounts, before);
    }

    /// @dev Levels of the payouts tree below a node, and its first place. Reverts unless it stands for a place that is taken.
    function _requireSubtree(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 depth,
        uint256 position
    ) private pure returns (uint256 levels, uint256 first) {
        uint256 all = SumTree.depthOf(root.accounts);
        require(depth <= all && position >> depth == 0, DemandUnjustified());
        levels = all - depth;
        first = position << levels;
        require(first < root.accounts, DemandUnjustified());
    }

    /// @param node What the given nodes or leaves lead to; 0 if they are not those that have to be shown.
    function _answerPayouts(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 position,
        bytes32 node,
        bytes32[] calldata siblings
    ) private {
        require(
            node != 0 && PayoutsSubtree.rootOfPath(node, position, siblings) == root.payoutsRoot,
            IAttributionDisputes.DisputeInvalidEvidence(node)
        );
        _answerOfRoot(root, _payoutsQuestion(siblings.length, position));
    }

    /// @dev An answer shows bytes that fit the arithmetic, or it could say what no proof contradicts.
    function _requireData(bytes calldata data, uint256 length, bytes32 hash) private pure {
        if (data.length != length || keccak256(data) != hash) revert IAttributionDisputes.DisputeInvalidEvidence(hash);
    }

    function _entryQuestionOf(
        IAttributionDisputes.EntryEvidence calldata evidence
    ) private pure returns (bytes memory) {
        return _entryQuestion(evidence.account.payout.account, evidence.entry.modelId, evidence.entry.contributionId);
    }

    function _entryQuestion(
        address account,
        uint256 modelId,
        uint256 contributionId
    ) private pure returns (bytes memory) {
        return abi.encode(IAttributionDemands.demandEntry.selector, account, modelId, contributionId);
    }

    function _predecessorQuestion(
        IAttributionDisputes.EntryEvidence calldata evidence,
        uint128 carried
    ) private pure returns (bytes memory) {
        return
            abi.encode(
                IAttributionDemands.demandPredecessor.selector,
                evidence.account.payout.account,
                evidence.entry.modelId,
                evidence.entry.contributionId,
                carried
            );
    }

    function _payoutsQuestion(uint256 depth, uint256 position) private pure returns (bytes memory) {
        return abi.encode(IAttributionDemands.demandPayouts.selector, depth, position);
    }
}
