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
        // Assembly because abi.encode allocates and copies twice. Writes only beyond the free memory pointer.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, account)
            mstore(add(free, 0x20), cumulative)
            mstore(add(free, 0x40), entriesRoot)
            mstore(free, keccak256(free, 0x60))
            leaf := keccak256(free, 0x20)
        }
    }

    /// @notice Root from one node and the siblings on its path.
    function rootOfPath(bytes32 node, bytes32[] calldata siblings) internal pure returns (bytes32) {
        // Assembly because the checked loop costs more than its hashes. Uses the scratch space only.
        assembly ("memory-safe") {
            let at := siblings.offset
            for {
                let end := add(at, shl(5, siblings.length))
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                let sibling := calldataload(at)
                // The lesser of the two comes first: place 0x20 if the node is greater.
                let place := shl(5, gt(node, sibling))
                mstore(place, node)
                mstore(xor(place, 0x20), sibling)
                node := keccak256(0x00, 0x40)
            }
        }
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
            // 1 if the sibling of the first node, or of the last, is outside the run.
            uint256 before = (node & 1) ^ 1;
            uint256 beyond = (count - before) & 1;
            uint256 parents = before + ((count - before) >> 1) + beyond;
            if (used + before + beyond > siblings.length) revert PayoutProofMalformed();

            if (before == 1) nodes[0] = Hashes.commutativeKeccak256(nodes[0], siblings[used++]);
            bytes32 last = nodes[count - 1];
            _foldPairs(nodes, before, (count - before) >> 1);
            if (beyond == 1) nodes[parents - 1] = Hashes.commutativeKeccak256(last, siblings[used++]);
            count = parents;
        }
        if (count != 1 || used != siblings.length) revert PayoutProofMalformed();
        return nodes[0];
    }

    /// @notice Root of a perfect subtree from its 2^j leaves.
    function rootOfSubtree(IRewardDistributor.Payout[] calldata payouts) internal pure returns (bytes32) {
        uint256 count = payouts.length;
        if (count == 0 || count & (count - 1) != 0) revert PayoutProofMalformed();
        bytes32[] memory nodes = _leafHashes(payouts);
        while (count > 1) {
            count >>= 1;
            _foldPairs(nodes, 0, count);
        }
        return nodes[0];
    }

    function _leafHashes(IRewardDistributor.Payout[] calldata payouts) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](payouts.length);
        // Assembly for two hashes per leaf straight from calldata. Writes into `leaves` and beyond the free memory pointer. An
        // account with dirty upper bits hashes to no leaf.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            let from := payouts.offset
            let to := add(leaves, 0x20)
            for {
                let end := add(to, shl(5, payouts.length))
            } lt(to, end) {
                to := add(to, 0x20)
                from := add(from, 0x60)
            } {
                calldatacopy(buffer, from, 0x60)
                mstore(buffer, keccak256(buffer, 0x60))
                mstore(to, keccak256(buffer, 0x20))
            }
        }
    }

    /// @dev Replaces nodes first, first + 1, … first + 2 · pairs − 1 by their parents, from place `first` on.
    function _foldPairs(bytes32[] memory nodes, uint256 first, uint256 pairs) private pure {
        // Assembly because children lie side by side in memory: they are hashed in place, after a swap if they are not
        // in order. A parent is written where its children, or earlier ones, were read.
        assembly ("memory-safe") {
            let to := add(add(nodes, 0x20), shl(5, first))
            let from := to
            for {
                let end := add(to, shl(5, pairs))
            } lt(to, end) {
                to := add(to, 0x20)
                from := add(from, 0x40)
            } {
                let a := mload(from)
                let b := mload(add(from, 0x20))
                if gt(a, b) {
                    mstore(from, b)
                    mstore(add(from, 0x20), a)
                }
                mstore(to, keccak256(from, 0x40))
            }
        }
    }
}
