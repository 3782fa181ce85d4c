// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IHarmCharges} from "../interfaces/IHarmCharges.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";
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
        uint256 contributionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        SumTree.Proof calldata proof
    ) external returns (uint256 harm) {
        if (isCharged[contributionId]) revert HarmAlreadyCharged(contributionId);
        uint256 judge = judgeOf(contributionId);
        if (judge == 0 || judge != versionId) revert HarmNotJudge(contributionId, versionId, judge);
        // An activated index is final.
        bytes32 partsHash = indexes.indexOf(versionId).partsHash;
        IIndexRegistry.IndexPart calldata its = Evidence.requirePart(partsHash, parts, part);
        IContributionRegistry.Contribution memory contribution = contributions.contributionOf(contributionId);
        if (its.datanetId != contribution.datanetId) revert HarmWrongDatanet(its.datanetId, contribution.datanetId);
        Evidence.requireLeaf(its.harmfulRoot, proof, Leaves.harmfulHash(contributionId), Leaves.HARMFUL_SUM);
        harm = contribution.bond;
        if (harm == 0) revert HarmNoBond(contributionId);

        isCharged[contributionId] = true;
        emit HarmCharged(versionId, contributionId, harm);
        contributions.slashBond(contributionId, harm, treasury);
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
}
