// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SumTree} from "../libraries/SumTree.sol";
import {IIndexRegistry} from "./IIndexRegistry.sol";

/// @title IHarmCharges
/// @notice Takes the bond of a contribution that the version that judges it found harmful, and gives it to the treasury: to
/// nobody who has a hand in the judgement.
/// @dev Who submits to a Datanet agrees to its judge: the model that the terms name at that time, or none. One version judges a
/// contribution, once: the first one of that model that holds it and was activated. What it finds harmful is attested with its
/// index, by the quality set of the contribution's own Datanet alone: see docs/protocol.md §3. Nobody can change any of this.
interface IHarmCharges {
    /// @notice A bond went to the treasury.
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
    /// @notice A contribution is judged in the part of its own Datanet.
    /// @param given The Datanet of the part that was given.
    /// @param expected The contribution's Datanet.
    error HarmWrongDatanet(uint256 given, uint256 expected);
    /// @notice Nothing of the bond is left: it was withdrawn.
    /// @param contributionId The contribution.
    error HarmNoBond(uint256 contributionId);

    /// @notice Charges the whole bond of a contribution that the version that judges it found harmful. Anyone may call once
    /// that version is activated.
    /// @param versionId The version that judges it: see {judgeOf}.
    /// @param contributionId The contribution.
    /// @param parts The parts of the version's index.
    /// @param part Place of the part of the contribution's Datanet.
    /// @param proof Place of the contribution in the tree behind that part's harmfulRoot.
    /// @return harm OPEN wei charged.
    function chargeHarm(
        uint256 versionId,
        uint256 contributionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        SumTree.Proof calldata proof
    ) external returns (uint256 harm);

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
