// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDisputes} from "./IAttributionDisputes.sol";
import {IIndexRegistry} from "./IIndexRegistry.sol";
import {IRewardDistributor} from "./IRewardDistributor.sol";

/// @title IAttributionDemands
/// @notice What is hidden cannot be proven wrong: with a bond, anyone can demand that it be shown. Whoever shows it earns the
/// bond, and what the demand could delay costs a fee; if nobody does within the reveal window, what it belongs to is cancelled as if by a proof.
/// @dev A root or index is not final while a demand about it is open, nor for a reveal window after an answer. Demands are
/// taken within the challenge window; after it only to follow up, while another one still holds it up.
interface IAttributionDemands {
    /// @notice What governance decides about demands.
    struct Policy {
        /// Seconds in which a demand must be answered, `MIN_REVEAL_WINDOW … MAX_REVEAL_WINDOW`.
        uint32 revealWindow;
        /// OPEN wei that an answer earns; fees are parts of it: see {priceOf}.
        uint96 bond;
    }

    /// @notice A demand that was neither answered nor decided.
    struct Demand {
        address challenger;
        uint96 bond;
        /// Last second in which it can be answered.
        uint64 deadline;
        uint96 fee;
        /// What is cancelled if it is not.
        bytes32 subject;
    }

    /// @notice `question` is the ABI encoding of the demand's function selector and of what it asks for.
    /// @param demandId The demand.
    /// @param subject What the demand is about: see {rootSubject} and {indexSubject}.
    /// @param challenger Who demanded.
    /// @param bond OPEN wei that an answer earns.
    /// @param fee OPEN wei that the treasury gets when somebody answers.
    /// @param deadline Last second in which it can be answered.
    /// @param question ABI encoding of the demand's function selector and of what it asks for.
    event Demanded(
        bytes32 indexed demandId,
        bytes32 indexed subject,
        address indexed challenger,
        uint256 bond,
        uint256 fee,
        uint64 deadline,
        bytes question
    );
    /// @notice The answer is the calldata of this transaction.
    /// @param demandId The demand.
    /// @param by Who answered.
    /// @param bond OPEN wei that the answer earned.
    event Answered(bytes32 indexed demandId, address indexed by, uint256 bond);
    /// @notice Nobody answered in time: the root or index was cancelled, and bond and fee returned.
    /// @param demandId The demand.
    /// @param subject What the demand is about: see {rootSubject} and {indexSubject}.
    event Defaulted(bytes32 indexed demandId, bytes32 indexed subject);
    /// @notice What the demand was about was cancelled by another proof or demand: bond and fee went back.
    /// @param demandId The demand.
    /// @param challenger Who demanded.
    /// @param bond OPEN wei returned.
    event BondReclaimed(bytes32 indexed demandId, address indexed challenger, uint256 bond);
    /// @notice The policy of later demands changed.
    /// @param policy The policy.
    event PolicySet(Policy policy);

    /// @notice `rootHash` is not the pending root.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    error DemandRootNotPending(bytes32 rootHash);
    /// @notice The index is final.
    /// @param versionId The model version.
    error DemandIndexNotPending(uint256 versionId);
    /// @notice Demands are taken until `until`.
    /// @param until End of the challenge window.
    error DemandTooLate(uint256 until);
    /// @notice No answer to this question is owed.
    error DemandUnjustified();
    /// @notice The same question about the same root or index is open.
    /// @param demandId The demand.
    error DemandAlreadyOpen(bytes32 demandId);
    /// @notice There is no such demand, or it was answered or decided.
    /// @param demandId The demand.
    error DemandUnknown(bytes32 demandId);
    /// @notice The reveal window ended at `deadline`.
    /// @param deadline Last second in which it can be answered.
    error DemandAnswerLate(uint256 deadline);
    /// @notice The demand can still be answered until `deadline`.
    /// @param deadline Last second in which it can be answered.
    error DemandAnswerDue(uint256 deadline);
    /// @notice What the demand is about was finalized or cancelled.
    /// @param subject What the demand is about: see {rootSubject} and {indexSubject}.
    error DemandNotPending(bytes32 subject);
    /// @notice What the demand is about is still pending.
    /// @param subject What the demand is about: see {rootSubject} and {indexSubject}.
    error DemandStillPending(bytes32 subject);
    /// @notice Fees need somebody who gets them.
    error DemandNoTreasury();
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error DemandOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Demands row `i` of a pending index with its features. Takes {priceOf} from the caller, as every demand does.
    /// @param versionId The model version.
    /// @param i Position of the row from 0, counted through all parts.
    /// @return demandId The demand.
    function demandIndexRow(uint256 versionId, uint32 i) external returns (bytes32 demandId);

