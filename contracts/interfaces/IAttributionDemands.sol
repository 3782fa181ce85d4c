// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IAttributionDisputes} from "./IAttributionDisputes.sol";
import {IRewardDistributor} from "./IRewardDistributor.sol";

/// @title IAttributionDemands
/// @notice What is hidden cannot be proven wrong: with a bond, anyone can demand that it be shown. Whoever shows it earns the
/// bond; if nobody does within the reveal window, what it belongs to is cancelled as if by a proof.
/// @dev A root or index is not final while a demand about it is open, nor for a reveal window after an answer. Demands are
/// taken within the challenge window; after it only to follow up, while another one still holds it up.
interface IAttributionDemands {
    struct Policy {
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

    /// @notice `question` is the ABI encoding of the demand's function selector and of what it asks for.
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

    /// @dev `rootHash` is not the pending root.
    error DemandRootNotPending(bytes32 rootHash);
    /// @dev The index is final.
    error DemandIndexNotPending(uint256 versionId);
    /// @dev Demands are taken until `until`.
    error DemandTooLate(uint256 until);
    /// @dev No answer to this question is owed.
    error DemandUnjustified();
    error DemandAlreadyOpen(bytes32 demandId);
    error DemandUnknown(bytes32 demandId);
    /// @dev The reveal window ended at `deadline`.
    error DemandAnswerLate(uint256 deadline);
    /// @dev The demand can still be answered until `deadline`.
    error DemandAnswerDue(uint256 deadline);
    /// @dev What the demand is about was finalised or cancelled.
    error DemandNotPending(bytes32 subject);
    /// @dev What the demand is about is still pending.
    error DemandStillPending(bytes32 subject);
    /// @dev `value` lies outside `minimum … maximum`.
    error DemandOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Demands row `i` of a pending index with its features. Takes {bondOf} from the caller, as every demand does.
    function demandIndexRow(uint256 versionId, uint32 i) external returns (bytes32 demandId);

    /// @notice Answers {demandIndexRow}; earns the bond, as every answer does.
    function answerIndexRow(
        uint256 versionId,
        IAttributionDisputes.IndexEvidence calldata index,
        bytes calldata features
    ) external;

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
        IAttributionDisputes.SettlementEvidence calldata settlement,
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
        IAttributionDisputes.SettlementEvidence calldata settlement,
        IAttributionDisputes.ScoreEvidence calldata score,
        IAttributionDisputes.IndexEvidence calldata index,
        bytes calldata features
    ) external;

    /// @notice Demands the entry of the payee of a contribution that earned something in an epoch of the root.
    /// @param epoch What shows that it did.
    function demandEntry(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 contributionId,
        IAttributionDisputes.EpochEvidence calldata epoch
    ) external returns (bytes32 demandId);

    /// @notice Demands an entry that the last finalised root had.
    function demandCarriedEntry(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata before
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandEntry} and {demandCarriedEntry}.
    function answerEntry(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry
    ) external;

    /// @notice Demands entry `i` of an account.
    function demandEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.AccountEvidence calldata account,
        uint32 i
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandEntryAt} with the entry, or with a proof of the last entry, before `i`.
    function answerEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry,
        uint32 i
    ) external;

    /// @notice Demands the entry in the last finalised root from which an entry carries `cumulative − earned` over.
    function demandPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry
    ) external returns (bytes32 demandId);

    /// @param before The entry in the last finalised root.
    function answerPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata before
    ) external;

    /// @notice Demands what hashes to a node of the payouts tree. Repeated from the root down it finds a leaf that nobody was
    /// shown: the one whose hash is not in the honest tree.
    /// @param path The siblings above the node, from the node upwards.
    function demandPayoutsNode(
        IRewardDistributor.ScoreRoot calldata root,
        bytes32 node,
        bytes32[] calldata path
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandPayoutsNode} with all nodes some levels below it: `PAYOUTS_LEVELS` levels, or fewer if one of
    /// them is shown to be a leaf. A node that is a leaf itself is its own answer, with no level below.
    /// @param depth Levels between the root and the node.
    /// @param nodes 1, 2, 4, … 2^PAYOUTS_LEVELS nodes in their order, each pair of neighbours being siblings.
    /// @param at Position of the leaf among them; ignored when all levels are shown.
    /// @param leaf The leaf; ignored when all levels are shown.
    function answerPayoutsNode(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 depth,
        bytes32[] calldata nodes,
        uint256 at,
        IRewardDistributor.Payout calldata leaf
    ) external;

    /// @notice Cancels what an unanswered demand is about, as a proof would, and returns the bond. Anyone may call; the
    /// challenger is rewarded.
    function defaultDemand(bytes32 demandId) external;

    /// @notice Returns the bond of a demand about something that was cancelled meanwhile. Anyone may call.
    function reclaimBond(bytes32 demandId) external;

    /// @notice Sets the policy of later demands. Owner only.
    function setPolicy(Policy calldata policy) external;

    function policy() external view returns (Policy memory);

    /// @notice Whether demands hold up the pending root.
    function isRootHeld(bytes32 rootHash) external view returns (bool held);

    /// @notice Whether demands hold up the index of a version.
    function isIndexHeld(uint256 versionId) external view returns (bool held);

    /// @notice OPEN wei that the next demand about `subject` takes: `bond · (1 + floor(open / 16))`, `open` demands being open.
    /// @dev A flood of demands costs the square of its size, and every answer earns a bond.
    function bondOf(bytes32 subject) external view returns (uint256 bond);

    /// @notice A demand; all zero when there is none, or none any more.
    function demandOf(bytes32 demandId) external view returns (Demand memory demand);

    /// @notice What demands about a pending root refer to: one posting of it.
    function rootSubject(bytes32 rootHash, uint64 postedAt) external pure returns (bytes32 subject);

    /// @notice What demands about a pending index refer to: one attestation of it.
    function indexSubject(
        uint256 versionId,
        bytes32 indexRoot,
        uint64 challengeEnds
    ) external pure returns (bytes32 subject);
}
