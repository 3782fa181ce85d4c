// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {IDisputeHold} from "./IDisputeHold.sol";
import {IIndexRegistry} from "./IIndexRegistry.sol";
import {IRewardDistributor} from "./IRewardDistributor.sol";
import {ISlashEscrow} from "./ISlashEscrow.sol";

/// @title IAttributionDisputes
/// @notice Decides from calldata, without an arbiter, that a pending score root or index is wrong: a `dispute…` call whose
/// proof holds cancels it, slashes everyone who signed it and pays the caller its share, in one transaction.
/// @dev Every `dispute…` function reverts with {DisputeRefuted} when the commitment is right about what was shown, and with
/// {DisputeInvalidEvidence} when what was shown is not in it. `root` is the pending root, as posted.
///
/// Warning: proofs are public as soon as they are sent. Whoever can reorder transactions can send a copy first and take
/// the reward; the cancellation happens either way.
interface IAttributionDisputes is IDisputeHold {
    /// @notice A leaf of a root's models tree.
    struct SettlementEvidence {
        Leaves.ModelSettlement settlement;
        SumTree.Proof proof;
    }

    /// @notice A leaf of a settlement's scores tree.
    struct ScoreEvidence {
        Leaves.ScoreLeaf leaf;
        SumTree.Proof proof;
    }

    /// @notice A leaf of a part of a version's index.
    struct IndexEvidence {
        /// All parts of the index.
        IIndexRegistry.IndexPart[] parts;
        /// Place of the leaf's part among them.
        uint256 part;
        Leaves.IndexLeaf leaf;
        SumTree.Proof proof;
    }

    /// @notice A leaf of a root's payouts tree: what it holds, its place, and the siblings from there upwards.
    struct AccountEvidence {
        IRewardDistributor.Payout payout;
        uint32 index;
        bytes32[] proof;
    }

    /// @notice An entry of an account.
    struct EntryEvidence {
        AccountEvidence account;
        Leaves.Entry entry;
        SumTree.Proof proof;
    }

    /// @notice What one epoch paid for a contribution: its score.
    struct EpochEvidence {
        SettlementEvidence settlement;
        ScoreEvidence score;
    }

    /// @notice A leaf of any sum tree, by its preimage without the 0x00.
    struct LeafEvidence {
        bytes preimage;
        SumTree.Proof proof;
    }

    /// @notice A root was proven wrong, or a demand about it was not answered; its signers were slashed.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @param challenger Who proved it or made the demand.
    /// @param reward OPEN wei paid to the challenger.
    event RootDisputed(bytes32 indexed rootHash, address indexed challenger, uint256 reward);
    /// @notice An index was proven wrong, or a demand about it was not answered; its signers were slashed.
    /// @param versionId The model version.
    /// @param challenger Who proved it or made the demand.
    /// @param reward OPEN wei paid to the challenger.
    event IndexDisputed(uint256 indexed versionId, address indexed challenger, uint256 reward);

    /// @notice What was shown is as it must be.
    error DisputeRefuted();
    /// @notice What was shown is not where it was said to be. `what` is the hash of the leaf or preimage, or the id, position,
    /// epoch or number that does not fit.
    /// @param what Hash of the leaf or preimage, or the id, position, epoch or number that does not fit.
    error DisputeInvalidEvidence(bytes32 what);
    /// @notice `rootHash` is not the pending root.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    error DisputeRootNotPending(bytes32 rootHash);
    /// @notice The index is final.
    /// @param versionId The model version.
    error DisputeIndexNotPending(uint256 versionId);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error DisputeOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @notice Only the demands contract, or the owner, whichever the function names.
    /// @param caller Who called.
    error DisputeUnauthorized(address caller);

    // ---------------------------------------------------------------- proofs against the pending root

    /// @notice A settlement whose epoch is not the root's, or whose pool, version, index, receipts or fallback flag are
    /// not the chain's, or that gives a pool to nobody.
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    function disputeSettlement(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement
    ) external;

    /// @notice A score that is not `<functional, features> · scale`, or not 0 where the final index has features of another length
    /// than k; or a functional of another length than `2k`.
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    /// @param score The score, a leaf of the settlement's scores tree.
    /// @param index The row of the version's index.
    /// @param features Its k int8 features, as in the row's featuresHash.
    /// @param functional F, as in `queryHash`.
    function disputeScore(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata score,
        IndexEvidence calldata index,
        bytes calldata features,
        bytes calldata functional
    ) external;

