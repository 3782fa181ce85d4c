// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IAttributionDemands} from "../interfaces/IAttributionDemands.sol";
import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {Bonds} from "./Bonds.sol";
import {Evidence} from "./Evidence.sol";
import {PayoutsSubtree} from "./PayoutsSubtree.sol";

/// @title AttributionDemands
/// @notice See {IAttributionDemands}.
/// @dev Immutable like {AttributionDisputes}. An honest operator can answer every demand that can be opened.
contract AttributionDemands is Bonds {
    /// @notice Leaves of the payouts tree lie at most this deep: it has fewer than 2^32 accounts.
    uint256 public constant MAX_PAYOUTS_DEPTH = 32;
    /// @notice Levels of the payouts tree that one answer shows.
    uint256 public constant PAYOUTS_LEVELS = 5;

    IContributionRegistry public immutable contributions;

    /// @param owner The timelock.
    constructor(
        IERC20 token_,
        IContributionRegistry contributions_,
        IIndexRegistry indexes_,
        IRewardDistributor distributor_,
        address owner,
        Policy memory policy_
    ) Bonds(token_, indexes_, distributor_, owner, policy_) {
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
        Evidence.requireIndexLeaf(attested.indexRoot, index);
        _requireData(features, attested.k, index.leaf.featuresHash);
        _answerOfIndex(
            versionId,
            attested,
            abi.encode(this.demandIndexRow.selector, versionId, uint32(index.proof.index))
        );
    }

    /// @inheritdoc IAttributionDemands
    function demandQuality(uint256 versionId) external returns (bytes32) {
        IIndexRegistry.Index memory index = _requirePendingIndex(versionId);
        return _demandOfIndex(versionId, index, abi.encode(this.demandQuality.selector, versionId));
    }

    /// @inheritdoc IAttributionDemands
    function answerQuality(uint256 versionId, bytes calldata functional) external {
        IIndexRegistry.Index memory attested = _requirePendingIndex(versionId);
        _requireData(functional, 2 * uint256(attested.k), attested.qualityHash);
        _answerOfIndex(versionId, attested, abi.encode(this.demandQuality.selector, versionId));
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
        Evidence.requireEntry(distributor.finalizedRoot().payoutsRoot, before);
        return _demandOfRoot(root, _entryQuestionOf(before));
    }

    /// @inheritdoc IAttributionDemands
    function answerEntry(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry
    ) external {
        Evidence.requireEntry(root.payoutsRoot, entry);
        _answerOfRoot(root, _entryQuestionOf(entry));
    }

    /// @inheritdoc IAttributionDemands
    function demandEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.AccountEvidence calldata account,
        uint32 i
    ) external returns (bytes32) {
        bytes32 payoutHash = Evidence.requireAccount(root.payoutsRoot, account);
        return _demandOfRoot(root, abi.encode(this.demandEntryAt.selector, payoutHash, i));
    }

    /// @inheritdoc IAttributionDemands
    function answerEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry,
        uint32 i
    ) external {
        Evidence.requireEntry(root.payoutsRoot, entry);
        uint256 index = entry.proof.index;
        require(
            index == i || (index < i && index + 1 == entry.proof.size),
            IAttributionDisputes.DisputeInvalidEvidence(bytes32(index))
        );
        bytes32 payoutHash = Evidence.payoutHash(entry.account.payout);
        _answerOfRoot(root, abi.encode(this.demandEntryAt.selector, payoutHash, i));
    }

    /// @inheritdoc IAttributionDemands
    function demandPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry
    ) external returns (bytes32) {
        Evidence.requireEntry(root.payoutsRoot, entry);
        // Where nothing is carried over, there need not be a predecessor; what cannot be carried is for disputeCarried.
        require(entry.entry.cumulative > entry.entry.earned && root.previousRoot != 0, DemandUnjustified());
        return _demandOfRoot(root, _predecessorQuestion(entry, entry.entry.cumulative - entry.entry.earned));
    }

    /// @inheritdoc IAttributionDemands
    function answerPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata before
    ) external {
        Evidence.requireEntry(distributor.finalizedRoot().payoutsRoot, before);
        _answerOfRoot(root, _predecessorQuestion(before, before.entry.cumulative));
    }

    /// @inheritdoc IAttributionDemands
    function demandPayoutsNode(
        IRewardDistributor.ScoreRoot calldata root,
        bytes32 node,
        bytes32[] calldata path
    ) external returns (bytes32) {
        require(
            MerkleProof.processProofCalldata(path, node) == root.payoutsRoot,
            IAttributionDisputes.DisputeInvalidEvidence(node)
        );
        return _demandOfRoot(root, _nodeQuestion(node, path.length));
    }

    /// @inheritdoc IAttributionDemands
    function answerPayoutsNode(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 depth,
        bytes32[] calldata nodes,
        uint256 at,
        IRewardDistributor.Payout calldata leaf
    ) external {
        bytes32 node = PayoutsSubtree.rootOf(nodes);
        uint256 levels = SumTree.depthOf(nodes.length);
        bool complete = levels == PAYOUTS_LEVELS || (at < nodes.length && nodes[at] == Evidence.payoutHash(leaf));
        require(
            complete && levels <= PAYOUTS_LEVELS && depth + levels <= MAX_PAYOUTS_DEPTH,
            IAttributionDisputes.DisputeInvalidEvidence(node)
        );
        _answerOfRoot(root, _nodeQuestion(node, depth));
    }

    /// @dev A root must settle every pool of its epochs.
    function _requirePool(IRewardDistributor.ScoreRoot calldata root, uint256 modelId, uint64 epoch) private view {
        require(
            epoch >= root.firstEpoch && epoch <= root.lastEpoch && distributor.poolOf(modelId, epoch) != 0,
            DemandUnjustified()
        );
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

    function _nodeQuestion(bytes32 node, uint256 depth) private pure returns (bytes memory) {
        return abi.encode(IAttributionDemands.demandPayoutsNode.selector, node, depth);
    }
}
