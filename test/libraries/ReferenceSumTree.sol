// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SumTree} from "../../contracts/libraries/SumTree.sol";

/// @notice Sum trees built level by level from all their leaves, in memory: what the proofs of {SumTree} are checked against.
library ReferenceSumTree {
    struct Levels {
        uint256 size;
        /// levels[0] are the leaves, padded with empty nodes to a power of two; the last level is the top alone.
        SumTree.Node[][] levels;
    }

    function build(SumTree.Node[] memory leaves) internal pure returns (Levels memory tree) {
        uint256 width = 1;
        uint256 depth = 0;
        while (width < leaves.length) {
            width *= 2;
            ++depth;
        }
        tree.size = leaves.length;
        tree.levels = new SumTree.Node[][](depth + 1);
        tree.levels[0] = new SumTree.Node[](width);
        for (uint256 i; i < leaves.length; ++i) tree.levels[0][i] = leaves[i];
        for (uint256 level = 1; level <= depth; ++level) fold(tree, level);
    }

    /// @notice Recomputes one level from the one below.
    function fold(Levels memory tree, uint256 level) internal pure {
        SumTree.Node[] memory below = tree.levels[level - 1];
        SumTree.Node[] memory nodes = new SumTree.Node[](below.length / 2);
        for (uint256 i; i < nodes.length; ++i) nodes[i] = parent(below[2 * i], below[2 * i + 1]);
        tree.levels[level] = nodes;
    }

    function parent(SumTree.Node memory l, SumTree.Node memory r) internal pure returns (SumTree.Node memory) {
        if (l.hash == 0 && l.sum == 0 && r.hash == 0 && r.sum == 0) return SumTree.Node(0, 0);
        return
            SumTree.Node(
                keccak256(bytes.concat(hex"01", l.hash, bytes32(l.sum), r.hash, bytes32(r.sum))),
                l.sum + r.sum
            );
    }

    function top(Levels memory tree) internal pure returns (SumTree.Node memory) {
        return tree.levels[tree.levels.length - 1][0];
    }

    function root(Levels memory tree) internal pure returns (bytes32) {
        SumTree.Node memory node = top(tree);
        return keccak256(bytes.concat(hex"02", bytes4(uint32(tree.size)), node.hash, bytes32(node.sum)));
    }

    function proof(Levels memory tree, uint256 index) internal pure returns (SumTree.Proof memory) {
        SumTree.Node[] memory siblings = new SumTree.Node[](tree.levels.length - 1);
        for (uint256 level; level < siblings.length; ++level)
            siblings[level] = tree.levels[level][(index >> level) ^ 1];
        return SumTree.Proof(tree.size, index, siblings);
    }

    /// @notice `pairs` levels of the way from the top to the leaf position `index`.
    function descent(
        Levels memory tree,
        uint256 index,
        uint256 pairs
    ) internal pure returns (SumTree.Descent memory way) {
        way = SumTree.Descent(tree.size, top(tree), index, new SumTree.Pair[](pairs));
        for (uint256 i; i < pairs; ++i) {
            uint256 level = tree.levels.length - 2 - i;
            uint256 left = (index >> level) & ~uint256(1);
            way.pairs[i] = SumTree.Pair(tree.levels[level][left], tree.levels[level][left + 1]);
        }
    }
}