    /// @notice Answers {demandIndexRow}; earns the bond, as every answer does.
    /// @param versionId The model version.
    /// @param index The row of the version's index.
    /// @param features Its k int8 features, as in the row's featuresHash.
    function answerIndexRow(
        uint256 versionId,
        IAttributionDisputes.IndexEvidence calldata index,
        bytes calldata features
    ) external;

    /// @notice Demands the quality functional G of the Datanet of a part of a pending index.
    /// @param versionId The model version.
    /// @param part Place of the part, from 0.
    /// @return demandId The demand.
    function demandQuality(uint256 versionId, uint256 part) external returns (bytes32 demandId);

    /// @notice Answers {demandQuality}.
    /// @param versionId The model version.
    /// @param parts The parts of the index.
    /// @param part Place of the part.
    /// @param functional G, `2k` bytes, as in the part's qualityHash.
    function answerQuality(
        uint256 versionId,
        IIndexRegistry.IndexPart[] calldata parts,
        uint256 part,
        bytes calldata functional
    ) external;

    /// @notice Demands the settlement of a model that has a pool in an epoch of the root, and its functional F.
    /// @param root The pending root, as posted.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @return demandId The demand.
    function demandFunctional(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 modelId,
        uint64 epoch
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandFunctional}.
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    /// @param functional F, `2k` bytes.
    function answerFunctional(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.SettlementEvidence calldata settlement,
        bytes calldata functional
    ) external;

    /// @notice Demands the score at `i` of a model that has a pool in an epoch of the root, with its index row and features.
    /// @param root The pending root, as posted.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @param i Position of the leaf in its tree, from 0.
    /// @return demandId The demand.
    function demandScore(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 modelId,
        uint64 epoch,
        uint32 i
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandScore}.
    /// @param root The pending root, as posted.
    /// @param settlement The settlement of the model and epoch, a leaf of the models tree.
    /// @param score The score, a leaf of the settlement's scores tree.
    /// @param index The row of the version's index.
    /// @param features Its k int8 features, as in the row's featuresHash; may be left out where the score is 0.
    function answerScore(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.SettlementEvidence calldata settlement,
        IAttributionDisputes.ScoreEvidence calldata score,
        IAttributionDisputes.IndexEvidence calldata index,
        bytes calldata features
    ) external;

    /// @notice Demands the entry of the payee of a contribution that earned something in an epoch of the root.
    /// @param root The pending root, as posted.
    /// @param contributionId The contribution.
    /// @param epoch What shows that it did.
    /// @return demandId The demand.
    function demandEntry(
        IRewardDistributor.ScoreRoot calldata root,
        uint256 contributionId,
        IAttributionDisputes.EpochEvidence calldata epoch
    ) external returns (bytes32 demandId);

    /// @notice Demands an entry that the last finalized root had, and that was worth something.
    /// @param root The pending root, as posted.
    /// @param before The entry there.
    /// @return demandId The demand.
    function demandCarriedEntry(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata before
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandEntry} and {demandCarriedEntry}.
    /// @param root The pending root, as posted.
    /// @param entry The entry.
    function answerEntry(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry
    ) external;

