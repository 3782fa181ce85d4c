// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {ScoreMath} from "../libraries/ScoreMath.sol";
import {Evidence} from "./Evidence.sol";
import {ScoreProofs} from "./ScoreProofs.sol";

/// @title IndexProofs
/// @notice Proofs about the rows of a pending index.
abstract contract IndexProofs is ScoreProofs {
    /// @inheritdoc IAttributionDisputes
    function disputeQuality(
        uint256 versionId,
        IndexEvidence calldata index,
        bytes calldata features,
        bytes calldata functional
    ) external {
        IIndexRegistry.Index memory attested = _requirePendingIndex(versionId);
        Evidence.requireIndexLeaf(attested.indexRoot, index);
        bytes memory featuresCopy = Evidence.requireData(features, index.leaf.featuresHash);
        bytes memory functionalCopy = _requireFunctional(functional, attested.qualityHash);
        _decideIndex(
            versionId,
            featuresCopy.length != attested.k ||
                functionalCopy.length != 2 * uint256(attested.k) ||
                ScoreMath.score(functionalCopy, featuresCopy, index.leaf.scale) != index.leaf.quality
        );
    }

    /// @inheritdoc IAttributionDisputes
    function disputeIndexRow(uint256 versionId, IndexEvidence calldata index) external {
        Evidence.requireIndexLeaf(_requirePendingIndex(versionId).indexRoot, index);
        Leaves.IndexLeaf calldata leaf = index.leaf;
        _decideIndex(
            versionId,
            leaf.scale == 0 ||
                !_isTrainedOn(versionId, leaf.contributionId) ||
                contributions.contributionOf(leaf.contributionId).examples != leaf.examples
        );
    }

    /// @inheritdoc IAttributionDisputes
    function disputeOmission(uint256 versionId, uint256 contributionId, IndexEvidence[] calldata neighbours) external {
        bytes32 indexRoot = _requirePendingIndex(versionId).indexRoot;
        Evidence.requireNeighbourCount(neighbours.length);
        Evidence.requireIndexLeaf(indexRoot, neighbours[0]);
        uint256 firstId = neighbours[0].leaf.contributionId;
        if (neighbours.length == 1) {
            Evidence.requireEnd(neighbours[0].proof, firstId, contributionId);
        } else {
            Evidence.requireIndexLeaf(indexRoot, neighbours[1]);
            uint256 secondId = neighbours[1].leaf.contributionId;
            Evidence.requireGap(neighbours[0].proof, firstId, neighbours[1].proof, secondId, contributionId);
        }
        _decideIndex(versionId, _isTrainedOn(versionId, contributionId));
    }

    /// @dev Whether the version's snapshots hold the contribution as data to train on.
    function _isTrainedOn(uint256 versionId, uint256 contributionId) private view returns (bool) {
        return
            _exists(contributionId) &&
            contributions.contributionOf(contributionId).kind == IContributionRegistry.Kind.Train &&
            models.inVersion(versionId, contributionId);
    }
}