    /// @notice A score of another contribution than the index leaf's, a weight that does not follow from score, quality,
    /// accrual and flag, or a fallback flag although a weight would not be zero.
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    /// @param score The score, a leaf of the settlement's scores tree.
    /// @param index The row of the version's index.
    function disputeWeight(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata score,
        IndexEvidence calldata index
    ) external;

    /// @notice A split by examples in which `paid` has a weight without accruing, as if nobody accrued, although `witness`
    /// accrues, or has no weight.
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    /// @param paid The score with a weight.
    /// @param witness A score that shows otherwise.
    function disputeFallback(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata paid,
        ScoreEvidence calldata witness
    ) external;

    /// @notice A functional of a pool without receipts that is not the direction of the version's Datanets
    /// ({ScoreMath-direction}).
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    /// @param parts The parts of the version's index.
    /// @param functionals G of each part, as in its `qualityHash`.
    function disputeDirection(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        IIndexRegistry.IndexPart[] calldata parts,
        bytes[] calldata functionals
    ) external;

    /// @notice A models tree in which a node is not the sum of its parts or does not belong.
    /// @param root The pending root, as posted.
    /// @param descent The path from the root of the tree down to the node that is wrong.
    /// @param leaf Preimage of the leaf at which the descent ends; empty if a node above is wrong.
    function disputeModelsTree(
        IRewardDistributor.ScoreRoot calldata root,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external;

    /// @notice The same in a scores tree; also one whose size is not its index's or whose total is not the settlement's.
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    /// @param descent The path from the root of the tree down to the node that is wrong.
    /// @param leaf Preimage of the leaf at which the descent ends; empty if a node above is wrong.
    function disputeScoresTree(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external;

    /// @notice The same in an entries tree; also one whose total is not the account's cumulative amount.
    /// @param root The pending root, as posted.
    /// @param account The account's leaf of the payouts tree.
    /// @param descent The path from the root of the tree down to the node that is wrong.
    /// @param leaf Preimage of the leaf at which the descent ends; empty if a node above is wrong.
    function disputeEntriesTree(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external;

    /// @notice Two leaves in a models tree that are not in strictly ascending order of (modelId, epoch).
    /// @param root The pending root, as posted.
    /// @param first The left leaf.
    /// @param second A leaf to its right.
    function disputeModelsOrder(
        IRewardDistributor.ScoreRoot calldata root,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external;

    /// @notice A score that states another position than its own. The order of a scores tree is that of its index: a score at the
    /// place of another contribution is for {disputeWeight}.
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    /// @param leaf The score.
    function disputeScorePlace(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        LeafEvidence calldata leaf
    ) external;

    /// @notice Two of an account's entries that are not in strictly ascending order of (modelId, contributionId).
    /// @param root The pending root, as posted.
    /// @param account The account's leaf of the payouts tree.
    /// @param first The left leaf.
    /// @param second A leaf to its right.
    function disputeEntriesOrder(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external;

    /// @notice Two leaves of the payouts tree that are not in strictly ascending order of account.
    /// @param root The pending root, as posted.
    /// @param first The left leaf.
    /// @param second A leaf to its right.
    function disputeAccountsOrder(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata first,
        AccountEvidence calldata second
    ) external;

    /// @notice An account that has earned nothing: it only makes others harder to find.
    /// @param root The pending root, as posted.
    /// @param account The account's leaf of the payouts tree.
    function disputeWorthlessAccount(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account
    ) external;

    /// @notice An entry that has earned nothing, now or before.
    /// @param root The pending root, as posted.
    /// @param entry The entry.
    function disputeWorthlessEntry(IRewardDistributor.ScoreRoot calldata root, EntryEvidence calldata entry) external;

    /// @notice A node of the payouts tree that is empty although it stands for a place before `accounts`, or that is not
    /// although it stands only for places behind.
    /// @param root The pending root, as posted.
    /// @param node Hash of the node; 0 if it is empty.
    /// @param position Number of nodes to the left of it on its level.
    /// @param siblings From the node upwards: as many as there are levels above it.
    function disputePayoutsNode(
        IRewardDistributor.ScoreRoot calldata root,
        bytes32 node,
        uint32 position,
        bytes32[] calldata siblings
    ) external;

    /// @notice An entry whose `earned` is not what the root's epochs pay its account for its contribution.
    /// @param root The pending root, as posted.
    /// @param entry The entry that is wrong.
    /// @param epochs Evidence for each epoch of the root in which the model has a pool, the account is the contribution's payee
    /// and the contribution is one that the active version was trained on, ascending.
    function disputeEarned(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry,
        EpochEvidence[] calldata epochs
    ) external;

    /// @notice An entry whose `cumulative − earned` is not the cumulative amount that the last finalized root has for it.
    /// @param root The pending root, as posted.
    /// @param entry The entry that is wrong.
    /// @param before The entry there; ignored when `earned` exceeds `cumulative` or when there is no finalized root.
    function disputeCarried(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry,
        EntryEvidence calldata before
    ) external;

    // ---------------------------------------------------------------- proofs against a pending index

    /// @notice A quality that is not `<functional, features> · scale`.
    /// @param versionId The model version.
    /// @param index The row of the version's index.
    /// @param features Its k int8 features, as in the row's featuresHash.
    /// @param functional G of the row's part, as in `qualityHash`.
    function disputeQuality(
        uint256 versionId,
        IndexEvidence calldata index,
        bytes calldata features,
        bytes calldata functional
    ) external;

    /// @notice A leaf for a contribution that the version was not trained on or that belongs to another Datanet than the part, with
    /// another number of examples than the registry's, or without scale.
    /// @param versionId The model version.
    /// @param index The row of the version's index.
    function disputeIndexRow(uint256 versionId, IndexEvidence calldata index) external;

    /// @notice A part without a contribution of its Datanet that the version was trained on.
    /// @param versionId The model version.
    /// @param contributionId The contribution that is missing.
    /// @param parts The parts of the index.
    /// @param part Place of the part that it is missing from.
    /// @param neighbours The leaves between which it would stand: one at either end of the tree, otherwise two; none if the part is
    /// empty.
    function disputeOmission(
        uint256 versionId,
        uint256 contributionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        LeafEvidence[] calldata neighbours
    ) external;

    /// @notice An index tree in which a node is not the sum of its parts or does not belong, or of another size than attested.
    /// @param versionId The model version.
    /// @param parts The parts of the index.
    /// @param part Place of the part that is wrong.
    /// @param descent The path from the root of the tree down to the node that is wrong.
    /// @param leaf Preimage of the leaf at which the descent ends; empty if a node above is wrong.
    function disputeIndexTree(
        uint256 versionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external;

    /// @notice Two leaves in a part that are not in strictly ascending order of contribution, or whose first states
    /// another position than its own.
    /// @param versionId The model version.
    /// @param parts The parts of the index.
    /// @param part Place of the part that is wrong.
    /// @param first The left leaf.
    /// @param second A leaf to its right.
    function disputeIndexOrder(
        uint256 versionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external;

    // ---------------------------------------------------------------- functionals

    // ---------------------------------------------------------------- consequences

    /// @notice Cancels the pending root about which nobody answered, and slashes its signers: see {ISlashEscrow}. Demands only, which
    /// get the reward.
    /// @param challenger Who demanded.
    /// @param silence The demand.
    /// @return reward OPEN wei.
    function cancelRoot(address challenger, ISlashEscrow.Silence calldata silence) external returns (uint256 reward);

    /// @notice Cancels a pending index about which nobody answered, and slashes its signers: see {ISlashEscrow}. Its content may be
    /// attested anew. Demands only, which get the reward.
    /// @param versionId The model version.
    /// @param challenger Who demanded.
    /// @param silence The demand.
    /// @return reward OPEN wei.
    function cancelIndex(
        uint256 versionId,
        address challenger,
        ISlashEscrow.Silence calldata silence
    ) external returns (uint256 reward);

    /// @notice Whether demands hold up the index of a version: one is open, or an answer is so young that it can still be
    /// acted on.
    /// @param versionId The model version.
    /// @return held Whether they do.
    function isIndexHeld(uint256 versionId) external view returns (bool held);

    /// @notice Share of its stake, in basis points, that every signer of a wrong commitment loses: set at deployment for ever.
    /// @return bps Basis points, `MIN_SLASH_BPS … 10,000`.
    function slashBps() external view returns (uint16 bps);
}
