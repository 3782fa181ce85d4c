// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {Evidence} from "./Evidence.sol";
import {ScoreProofs} from "./ScoreProofs.sol";

/// @title EntryProofs
/// @notice Proofs about what accounts are paid.
abstract contract EntryProofs is ScoreProofs {
    /// @inheritdoc IAttributionDisputes
    function disputeAccounts(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata first,
        AccountEvidence calldata second
    ) external {
        _requirePending(root);
        bytes32 firstHash = Evidence.requireAccount(root.payoutsRoot, first);
        bytes32 secondHash = Evidence.requireAccount(root.payoutsRoot, second);
        (uint256 firstDepth, uint256 secondDepth) = (first.proof.length, second.proof.length);
        _decideRoot(
            (first.payout.account == second.payout.account && firstHash != secondHash) ||
                firstDepth > secondDepth + 1 ||
                secondDepth > firstDepth + 1
        );
    }

    /// @inheritdoc IAttributionDisputes
    function disputeEarned(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry,
        EpochEvidence[] calldata epochs
    ) external {
        _requirePending(root);
        Evidence.requireEntry(root.payoutsRoot, entry);
        _decideRoot(_earned(root, entry.entry, entry.account.payout.account, epochs) != entry.entry.earned);
    }

    /// @inheritdoc IAttributionDisputes
    function disputeCarried(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry,
        EntryEvidence calldata before
    ) external {
        _requirePending(root);
        Evidence.requireEntry(root.payoutsRoot, entry);
        (uint128 cumulative, uint128 earned) = (entry.entry.cumulative, entry.entry.earned);
        bool wrong = earned > cumulative;
        if (!wrong) {
            uint128 carried = root.previousRoot == 0 ? 0 : _carriedFrom(entry, before);
            wrong = cumulative - earned != carried;
        }
        _decideRoot(wrong);
    }

    /// @dev What the epochs of the root pay an account for a contribution to a model. `epochs` has evidence for those in
    /// which it can be something.
    function _earned(
        IRewardDistributor.ScoreRoot calldata root,
        Leaves.Entry calldata entry,
        address account,
        EpochEvidence[] calldata epochs
    ) private view returns (uint256 earned) {
        uint256 used;
        if (_exists(entry.contributionId)) {
            for (uint64 epoch = root.firstEpoch; epoch <= root.lastEpoch; ++epoch) {
                if (distributor.poolOf(entry.modelId, epoch) == 0) continue;
                if (contributions.payeeOf(entry.contributionId, epoch) != account) continue;
                require(used < epochs.length, DisputeInvalidEvidence(bytes32(uint256(epoch))));
                EpochEvidence calldata evidence = epochs[used++];
                _requireSettlementOf(root, evidence.settlement, entry.modelId, epoch);
                earned += Evidence.payoutOf(evidence, entry.contributionId);
            }
        }
        require(used == epochs.length, DisputeInvalidEvidence(bytes32(used)));
    }

    /// @dev The cumulative amount of the same entry in the last finalized root.
    function _carriedFrom(EntryEvidence calldata entry, EntryEvidence calldata before) private view returns (uint128) {
        Evidence.requireEntry(distributor.finalizedRoot().payoutsRoot, before);
        require(
            before.account.payout.account == entry.account.payout.account &&
                before.entry.modelId == entry.entry.modelId &&
                before.entry.contributionId == entry.entry.contributionId,
            DisputeInvalidEvidence(Leaves.entryHash(before.entry))
        );
        return before.entry.cumulative;
    }

    /// @dev The settlement of this model in this epoch.
    function _requireSettlementOf(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata evidence,
        uint256 modelId,
        uint64 epoch
    ) internal pure {
        Evidence.requireSettlement(root, evidence);
        require(
            evidence.settlement.modelId == modelId && evidence.settlement.epoch == epoch,
            DisputeInvalidEvidence(Leaves.settlementHash(evidence.settlement))
        );
    }
}
