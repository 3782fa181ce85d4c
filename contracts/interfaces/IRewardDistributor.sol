// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExitDelay} from "./IExitDelay.sol";

/// @title IRewardDistributor
/// @notice Holds the contributors' part of all revenue and pays it by score roots: posted with a quorum's signatures,
/// final once their challenge window has passed undisputed, claimed cumulatively with one Merkle proof.
/// @dev Immutable, and so are the disputes and the quorum source that it asks: another judge or another source takes another
/// distributor. Its owner (the timelock) sets parameters within bounds and can neither move OPEN nor stop claims.
interface IRewardDistributor is IExitDelay {
    /// @notice A settlement. The operators sign it together with the id of the snapshot under which they do, as EIP-712 type
    /// `ScoreRoot` of this contract: signatures end with their snapshot, the root does not.
    struct ScoreRoot {
        /// The epoch after the last finalized one.
        uint64 firstEpoch;
        /// A funded epoch.
        uint64 lastEpoch;
        /// rootHash of the last finalized root; 0 for the first.
        bytes32 previousRoot;
        /// Positional tree of (account, cumulative, entriesRoot), ascending by account.
        bytes32 payoutsRoot;
        /// Sum of all cumulative amounts: exactly what was funded through `lastEpoch`.
        uint256 payoutsTotal;
        /// Leaves of the payouts tree.
        uint32 accounts;
        bytes32 modelsRoot;
        /// keccak256 of the manifest that names every file of the settlement.
        bytes32 bundleHash;
    }

    /// @notice The root that waits for its challenge window.
    struct PendingRoot {
        /// keccak256(abi.encode(ScoreRoot)); 0 if no root is pending.
        bytes32 rootHash;
        uint64 postedAt;
        /// Quorum snapshot under which it was signed.
        uint64 snapshotId;
        /// Bit i: member i of the snapshot signed.
        uint256 signers;
    }

    /// @notice The root that claims read.
    struct FinalizedRoot {
        bytes32 rootHash;
        bytes32 payoutsRoot;
        uint64 lastEpoch;
        uint256 payoutsTotal;
        /// Leaves of the payouts tree.
        uint32 accounts;
        /// OPEN wei that can be claimed in all, earlier claims included, before the next root is final.
        uint256 claimLimit;
    }

    /// @notice A leaf of the payouts tree.
    struct Payout {
        address account;
        /// OPEN wei that the account has earned in all.
        uint256 cumulative;
        /// Root of what it is made of.
        bytes32 entriesRoot;
    }

    /// @notice A pool grew.
    /// @param modelId The model.
    /// @param epoch The epoch.
    /// @param amount OPEN wei.
    event Funded(uint256 indexed modelId, uint64 indexed epoch, uint256 amount);
    /// @notice A root is pending; who signed it is in {pendingRoot}. It continues the root that was finalized last, whose hash is
    /// its `previousRoot` and after whose last epoch it begins.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @param lastEpoch Last epoch that it settles.
    /// @param payoutsRoot Root of the payouts tree.
    /// @param payoutsTotal OPEN wei of all cumulative amounts.
    /// @param accounts Leaves of the payouts tree.
    /// @param modelsRoot Root of the models tree.
    /// @param bundleHash keccak256 of the manifest.
    event RootPosted(
        bytes32 indexed rootHash,
        uint64 lastEpoch,
        bytes32 payoutsRoot,
        uint256 payoutsTotal,
        uint32 accounts,
        bytes32 modelsRoot,
        bytes32 bundleHash
    );
    /// @notice Claims read this root from now on.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @param payoutsRoot Root of the payouts tree.
    /// @param lastEpoch Last epoch that it settles.
    /// @param payoutsTotal OPEN wei earned by all accounts so far.
    /// @param claimLimit OPEN wei that can be claimed in all before the next root is final.
    event RootFinalized(
        bytes32 indexed rootHash,
        bytes32 payoutsRoot,
        uint64 lastEpoch,
        uint256 payoutsTotal,
        uint256 claimLimit
    );
    /// @notice The pending root was forgotten.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @param barred Whether it was proven wrong and can never be posted again.
    event RootCancelled(bytes32 indexed rootHash, bool barred);
    /// @notice `amount` of the account's rewards went to `recipient`.
    /// @param account The account that earned.
    /// @param recipient Who is paid.
    /// @param amount OPEN wei.
    event Claimed(address indexed account, address indexed recipient, uint256 amount);
    /// @notice As many claims as words, each `uint160 account << 96 | uint96 amount`, paid to the accounts' recipients.
    /// @param payments `uint160 account << 96 | uint96 amount` each.
    event Distributed(uint256[] payments);
    /// @notice The account's rewards go to another recipient; zero stands for the account.
    /// @param account The account that earned.
    /// @param recipient Who is paid.
    event RecipientSet(address indexed account, address indexed recipient);
    /// @notice No root can be posted until then.
    /// @param until First second in which roots can be posted again.
    event PostsPaused(uint256 until);
    /// @notice The commitment of the latest quorum snapshot changed.
    /// @param commitment See {QuorumVerifier}; 0 if revoked.
    event QuorumSet(uint256 commitment);
    /// @notice The challenge window of later roots changed.
    /// @param duration Seconds.
    event ChallengeWindowSet(uint64 duration);
    /// @notice A contract may fund pools, or may no longer.
    /// @param funder The contract.
    /// @param allowed True to allow, false to forbid.
    event FunderSet(address indexed funder, bool allowed);
    /// @notice The contract that may cancel and hold up roots, for ever.
    /// @param disputes The contract.
    event DisputesSet(address indexed disputes);
    /// @notice The account that may pause posting changed.
    /// @param guardian The account.
    event GuardianSet(address indexed guardian);

