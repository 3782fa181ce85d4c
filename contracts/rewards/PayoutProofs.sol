// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";

/// @title PayoutProofs
/// @notice Recomputes the root of the payouts tree, an OpenZeppelin StandardMerkleTree, from leaves and siblings.
/// @dev Leaves are hashed twice, inner nodes once over 64 bytes, so no inner node passes for a leaf: whatever the shape that a
/// proof pretends, every leaf given is one of the tree.
library PayoutProofs {
    /// @dev A run must be `1 … node` leaves and fold with exactly the siblings given; a subtree must have 2^j leaves.
    error PayoutProofMalformed();

    /// @notice Hash of a leaf.
    function leafHash(address account, uint256 cumulative, bytes32 entriesRoot) internal pure returns (bytes32 leaf) {
        // Assembly because abi.encode allocates: this uses the scratch space and puts the free memory pointer back.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(0x00, account)
            mstore(0x20, cumulative)
            mstore(0x40, entriesRoot)
            mstore(0x00, keccak256(0x00, 0x60))
            leaf := keccak256(0x00, 0x20)
            mstore(0x40, free)
        }
    }

    /// @notice Root from one node and the siblings on its path.
    function rootOfPath(bytes32 node, bytes32[] calldata siblings) internal pure returns (bytes32) {
        for (uint256 i = 0; i < siblings.length; ++i) node = Hashes.commutativeKeccak256(node, siblings[i]);
        return node;
    }

    /// @notice Root from a run of neighbouring leaves on one level (docs/protocol.md §2, Runs).
    /// @param node Heap number of the first leaf.
    function rootOfRun(
        uint256 node,
        IRewardDistributor.Payout[] calldata payouts,
        bytes32[] calldata siblings
    ) internal pure returns (bytes32) {
        uint256 count = payouts.length;
        if (count == 0 || count > node) revert PayoutProofMalformed();
        bytes32[] memory nodes = _leafHashes(payouts);
        uint256 used;
        for (; node > 1; node >>= 1) {
            uint256 read;
            uint256 written;
            // The first node's sibling is outside the run.
            if (node & 1 == 0) {
                if (used == siblings.length) revert PayoutProofMalformed();
                nodes[written++] = Hashes.commutativeKeccak256(nodes[read++], siblings[used++]);
            }
            for (; read + 1 < count; read += 2) {
                nodes[written++] = Hashes.commutativeKeccak256(nodes[read], nodes[read + 1]);
            }
            // The last node's sibling is outside the run.
            if (read < count) {
                if (used == siblings.length) revert PayoutProofMalformed();
                nodes[written++] = Hashes.commutativeKeccak256(nodes[read], siblings[used++]);
            }
            count = written;
        }
        if (count != 1 || used != siblings.length) revert PayoutProofMalformed();
        return nodes[0];
    }

    /// @notice Root of a perfect subtree from its 2^j leaves.
    function rootOfSubtree(IRewardDistributor.Payout[] calldata payouts) internal pure returns (bytes32) {
        uint256 count = payouts.length;
        if (count == 0 || count & (count - 1) != 0) revert PayoutProofMalformed();
        bytes32[] memory nodes = _leafHashes(payouts);
        for (; count > 1; count >>= 1) {
            for (uint256 i = 0; i < count; i += 2) {
                nodes[i >> 1] = Hashes.commutativeKeccak256(nodes[i], nodes[i + 1]);
            }
        }
        return nodes[0];
    }

    function _leafHashes(IRewardDistributor.Payout[] calldata payouts) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](payouts.length);
        for (uint256 i = 0; i < payouts.length; ++i) {
            leaves[i] = leafHash(payouts[i].account, payouts[i].cumulative, payouts[i].entriesRoot);
        }
    }
}
