// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PayoutsSubtree} from "../../contracts/attribution/PayoutsSubtree.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IIndexRegistry} from "../../contracts/interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {Leaves} from "../../contracts/libraries/Leaves.sol";
import {PayoutMath} from "../../contracts/libraries/PayoutMath.sol";
import {ScoreMath} from "../../contracts/libraries/ScoreMath.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {PayoutProofs} from "../../contracts/rewards/PayoutProofs.sol";
import {QuorumVerifier} from "../../contracts/staking/QuorumVerifier.sol";
import {ReferenceSumTree} from "../libraries/ReferenceSumTree.sol";

/// @notice The libraries, many cases to a call, for comparison with the TypeScript of `protocol/`.
contract ProtocolHarness {
    struct Leaf {
        bytes32 hash;
        uint256 sum;
    }

    struct Content {
        address contributor;
        bytes32 salt;
        bytes32 sha256Hash;
    }

    struct TreeProof {
        bytes32 root;
        SumTree.Proof proof;
        Leaf leaf;
    }

    struct ProofResult {
        bool valid;
        uint256 prefix;
        uint256 total;
    }

    struct Score {
        bytes functional;
        bytes features;
        uint32 scale;
    }

    struct Share {
        uint256 pool;
        uint256 prefix;
        uint256 weight;
        uint256 total;
    }

    struct Run {
        uint256 first;
        IRewardDistributor.Payout[] payouts;
        bytes32[] siblings;
        uint256 depth;
    }

    struct PayoutsNode {
        bytes32 node;
        uint256 position;
        bytes32[] siblings;
    }

    function contentLeaves(Content[] calldata items) external pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](items.length);
        for (uint256 i; i < items.length; ++i) {
            leaves[i] = Leaf(Leaves.contentHash(items[i].contributor, items[i].salt, items[i].sha256Hash), 1);
        }
    }

    function indexLeaves(Leaves.IndexLeaf[] calldata items) external pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](items.length);
        for (uint256 i; i < items.length; ++i) {
            leaves[i] = Leaf(Leaves.indexHash(items[i]), Leaves.indexSum(items[i].quality, items[i].examples));
        }
    }

    function scoreLeaves(Leaves.ScoreLeaf[] calldata items) external pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](items.length);
        for (uint256 i; i < items.length; ++i) leaves[i] = Leaf(Leaves.scoreHash(items[i]), items[i].weight);
    }

    function modelLeaves(Leaves.ModelSettlement[] calldata items) external pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](items.length);
        for (uint256 i; i < items.length; ++i) leaves[i] = Leaf(Leaves.settlementHash(items[i]), items[i].pool);
    }

    function entryLeaves(Leaves.Entry[] calldata items) external pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](items.length);
        for (uint256 i; i < items.length; ++i) leaves[i] = Leaf(Leaves.entryHash(items[i]), items[i].cumulative);
    }

    function receiptLeaves(
        bytes32[] calldata structHashes,
        uint256[] calldata fees
    ) external pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](fees.length);
        for (uint256 i; i < fees.length; ++i) leaves[i] = Leaf(Leaves.receiptHash(structHashes[i]), fees[i]);
    }

    /// @notice Roots of trees whose leaves follow each other in one array.
    function treeRoots(
        SumTree.Node[] calldata leaves,
        uint256[] calldata sizes
    ) external pure returns (bytes32[] memory roots) {
        roots = new bytes32[](sizes.length);
        uint256 first;
        for (uint256 i; i < sizes.length; ++i) {
            roots[i] = ReferenceSumTree.root(ReferenceSumTree.build(leaves[first:first + sizes[i]]));
            first += sizes[i];
        }
    }

    /// @notice Roots of index trees whose rows follow each other in one array.
    function indexTreeRoots(
        Leaves.IndexLeaf[] calldata rows,
        uint256[] calldata sizes
    ) external pure returns (bytes32[] memory roots) {
        roots = new bytes32[](sizes.length);
        uint256 first;
        for (uint256 i; i < sizes.length; ++i) {
            SumTree.Node[] memory leaves = new SumTree.Node[](sizes[i]);
            for (uint256 j; j < sizes[i]; ++j) {
                Leaves.IndexLeaf calldata row = rows[first + j];
                leaves[j] = SumTree.Node(Leaves.indexHash(row), Leaves.indexSum(row.quality, row.examples));
            }
            roots[i] = ReferenceSumTree.root(ReferenceSumTree.build(leaves));
            first += sizes[i];
        }
    }

    /// @notice Roots of payouts trees whose leaves follow each other in one array.
    function payoutsTreeRoots(
        IRewardDistributor.Payout[] calldata payouts_,
        uint256[] calldata sizes
    ) external pure returns (bytes32[] memory roots) {
        roots = new bytes32[](sizes.length);
        uint256 first;
        for (uint256 i; i < sizes.length; ++i) {
            bytes32[] memory leaves = new bytes32[](sizes[i]);
            for (uint256 j; j < sizes[i]; ++j) leaves[j] = PayoutProofs.leafHash(payouts_[first + j]);
            roots[i] = PayoutsSubtree.topOf(leaves, SumTree.depthOf(sizes[i]));
            first += sizes[i];
        }
    }

    function verifyProofs(TreeProof[] calldata items) external pure returns (ProofResult[] memory results) {
        results = new ProofResult[](items.length);
        for (uint256 i; i < items.length; ++i) {
            TreeProof calldata item = items[i];
            (bool valid, uint256 prefix, uint256 total) = SumTree.verify(
                item.root,
                item.proof,
                item.leaf.hash,
                item.leaf.sum
            );
            results[i] = ProofResult(valid, prefix, total);
        }
    }

    function scores(Score[] calldata items) external pure returns (int128[] memory results) {
        results = new int128[](items.length);
        for (uint256 i; i < items.length; ++i) {
            results[i] = ScoreMath.score(items[i].functional, items[i].features, items[i].scale);
        }
    }

    function weights(
        int128[] calldata scores_,
        int128[] calldata qualities
    ) external pure returns (uint128[] memory results) {
        results = new uint128[](scores_.length);
        for (uint256 i; i < scores_.length; ++i) results[i] = PayoutMath.weightOf(scores_[i], qualities[i]);
    }

    function payouts(Share[] calldata items) external pure returns (uint256[] memory results) {
        results = new uint256[](items.length);
        for (uint256 i; i < items.length; ++i) {
            results[i] = PayoutMath.payout(items[i].pool, items[i].prefix, items[i].weight, items[i].total);
        }
    }

    function directions(bytes[][] calldata items, uint256 k) external pure returns (bytes[] memory results) {
        results = new bytes[](items.length);
        for (uint256 i; i < items.length; ++i) results[i] = ScoreMath.direction(items[i], k);
    }

    function indexPartsHashes(
        IIndexRegistry.IndexPart[][] calldata items
    ) external pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](items.length);
        for (uint256 i; i < items.length; ++i) hashes[i] = keccak256(abi.encode(items[i]));
    }

    function runRoots(Run[] calldata runs) external pure returns (bytes32[] memory roots) {
        roots = new bytes32[](runs.length);
        for (uint256 i; i < runs.length; ++i) {
            roots[i] = PayoutProofs.rootOfRun(runs[i].first, runs[i].payouts, runs[i].siblings, runs[i].depth);
        }
    }

    function payoutsNodeRoots(PayoutsNode[] calldata nodes) external pure returns (bytes32[] memory roots) {
        roots = new bytes32[](nodes.length);
        for (uint256 i; i < nodes.length; ++i) {
            roots[i] = PayoutsSubtree.rootOfPath(nodes[i].node, nodes[i].position, nodes[i].siblings);
        }
    }

    /// @notice Whether the signatures are those of a quorum; false for whatever {QuorumVerifier} reverts with.
    function areQuorums(
        bytes32 digest,
        uint256[][] calldata members,
        uint96[] calldata denominators,
        bytes[] calldata proofs,
        uint8 minSigners
    ) external view returns (bool[] memory results) {
        results = new bool[](proofs.length);
        for (uint256 i; i < proofs.length; ++i) {
            uint256 commitment = QuorumVerifier.commit(
                QuorumVerifier.snapshotOf(proofs[i]),
                denominators[i],
                members[i],
                minSigners,
                type(uint40).max
            );
            try this.verifyQuorum(commitment, digest, proofs[i]) {
                results[i] = true;
            } catch {}
        }
    }

    function verifyQuorum(uint256 commitment, bytes32 digest, bytes calldata proof) external view {
        QuorumVerifier.verify(commitment, digest, proof);
    }

    function partsHashes(
        IContributionRegistry.Part[][] calldata items
    ) external pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](items.length);
        for (uint256 i; i < items.length; ++i) hashes[i] = keccak256(abi.encode(items[i]));
    }

    /// @notice The first word that each call returns.
    function wordsOf(address target, bytes[] calldata calls) external view returns (bytes32[] memory words) {
        words = new bytes32[](calls.length);
        for (uint256 i; i < calls.length; ++i) {
            (bool success, bytes memory result) = target.staticcall(calls[i]);
            require(success && result.length >= 32, "call failed");
            words[i] = bytes32(result);
        }
    }

    /// @notice The error that each call ends with; zero for none. A call that succeeds leaves what it changed to the next.
    function errorsOf(address target, bytes[] calldata calls) external returns (bytes4[] memory errors) {
        errors = new bytes4[](calls.length);
        for (uint256 i; i < calls.length; ++i) {
            (bool success, bytes memory result) = target.call(calls[i]);
            require(success || result.length >= 4, "error without a selector");
            if (!success) errors[i] = bytes4(result);
        }
    }
}
