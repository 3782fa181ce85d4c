// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";

/// @notice The payouts tree as docs/protocol.md §2 defines it, written for reading: what the optimised proofs are compared with.
library PlainPayoutsTree {
    /// @notice All nodes by heap number; place 0 is unused.
    function nodesOf(IRewardDistributor.Payout[] memory payouts) internal pure returns (bytes32[] memory nodes) {
        uint256 n = payouts.length;
        nodes = new bytes32[](2 * n);
        for (uint256 i = 0; i < n; ++i) nodes[2 * n - 1 - i] = leaf(payouts[i]);
        for (uint256 h = n - 1; h > 0; --h) nodes[h] = pair(nodes[2 * h], nodes[2 * h + 1]);
    }

    function leaf(IRewardDistributor.Payout memory payout) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(payout.account, payout.cumulative, payout.entriesRoot))));
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    /// @notice The siblings from `node` upwards.
    function path(bytes32[] memory nodes, uint256 node) internal pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](64);
        uint256 length;
        for (uint256 h = node; h > 1; h >>= 1) siblings[length++] = nodes[h ^ 1];
        return truncate(siblings, length);
    }

    /// @notice What folding the nodes `high … low` of one level needs.
    function runSiblings(
        bytes32[] memory nodes,
        uint256 high,
        uint256 low
    ) internal pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](128);
        uint256 length;
        for (; high > 1; high >>= 1) {
            if (high % 2 == 0) siblings[length++] = nodes[high + 1];
            if (low % 2 == 1) siblings[length++] = nodes[low - 1];
            low >>= 1;
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

    /// @notice How many leaves from `first` on lie on the level of its node.
    function roomFrom(uint256 n, uint256 first) internal pure returns (uint256) {
        uint256 node = 2 * n - 1 - first;
        uint256 lowest = 1;
        while (lowest * 2 <= node) lowest *= 2;
        uint256 onLevel = node - lowest + 1;
        return onLevel < n - first ? onLevel : n - first;
    }
}
