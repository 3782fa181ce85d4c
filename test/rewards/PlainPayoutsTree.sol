// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";

/// @notice The payouts tree as docs/protocol.md §2 defines it, written for reading: what the optimised proofs are compared with.
library PlainPayoutsTree {
    /// @notice All nodes, level by level from the leaves, each level filled up with zeros.
    function levelsOf(IRewardDistributor.Payout[] memory payouts) internal pure returns (bytes32[][] memory levels) {
        uint256 depth;
        while (1 << depth < payouts.length) ++depth;
        levels = new bytes32[][](depth + 1);
        levels[0] = new bytes32[](1 << depth);
        for (uint256 i = 0; i < payouts.length; ++i) levels[0][i] = leaf(payouts[i]);
        for (uint256 level = 1; level <= depth; ++level) {
            bytes32[] memory below = levels[level - 1];
            levels[level] = new bytes32[](below.length / 2);
            for (uint256 i = 0; i < levels[level].length; ++i)
                levels[level][i] = parent(below[2 * i], below[2 * i + 1]);
        }
    }

    function rootOf(IRewardDistributor.Payout[] memory payouts) internal pure returns (bytes32) {
        bytes32[][] memory levels = levelsOf(payouts);
        return levels[levels.length - 1][0];
    }

    function leaf(IRewardDistributor.Payout memory payout) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(payout.account, payout.cumulative, payout.entriesRoot))));
    }

    function parent(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return left == 0 && right == 0 ? bytes32(0) : keccak256(abi.encode(left, right));
    }

    /// @notice The siblings of a node, from it upwards.
    function path(
        bytes32[][] memory levels,
        uint256 level,
        uint256 position
    ) internal pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](levels.length - 1 - level);
        for (uint256 i = 0; i < siblings.length; ++i) siblings[i] = levels[level + i][(position >> i) ^ 1];
    }

    /// @notice What folding the leaves `low … high` needs.
    function runSiblings(
        bytes32[][] memory levels,
        uint256 low,
        uint256 high
    ) internal pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](2 * levels.length);
        uint256 length;
        for (uint256 level = 0; level + 1 < levels.length; ++level) {
            if (low % 2 == 1) siblings[length++] = levels[level][low - 1];
            if (high % 2 == 0) siblings[length++] = levels[level][high + 1];
            (low, high) = (low / 2, high / 2);
        }
        return truncate(siblings, length);
    }

    function truncate(bytes32[] memory array, uint256 length) internal pure returns (bytes32[] memory result) {
        result = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) result[i] = array[i];
    }

    function slice(
        IRewardDistributor.Payout[] memory payouts,
        uint256 first,
        uint256 count
    ) internal pure returns (IRewardDistributor.Payout[] memory part) {
        part = new IRewardDistributor.Payout[](count);
        for (uint256 i = 0; i < count; ++i) part[i] = payouts[first + i];
    }
}