    /// @notice The caller is not whom the function names.
    /// @param caller Who called.
    error DistributorUnauthorized(address caller);
    /// @notice The zero address.
    error DistributorInvalidAddress();
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error DistributorOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @notice Posting resumes at `until`.
    /// @param until First second in which roots can be posted again.
    error DistributorPaused(uint256 until);
    /// @notice Another pause can begin at `notBefore`.
    /// @param notBefore First second in which posting can be paused again.
    error DistributorPausedRecently(uint256 notBefore);
    /// @notice Disputes and first funders are set once.
    /// @param disputes The contract that may cancel roots.
    error DistributorAlreadyWired(address disputes);
    /// @notice One root at a time: this one is pending.
    /// @param rootHash Hash of the pending root.
    error DistributorRootPending(bytes32 rootHash);
    /// @notice No root is pending, or another one.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    error DistributorRootNotPending(bytes32 rootHash);
    /// @notice The challenge window ends at `notBefore`.
    /// @param notBefore First second in which it can be finalized.
    error DistributorWindowOpen(uint256 notBefore);
    /// @notice A demand about the root is open.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    error DistributorRootHeld(bytes32 rootHash);
    /// @notice The root does not follow the last finalized one.
    /// @param given What was given.
    /// @param expected What was expected.
    error DistributorWrongPreviousRoot(bytes32 given, bytes32 expected);
    /// @notice The root was proven wrong before.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    error DistributorRootBarred(bytes32 rootHash);
    /// @notice The first epoch is not the one after the last finalized one.
    /// @param firstEpoch First epoch that it settles.
    /// @param lastEpoch Last epoch that it settles.
    /// @param expectedFirst The epoch after the last finalized one.
    error DistributorWrongEpochs(uint64 firstEpoch, uint64 lastEpoch, uint64 expectedFirst);
    /// @notice A root ends with an epoch that was funded and is not settled: {nextFunded} names them.
    /// @param epoch The last epoch of the root.
    error DistributorEpochNotFunded(uint64 epoch);
    /// @notice A root settles at most so many funded epochs.
    /// @param maximum `MAX_EPOCHS`.
    error DistributorTooManyEpochs(uint256 maximum);
    /// @notice Receipts of the last epoch can still be committed.
    /// @param epoch The last epoch of the root.
    error DistributorEpochNotClosed(uint64 epoch);
    /// @notice A root pays at least one account.
    error DistributorEmptyRoot();
    /// @notice The total is not what was funded through the last epoch.
    /// @param given What was given.
    /// @param expected What was expected.
    error DistributorWrongTotal(uint256 given, uint256 expected);
    /// @notice The leaf is not at this place of the finalized payouts tree.
    error DistributorInvalidProof();
    /// @notice All that the leaf grants has been claimed.
    /// @param account The account that earned.
    error DistributorNothingToClaim(address account);
    /// @notice As much was claimed as the signers of the last root could have lost for it: the next root raises the limit.
    /// @param limit OPEN wei that can be claimed in all for now.
    error DistributorLimitReached(uint256 limit);
    /// @notice The signature counted until `deadline`.
    /// @param deadline Last second in which it is valid.
    error DistributorSignatureExpired(uint256 deadline);
    /// @notice The signature is not the account's, or over another claim.
    /// @param account Who had to sign.
    error DistributorInvalidSignature(address account);

