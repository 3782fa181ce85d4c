// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";

/// @title PayoutProofs
/// @notice Recomputes the root of the payouts tree (docs/protocol.md §2) from leaves and siblings.
/// @dev Nodes are hashed by position, so that a proof also proves the place of what it shows. A leaf is hashed twice, an inner
/// node once over 64 bytes: no inner node passes for a leaf.
library PayoutProofs {
    /// @notice Hash of a leaf.
    function leafHash(IRewardDistributor.Payout calldata payout) internal pure returns (bytes32 leaf) {
        // Assembly because abi.encode allocates and copies twice. Writes only beyond the free memory pointer. An account with
        // dirty upper bits hashes to no leaf.
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, payout, 0x60)
            mstore(free, keccak256(free, 0x60))
            leaf := keccak256(free, 0x20)
        }
    }

    /// @notice Root from the leaf at `index` and the siblings on its path, from the leaf upwards.
    function rootOfPath(bytes32 leaf, uint256 index, bytes32[] calldata siblings) internal pure returns (bytes32 node) {
        // Assembly because the checked loop costs more than its hashes. Uses the scratch space only.
        assembly ("memory-safe") {
            node := leaf
            let at := siblings.offset
            for {
                let end := add(at, shl(5, siblings.length))
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                // A node at an odd place is the right one of its pair.
                let place := shl(5, and(index, 1))
                mstore(place, node)
                mstore(xor(place, 0x20), calldataload(at))
                node := keccak256(0x00, 0x40)
                index := shr(1, index)
            }
        }
    }

    /// @notice Root from neighbouring leaves, the first of them at `first` (docs/protocol.md §2, Runs).
    /// @param siblings What folding the run needs, level by level from the leaves upwards, each time the node before the run
    /// and then the one behind it.
    /// @param depth Levels between leaves and root.
    /// @return root 0 unless one node remains at the top and every sibling was used.
    function rootOfRun(
        uint256 first,
        IRewardDistributor.Payout[] calldata payouts,
        bytes32[] calldata siblings,
        uint256 depth
    ) internal pure returns (bytes32 root) {
        // Assembly because nodes are hashed in place, pair by pair. Writes only beyond the free memory pointer: a word for the
        // sibling before the run, the run, a word for the sibling behind it, and a buffer for a leaf.
        assembly ("memory-safe") {
            let run := add(mload(0x40), 0x20)
            let count := payouts.length
            let buffer := add(run, shl(5, add(count, 1)))
            let from := payouts.offset
            for {
                let to := run
                let end := add(run, shl(5, count))
            } lt(to, end) {
                to := add(to, 0x20)
                from := add(from, 0x60)
            } {
                calldatacopy(buffer, from, 0x60)
                mstore(buffer, keccak256(buffer, 0x60))
                mstore(to, keccak256(buffer, 0x20))
            }

            let sibling := siblings.offset
            for {} depth {
                depth := sub(depth, 1)
            } {
                from := run
                if and(first, 1) {
                    from := sub(run, 0x20)
                    mstore(from, calldataload(sibling))
                    sibling := add(sibling, 0x20)
                    count := add(count, 1)
                }
                if and(count, 1) {
                    mstore(add(from, shl(5, count)), calldataload(sibling))
                    sibling := add(sibling, 0x20)
                    count := add(count, 1)
                }
                count := shr(1, count)
                first := shr(1, first)
                // A parent is written where its children, or earlier ones, were read.
                for {
                    let to := run
                    let end := add(run, shl(5, count))
                } lt(to, end) {
                    to := add(to, 0x20)
                    from := add(from, 0x40)
                } {
                    mstore(to, keccak256(from, 0x40))
                }
            }
            let all := add(siblings.offset, shl(5, siblings.length))
            root := mul(mload(run), and(eq(count, 1), eq(sibling, all)))
        }
    }
}
