// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {IDisputeHold} from "./IDisputeHold.sol";
import {IRewardDistributor} from "./IRewardDistributor.sol";

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

    /// @notice A leaf of a version's index tree.
    struct IndexEvidence {
        Leaves.IndexLeaf leaf;
        SumTree.Proof proof;
    }

    /// @notice A leaf of a root's payouts tree, with its OpenZeppelin proof.
    struct AccountEvidence {
        IRewardDistributor.Payout payout;
        bytes32[] proof;
    }

    /// @notice An entry of an account.
    struct EntryEvidence {
        AccountEvidence account;
        Leaves.Entry entry;
        SumTree.Proof proof;
    }

    /// @notice What one epoch paid for a contribution: its score, or, if it has none, the scores between which it would
    /// stand (one at either end of the tree, otherwise two neighbours).
    struct EpochEvidence {
        SettlementEvidence settlement;
        ScoreEvidence[] scores;
    }

    /// @notice A leaf of any sum tree, by its preimage without the 0x00.
    struct LeafEvidence {
        bytes preimage;
        SumTree.Proof proof;
    }

    struct Policy {
        /// Share of its stake that every signer of a wrong commitment loses, `MIN_SLASH_BPS … 10,000`.
        uint16 slashBps;
        /// Seconds in which a demand must be answered, `MIN_REVEAL_WINDOW … MAX_REVEAL_WINDOW`.
        uint32 revealWindow;
        /// OPEN wei for a demand while few are open; grows with their number: see {bondOf}.
        uint96 bond;
    }

    /// @notice A demand that was neither answered nor decided.
    struct Demand {
        address challenger;
        uint96 bond;
        /// Last second in which it can be answered.
        uint64 deadline;
        /// What is cancelled if it is not.
        bytes32 subject;
    }

    event RootDisputed(bytes32 indexed rootHash, address indexed challenger, uint256 reward);
    event IndexDisputed(uint256 indexed versionId, address indexed challenger, uint256 reward);
    /// @notice `question` is the ABI encoding of the demand's function selector and arguments.
    event Demanded(
        bytes32 indexed demandId,
        bytes32 indexed subject,
        address indexed challenger,
        uint256 bond,
        uint64 deadline,
        bytes question
    );
    /// @notice The answer is the calldata of this transaction.
    event Answered(bytes32 indexed demandId, address indexed by, uint256 bond);
    event Defaulted(bytes32 indexed demandId, bytes32 indexed subject);
    event BondReclaimed(bytes32 indexed demandId, address indexed challenger, uint256 bond);
    event PolicySet(Policy policy);

    /// @dev What was shown is as it must be.
    error DisputeRefuted();
    /// @dev `part` of the evidence, counted from 0 in the order of the arguments, is not what the commitment holds.
    error DisputeInvalidEvidence(uint256 part);
    /// @dev `rootHash` is not the pending root.
    error DisputeRootNotPending(bytes32 rootHash);
    /// @dev The index is final.
    error DisputeIndexNotPending(uint256 versionId);
    /// @dev Demands are taken until `until`.
    error DisputeDemandsClosed(uint256 until);
    /// @dev The root owes no answer to this question.
    error DisputeUnjustifiedDemand();
    error DisputeAlreadyDemanded(bytes32 demandId);
    error DisputeUnknownDemand(bytes32 demandId);
    /// @dev The reveal window ended at `deadline`.
    error DisputeAnswerLate(uint256 deadline);
    /// @dev The demand can still be answered until `deadline`.
    error DisputeAnswerDue(uint256 deadline);
    /// @dev The commitment is still pending.
    error DisputeStillPending(bytes32 subject);
    /// @dev `value` lies outside `minimum … maximum`.
    error DisputeOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    error DisputeInvalidAddress();

    // ---------------------------------------------------------------- proofs against the pending root

    /// @notice A settlement whose epoch is not the root's, or whose pool, version, index root, receipts or fallback flag are
    /// not the chain's, or that gives a pool to nobody.
    function disputeSettlement(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement
    ) external;

    /// @notice A score that is not `<functional, features> · scale`.
    /// @param functional F, as in `queryHash`; empty if it was published: see {publish}.
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
    function disputeWeight(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata score,
        IndexEvidence calldata index
    ) external;

    /// @notice A split by examples in which `paid` has a weight without accruing, as if nobody accrued, although `witness`
    /// accrues, or has no weight.
    function disputeFallback(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata paid,
        ScoreEvidence calldata witness
    ) external;

    /// @notice A models tree in which a node is not the sum of its parts or does not belong.
    /// @param leaf Preimage of the leaf at which the descent ends; empty if a node above is wrong.
    function disputeModelsTree(
        IRewardDistributor.ScoreRoot calldata root,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external;

    /// @notice The same in a scores tree; also one whose size is not its index's or whose total is not the settlement's.
    function disputeScoresTree(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external;

    /// @notice The same in an entries tree; also one whose total is not the account's cumulative amount.
    function disputeEntriesTree(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account,
        SumTree.Descent calldata descent,
        bytes calldata leaf
    ) external;

    /// @notice Neighbours in a models tree that are not in strictly ascending order of (modelId, epoch).
    function disputeModelsOrder(
        IRewardDistributor.ScoreRoot calldata root,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external;

    /// @notice Neighbours in a scores tree that are not in strictly ascending order of contribution, or whose first states
    /// another position than its own.
    function disputeScoresOrder(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external;

    /// @notice Neighbours among an account's entries that are not in strictly ascending order of (modelId, contributionId).
    function disputeEntriesOrder(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account,
        LeafEvidence calldata first,
        LeafEvidence calldata second
    ) external;

    /// @notice Two different leaves for one account.
    function disputeDuplicate(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata first,
        AccountEvidence calldata second
    ) external;

    /// @notice An entry whose `earned` is not what the root's epochs pay its account for its contribution.
    /// @param epochs Evidence for each epoch of the root in which the model has a pool and the account is payee, ascending.
    function disputeEarned(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry,
        EpochEvidence[] calldata epochs
    ) external;

    /// @notice An entry whose `cumulative − earned` is not the cumulative amount that the last finalised root has for it.
    /// @param before The entry there; ignored when `earned` exceeds `cumulative` or when there is no finalised root.
    function disputeCarried(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry,
        EntryEvidence calldata before
    ) external;

    // ---------------------------------------------------------------- proofs against a pending index

    /// @notice A quality that is not `<functional, features> · scale`.
    /// @param functional G, as in `qualityHash`; empty if it was published: see {publish}.
    function disputeQuality(
        uint256 versionId,
        IndexEvidence calldata index,
        bytes calldata features,
        bytes calldata functional
    ) external;

    /// @notice A leaf for a contribution that the version was not trained on, with another number of examples than the
    /// registry's, or without scale.
    function disputeIndexRow(uint256 versionId, IndexEvidence calldata index) external;

    /// @notice An index without a contribution that the version was trained on.
    /// @param neighbours The leaves between which it would stand: one at either end of the tree, otherwise two.
    function disputeOmission(uint256 versionId, uint256 contributionId, IndexEvidence[] calldata neighbours) external;

    /// @notice An index tree in which a node is not the sum of its parts or does not belong, or of another size than attested.
    function disputeIndexTree(uint256 versionId, SumTree.Descent calldata descent, bytes calldata leaf) external;

    /// @notice Neighbours in an index that are not in strictly ascending order of contribution, or whose first states
    /// another position than its own.
    function disputeIndexOrder(uint256 versionId, LeafEvidence calldata first, LeafEvidence calldata second) external;

    // ---------------------------------------------------------------- demands

    /// @notice Demands row `i` of a pending index with its features. Takes {bondOf} from the caller, as every demand does.
    function demandIndexRow(uint256 versionId, uint32 i) external returns (bytes32 demandId);

    /// @notice Answers {demandIndexRow}; earns the bond, as every answer does.
    function answerIndexRow(uint256 versionId, IndexEvidence calldata index, bytes calldata features) external;

    /// @notice Demands the quality functional G of a pending index.
    function demandQuality(uint256 versionId) external returns (bytes32 demandId);

    function answerQuality(uint256 versionId, bytes calldata functional) external;

    /// @notice Demands the settlement of a model that has a pool in an epoch of the root, and its functional F.
    function demandFunctional(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 modelId,
        uint64 epoch
    ) external returns (bytes32 demandId);

    function answerFunctional(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        bytes calldata functional
    ) external;

    /// @notice Demands the score at `i` of a model that has a pool in an epoch of the root, with its index row and features.
    function demandScore(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 modelId,
        uint64 epoch,
        uint32 i
    ) external returns (bytes32 demandId);

    function answerScore(
        IRewardDistributor.ScoreRoot calldata root,
        SettlementEvidence calldata settlement,
        ScoreEvidence calldata score,
        IndexEvidence calldata index,
        bytes calldata features
    ) external;

    /// @notice Demands the entry of the payee of a contribution that earned something in an epoch of the root.
    /// @param epoch What shows that it did.
    function demandEntry(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 contributionId,
        EpochEvidence calldata epoch
    ) external returns (bytes32 demandId);

    /// @notice Demands an entry that the last finalised root had.
    function demandCarriedEntry(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata before
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandEntry} and {demandCarriedEntry}.
    function answerEntry(IRewardDistributor.ScoreRoot calldata root, EntryEvidence calldata entry) external;

    /// @notice Demands entry `i` of an account.
    function demandEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        AccountEvidence calldata account,
        uint32 i
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandEntryAt} with the entry, or with a proof of the last entry, before `i`.
    function answerEntryAt(IRewardDistributor.ScoreRoot calldata root, EntryEvidence calldata entry, uint32 i) external;

    /// @notice Demands the entry in the last finalised root from which an entry carries `cumulative − earned` over.
    function demandPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        EntryEvidence calldata entry
    ) external returns (bytes32 demandId);

    /// @param before The entry in the last finalised root.
    function answerPredecessor(IRewardDistributor.ScoreRoot calldata root, EntryEvidence calldata before) external;

    /// @notice Demands what hashes to a node of the payouts tree: its children, or its account. Repeated from the root down
    /// it finds a leaf that nobody was shown.
    /// @param path The siblings above the node, from the node upwards.
    function demandPayoutsNode(
        IRewardDistributor.ScoreRoot calldata root,
        bytes32 node,
        bytes32[] calldata path
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandPayoutsNode} with the node's children. Not at `MAX_PAYOUTS_DEPTH`, where only leaves may be.
    function answerPayoutsNode(
        IRewardDistributor.ScoreRoot calldata root,
        bytes32 left,
        bytes32 right,
        uint256 depth
    ) external;

    /// @notice Answers {demandPayoutsNode} with the leaf that the node is.
    function answerPayoutsLeaf(
        IRewardDistributor.ScoreRoot calldata root,
        IRewardDistributor.Payout calldata payout,
        uint256 depth
    ) external;

    /// @notice Cancels what an unanswered demand is about, as a proof would, and returns the bond. Anyone may call; the
    /// challenger is rewarded.
    function defaultDemand(bytes32 demandId) external;

    /// @notice Returns the bond of a demand about something that was cancelled meanwhile. Anyone may call.
    function reclaimBond(bytes32 demandId) external;

    // ---------------------------------------------------------------- functionals

    /// @notice Keeps a functional as code, so that proofs can name it by its hash instead of carrying its 2k bytes.
    /// @return hash keccak256(functional)
    function publish(bytes calldata functional) external returns (bytes32 hash);

    /// @notice Where a functional is kept, behind one zero byte of code; 0 if it was not published.
    function publishedAt(bytes32 hash) external view returns (address pointer);

    // ---------------------------------------------------------------- governance and views

    /// @notice Sets the policy of later demands and cancellations. Owner only.
    function setPolicy(Policy calldata policy) external;

    function policy() external view returns (Policy memory);

    /// @notice Whether demands hold up the index of a version: one is open, or an answer is so young that it can still be
    /// acted on.
    function isIndexHeld(uint256 versionId) external view returns (bool held);

    /// @notice OPEN wei that the next demand about `subject` takes: `bond · (1 + open / 16)`, `open` demands being open.
    /// @dev A flood of demands costs the square of its size, and every answer earns one bond.
    function bondOf(bytes32 subject) external view returns (uint256 bond);

    /// @notice A demand; all zero when there is none, or none any more.
    function demandOf(bytes32 demandId) external view returns (Demand memory demand);

    /// @notice What demands about a pending root refer to.
    function rootSubject(bytes32 rootHash, uint64 postedAt) external view returns (bytes32 subject);

    /// @notice What demands about a pending index refer to.
    function indexSubject(
        uint256 versionId,
        bytes32 indexRoot,
        uint64 challengeEnds
    ) external view returns (bytes32 subject);
}
