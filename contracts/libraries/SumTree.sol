// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title SumTree
/// @notice The positional Merkle-sum tree of docs/protocol.md §2: every node carries a sum, the root binds the number of
/// leaves and the total, and a membership proof also proves the sum of all leaves to the left.
library SumTree {
    /// @notice A node; an empty subtree is (0, 0).
    struct Node {
        bytes32 hash;
        uint256 sum;
    }

    /// @notice Membership of the leaf at `index`; `siblings` from the leaf upwards, one per level.
    struct Proof {
        uint256 size;
        uint256 index;
        Node[] siblings;
    }

    /// @notice The two children of a node.
    struct Pair {
        Node left;
        Node right;
    }

    /// @notice A way down from the root towards the leaf position `index`: the children of the top, then those of the
    /// child on the way, and so on. Unlike a {Proof} it exists for trees whose sums do not add up.
    struct Descent {
        uint256 size;
        Node top;
        uint256 index;
        Pair[] pairs;
    }

    /// @dev The descent does not start at the root, leaves the tree, or one of its pairs does not hash to its node.
    error SumTreeInvalidDescent();

    /// @notice Levels below the root of a tree of `size` leaves: ceil(log2(size)), 0 for 0 and 1.
    function depthOf(uint256 size) internal pure returns (uint256 depth) {
        if (size > 1) {
            assembly ("memory-safe") {
                // floor(log2(size - 1)) + 1 for sizes below 2^32, bit by bit
                let x := sub(size, 1)
                depth := shl(4, lt(0xffff, x))
                depth := or(depth, shl(3, lt(0xff, shr(depth, x))))
                depth := or(depth, shl(2, lt(0xf, shr(depth, x))))
                depth := or(depth, shl(1, lt(0x3, shr(depth, x))))
                depth := add(add(depth, lt(0x1, shr(depth, x))), 1)
            }
        }
    }

    /// @notice The committed root of a tree of `size` leaves.
    function rootOf(uint256 size, Node memory top) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(2), uint32(size), top.hash, top.sum));
    }

    /// @notice Whether a leaf is at `proof.index` of the tree behind `root`.
    /// @return valid False also for an index beyond the size, a wrong number of siblings and a sum beyond 256 bits.
    /// @return prefix Sum of the leaves to the left. Meaningless unless valid, like `total`.
    /// @return total Sum of all leaves.
    function verify(
        bytes32 root,
        Proof calldata proof,
        bytes32 leafHash,
        uint256 leafSum
    ) internal pure returns (bool valid, uint256 prefix, uint256 total) {
        uint256 size = proof.size;
        uint256 index = proof.index;
        Node[] calldata siblings = proof.siblings;
        if (size > type(uint32).max || index >= size || siblings.length != depthOf(size)) return (false, 0, 0);
        assembly ("memory-safe") {
            // The 129 bytes of a node, ending on a word boundary: 0x01 ‖ left.hash ‖ left.sum ‖ right.hash ‖ right.sum.
            let words := add(mload(0x40), 0x20)
            mstore(sub(words, 0x20), 1)
            let node := leafHash
            total := leafSum
            valid := 1
            let sibling := siblings.offset
            for {
                let end := add(sibling, shl(6, siblings.length))
            } lt(sibling, end) {
                sibling := add(sibling, 0x40)
            } {
                let siblingSum := calldataload(add(sibling, 0x20))
                let side := shl(6, and(index, 1))
                mstore(add(words, side), node)
                mstore(add(words, add(side, 0x20)), total)
                side := xor(side, 0x40)
                calldatacopy(add(words, side), sibling, 0x40)
                // On the right side (side == 0 for the sibling) what the sibling holds lies to the left of the leaf.
                if iszero(side) {
                    prefix := add(prefix, siblingSum)
                }
                let sum := add(total, siblingSum)
                valid := and(valid, iszero(lt(sum, total)))
                total := sum
                node := keccak256(sub(words, 1), 0x81)
                index := shr(1, index)
            }
            // 0x02 ‖ uint32 size ‖ hash ‖ sum
            mstore(sub(words, 0x20), or(shl(32, 2), size))
            mstore(words, node)
            mstore(add(words, 0x20), total)
            valid := and(valid, eq(root, keccak256(sub(words, 5), 0x45)))
        }
    }

    /// @notice Whether the tree behind `root` breaks a rule on the way down: a node that is not the sum of its children, an
    /// empty node before `size`, a node that is not empty beyond it.
    /// @dev No tree that was built by the rules has such a way. Reverts when the descent is not one into this tree.
    /// @return broken Whether a rule is broken.
    /// @return last The node at which the descent ends; at leaf level if it has as many pairs as the tree has levels.
    function inspect(bytes32 root, Descent calldata descent) internal pure returns (bool broken, Node memory last) {
        uint256 size = descent.size;
        uint256 depth = depthOf(size);
        if (
            size > type(uint32).max ||
            descent.index >> depth != 0 ||
            descent.pairs.length > depth ||
            rootOf(size, descent.top) != root
        ) revert SumTreeInvalidDescent();

        last = descent.top;
        broken = _isMisplaced(last, 0, size);
        for (uint256 i; i < descent.pairs.length && !broken; ++i) {
            Node memory left = descent.pairs[i].left;
            Node memory right = descent.pairs[i].right;
            if (_hash(left, right) != last.hash) revert SumTreeInvalidDescent();

            // The subtrees below this pair have 2^height leaf positions each.
            uint256 height = depth - 1 - i;
            uint256 position = (descent.index >> (height + 1)) << (height + 1);
            unchecked {
                // Wraps on purpose: a sum that overflows is not the sum of its parts.
                uint256 sum = left.sum + right.sum;
                broken = sum != last.sum || sum < left.sum;
            }
            broken =
                broken ||
                _isMisplaced(left, position, size) ||
                _isMisplaced(right, position + (1 << height), size);
            last = (descent.index >> height) & 1 == 0 ? left : right;
        }
    }

    function isEmpty(Node memory node) internal pure returns (bool) {
        return node.hash == 0 && node.sum == 0;
    }

    /// @dev A subtree is empty exactly when its first leaf position lies beyond the tree, and then so is its sum.
    function _isMisplaced(Node memory node, uint256 position, uint256 size) private pure returns (bool) {
        return position < size ? node.hash == 0 : !isEmpty(node);
    }

    function _hash(Node memory left, Node memory right) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(1), left.hash, left.sum, right.hash, right.sum));
    }
}
