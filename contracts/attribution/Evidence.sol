// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {PayoutMath} from "../libraries/PayoutMath.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {PayoutProofs} from "../rewards/PayoutProofs.sol";

/// @title Evidence
/// @notice What is in a commitment: every function reverts with {IAttributionDisputes-DisputeInvalidEvidence} when
/// something is not where the caller says it is.
library Evidence {
    function requireSettlement(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.SettlementEvidence calldata evidence
    ) internal pure {
        bytes32 hash = Leaves.settlementHash(evidence.settlement);
        requireLeaf(root.modelsRoot, evidence.proof, hash, evidence.settlement.pool);
    }

    /// @return prefix Sum of the weights before it.
    /// @return total Sum of all weights.
    function requireScore(
        Leaves.ModelSettlement calldata settlement,
        IAttributionDisputes.ScoreEvidence calldata evidence
    ) internal pure returns (uint256 prefix, uint256 total) {
        bytes32 hash = Leaves.scoreHash(evidence.leaf);
        return requireLeaf(settlement.scoresRoot, evidence.proof, hash, evidence.leaf.weight);
    }

    /// @notice The parts of an index, and one of them.
    function requirePart(
        bytes32 partsHash,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part
    ) internal pure returns (IIndexRegistry.IndexPart calldata) {
        if (part >= parts.length || keccak256(abi.encode(parts)) != partsHash) {
            revert IAttributionDisputes.DisputeInvalidEvidence(partsHash);
        }
        return parts[part];
    }

    /// @return total Of the part's tree.
    function requireIndexLeaf(
        bytes32 partsHash,
        IAttributionDisputes.IndexEvidence calldata evidence
    ) internal pure returns (uint256 total) {
        IIndexRegistry.IndexPart calldata part = requirePart(partsHash, evidence.parts, evidence.part);
        Leaves.IndexLeaf calldata leaf = evidence.leaf;
        bytes32 hash = Leaves.indexHash(leaf);
        (, total) = requireLeaf(part.root, evidence.proof, hash, Leaves.indexSum(leaf.quality, leaf.examples));
        // A tree of another size than stated is wrong by itself, and its leaves would have the places of another part's.
        if (evidence.proof.size != part.size) {
            revert IAttributionDisputes.DisputeInvalidEvidence(bytes32(evidence.proof.size));
        }
    }

    /// @notice Place of an index leaf, counted through all parts.
    function positionOf(IAttributionDisputes.IndexEvidence calldata evidence) internal pure returns (uint256 position) {
        position = evidence.proof.index;
        for (uint256 i = 0; i < evidence.part; ++i) position += evidence.parts[i].size;
    }

    /// @notice A score and an index leaf at the same position.
    function requireAligned(
        Leaves.ModelSettlement calldata settlement,
        IAttributionDisputes.ScoreEvidence calldata score,
        IAttributionDisputes.IndexEvidence calldata index
    ) internal pure {
        requireScore(settlement, score);
        requireIndexLeaf(settlement.indexHash, index);
        uint256 position = positionOf(index);
        if (score.proof.index != position) revert IAttributionDisputes.DisputeInvalidEvidence(bytes32(position));
    }

    /// @param accounts Leaves of the payouts tree.
    function requireEntry(
        bytes32 payoutsRoot,
        uint256 accounts,
        IAttributionDisputes.EntryEvidence calldata evidence
    ) internal pure {
        requireAccount(payoutsRoot, accounts, evidence.account);
        bytes32 hash = Leaves.entryHash(evidence.entry);
        requireLeaf(evidence.account.payout.entriesRoot, evidence.proof, hash, evidence.entry.cumulative);
    }

    /// @param accounts Leaves of the payouts tree.
    function requireAccount(
        bytes32 payoutsRoot,
        uint256 accounts,
        IAttributionDisputes.AccountEvidence calldata evidence
    ) internal pure {
        bytes32 hash = PayoutProofs.leafHash(evidence.payout);
        require(
            evidence.index < accounts &&
                evidence.proof.length == SumTree.depthOf(accounts) &&
                PayoutProofs.rootOfPath(hash, evidence.index, evidence.proof) == payoutsRoot,
            IAttributionDisputes.DisputeInvalidEvidence(hash)
        );
    }

    /// @notice A leaf given by its preimage, which must have the length of a leaf of `tree`.
    function requirePreimage(
        bytes32 root,
        Leaves.Tree tree,
        IAttributionDisputes.LeafEvidence calldata evidence
    ) internal pure {
        bytes32 hash = Leaves.hashOf(evidence.preimage);
        require(Leaves.isWellFormed(tree, evidence.preimage), IAttributionDisputes.DisputeInvalidEvidence(hash));
        requireLeaf(root, evidence.proof, hash, Leaves.sumOf(tree, evidence.preimage));
    }

    function requireLeaf(
        bytes32 root,
        SumTree.Proof calldata proof,
        bytes32 hash,
        uint256 sum
    ) internal pure returns (uint256 prefix, uint256 total) {
        bool valid;
        (valid, prefix, total) = SumTree.verify(root, proof, hash, sum);
        require(valid, IAttributionDisputes.DisputeInvalidEvidence(hash));
    }

    /// @notice `data` in memory, if it has this length and hash.
    function requireData(bytes calldata data, uint256 length, bytes32 hash) internal pure returns (bytes memory copy) {
        if (data.length != length) revert IAttributionDisputes.DisputeInvalidEvidence(hash);
        return requireData(data, hash);
    }

    /// @notice `data` in memory, if it has this hash.
    function requireData(bytes calldata data, bytes32 hash) internal pure returns (bytes memory copy) {
        copy = data;
        require(keccak256(copy) == hash, IAttributionDisputes.DisputeInvalidEvidence(hash));
    }

    /// @notice What an epoch pays for a contribution: its share by its score.
    function payoutOf(
        IAttributionDisputes.EpochEvidence calldata evidence,
        uint256 contributionId
    ) internal pure returns (uint256) {
        Leaves.ModelSettlement calldata settlement = evidence.settlement.settlement;
        Leaves.ScoreLeaf calldata leaf = evidence.score.leaf;
        if (leaf.contributionId != contributionId) {
            revert IAttributionDisputes.DisputeInvalidEvidence(bytes32(leaf.contributionId));
        }
        (uint256 prefix, uint256 total) = requireScore(settlement, evidence.score);
        // A settlement without weights is wrong as a whole: see disputeSettlement.
        return total == 0 ? 0 : PayoutMath.payout(settlement.pool, prefix, leaf.weight, total);
    }

    /// @notice Leaves of an ordered tree of `size` leaves between which, or beyond which at one end, `id` would stand.
    function requireGap(
        bytes32 root,
        uint256 size,
        IAttributionDisputes.LeafEvidence[] calldata neighbours,
        uint256 id
    ) internal pure {
        bool gap = neighbours.length == 0 && size == 0;
        if (neighbours.length == 1) {
            uint256 leafId = _requireNeighbour(root, size, neighbours[0]);
            uint256 place = neighbours[0].proof.index;
            gap = id < leafId ? place == 0 : id > leafId && place + 1 == size;
        } else if (neighbours.length == 2) {
            uint256 firstId = _requireNeighbour(root, size, neighbours[0]);
            uint256 secondId = _requireNeighbour(root, size, neighbours[1]);
            gap = neighbours[0].proof.index + 1 == neighbours[1].proof.index && firstId < id && id < secondId;
        }
        if (!gap) revert IAttributionDisputes.DisputeInvalidEvidence(bytes32(id));
    }

    /// @return id The contribution of a leaf of an index tree.
    function _requireNeighbour(
        bytes32 root,
        uint256 size,
        IAttributionDisputes.LeafEvidence calldata evidence
    ) private pure returns (uint256 id) {
        requirePreimage(root, Leaves.Tree.Index, evidence);
        if (evidence.proof.size != size)
            revert IAttributionDisputes.DisputeInvalidEvidence(bytes32(evidence.proof.size));
        (id, ) = Leaves.keyOf(Leaves.Tree.Index, evidence.preimage);
    }
}
