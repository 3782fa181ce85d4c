// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PayoutsSubtree} from "../../contracts/attribution/PayoutsSubtree.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutProofs} from "../../contracts/rewards/PayoutProofs.sol";
import {PlainPayoutsTree} from "./PlainPayoutsTree.sol";

/// @notice Gives the libraries' functions the calldata that they read.
contract PayoutProofsCaller {
    function rootOfLeaf(
        IRewardDistributor.Payout calldata payout,
        uint256 index,
        bytes32[] calldata siblings
    ) external pure returns (bytes32) {
        return PayoutProofs.rootOfPath(PayoutProofs.leafHash(payout), index, siblings);
    }

    function rootOfRun(
        uint256 first,
        IRewardDistributor.Payout[] calldata payouts,
        bytes32[] calldata siblings,
        uint256 depth
    ) external pure returns (bytes32) {
        return PayoutProofs.rootOfRun(first, payouts, siblings, depth);
    }

    function rootOfNode(bytes32 node, uint256 position, bytes32[] calldata siblings) external pure returns (bytes32) {
        return PayoutsSubtree.rootOfPath(node, position, siblings);
    }
}

contract PayoutProofsTest {
    using PlainPayoutsTree for bytes32[][];
    using PlainPayoutsTree for IRewardDistributor.Payout[];

    PayoutProofsCaller internal caller = new PayoutProofsCaller();

    function testFuzz_PathOfEveryLeafLeadsToTheRootFromItsPlaceAlone(
        uint256 seed,
        uint8 size,
        uint256 other
    ) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[][] memory levels = payouts.levelsOf();
        bytes32 root = payouts.rootOf();
        other %= levels[0].length;
        for (uint256 i = 0; i < payouts.length; ++i) {
            bytes32[] memory path = levels.path(0, i);
            require(caller.rootOfLeaf(payouts[i], i, path) == root, "path");
            if (other != i) require(caller.rootOfLeaf(payouts[i], other, path) != root, "another place");
        }
    }

    function testFuzz_EveryNodeLeadsToTheRoot(uint256 seed, uint8 size, uint256 level, uint256 position) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[][] memory levels = payouts.levelsOf();
        level %= levels.length;
        position %= levels[level].length;
        bytes32[] memory path = levels.path(level, position);
        bytes32 node = levels[level][position];
        require(caller.rootOfNode(node, position, path) == payouts.rootOf(), "node");
        require(caller.rootOfNode(node ^ bytes32(uint256(1)), position, path) != payouts.rootOf(), "another node");
    }

    function testFuzz_LeavesAtTheLeftEndFoldToTheirTop(uint256 seed, uint8 size, uint8 above) public pure {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[][] memory levels = payouts.levelsOf();
        bytes32[] memory leaves = new bytes32[](payouts.length);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = levels[0][i];
        above %= 4;
        bytes32 top = payouts.rootOf();
        for (uint256 i = 0; i < above; ++i) top = PlainPayoutsTree.parent(top, 0);
        require(PayoutsSubtree.topOf(leaves, levels.length - 1 + above) == top, "top");
    }

    function testFuzz_RunsFoldToTheRoot(uint256 seed, uint8 size, uint256 first, uint256 count) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[][] memory levels = payouts.levelsOf();
        first %= payouts.length;
        count = 1 + (count % (payouts.length - first));
        bytes32[] memory siblings = levels.runSiblings(first, first + count - 1);
        bytes32 root = caller.rootOfRun(first, payouts.slice(first, count), siblings, levels.length - 1);
        require(root == payouts.rootOf(), "run");
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
        bytes32[][] memory levels = payouts.levelsOf();
        first %= payouts.length;
        count = 1 + (count % (payouts.length - first));
        bytes32[] memory siblings = levels.runSiblings(first, first + count - 1);
        bytes32 root = payouts.rootOf();
        // The slice refers to the same leaves.
        IRewardDistributor.Payout[] memory run = payouts.slice(first, count);
        run[place % count].cumulative ^= 1 << (bit % 256);
        require(caller.rootOfRun(first, run, siblings, levels.length - 1) != root, "changed run");
    }

    /// @dev Whatever place, length and depth are pretended: if the fold ends in the root, the run is the one at this place.
    function testFuzz_PretendedRunsProveNothingElse(
        uint256 seed,
        uint8 size,
        uint256 first,
        uint256 count,
        uint256 pretended,
        uint8 depth,
        uint8 fewer
    ) public view {
        IRewardDistributor.Payout[] memory payouts = _payouts(seed, size);
        bytes32[][] memory levels = payouts.levelsOf();
        first %= payouts.length;
        count = 1 + (count % (payouts.length - first));
        bytes32[] memory siblings = levels.runSiblings(first, first + count - 1);
        uint256 given = siblings.length - (siblings.length == 0 ? 0 : fewer % siblings.length);
        pretended %= payouts.length;
        uint256 levelsAbove = depth % 9;
        bytes32 root = caller.rootOfRun(
            pretended,
            payouts.slice(first, count),
            PlainPayoutsTree.truncate(siblings, given),
            levelsAbove
        );
        bool same = pretended == first && given == siblings.length && levelsAbove == levels.length - 1;
        require(same == (root == payouts.rootOf()), "a run that is not there");
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
