// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";

/// @title IHarmCharges
/// @notice Takes from the bond of a contribution what its data cost a model, and pays it to those whose data helps.
interface IHarmCharges {
    /// @notice Part of a bond went to the pool of a model that the contribution harmed.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    /// @param modelId The model whose pool got it.
    /// @param amount OPEN wei taken from the bond.
    event HarmCharged(
        uint256 indexed versionId,
        uint256 indexed contributionId,
        uint256 indexed modelId,
        uint256 amount
    );
    /// @notice The tolerance of later charges changed.
    /// @param bps Basis points.
    event ToleranceSet(uint16 bps);

    /// @notice The index is not final, so its qualities are not established.
    /// @param versionId The model version.
    error HarmIndexNotFinal(uint256 versionId);
    /// @notice The leaf is not in the version's index.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    error HarmInvalidProof(uint256 versionId, uint256 contributionId);
    /// @notice Once per version and contribution.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    error HarmAlreadyCharged(uint256 versionId, uint256 contributionId);
    /// @notice Not harmful beyond the tolerance, judged by another model or by none, or nothing of the bond is left.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    /// @param quality Its int128 quality, from the index.
    error HarmNotChargeable(uint256 versionId, uint256 contributionId, int128 quality);
    /// @notice The model has no active version in whose pool the charge could go.
    /// @param modelId The model.
    /// @param epoch The current epoch.
    error HarmNoActiveVersion(uint256 modelId, uint64 epoch);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error HarmOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Charges a contribution whose quality is below `−tolerance · average quality per example · examples`, once per
    /// version of the model that judges it (see {IContributionRegistry-Contribution}), and adds the charge to that model's pool of the
    /// current epoch. Anyone may call once the index is final.
    /// @dev `harm = min(bond, floor(bond · (−quality · E) / (Q · examples)))`: data exactly as harmful as the average is
    /// helpful loses its whole bond.
    /// @param versionId The model version.
    /// @param leaf The contribution's leaf of the version's index.
    /// @param proof Its membership.
    /// @return harm OPEN wei charged.
    function chargeHarm(
        uint256 versionId,
        Leaves.IndexLeaf calldata leaf,
        SumTree.Proof calldata proof
    ) external returns (uint256 harm);

    /// @notice Sets the tolerance of later charges. Owner only.
    /// @param bps Basis points of the average quality, `MIN_TOLERANCE_BPS … 10,000`.
    function setTolerance(uint16 bps) external;

    /// @notice What {chargeHarm} would take now; 0 if it would revert for want of harm or bond, or because another model judges.
    /// @param versionId The model version.
    /// @param leaf The contribution's leaf of the version's index.
    /// @param proof Its membership.
    /// @return harm OPEN wei.
    function harmOf(
        uint256 versionId,
        Leaves.IndexLeaf calldata leaf,
        SumTree.Proof calldata proof
    ) external view returns (uint256 harm);

    /// @notice Whether the contribution has been charged for this version.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    /// @return charged Whether it has.
    function isCharged(uint256 versionId, uint256 contributionId) external view returns (bool charged);

    /// @notice Tolerance in basis points of the average quality per example.
    /// @return bps Basis points.
    function toleranceBps() external view returns (uint16 bps);
}
