// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {ReferenceSumTree} from "../libraries/ReferenceSumTree.sol";

/// @dev Proofs are read from calldata: the checks reach the library through this call.
contract SumTreeVerifier {
    function verify(
        bytes32 root,
        SumTree.Proof calldata proof,
        bytes32 leafHash,
        uint256 leafSum
    ) external pure returns (bool valid, uint256 prefix, uint256 total) {
        return SumTree.verify(root, proof, leafHash, leafSum);
    }
}

/// @notice For all leaves, sums and proofs of trees with up to four leaves: what is proven is what is in the tree, with the sum of
/// what lies to its left and the total.
/// @dev keccak256 is taken to be injective. Each check fixes one low part of the index, which decides the sides; the rest of
/// an index only meets the comparison with the size, which {check_noIndexBeyondTheSize} covers.
contract SumTreeSymbolic {
    SumTreeVerifier private immutable _verifier = new SumTreeVerifier();

    function check_oneLeaf(SumTree.Node memory a, SumTree.Node memory claimed, uint256 size) public view {
        SumTree.Node[4] memory leaves;
        leaves[0] = a;
        _check(leaves, 1, size, 0, claimed, new SumTree.Node[](0));
    }

    function check_twoLeavesAt0(
        SumTree.Node[2] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node memory sibling,
        uint256 size
    ) public view {
        _checkTwo(leaves, claimed, sibling, size, 0);
    }

    function check_twoLeavesAt1(
        SumTree.Node[2] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node memory sibling,
        uint256 size
    ) public view {
        _checkTwo(leaves, claimed, sibling, size, 1);
    }

    function check_threeLeavesAt0(
        SumTree.Node[4] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size
    ) public view {
        _checkFour(leaves, 3, claimed, siblings, size, 0);
    }

    function check_threeLeavesAt1(
        SumTree.Node[4] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size
    ) public view {
        _checkFour(leaves, 3, claimed, siblings, size, 1);
    }

    function check_threeLeavesAt2(
        SumTree.Node[4] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size
    ) public view {
        _checkFour(leaves, 3, claimed, siblings, size, 2);
    }

    function check_threeLeavesAt3(
        SumTree.Node[4] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size
    ) public view {
        _checkFour(leaves, 3, claimed, siblings, size, 3);
    }

    function check_fourLeavesAt0(
        SumTree.Node[4] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size
    ) public view {
        _checkFour(leaves, 4, claimed, siblings, size, 0);
    }

    function check_fourLeavesAt1(
        SumTree.Node[4] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size
    ) public view {
        _checkFour(leaves, 4, claimed, siblings, size, 1);
    }

    function check_fourLeavesAt2(
        SumTree.Node[4] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size
    ) public view {
        _checkFour(leaves, 4, claimed, siblings, size, 2);
    }

    function check_fourLeavesAt3(
        SumTree.Node[4] memory leaves,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size
    ) public view {
        _checkFour(leaves, 4, claimed, siblings, size, 3);
    }

    function check_noIndexBeyondTheSize(
        bytes32 root,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size,
        uint256 index
    ) public view {
        if (index < size) return;
        (bool valid, , ) = _verifier.verify(
            root,
            SumTree.Proof(size, index, _list(siblings)),
            claimed.hash,
            claimed.sum
        );
        assert(!valid);
    }

    function _checkTwo(
        SumTree.Node[2] memory two,
        SumTree.Node memory claimed,
        SumTree.Node memory sibling,
        uint256 size,
        uint256 index
    ) private view {
        SumTree.Node[4] memory leaves;
        (leaves[0], leaves[1]) = (two[0], two[1]);
        SumTree.Node[] memory siblings = new SumTree.Node[](1);
        siblings[0] = sibling;
        _check(leaves, 2, size, index, claimed, siblings);
    }

    function _checkFour(
        SumTree.Node[4] memory leaves,
        uint256 count,
        SumTree.Node memory claimed,
        SumTree.Node[2] memory siblings,
        uint256 size,
        uint256 index
    ) private view {
        if (count == 3) leaves[3] = SumTree.Node(0, 0);
        _check(leaves, count, size, index, claimed, _list(siblings));
    }

    function _check(
        SumTree.Node[4] memory leaves,
        uint256 count,
        uint256 size,
        uint256 index,
        SumTree.Node memory claimed,
        SumTree.Node[] memory siblings
    ) private view {
        for (uint256 i = 0; i < count; ++i) {
            // A leaf is a hash; sums that overflow make no tree.
            if (leaves[i].hash == 0 || leaves[i].sum > type(uint128).max) return;
        }
        (bool valid, uint256 prefix, uint256 total) = _verifier.verify(
            _root(leaves, count),
            SumTree.Proof(size, index, siblings),
            claimed.hash,
            claimed.sum
        );
        if (!valid) return;
        assert(size == count && index < count);
        assert(claimed.hash == leaves[index].hash && claimed.sum == leaves[index].sum);
        uint256 left = 0;
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            if (i == index) left = sum;
            sum += leaves[i].sum;
        }
        assert(prefix == left && total == sum);
    }

    function _root(SumTree.Node[4] memory leaves, uint256 count) private pure returns (bytes32) {
        if (count == 1) return SumTree.rootOf(1, leaves[0]);
        SumTree.Node memory left = ReferenceSumTree.parent(leaves[0], leaves[1]);
        if (count == 2) return SumTree.rootOf(2, left);
        return SumTree.rootOf(count, ReferenceSumTree.parent(left, ReferenceSumTree.parent(leaves[2], leaves[3])));
    }

    function _list(SumTree.Node[2] memory nodes) private pure returns (SumTree.Node[] memory list) {
        list = new SumTree.Node[](2);
        (list[0], list[1]) = (nodes[0], nodes[1]);
    }
}
