// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "./IAttributionDisputes.sol";

/// @title IHarmCharges
/// @notice Takes from the bond of a contribution what its data cost the model that judges it, and gives it to the treasury: to
/// nobody who has a hand in the judgement.
/// @dev Who submits to a Datanet agrees to its judge: the model that the terms name at that time, or none. One version judges a
/// contribution, once: the first one of that model that holds it and was activated. It judges by the quality set of the
/// contribution's own Datanet alone, and only where enough folds of that set agree. Nobody can change any of this.
interface IHarmCharges {
    /// @notice The functional of one fold of a quality set.
    struct Fold {
        /// keccak256 of the functional.
        bytes32 hash;
        /// `2k` bytes; may be left out: then the fold finds nothing.
        bytes functional;
    }

    /// @notice Part of a bond went to the treasury.
    /// @param versionId The version that judged.
    /// @param contributionId The contribution.
    /// @param amount OPEN wei taken from the bond.
    event HarmCharged(uint256 indexed versionId, uint256 indexed contributionId, uint256 amount);

    /// @notice Once per contribution.
    /// @param contributionId The contribution.
    error HarmAlreadyCharged(uint256 contributionId);
    /// @notice Another version judges it, or none (0).
    /// @param contributionId The contribution.
    /// @param versionId The version that was given.
    /// @param judge The version that judges it.
    error HarmNotJudge(uint256 contributionId, uint256 versionId, uint256 judge);
    /// @notice Too few folds find it harmful, or nothing of the bond is left.
    /// @param contributionId The contribution.
    /// @param harmful Folds that find it harmful.
    /// @param needed Folds that have to.
    error HarmNotChargeable(uint256 contributionId, uint256 harmful, uint256 needed);

    /// @notice Charges a contribution that enough folds of its Datanet's quality set find to harm the version beyond the
    /// tolerance. Anyone may call once its judge is activated.
    /// @dev `harm = min(bond, floor(bond · (−quality · E) / (Q · examples)))`, Q and E being the lanes of the Datanet's part of the
    /// index: data exactly as harmful as the average is helpful loses its whole bond.
    /// @param versionId The version that judges it: see {judgeOf}.
    /// @param row The contribution's row of the version's index.
    /// @param features Its k int8 features, as in the row's featuresHash.
    /// @param folds All folds of the Datanet's quality set, in their order.
    /// @return harm OPEN wei charged.
    function chargeHarm(
        uint256 versionId,
        IAttributionDisputes.IndexEvidence calldata row,
        bytes calldata features,
        Fold[] calldata folds
    ) external returns (uint256 harm);

    /// @notice What {chargeHarm} would take now; 0 if it would revert for want of harm or bond.
    /// @param versionId The version that judges it.
    /// @param row The contribution's row of the version's index.
    /// @param features Its k int8 features, as in the row's featuresHash.
    /// @param folds All folds of the Datanet's quality set, in their order.
    /// @return harm OPEN wei.
    function harmOf(
        uint256 versionId,
        IAttributionDisputes.IndexEvidence calldata row,
        bytes calldata features,
        Fold[] calldata folds
    ) external view returns (uint256 harm);

    /// @notice The version that judges a contribution: the first activated one of the model that its terms named at submission
    /// that holds it; 0 if there is none yet, none among the first {MOST_VERSIONS} activated after the submission, or the
    /// terms named no model.
    /// @param contributionId The contribution.
    /// @return versionId The version.
    function judgeOf(uint256 contributionId) external view returns (uint256 versionId);

    /// @notice Where charges go.
    /// @return Its address.
    function treasury() external view returns (address);

    /// @notice Whether the contribution has been charged.
    /// @param contributionId The contribution.
    /// @return charged Whether it has.
    function isCharged(uint256 contributionId) external view returns (bool charged);
}
