// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";

/// @notice What an attested index says, whoever signed it and when: the same each time that it is attested.
library IndexContent {
    /// @return contentHash keccak256(abi.encode(IndexAttestation)).
    function hashOf(uint256 versionId, IIndexRegistry.Index memory index) internal pure returns (bytes32 contentHash) {
        return
            keccak256(
                abi.encode(
                    IIndexRegistry.IndexAttestation(
                        versionId,
                        index.partsHash,
                        index.size,
                        index.k,
                        index.certificateBps,
                        index.bundleHash
                    )
                )
            );
    }
}
