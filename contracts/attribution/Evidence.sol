// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
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

    function requireIndexLeaf(bytes32 indexRoot, IAttributionDisputes.IndexEvidence calldata evidence) internal pure {
        Leaves.IndexLeaf calldata leaf = evidence.leaf;
        requireLeaf(indexRoot, evidence.proof, Leaves.indexHash(leaf), Leaves.indexSum(leaf.quality, leaf.examples));
    }

    /// @notice A score and an index leaf at the same position.
    function requireAligned(
        Leaves.ModelSettlement calldata settlement,
        IAttributionDisputes.ScoreEvidence calldata score,
        IAttributionDisputes.IndexEvidence calldata index
    ) internal pure {
        requireScore(settlement, score);
        requireIndexLeaf(settlement.indexRoot, index);
        require(
            score.proof.index == index.proof.index,
            IAttributionDisputes.DisputeInvalidEvidence(bytes32(index.proof.index))
        );
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
        require(
            leaf.contributionId == contributionId,
            IAttributionDisputes.DisputeInvalidEvidence(bytes32(leaf.contributionId))
        );
        (uint256 prefix, uint256 total) = requireScore(settlement, evidence.score);
        // A settlement without weights is wrong as a whole: see disputeSettlement.
        return total == 0 ? 0 : PayoutMath.payout(settlement.pool, prefix, leaf.weight, total);
    }

    function requireNeighbourCount(uint256 count) internal pure {
        require(count == 1 || count == 2, IAttributionDisputes.DisputeInvalidEvidence(bytes32(count)));
    }

    /// @notice A leaf at one end of an ordered tree, beyond which `id` would stand.
    function requireEnd(SumTree.Proof calldata proof, uint256 leafId, uint256 id) internal pure {
        require(
            id < leafId ? proof.index == 0 : (id > leafId && proof.index + 1 == proof.size),
            IAttributionDisputes.DisputeInvalidEvidence(bytes32(leafId))
        );
    }

    /// @notice Two neighbours of an ordered tree, between which `id` would stand.
    function requireGap(
        SumTree.Proof calldata first,
        uint256 firstId,
        SumTree.Proof calldata second,
        uint256 secondId,
        uint256 id
    ) internal pure {
        require(
            first.index + 1 == second.index && firstId < id && id < secondId,
            IAttributionDisputes.DisputeInvalidEvidence(bytes32(secondId))
        );
    }
}
