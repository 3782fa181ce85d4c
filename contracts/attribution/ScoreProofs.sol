// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {PayoutMath} from "../libraries/PayoutMath.sol";
import {ScoreMath} from "../libraries/ScoreMath.sol";
import {Directions} from "./Directions.sol";
import {Evidence} from "./Evidence.sol";
import {Judgement} from "./Judgement.sol";

/// @title ScoreProofs
/// @notice Proofs about settlements and scores.
abstract contract ScoreProofs is Judgement {
    /// @notice A part of this contract, which has no room for it.
    Directions public immutable directions = new Directions();

    /// @inheritdoc IAttributionDisputes
    function disputeSettlement(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement
    ) external {
        _requirePending(root);
        Evidence.requireSettlement(root, settlement);
        _decideRoot(_isWrongSettlement(root, settlement.settlement));
    }

    /// @inheritdoc IAttributionDisputes
    function disputeScore(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata score,
        IndexEvidence calldata index,
        bytes calldata features,
        bytes calldata functional
    ) external {
        _requirePending(root);
        Evidence.requireSettlement(root, settlement);
        Evidence.requireAligned(settlement.settlement, score, index);
        bytes memory featuresCopy = Evidence.requireData(features, index.leaf.featuresHash);
        bytes memory functionalCopy = Evidence.requireData(functional, settlement.settlement.queryHash);
        uint256 k = indexes.indexOf(settlement.settlement.versionId).k;
        if (functionalCopy.length != 2 * k) return _decideRoot(true);
        // Features of another length are the fault of an index that nobody disputed in time: they score 0.
        int128 expected =
            featuresCopy.length == k ? ScoreMath.score(functionalCopy, featuresCopy, index.leaf.scale) : int128(0);
        _decideRoot(score.leaf.score != expected);
    }

    /// @inheritdoc IAttributionDisputes
    function disputeWeight(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata score,
        IndexEvidence calldata index
    ) external {
        _requirePending(root);
        Evidence.requireSettlement(root, settlement);
        Evidence.requireAligned(settlement.settlement, score, index);
        _decideRoot(
            score.leaf.contributionId != index.leaf.contributionId ||
                _isWrongWeight(settlement.settlement, score.leaf, index.leaf)
        );
    }

    /// @inheritdoc IAttributionDisputes
    function disputeDirection(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        IIndexRegistry.IndexPart[] calldata parts,
        bytes[] calldata functionals
    ) external {
        _requirePending(root);
        Evidence.requireSettlement(root, settlement);
        Leaves.ModelSettlement calldata settled = settlement.settlement;
        if (settled.receiptCount != 0) revert DisputeInvalidEvidence(bytes32(uint256(settled.receiptCount)));
        uint256 k = indexes.indexOf(settled.versionId).k;
        _decideRoot(directions.hashOf(settled.indexHash, parts, functionals, k) != settled.queryHash);
    }

    /// @inheritdoc IAttributionDisputes
    function disputeFallback(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata paid,
        ScoreEvidence calldata witness
    ) external {
        _requirePending(root);
        Evidence.requireSettlement(root, settlement);
        Leaves.ModelSettlement calldata settled = settlement.settlement;
        Evidence.requireScore(settled, paid);
        Evidence.requireScore(settled, witness);
        _decideRoot(
            settled.fallbackSplit &&
                paid.leaf.weight != 0 &&
                !_accrues(paid.leaf.contributionId, settled.epoch) &&
                (witness.leaf.weight == 0 || _accrues(witness.leaf.contributionId, settled.epoch))
        );
    }

    /// @dev Whether the contribution exists and accrues in the epoch.
    function _accrues(uint256 contributionId, uint64 epoch) internal view returns (bool) {
        return _exists(contributionId) && contributions.accruesIn(contributionId, epoch);
    }

    /// @dev Whether a version's snapshots hold the contribution as data to train on.
    function _isTrainedOn(uint256 versionId, uint256 contributionId) internal view returns (bool) {
        return _isTrainingData(contributionId) && models.inVersion(versionId, contributionId);
    }

    /// @dev Whether the contribution exists and versions are trained on it; others judge.
    function _isTrainingData(uint256 contributionId) internal view returns (bool) {
        return
            _exists(contributionId) &&
            contributions.contributionOf(contributionId).kind == IContributionRegistry.Kind.Train;
    }

    function _exists(uint256 contributionId) internal view returns (bool) {
        return contributionId != 0 && contributionId <= contributions.count();
    }

    function _isWrongSettlement(
        IRewardDistributor.ScoreRoot calldata root,
        Leaves.ModelSettlement calldata settlement
    ) private view returns (bool) {
        (uint256 modelId, uint64 epoch) = (settlement.modelId, settlement.epoch);
        if (epoch < root.firstEpoch || epoch > root.lastEpoch) return true;
        if (settlement.pool != distributor.poolOf(modelId, epoch)) return true;
        if (settlement.pool != 0 && settlement.totalWeight == 0) return true;
        uint256 versionId = indexes.activeVersionOf(modelId, epoch);
        if (versionId == 0 || settlement.versionId != versionId) return true;

        IIndexRegistry.Index memory index = indexes.indexOf(versionId);
        if (settlement.indexHash != index.partsHash) return true;
        if (index.splitsByExamples && !settlement.fallbackSplit) return true;
        (bytes32 receiptsRoot, uint32 receiptCount) = market.receiptsOf(modelId, epoch);
        return settlement.receiptsRoot != receiptsRoot || settlement.receiptCount != receiptCount;
    }

    function _isWrongWeight(
        Leaves.ModelSettlement calldata settlement,
        Leaves.ScoreLeaf calldata score,
        Leaves.IndexLeaf calldata index
    ) private view returns (bool) {
        bool accrues = _accrues(index.contributionId, settlement.epoch);
        uint128 byScore = accrues ? PayoutMath.weightOf(score.score, index.quality) : 0;
        if (!settlement.fallbackSplit) return score.weight != byScore;
        // One weight above zero, and the certificate is good enough: there was no reason to fall back.
        if (byScore != 0 && !indexes.indexOf(settlement.versionId).splitsByExamples) return true;
        if (score.weight == index.examples) return false;
        // Without accruing: nothing, or the examples if nobody accrues, which disputeFallback decides.
        return accrues || score.weight != 0;
    }
}
