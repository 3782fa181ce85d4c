// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title PayoutsSubtree
/// @notice Nodes of a payouts tree (docs/protocol.md §2), empty ones included: what proofs about its shape need.
library PayoutsSubtree {
    /// @notice The node above two; empty if both are.
    function parentOf(bytes32 left, bytes32 right) internal pure returns (bytes32 parent) {
        // Assembly because abi.encode allocates. Uses the scratch space only.
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            parent := mul(keccak256(0x00, 0x40), iszero(iszero(or(left, right))))
        }
    }

    /// @notice Root from a node, its place on its level and the siblings from there upwards.
    function rootOfPath(
        bytes32 node,
        uint256 position,
        bytes32[] calldata siblings
    ) internal pure returns (bytes32 root) {
        root = node;
        for (uint256 i; i < siblings.length; ++i) {
            root = position & 1 == 0 ? parentOf(root, siblings[i]) : parentOf(siblings[i], root);
            position >>= 1;
        }
    }

    /// @notice The node `levels` above nodes at the left end of its subtree; what lies behind them is empty.
    /// @dev Overwrites `nodes`. Needs 1 ≤ nodes.length ≤ 2^levels.
    function topOf(bytes32[] memory nodes, uint256 levels) internal pure returns (bytes32) {
        for (uint256 count = nodes.length; levels > 0; --levels) {
            for (uint256 i; i < count; i += 2) {
                nodes[i >> 1] = parentOf(nodes[i], i + 1 < count ? nodes[i + 1] : bytes32(0));
            }
            count = (count + 1) >> 1;
        }
        return nodes[0];
    }
}