    // ---------------------------------------------------------------- funding

    /// @notice Adds `amount` to the pool of a model in the current epoch. Funders only; pulled from the caller
    /// (needs an allowance). Does nothing for nothing.
    /// @param modelId The model.
    /// @param amount OPEN wei.
    function fund(uint256 modelId, uint256 amount) external;

    // ---------------------------------------------------------------- roots

    /// @notice Posts a root and starts its challenge window. Anyone may call with a quorum's signatures over
    /// {scoreRootDigest} under the latest snapshot. A root settles the funded epochs after the last settled one, at most
    /// `MAX_EPOCHS` of them, and any number of epochs without revenue between.
    /// @param root What the quorum signed.
    /// @param proof Signatures of a quorum, in the layout of {QuorumVerifier}.
    function post(ScoreRoot calldata root, bytes calldata proof) external;

    /// @notice Makes the pending root the one that claims read. Anyone may call once its window is over and no demand
    /// about it is open.
    /// @dev A demand can hold a root up for at most `MAX_HOLD` after its window. Until the next root is final, claims can take at
    /// most what the signers would have lost for a wrong root ({IDisputeHold-coverOf}); so no lie pays more than it risks.
    /// @param root The pending root, as posted: only its hash is stored.
    function finalize(ScoreRoot calldata root) external;

    /// @notice Forgets the pending root. Disputes only.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @param barred True for a root that was proven wrong: it can never be posted again. False for one about which a question
    /// was left open: it may be signed anew.
    function cancel(bytes32 rootHash, bool barred) external;

    // ---------------------------------------------------------------- claims

    /// @notice Pays what an account has earned and not yet claimed to its recipient, or as much of it as the limit leaves.
    /// Anyone may call for anyone.
    /// @param index Place of the account's leaf in the payouts tree.
    /// @param payout The account's leaf.
    /// @param proof Siblings from the leaf up to the payouts root.
    /// @return amount OPEN wei paid.
    function claim(uint32 index, Payout calldata payout, bytes32[] calldata proof) external returns (uint256 amount);

    /// @notice As {claim}, paid to a recipient that the account names by an EIP-712 `Claim` signature (or ERC-1271).
    /// @dev A signature serves until its `cumulative` is claimed. Warning: a {claim} by anyone that comes first pays to the
    /// account's own recipient.
    /// @param index Place of the account's leaf in the payouts tree.
    /// @param payout The account's leaf.
    /// @param proof Siblings from the leaf up to the payouts root.
    /// @param recipient Who is paid.
    /// @param deadline Last second in which the signature counts.
    /// @param signature Signature by a key, an ERC-1271 contract or an EIP-7702 account.
    /// @return amount OPEN wei paid.
    function claimWithSignature(
        uint32 index,
        Payout calldata payout,
        bytes32[] calldata proof,
        address recipient,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 amount);

    /// @notice Claims a run: neighbouring leaves of the payouts tree, with one proof (docs/protocol.md §2).
    /// @param first Place of the first leaf.
    /// @param payouts The leaves in order; those with nothing to claim are skipped, and a payment that fails, or that the limit
    /// leaves no room for, is left to be claimed.
    /// @param proof The siblings that folding the run needs.
    /// @return amount OPEN wei paid in all.
    function claimBatch(
        uint32 first,
        Payout[] calldata payouts,
        bytes32[] calldata proof
    ) external returns (uint256 amount);

    /// @notice Sends the caller's rewards to `recipient` from now on; 0 for the caller itself.
    /// @param recipient Zero for the caller itself.
    function setRecipient(address recipient) external;

    // ---------------------------------------------------------------- governance

    /// @notice Records the commitment of the latest quorum snapshot, 0 if revoked. StakeManager only.
    /// @param commitment See {QuorumVerifier}.
    function setQuorum(uint256 commitment) external;

