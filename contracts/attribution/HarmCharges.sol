// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IHarmCharges} from "../interfaces/IHarmCharges.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Harm} from "../libraries/Harm.sol";
import {ScoreMath} from "../libraries/ScoreMath.sol";
import {Evidence} from "./Evidence.sol";

/// @title HarmCharges
/// @notice See {IHarmCharges}.
/// @dev Immutable and without an owner. What is charged goes from the registry straight to the treasury.
contract HarmCharges is IHarmCharges {
    /// @notice Versions of the judging model that are looked through for the first one with a contribution. A model that was
    /// trained so often without it does not judge it any more.
    uint256 public constant MOST_VERSIONS = 256;

    IContributionRegistry public immutable contributions;
    IModelRegistry public immutable models;
    IIndexRegistry public immutable indexes;
    /// @inheritdoc IHarmCharges
    address public immutable treasury;

    /// @inheritdoc IHarmCharges
    mapping(uint256 contributionId => bool) public isCharged;

    constructor(
        IContributionRegistry contributions_,
        IModelRegistry models_,
        IIndexRegistry indexes_,
        address treasury_
    ) {
        contributions = contributions_;
        models = models_;
        indexes = indexes_;
        treasury = treasury_;
    }

    /// @inheritdoc IHarmCharges
    function chargeHarm(
        uint256 versionId,
        IAttributionDisputes.IndexEvidence calldata row,
        bytes calldata features,
        Fold[] calldata folds
    ) external returns (uint256 harm) {
        uint256 contributionId = row.leaf.contributionId;
        if (isCharged[contributionId]) revert HarmAlreadyCharged(contributionId);
        uint256 harmful;
        (harm, harmful) = _judge(versionId, row, features, folds);
        if (harm == 0) revert HarmNotChargeable(contributionId, harmful, Harm.FOLDS_NEEDED);

        isCharged[contributionId] = true;
        emit HarmCharged(versionId, contributionId, harm);
        contributions.slashBond(contributionId, harm, treasury);
    }

    /// @inheritdoc IHarmCharges
    function harmOf(
        uint256 versionId,
        IAttributionDisputes.IndexEvidence calldata row,
        bytes calldata features,
        Fold[] calldata folds
    ) external view returns (uint256 harm) {
        (harm, ) = _judge(versionId, row, features, folds);
    }

    /// @inheritdoc IHarmCharges
    function judgeOf(uint256 contributionId) public view returns (uint256 versionId) {
        IContributionRegistry.Contribution memory contribution = contributions.contributionOf(contributionId);
        if (contribution.judgeModelId == 0) return 0;
        // What was activated before the submission cannot hold it.
        uint64 since = contributions.submissionOf(contribution.submissionId).submittedAt;
        uint256[] memory versionIds = indexes.activatedSince(contribution.judgeModelId, since, MOST_VERSIONS);
        for (uint256 i = 0; i < versionIds.length; ++i) {
            if (models.inVersion(versionIds[i], contributionId)) return versionIds[i];
        }
        return 0;
    }

    /// @dev An activated index is final.
    function _judge(
        uint256 versionId,
        IAttributionDisputes.IndexEvidence calldata row,
        bytes calldata features,
        Fold[] calldata folds
    ) private view returns (uint256 harm, uint256 harmful) {
        uint256 contributionId = row.leaf.contributionId;
        uint256 judge = judgeOf(contributionId);
        if (judge == 0 || judge != versionId) revert HarmNotJudge(contributionId, versionId, judge);
        IIndexRegistry.Index memory index = indexes.indexOf(versionId);
        uint256 total = Evidence.requireIndexLeaf(index.partsHash, row);
        harmful = _harmfulFolds(row, total, index.k, features, folds);
        if (harmful < Harm.FOLDS_NEEDED) return (0, harmful);
        uint256 bond = contributions.contributionOf(contributionId).bond;
        harm = Harm.amount(row.leaf.quality, row.leaf.examples, total, bond);
    }

    /// @dev Folds of which nothing is shown find nothing.
    function _harmfulFolds(
        IAttributionDisputes.IndexEvidence calldata row,
        uint256 total,
        uint256 k,
        bytes calldata features,
        Fold[] calldata folds
    ) private pure returns (uint256 harmful) {
        bytes memory vector = Evidence.requireData(features, k, row.leaf.featuresHash);
        bytes memory hashes = new bytes(0);
        for (uint256 i = 0; i < folds.length; ++i) {
            hashes = bytes.concat(hashes, folds[i].hash);
            if (folds[i].functional.length == 0) continue;
            bytes memory functional = Evidence.requireData(folds[i].functional, 2 * k, folds[i].hash);
            int128 quality = ScoreMath.score(functional, vector, row.leaf.scale);
            if (Harm.isHarmful(quality, row.leaf.examples, total)) ++harmful;
        }
        bytes32 foldsHash = row.parts[row.part].foldsHash;
        if (folds.length != Harm.FOLDS || keccak256(hashes) != foldsHash) {
            revert IAttributionDisputes.DisputeInvalidEvidence(foldsHash);
        }
    }
}
