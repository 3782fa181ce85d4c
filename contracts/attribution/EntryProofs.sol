// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {Evidence} from "./Evidence.sol";
import {PayoutsSubtree} from "./PayoutsSubtree.sol";
import {ScoreProofs} from "./ScoreProofs.sol";

/// @title EntryProofs
/// @notice Proofs about what accounts are paid.
abstract contract EntryProofs is ScoreProofs {
    /// @inheritdoc IAttributionDisputes
    function disputeAccountsOrder(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata first,
        AccountEvidence calldata second
    ) external {
        _requirePending(root);
        Evidence.requireAccount(root.payoutsRoot, root.accounts, first);
        Evidence.requireAccount(root.payoutsRoot, root.accounts, second);
        if (first.index >= second.index) revert DisputeInvalidEvidence(bytes32(uint256(second.index)));
        _decideRoot(first.payout.account >= second.payout.account);
    }

    /// @inheritdoc IAttributionDisputes
    function disputeWorthlessAccount(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account
    ) external {
        _requirePending(root);
        Evidence.requireAccount(root.payoutsRoot, root.accounts, account);
        _decideRoot(account.payout.cumulative == 0);
    }

    /// @inheritdoc IAttributionDisputes
    function disputeWorthlessEntry(IRewardDistributor.ScoreRoot calldata root, EntryEvidence calldata entry) external {
        _requirePending(root);
        Evidence.requireEntry(root.payoutsRoot, root.accounts, entry);
        _decideRoot(entry.entry.cumulative == 0);
    }

    /// @inheritdoc IAttributionDisputes
    function disputePayoutsNode(
        IRewardDistributor.ScoreRoot calldata root,
        bytes32 node,
        uint32 position,
        bytes32[] calldata siblings
    ) external {
        _requirePending(root);
        (uint256 depth, uint256 levels) = (SumTree.depthOf(root.accounts), siblings.length);
        if (
            levels > depth ||
            uint256(position) >> levels != 0 ||
            PayoutsSubtree.rootOfPath(node, position, siblings) != root.payoutsRoot
        ) revert DisputeInvalidEvidence(node);
        bool expected = uint256(position) << (depth - levels) < root.accounts;
        _decideRoot((node != 0) != expected);
    }

    /// @inheritdoc IAttributionDisputes
    function disputeEarned(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry,
        EpochEvidence[] calldata epochs
    ) external {
        _requirePending(root);
        Evidence.requireEntry(root.payoutsRoot, root.accounts, entry);
        _decideRoot(_earned(root, entry.entry, entry.account.payout.account, epochs) != entry.entry.earned);
    }

    /// @inheritdoc IAttributionDisputes
    function disputeCarried(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry,
        EntryEvidence calldata before
    ) external {
        _requirePending(root);
        Evidence.requireEntry(root.payoutsRoot, root.accounts, entry);
        (uint128 cumulative, uint128 earned) = (entry.entry.cumulative, entry.entry.earned);
        bool wrong = earned > cumulative;
        if (!wrong) {
            uint128 carried = root.previousRoot == 0 ? 0 : _carriedFrom(entry, before);
            wrong = cumulative - earned != carried;
        }
        _decideRoot(wrong);
    }

    /// @dev What the epochs of the root pay an account for a contribution to a model. `epochs` has evidence for those in
    /// which it can be something: the others follow from what the chain knows.
    function _earned(
        IRewardDistributor.ScoreRoot calldata root,
        Leaves.Entry calldata entry,
        address account,
        EpochEvidence[] calldata epochs
    ) private view returns (uint256 earned) {
        (uint256 modelId, uint256 contributionId) = (entry.modelId, entry.contributionId);
        uint256 used;
        if (_isTrainingData(contributionId)) {
            uint64 epoch = root.firstEpoch - 1;
            while ((epoch = distributor.nextFunded(epoch)) != 0 && epoch <= root.lastEpoch) {
                if (distributor.poolOf(modelId, epoch) == 0) continue;
                if (contributions.payeeOf(contributionId, epoch) != account) continue;
                if (!models.inVersion(indexes.activeVersionOf(modelId, epoch), contributionId)) continue;
                if (used == epochs.length) revert DisputeInvalidEvidence(bytes32(uint256(epoch)));
                EpochEvidence calldata evidence = epochs[used++];
                _requireSettlementOf(root, evidence.settlement, modelId, epoch);
                earned += Evidence.payoutOf(evidence, contributionId);
            }
        }
        if (used != epochs.length) revert DisputeInvalidEvidence(bytes32(used));
    }

    /// @dev The cumulative amount of the same entry in the last finalized root.
    function _carriedFrom(EntryEvidence calldata entry, EntryEvidence calldata before) private view returns (uint128) {
        IRewardDistributor.FinalizedRoot memory last = distributor.finalizedRoot();
        Evidence.requireEntry(last.payoutsRoot, last.accounts, before);
        if (
            before.account.payout.account != entry.account.payout.account ||
            before.entry.modelId != entry.entry.modelId ||
            before.entry.contributionId != entry.entry.contributionId
        ) revert DisputeInvalidEvidence(Leaves.entryHash(before.entry));
        return before.entry.cumulative;
    }

    /// @dev The settlement of this model in this epoch.
    function _requireSettlementOf(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata evidence,
        uint256 modelId,
        uint64 epoch
    ) private pure {
        Evidence.requireSettlement(root, evidence);
        if (evidence.settlement.modelId != modelId || evidence.settlement.epoch != epoch) {
            revert DisputeInvalidEvidence(Leaves.settlementHash(evidence.settlement));
        }
    }
}