    /// @notice Demands entry `i` of an account that is worth something.
    /// @param root The pending root, as posted.
    /// @param account The account's leaf of the payouts tree.
    /// @param i Position of the leaf in its tree, from 0.
    /// @return demandId The demand.
    function demandEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.AccountEvidence calldata account,
        uint32 i
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandEntryAt} with the entry, or with a proof of the last entry, before `i`.
    /// @param root The pending root, as posted.
    /// @param entry The entry.
    /// @param i Position of the leaf in its tree, from 0.
    function answerEntryAt(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry,
        uint32 i
    ) external;

    /// @notice Demands the entry in the last finalized root from which an entry carries `cumulative − earned` over.
    /// @param root The pending root, as posted.
    /// @param entry The entry.
    /// @return demandId The demand.
    function demandPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata entry
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandPredecessor}.
    /// @param root The pending root, as posted.
    /// @param before The entry in the last finalized root.
    function answerPredecessor(
        IRewardDistributor.ScoreRoot calldata root,
        IAttributionDisputes.EntryEvidence calldata before
    ) external;

    /// @notice Demands what lies below a node of the payouts tree. Repeated from the root down, at the first node that is not as
    /// in the honest tree, it finds the first leaf that differs: seven demands for a tree of any size.
    /// @param root The pending root, as posted.
    /// @param depth Levels between the root and the node.
    /// @param position Number of nodes to the left of it on its level.
    /// @return demandId The demand.
    function demandPayouts(
        IRewardDistributor.ScoreRoot calldata root,
        uint32 depth,
        uint32 position
    ) external returns (bytes32 demandId);

    /// @notice Answers {demandPayouts} for a node that stands more than `PAYOUTS_LEVELS` above the leaves.
    /// @param root The pending root, as posted.
    /// @param position Number of nodes to the left of the node on its level.
    /// @param nodes All 2^PAYOUTS_LEVELS nodes so many levels below it, in their order.
    /// @param siblings From the node upwards: as many as there are levels above it.
    function answerPayoutsNodes(
        IRewardDistributor.ScoreRoot calldata root,
        uint32 position,
        bytes32[] calldata nodes,
        bytes32[] calldata siblings
    ) external;

    /// @notice Answers {demandPayouts} for a node that stands at most `PAYOUTS_LEVELS` above the leaves, or is one.
    /// @param root The pending root, as posted.
    /// @param position Number of nodes to the left of the node on its level.
    /// @param payouts All leaves below it, in their order.
    /// @param siblings From the node upwards: as many as there are levels above it.
    function answerPayouts(
        IRewardDistributor.ScoreRoot calldata root,
        uint32 position,
        IRewardDistributor.Payout[] calldata payouts,
        bytes32[] calldata siblings
    ) external;

    /// @notice Cancels what an unanswered demand is about, as a proof would, and returns the bond. Anyone may call; the
    /// challenger is rewarded.
    /// @param demandId The demand.
    function defaultDemand(bytes32 demandId) external;

    /// @notice Returns the bond of a demand about something that was cancelled meanwhile. Anyone may call.
    /// @param demandId The demand.
    function reclaimBond(bytes32 demandId) external;

    /// @notice Sets the policy of later demands. Owner only, after it was announced for the exit delay.
    /// @param policy The policy.
    function setPolicy(Policy calldata policy) external;

    /// @notice The policy in force.
    /// @return The policy.
    function policy() external view returns (Policy memory);

    /// @notice Whether demands hold up the pending root.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @return held Whether they do.
    function isRootHeld(bytes32 rootHash) external view returns (bool held);

    /// @notice Whether demands hold up the index of a version.
    /// @param versionId The model version.
    /// @return held Whether they do.
    function isIndexHeld(uint256 versionId) external view returns (bool held);

    /// @notice OPEN wei that a demand takes now: the same whatever others ask.
    /// @dev The bond goes to whoever answers. The fee goes to the treasury when somebody does, and comes back with the bond otherwise:
    /// `bond · rounds / 4`, where `rounds` are the reveal windows, rounded up, by which the demand can hold up what it is about.
    /// @param versionId The version whose index is pending; 0 for the pending root.
    /// @return bond What an answer earns.
    /// @return fee What no answer returns.
    function priceOf(uint256 versionId) external view returns (uint96 bond, uint96 fee);

    /// @notice Who gets the fees of answered demands, and what is left of a slash about which nobody answered.
    /// @return account The treasury.
    function treasury() external view returns (address account);

    /// @notice A demand that is open; without a challenger when there is none, or none any more.
    /// @param demandId The demand.
    /// @return demand The demand.
    function demandOf(bytes32 demandId) external view returns (Demand memory demand);

    /// @notice Whether a demand was opened and answered, and not opened again since.
    /// @param demandId keccak256(abi.encode(subject, question)).
    /// @return answered Whether it was.
    function wasAnswered(bytes32 demandId) external view returns (bool answered);

    /// @notice What demands about a pending root refer to: one posting of it.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @param postedAt Second in which the root was posted.
    /// @return subject The id of what is demanded about.
    function rootSubject(bytes32 rootHash, uint64 postedAt) external pure returns (bytes32 subject);

    /// @notice What demands about a pending index refer to: one attestation of it.
    /// @param versionId The model version.
    /// @param partsHash keccak256(abi.encode(IndexPart[])).
    /// @param challengeEnds First second in which the index can be final.
    /// @return subject The id of what is demanded about.
    function indexSubject(
        uint256 versionId,
        bytes32 partsHash,
        uint64 challengeEnds
    ) external pure returns (bytes32 subject);
}
