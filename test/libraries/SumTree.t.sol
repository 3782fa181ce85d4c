// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {vm} from "../Vm.sol";
import {ReferenceSumTree} from "./ReferenceSumTree.sol";

/// @dev Proofs and descents are read from calldata: the tests reach the library through these calls.
contract SumTreeReader {
    function verify(
        bytes32 root,
        SumTree.Proof calldata proof,
        bytes32 leafHash,
        uint256 leafSum
    ) external pure returns (bool valid, uint256 prefix, uint256 total) {
        return SumTree.verify(root, proof, leafHash, leafSum);
    }

    function inspect(bytes32 root, SumTree.Descent calldata descent) external pure returns (bool, SumTree.Node memory) {
        return SumTree.inspect(root, descent);
    }
}

contract SumTreeTest {
    using ReferenceSumTree for ReferenceSumTree.Levels;

    SumTreeReader internal reader = new SumTreeReader();

    function testFuzz_DepthIsThatOfTheNextPowerOfTwo(uint32 size) public pure {
        uint256 depth = SumTree.depthOf(size);
        require((uint256(1) << depth) >= size, "too shallow");
        require(size < 2 ? depth == 0 : (uint256(1) << (depth - 1)) < size, "too deep");
    }

    function testFuzz_EveryLeafIsProvenWithItsPrefixAndTheTotal(uint256 seed, uint8 count) public view {
        ReferenceSumTree.Levels memory tree = _tree(seed, count);
        require(SumTree.rootOf(tree.size, tree.top()) == tree.root(), "root");
        uint256 prefix;
        for (uint256 i; i < tree.size; ++i) {
            SumTree.Node memory leaf = tree.levels[0][i];
            (bool valid, uint256 proven, uint256 total) = reader.verify(
                tree.root(),
                tree.proof(i),
                leaf.hash,
                leaf.sum
            );
            require(valid && proven == prefix && total == tree.top().sum, "honest proof");
            prefix += leaf.sum;
        }
    }

    function testFuzz_NothingElseIsProven(uint256 seed, uint8 count, uint8 mutation, uint256 to) public view {
        ReferenceSumTree.Levels memory tree = _tree(seed, count);
        uint256 index = seed % tree.size;
        SumTree.Node memory leaf = tree.levels[0][index];
        SumTree.Proof memory proof = tree.proof(index);
        bytes32 root = tree.root();
        if (!_mutate(proof, leaf, mutation, to)) return;
        (bool valid, , ) = reader.verify(root, proof, leaf.hash, leaf.sum);
        require(!valid, "forged proof");
    }

    function testFuzz_SumsThatOverflowAreInvalid(uint256 left, uint256 right) public view {
        unchecked {
            if (left + right >= left) right = type(uint256).max - (left == 0 ? 0 : left - 1);
            if (left + right >= left) return;
            bytes32 a = keccak256("a");
            bytes32 b = keccak256("b");
            bytes32 parent = keccak256(abi.encodePacked(uint8(1), a, left, b, right));
            bytes32 root = SumTree.rootOf(2, SumTree.Node(parent, left + right));
            SumTree.Proof memory proof = SumTree.Proof(2, 0, new SumTree.Node[](1));
            proof.siblings[0] = SumTree.Node(b, right);
            (bool valid, , ) = reader.verify(root, proof, a, left);
            require(!valid, "overflow");
            SumTree.Descent memory way = SumTree.Descent(
                2,
                SumTree.Node(parent, left + right),
                0,
                new SumTree.Pair[](1)
            );
            way.pairs[0] = SumTree.Pair(SumTree.Node(a, left), SumTree.Node(b, right));
            (bool broken, ) = reader.inspect(root, way);
            require(broken, "overflow not found");
        }
    }

    function testFuzz_NoWayDownAHonestTreeIsBroken(uint256 seed, uint8 count, uint256 at) public view {
        ReferenceSumTree.Levels memory tree = _tree(seed, count);
        uint256 depth = tree.levels.length - 1;
        uint256 index = at % tree.size;
        (bool broken, SumTree.Node memory last) = reader.inspect(tree.root(), tree.descent(index, depth));
        require(!broken, "honest tree");
        require(last.hash == tree.levels[0][index].hash && last.sum == tree.levels[0][index].sum, "end of the way");
    }

    function testFuzz_DescentsIntoOtherTreesAreRefused(uint256 seed, uint8 count, uint8 mutation) public view {
        ReferenceSumTree.Levels memory tree = _tree(seed, count);
        uint256 depth = tree.levels.length - 1;
        uint256 index = seed % tree.size;
        SumTree.Descent memory way = tree.descent(index, depth);
        bytes32 root = tree.root();
        mutation %= 5;
        if (mutation == 0) way.size += 1;
        if (mutation == 1) way.top.sum += 1;
        if (mutation == 2) way.index += uint256(1) << depth;
        if (mutation == 3) way.pairs = new SumTree.Pair[](depth + 1);
        if (mutation == 4) {
            if (depth == 0) return;
            way.pairs[seed % depth].right.hash ^= bytes32(uint256(1));
        }
        try reader.inspect(root, way) {
            revert("accepted");
        } catch (bytes memory reason) {
            require(bytes4(reason) == SumTree.SumTreeInvalidDescent.selector, "reason");
        }
    }

    /// @dev The root binds 32 bits of the size.
    function test_ADescentThatStatesTheSameSizeWithMoreBitsIsRefused() public {
        ReferenceSumTree.Levels memory tree = _tree(0, 4);
        SumTree.Descent memory way = tree.descent(0, 0);
        way.size += uint256(1) << 32;
        bytes32 root = tree.root();
        vm.expectRevert(SumTree.SumTreeInvalidDescent.selector);
        reader.inspect(root, way);
    }

    function test_APlaceBeyondTheTreeThatAddsToTheTotalIsFound() public view {
        ReferenceSumTree.Levels memory tree = _tree(0, 4);
        tree.levels[0][5].sum = 1;
        for (uint256 above = 1; above < 4; ++above) tree.fold(above);
        (bool broken, ) = reader.inspect(tree.root(), tree.descent(5, 3));
        require(broken, "not found");
    }

    /// @dev A builder that changes one node and commits to everything above it as if it were right is found out.
    function testFuzz_AnyNodeThatBreaksARuleIsFound(
        uint256 seed,
        uint8 count,
        uint8 kind,
        uint256 at,
        uint256 by
    ) public view {
        ReferenceSumTree.Levels memory tree = _tree(seed, count);
        uint256 depth = tree.levels.length - 1;
        uint256 level = at % (depth + 1);
        uint256 position = (at >> 8) % tree.levels[level].length;
        SumTree.Node memory node = tree.levels[level][position];
        uint256 first = position << level;
        if (kind % 3 == 0) {
            // An inner node that states another sum.
            if (level == 0 || first >= tree.size) return;
            node.sum = by % 2 ** 250;
            if (node.sum == tree.levels[level - 1][2 * position].sum + tree.levels[level - 1][2 * position + 1].sum)
                return;
        } else if (kind % 3 == 1) {
            // Something where nothing may be.
            if (first < tree.size) return;
            node.hash = by % 2 == 0 ? bytes32(by) : bytes32(0);
            node.sum = by % 2 ** 250;
            if (node.hash == 0 && node.sum == 0) return;
        } else {
            // Nothing where something must be.
            if (first >= tree.size) return;
            node.hash = 0;
            node.sum = by % 2 == 0 ? 0 : by % 2 ** 250;
        }
        for (uint256 above = level + 1; above <= depth; ++above) tree.fold(above);

        // A node whose own preimage is at fault is shown with its children, any other one beside its sibling.
        uint256 pairs = kind % 3 == 0 ? depth - level + 1 : depth - level;
        (bool broken, ) = reader.inspect(tree.root(), tree.descent(first, pairs));
        require(broken, "not found");
    }

    /// @dev 1 … 40 leaves; every third adds nothing.
    function _tree(uint256 seed, uint8 count) private pure returns (ReferenceSumTree.Levels memory) {
        SumTree.Node[] memory leaves = new SumTree.Node[](1 + (count % 40));
        for (uint256 i; i < leaves.length; ++i) {
            bytes32 hash = keccak256(abi.encode(seed, i));
            leaves[i] = SumTree.Node(hash, uint256(hash) % 3 == 0 ? 0 : uint256(hash) >> (10 + (uint256(hash) % 200)));
        }
        return ReferenceSumTree.build(leaves);
    }

    /// @return changed Whether the mutation changed anything.
    function _mutate(
        SumTree.Proof memory proof,
        SumTree.Node memory leaf,
        uint8 mutation,
        uint256 to
    ) private pure returns (bool changed) {
        uint256 depth = proof.siblings.length;
        mutation %= 9;
        if (mutation == 0) return _swap(leaf, bytes32(to), leaf.sum);
        if (mutation == 1) return _swap(leaf, leaf.hash, to);
        if (mutation == 2) {
            changed = to != proof.size;
            proof.size = to;
            return changed;
        }
        if (mutation == 3) {
            changed = to % 64 != proof.index;
            proof.index = to % 64;
            return changed;
        }
        // Positions that differ by a multiple of the width share their low bits.
        if (mutation == 4) {
            proof.index += uint256(1) << (depth + (to % 200));
            return true;
        }
        if (mutation == 5) {
            SumTree.Node[] memory longer = new SumTree.Node[](depth + 1 + (to % 3));
            for (uint256 i; i < depth; ++i) longer[i] = proof.siblings[i];
            proof.siblings = longer;
            return true;
        }
        if (depth == 0) return false;
        if (mutation == 6) {
            // Pass an inner node off as the leaf.
            SumTree.Node memory sibling = proof.siblings[0];
            SumTree.Node memory parent =
                proof.index % 2 == 0 ? ReferenceSumTree.parent(leaf, sibling) : ReferenceSumTree.parent(sibling, leaf);
            leaf.hash = parent.hash;
            leaf.sum = parent.sum;
            SumTree.Node[] memory shorter = new SumTree.Node[](depth - 1);
            for (uint256 i = 1; i < depth; ++i) shorter[i - 1] = proof.siblings[i];
            proof.siblings = shorter;
            proof.index >>= 1;
            if (to % 2 == 0) proof.size = (proof.size + 1) / 2;
            return true;
        }
        SumTree.Node memory at = proof.siblings[to % depth];
        return mutation == 7 ? _swap(at, bytes32(to), at.sum) : _swap(at, at.hash, to);
    }

    function _swap(SumTree.Node memory node, bytes32 hash, uint256 sum) private pure returns (bool changed) {
        changed = node.hash != hash || node.sum != sum;
        node.hash = hash;
        node.sum = sum;
    }
}
