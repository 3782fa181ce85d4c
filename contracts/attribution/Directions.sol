// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {ScoreMath} from "../libraries/ScoreMath.sol";
import {Evidence} from "./Evidence.sol";

/// @title Directions
/// @notice What a version's Datanets want of it together, by the functionals that its index commits.
contract Directions {
    /// @param partsHash Of the index.
    /// @param parts All parts of the index.
    /// @param functionals The quality functional of each part.
    /// @param k Components of a functional.
    /// @return hash keccak256 of the functional of a pool without receipts.
    function hashOf(
        bytes32 partsHash,
        IIndexRegistry.IndexPart[] calldata parts,
        bytes[] calldata functionals,
        uint256 k
    ) external pure returns (bytes32 hash) {
        Evidence.requirePart(partsHash, parts, 0);
        if (functionals.length != parts.length) revert IAttributionDisputes.DisputeInvalidEvidence(partsHash);
        bytes[] memory copies = new bytes[](parts.length);
        for (uint256 i = 0; i < parts.length; ++i) {
            copies[i] = Evidence.requireData(functionals[i], parts[i].qualityHash);
        }
        return keccak256(ScoreMath.direction(copies, k));
    }
}
