// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {Evidence} from "./Evidence.sol";
import {Judgement} from "./Judgement.sol";

/// @title TreeProofs
/// @notice Proofs that a tree does not add up, has another size or total than stated, or is out of order.
abstract contract TreeProofs is Judgement {
    /// @inheritdoc IAttributionDisputes
    function disputeModelsTree(
        IRewardDistributor.ScoreRoot calldata root,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external {
        _requirePending(root);
        _decideRoot(_isBroken(Leaves.Tree.Models, root.modelsRoot, descent, leaf));
    }

    /// @inheritdoc IAttributionDisputes
    function disputeScoresTree(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external {
        _requirePending(root);
        Evidence.requireSettlement(root, settlement);
        Leaves.ModelSettlement calldata settled = settlement.settlement;
        _decideRoot(
            _isBroken(Leaves.Tree.Scores, settled.scoresRoot, descent, leaf) ||
                descent.top.sum != settled.totalWeight ||
                descent.size != indexes.indexOf(settled.versionId).size
        );
    }

    /// @inheritdoc IAttributionDisputes
    function disputeEntriesTree(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external {
        _requirePending(root);
        Evidence.requireAccount(root.payoutsRoot, root.accounts, account);
        _decideRoot(
            _isBroken(Leaves.Tree.Entries, account.payout.entriesRoot, descent, leaf) ||
                descent.top.sum != account.payout.cumulative
        );
    }

    /// @inheritdoc IAttributionDisputes
    function disputeIndexTree(
        uint256 versionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external {
        bytes32 partsHash = _requirePendingIndex(versionId).partsHash;
        IIndexRegistry.IndexPart calldata its = Evidence.requirePart(partsHash, parts, part);
        _decideIndex(versionId, _isBroken(Leaves.Tree.Index, its.root, descent, leaf) || descent.size != its.size);
    }

    /// @inheritdoc IAttributionDisputes
    function disputeModelsOrder(
        IRewardDistributor.ScoreRoot calldata root,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external {
        _requirePending(root);
        _decideRoot(_isOutOfOrder(Leaves.Tree.Models, root.modelsRoot, first, second));
    }

    /// @inheritdoc IAttributionDisputes
    function disputeScorePlace(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        LeafEvidence calldata leaf
    ) external {
        _requirePending(root);
        Evidence.requireSettlement(root, settlement);
        Evidence.requirePreimage(settlement.settlement.scoresRoot, Leaves.Tree.Scores, leaf);
        _decideRoot(!Leaves.isAt(Leaves.Tree.Scores, leaf.preimage, leaf.proof.index));
    }

    /// @inheritdoc IAttributionDisputes
    function disputeEntriesOrder(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external {
        _requirePending(root);
        Evidence.requireAccount(root.payoutsRoot, root.accounts, account);
        _decideRoot(_isOutOfOrder(Leaves.Tree.Entries, account.payout.entriesRoot, first, second));
    }

    /// @inheritdoc IAttributionDisputes
    function disputeIndexOrder(
        uint256 versionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external {
        bytes32 partsHash = _requirePendingIndex(versionId).partsHash;
        bytes32 root = Evidence.requirePart(partsHash, parts, part).root;
        _decideIndex(versionId, _isOutOfOrder(Leaves.Tree.Index, root, first, second));
    }

    /// @dev Whether a rule is broken on the way down, or by the leaf at its end, if one is given.
    function _isBroken(
        Leaves.Tree tree,
        bytes32 root,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) private pure returns (bool) {
        (bool broken, SumTree.Node memory last) = SumTree.inspect(root, descent);
        if (broken || leaf.length == 0) return broken;
        require(
            descent.pairs.length == SumTree.depthOf(descent.size) && Leaves.hashOf(leaf) == last.hash,
            DisputeInvalidEvidence(last.hash)
        );
        return !Leaves.isWellFormed(tree, leaf) || Leaves.sumOf(tree, leaf) != last.sum;
    }

    /// @dev Whether a leaf states another place than its own, or one to its right, if it is given, does not come after it.
    function _isOutOfOrder(
        Leaves.Tree tree,
        bytes32 root,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) private pure returns (bool) {
        Evidence.requirePreimage(root, tree, first);
        if (!Leaves.isAt(tree, first.preimage, first.proof.index)) return true;
        if (second.preimage.length == 0) return false;

        Evidence.requirePreimage(root, tree, second);
        require(second.proof.index > first.proof.index, DisputeInvalidEvidence(bytes32(second.proof.index)));
        (uint256 firstMajor, uint256 firstMinor) = Leaves.keyOf(tree, first.preimage);
        (uint256 secondMajor, uint256 secondMinor) = Leaves.keyOf(tree, second.preimage);
        return firstMajor > secondMajor || (firstMajor == secondMajor && firstMinor >= secondMinor);
    }
}