    /// @notice Stops new roots for `duration` seconds. Guardian only; not again for `MIN_TIME_BETWEEN_PAUSES` after it.
    /// @param duration Seconds, at most `MAX_PAUSE`.
    function pausePosts(uint64 duration) external;

    /// @notice Ends a pause. Guardian or owner only.
    function resumePosts() external;

    /// @notice Names the contract that may cancel and hold up roots, and the first contracts that may fund pools. Owner only,
    /// once.
    /// @dev Warning: whoever controls `disputes` can void every root before it is final, and none after.
    /// @param disputes The contract.
    /// @param funders The market with revenue, the harm charges with bonds.
    function wire(address disputes, address[] calldata funders) external;

    /// @notice Owner only, after the exit delay, while no root is pending.
    /// @param duration Seconds, within `minChallengeWindow … MAX_CHALLENGE_WINDOW`.
    function setChallengeWindow(uint64 duration) external;

    /// @notice Allows a contract to fund pools, or forbids it. Owner only, after the exit delay.
    /// @param funder The contract.
    /// @param allowed True to allow, false to forbid.
    function setFunder(address funder, bool allowed) external;

    /// @notice Replaces the account that may pause posting. Owner only.
    /// @param guardian The account.
    function setGuardian(address guardian) external;

    // ---------------------------------------------------------------- views

    /// @notice OPEN wei that a model's contributors share for an epoch.
    /// @param modelId The model.
    /// @param epoch The epoch.
    /// @return amount OPEN wei.
    function poolOf(uint256 modelId, uint64 epoch) external view returns (uint256 amount);

    /// @notice OPEN wei funded in an epoch, over all models.
    /// @param epoch The epoch.
    /// @return amount OPEN wei.
    function fundedIn(uint64 epoch) external view returns (uint256 amount);

    /// @notice The funded epoch after `epoch`, which is 0 or a funded epoch itself.
    /// @param epoch 0 for the first one.
    /// @return next 0 if there is none yet.
    function nextFunded(uint64 epoch) external view returns (uint64 next);

    /// @notice OPEN wei that all accounts have claimed; at most the finalized root's `claimLimit`.
    /// @return amount OPEN wei.
    function totalClaimed() external view returns (uint256 amount);

    /// @notice Whether a root was proven wrong.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @return Whether it was.
    function isBarred(bytes32 rootHash) external view returns (bool);

    /// @notice OPEN wei that an account has claimed.
    /// @param account The account that earned.
    /// @return amount OPEN wei.
    function claimedBy(address account) external view returns (uint256 amount);

    /// @notice Who gets the rewards of an account.
    /// @param account The account that earned.
    /// @return recipient The account itself unless it named another.
    function recipientOf(address account) external view returns (address recipient);

    /// @notice The root that waits for its challenge window.
    /// @return pending The root; all zero if none is pending.
    function pendingRoot() external view returns (PendingRoot memory pending);

    /// @notice The root that claims read.
    /// @return finalized The root; all zero if none was finalized.
    function finalizedRoot() external view returns (FinalizedRoot memory finalized);

    /// @notice The EIP-712 digest that operators sign.
    /// @param root The root.
    /// @param snapshotId The quorum snapshot under which they do: the latest.
    /// @return digest The digest.
    function scoreRootDigest(ScoreRoot calldata root, uint64 snapshotId) external view returns (bytes32 digest);

    /// @notice Commitment of the latest quorum snapshot: see {QuorumVerifier}.
    /// @return commitment The commitment.
    function quorum() external view returns (uint256 commitment);

    /// @notice Seconds in which a posted root can be disputed.
    /// @return duration Seconds.
    function challengeWindow() external view returns (uint64 duration);

    /// @notice Until when posting is paused.
    /// @return timestamp Unix seconds.
    function pausedUntil() external view returns (uint256 timestamp);

    /// @notice Whether a contract may fund pools: the market with revenue, the harm charges with bonds.
    /// @param account The contract.
    /// @return Whether it may.
    function isFunder(address account) external view returns (bool);

    /// @notice The contract that may cancel and hold up roots.
    /// @return Its address.
    function disputes() external view returns (address);

    /// @notice The account that may pause posting.
    /// @return Its address.
    function guardian() external view returns (address);
}
