// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

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
        Evidence.requireIndexLeaf(attested.partsHash, index);
        bytes memory featuresCopy = Evidence.requireData(features, index.leaf.featuresHash);
        bytes memory functionalCopy = Evidence.requireData(functional, index.parts[index.part].qualityHash);
        _decideIndex(
            versionId,
            featuresCopy.length != attested.k ||
                functionalCopy.length != 2 * uint256(attested.k) ||
                ScoreMath.score(functionalCopy, featuresCopy, index.leaf.scale) != index.leaf.quality
        );
    }

    /// @inheritdoc IAttributionDisputes
    function disputeIndexRow(uint256 versionId, IndexEvidence calldata index) external {
        Evidence.requireIndexLeaf(_requirePendingIndex(versionId).partsHash, index);
        Leaves.IndexLeaf calldata leaf = index.leaf;
        _decideIndex(
            versionId,
            leaf.scale == 0 ||
                !_isTrainedOn(versionId, leaf.contributionId) ||
                !_matches(contributions.contributionOf(leaf.contributionId), index.parts[index.part], leaf)
        );
    }

    /// @inheritdoc IAttributionDisputes
    function disputeOmission(
        uint256 versionId,
        uint256 contributionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        LeafEvidence[] calldata neighbours
    ) external {
        bytes32 partsHash = _requirePendingIndex(versionId).partsHash;
        IIndexRegistry.IndexPart calldata its = Evidence.requirePart(partsHash, parts, part);
        Evidence.requireGap(its.root, its.size, neighbours, contributionId);
        _decideIndex(
            versionId,
            _isTrainedOn(versionId, contributionId) &&
                contributions.contributionOf(contributionId).datanetId == its.datanetId
        );
    }

    function _matches(
        IContributionRegistry.Contribution memory contribution,
        IIndexRegistry.IndexPart calldata part,
        Leaves.IndexLeaf calldata leaf
    ) private pure returns (bool) {
        return contribution.examples == leaf.examples && contribution.datanetId == part.datanetId;
    }
}
