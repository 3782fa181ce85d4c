// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Leaves} from "../../contracts/libraries/Leaves.sol";

/// @dev Leaves that the protocol states as fields and the disputes also read from bytes: both readings must agree.
contract LeavesTest {
    function testFuzz_IndexLeaf(Leaves.IndexLeaf calldata leaf) public view {
        bytes memory preimage = abi.encodePacked(
            leaf.i,
            leaf.contributionId,
            leaf.examples,
            leaf.scale,
            leaf.quality,
            leaf.featuresHash
        );
        uint256 sum = leaf.quality > 0 ? uint256(uint128(leaf.quality)) * 2 ** 64 + leaf.examples : 0;
        require(Leaves.indexSum(leaf.quality, leaf.examples) == sum, "sum");
        _check(Leaves.Tree.Index, preimage, Leaves.indexHash(leaf), sum, leaf.contributionId, 0);
        require(this.isAt(Leaves.Tree.Index, preimage, leaf.i), "position");
        require(!this.isAt(Leaves.Tree.Index, preimage, uint256(leaf.i) + 1), "other position");
    }

    function testFuzz_ScoreLeaf(Leaves.ScoreLeaf calldata leaf) public view {
        bytes memory preimage = abi.encodePacked(leaf.i, leaf.contributionId, leaf.score, leaf.weight);
        _check(Leaves.Tree.Scores, preimage, Leaves.scoreHash(leaf), leaf.weight, leaf.contributionId, 0);
        require(this.isAt(Leaves.Tree.Scores, preimage, leaf.i), "position");
        require(!this.isAt(Leaves.Tree.Scores, preimage, uint256(leaf.i) + 2 ** 32), "other position");
    }

    function testFuzz_Settlement(Leaves.ModelSettlement calldata settlement) public view {
        _check(
            Leaves.Tree.Models,
            abi.encode(settlement),
            Leaves.settlementHash(settlement),
            settlement.pool,
            settlement.modelId,
            settlement.epoch
        );
    }

    function testFuzz_Entry(Leaves.Entry calldata entry) public view {
        bytes memory preimage = abi.encodePacked(entry.modelId, entry.contributionId, entry.cumulative, entry.earned);
        _check(
            Leaves.Tree.Entries,
            preimage,
            Leaves.entryHash(entry),
            entry.cumulative,
            entry.modelId,
            entry.contributionId
        );
    }

    function testFuzz_ContentAndReceipt(address contributor, bytes32 salt, bytes32 sha256Hash) public pure {
        bytes32 inner = keccak256(abi.encode(contributor, salt, sha256Hash));
        require(
            Leaves.contentHash(contributor, salt, sha256Hash) == keccak256(bytes.concat(hex"00", inner)),
            "content"
        );
        require(Leaves.receiptHash(salt) == keccak256(bytes.concat(hex"00", salt)), "receipt");
    }

    function testFuzz_OtherLengthsAreNoLeaves(uint16 length) public view {
        bytes memory preimage = new bytes(length % 400);
        require(this.isWellFormed(Leaves.Tree.Index, preimage) == (preimage.length == 92), "index");
        require(this.isWellFormed(Leaves.Tree.Scores, preimage) == (preimage.length == 68), "scores");
        require(this.isWellFormed(Leaves.Tree.Models, preimage) == (preimage.length == 352), "models");
        require(this.isWellFormed(Leaves.Tree.Entries, preimage) == (preimage.length == 96), "entries");
    }

    function read(
        Leaves.Tree tree,
        bytes calldata preimage
    ) external pure returns (bytes32 hash, uint256 sum, uint256 major, uint256 minor) {
        (major, minor) = Leaves.keyOf(tree, preimage);
        return (Leaves.hashOf(preimage), Leaves.sumOf(tree, preimage), major, minor);
    }

    function isAt(Leaves.Tree tree, bytes calldata preimage, uint256 index) external pure returns (bool) {
        return Leaves.isAt(tree, preimage, index);
    }

    function isWellFormed(Leaves.Tree tree, bytes calldata preimage) external pure returns (bool) {
        return Leaves.isWellFormed(tree, preimage);
    }

    function _check(
        Leaves.Tree tree,
        bytes memory preimage,
        bytes32 hash,
        uint256 sum,
        uint256 major,
        uint256 minor
    ) private view {
        require(this.isWellFormed(tree, preimage), "length");
        (bytes32 readHash, uint256 readSum, uint256 readMajor, uint256 readMinor) = this.read(tree, preimage);
        require(readHash == hash, "hash");
        require(readSum == sum, "sum");
        require(readMajor == major && readMinor == minor, "key");
    }
}
