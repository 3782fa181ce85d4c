// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutProofs} from "../../contracts/rewards/PayoutProofs.sol";
import {PlainPayoutsTree} from "./PlainPayoutsTree.sol";

/// @notice Gives the library's functions the calldata that they read.
contract PayoutProofsCaller {
    function rootOfLeaf(
        IRewardDistributor.Payout calldata payout,
        bytes32[] calldata siblings
    ) external pure returns (bytes32) {
        bytes32 leaf = PayoutProofs.leafHash(payout.account, payout.cumulative, payout.entriesRoot);
        return PayoutProofs.rootOfPath(leaf, siblings);
    }

    function rootOfRun(
        uint256 node,
        IRewardDistributor.Payout[] calldata payouts,
        bytes32[] calldata siblings
    ) external pure returns (bytes32) {
        return PayoutProofs.rootOfRun(node, payouts, siblings);
    }

    function rootOfSubtree(
        IRewardDistributor.Payout[] calldata payouts,
        bytes32[] calldata siblings
    ) external pure returns (bytes32) {
        return PayoutProofs.rootOfPath(PayoutProofs.rootOfSubtree(payouts), siblings);
    }
}

contract PayoutProofsTest {
    using PlainPayoutsTree for bytes32[];
    using PlainPayoutsTree for IRewardDistributor.Payout[];

    PayoutProofsCaller internal caller = new PayoutProofsCaller();

    function testFuzz_PathOfEveryLeafLeadsToTheRoot(uint256 seed, uint8 size) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[] memory nodes = payouts.nodesOf();
        for (uint256 i = 0; i < payouts.length; ++i) {
            bytes32[] memory path = nodes.path(2 * payouts.length - 1 - i);
            require(caller.rootOfLeaf(payouts[i], path) == nodes[1], "path");
            require(MerkleProof.verify(path, nodes[1], PlainPayoutsTree.leaf(payouts[i])), "OpenZeppelin disagrees");
        }
    }

    function testFuzz_RunsFoldToTheRoot(uint256 seed, uint8 size, uint256 first, uint256 count) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[] memory nodes = payouts.nodesOf();
        first %= payouts.length;
        count = 1 + (count % PlainPayoutsTree.roomFrom(payouts.length, first));
        uint256 node = 2 * payouts.length - 1 - first;
        bytes32[] memory siblings = nodes.runSiblings(node, node + 1 - count);
        require(caller.rootOfRun(node, payouts.slice(first, count), siblings) == nodes[1], "run");
    }

    function testFuzz_ChangedRunsDoNot(
        uint256 seed,
        uint8 size,
        uint256 first,
        uint256 count,
        uint256 place,
        uint256 bit
    ) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[] memory nodes = payouts.nodesOf();
        first %= payouts.length;
        count = 1 + (count % PlainPayoutsTree.roomFrom(payouts.length, first));
        uint256 node = 2 * payouts.length - 1 - first;
        bytes32[] memory siblings = nodes.runSiblings(node, node + 1 - count);
        IRewardDistributor.Payout[] memory run = payouts.slice(first, count);
        run[place % count].cumulative ^= 1 << (bit % 256);
        require(caller.rootOfRun(node, run, siblings) != nodes[1], "changed run");
    }

    /// @dev Whatever node is pretended: if the fold ends in the root, every leaf given is one of the tree.
    function testFuzz_PretendedNodesProveNothingElse(
        uint256 seed,
        uint8 size,
        uint256 first,
        uint256 count,
        uint256 pretended
    ) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[] memory nodes = payouts.nodesOf();
        first %= payouts.length;
        count = 1 + (count % (payouts.length - first));
        uint256 node = 2 * payouts.length - 1 - first;
        pretended = pretended % (4 * payouts.length);
        uint256 low = node + 1 - count;
        IRewardDistributor.Payout[] memory run = payouts.slice(first, count);
        run[0].cumulative += 1;
        try caller.rootOfRun(pretended, run, nodes.runSiblings(node, low)) returns (bytes32 root) {
            require(root != nodes[1], "a leaf that is not in the tree");
        } catch {}
    }

    function testFuzz_PerfectSubtreesFoldToTheRoot(uint256 seed, uint8 size, uint256 at, uint8 height) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[] memory nodes = payouts.nodesOf();
        uint256 n = payouts.length;
        uint256 count = 1 << (height % 7);
        // The node above the subtree; its leaves are the nodes above · count … above · count + count − 1.
        uint256 above = 1 + (at % (2 * n));
        if (above * count < n || above * count + count > 2 * n) return;
        IRewardDistributor.Payout[] memory leaves = payouts.slice(2 * n - above * count - count, count);
        bytes32[] memory path = nodes.path(above);
        require(caller.rootOfSubtree(leaves, path) == nodes[1], "subtree");
        leaves[at % count].entriesRoot ^= bytes32(uint256(1));
        require(caller.rootOfSubtree(leaves, path) != nodes[1], "changed subtree");
    }

    function _payouts(uint256 seed, uint8 size) private pure returns (IRewardDistributor.Payout[] memory payouts) {
        payouts = new IRewardDistributor.Payout[](1 + (uint256(size) % 96));
        for (uint256 i = 0; i < payouts.length; ++i) {
            bytes32 random = keccak256(abi.encode(seed, i));
            payouts[i].account = address(uint160((i << 150) | uint144(uint256(random))));
            payouts[i].cumulative = uint96(uint256(keccak256(abi.encode(random))));
            payouts[i].entriesRoot = keccak256(abi.encode(random, "entries"));
        }
    }
}
