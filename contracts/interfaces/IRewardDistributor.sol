// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IStakeManager} from "./IStakeManager.sol";

/// @title IRewardDistributor
/// @notice Holds the contributors' part of all revenue and pays it by score roots: posted with a quorum's signatures,
/// final once their challenge window has passed undisputed, claimed cumulatively with one Merkle proof.
/// @dev Immutable. Its owner (the timelock) sets parameters within bounds and can neither move OPEN nor stop claims.
interface IRewardDistributor {
    /// @notice What the operators sign, as EIP-712 type `ScoreRoot` of this contract.
    struct ScoreRoot {
        /// The epoch after the last finalised one.
        uint64 firstEpoch;
        uint64 lastEpoch;
        /// rootHash of the last finalised root; 0 for the first.
        bytes32 previousRoot;
        /// StandardMerkleTree of (account, cumulative, entriesRoot).
        bytes32 payoutsRoot;
        /// Sum of all cumulative amounts: exactly what was funded through `lastEpoch`.
        uint256 payoutsTotal;
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
    struct FinalisedRoot {
        bytes32 rootHash;
        bytes32 payoutsRoot;
        uint64 lastEpoch;
        uint256 payoutsTotal;
    }

    /// @notice A leaf of the payouts tree.
    struct Payout {
        address account;
        /// OPEN wei that the account has earned in all.
        uint256 cumulative;
        /// Root of what it is made of.
        bytes32 entriesRoot;
    }

    event Funded(uint256 indexed modelId, uint64 indexed epoch, uint256 amount);
    /// @notice Who signed is in {pendingRoot}.
    event RootPosted(bytes32 indexed rootHash, ScoreRoot root);
    event RootFinalised(bytes32 indexed rootHash, bytes32 payoutsRoot, uint64 lastEpoch, uint256 payoutsTotal);
    event RootCancelled(bytes32 indexed rootHash);
    /// @notice `amount` of the account's rewards went to `recipient`.
    event Claimed(address indexed account, address indexed recipient, uint256 amount);
    /// @notice As many claims as words, each `uint160 account << 96 | uint96 amount`, paid to the accounts' recipients.
    event Distributed(uint256[] payments);
    event RecipientSet(address indexed account, address indexed recipient);
    event PostsPaused(uint256 until);
    event QuorumSet(uint256 commitment);
    event ChallengeWindowSet(uint64 duration);
    event FunderSet(address indexed funder, bool allowed);
    event DisputesSet(address indexed disputes);
    event GuardianSet(address indexed guardian);

    error DistributorUnauthorized(address caller);
    error DistributorInvalidAddress();
    /// @dev `value` lies outside `minimum … maximum`.
    error DistributorOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @dev Posting resumes at `until`.
    error DistributorPaused(uint256 until);
    error DistributorRootPending(bytes32 rootHash);
    /// @dev No root is pending, or another one.
    error DistributorRootNotPending(bytes32 rootHash);
    /// @dev The challenge window ends at `notBefore`.
    error DistributorWindowOpen(uint256 notBefore);
    /// @dev A demand about the root is open.
    error DistributorRootHeld(bytes32 rootHash);
    error DistributorWrongPreviousRoot(bytes32 given, bytes32 expected);
    /// @dev The first epoch is not the one after the last finalised one, or there are not 1 … MAX_EPOCHS of them.
    error DistributorWrongEpochs(uint64 firstEpoch, uint64 lastEpoch, uint64 expectedFirst);
    error DistributorEpochNotClosed(uint64 epoch);
    error DistributorEmptyRoot();
    error DistributorWrongTotal(uint256 given, uint256 expected);
    error DistributorInvalidProof();
    /// @dev All that the leaf grants has been claimed.
    error DistributorNothingToClaim(address account);
    error DistributorSignatureExpired(uint256 deadline);
    error DistributorInvalidSignature(address account);

    // ---------------------------------------------------------------- funding

    /// @notice Adds `amount` to the pool of a model in the current epoch. Funders only; pulled from the caller
    /// (needs an allowance).
    function fund(uint256 modelId, uint256 amount) external;

    // ---------------------------------------------------------------- roots

    /// @notice Posts a root and starts its challenge window. Anyone may call with a quorum's signatures over
    /// {scoreRootDigest} under the latest snapshot.
    function post(ScoreRoot calldata root, IStakeManager.QuorumProof calldata proof) external;

    /// @notice Makes the pending root the one that claims read. Anyone may call once its window is over and no demand
    /// about it is open.
    /// @param root The pending root, as posted: only its hash is stored.
    /// @dev A demand can hold a root up for at most `MAX_HOLD` after its window.
    function finalise(ScoreRoot calldata root) external;

    /// @notice Forgets the pending root. Disputes only.
    function cancel(bytes32 rootHash) external;

    // ---------------------------------------------------------------- claims

    /// @notice Pays what an account has earned and not yet claimed to its recipient. Anyone may call for anyone.
    /// @param cumulative OPEN wei, as in the account's leaf.
    /// @return amount OPEN wei paid.
    function claim(
        address account,
        uint256 cumulative,
        bytes32 entriesRoot,
        bytes32[] calldata proof
    ) external returns (uint256 amount);

    /// @notice As {claim}, paid to a recipient that the account names by an EIP-712 `Claim` signature (or ERC-1271).
    /// @param deadline Last second in which the signature counts.
    /// @dev Each signature serves once: afterwards its `cumulative` is claimed. Warning: a {claim} by anyone that comes
    /// first pays to the account's own recipient.
    function claimWithSignature(
        Payout calldata payout,
        bytes32[] calldata proof,
        address recipient,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 amount);

    /// @notice Claims a run: neighbouring leaves on one level of the payouts tree, with one proof (docs/protocol.md §2).
    /// @param node Heap number of the first leaf.
    /// @param payouts The leaves in order; those with nothing to claim are skipped, and a payment that fails is left to be
    /// claimed.
    /// @param proof The siblings that folding the run needs.
    /// @return amount OPEN wei paid in all.
    function claimBatch(
        uint256 node,
        Payout[] calldata payouts,
        bytes32[] calldata proof
    ) external returns (uint256 amount);

    /// @notice Pays out a perfect subtree of the payouts tree, as {claimBatch} does a run, with a cheaper proof.
    /// @param payouts Its 2^j leaves in order.
    /// @param proof The siblings above it.
    /// @return amount OPEN wei paid in all.
    function distribute(Payout[] calldata payouts, bytes32[] calldata proof) external returns (uint256 amount);

    /// @notice Sends the caller's rewards to `recipient` from now on; 0 for the caller itself.
    function setRecipient(address recipient) external;

    // ---------------------------------------------------------------- governance

    /// @notice Records the commitment of the latest quorum snapshot, 0 if revoked. StakeManager only.
    function setQuorum(uint256 commitment) external;

    /// @notice Stops new roots for `duration` seconds, 0 to resume. Guardian only; the owner can resume. At most
    /// `MAX_PAUSE`.
    function pausePosts(uint64 duration) external;

    /// @notice Owner only, while no root is pending.
    /// @param duration Seconds, within `minChallengeWindow … MAX_CHALLENGE_WINDOW`.
    function setChallengeWindow(uint64 duration) external;

    /// @notice Allows a contract to fund pools, or forbids it. Owner only.
    function setFunder(address funder, bool allowed) external;

    /// @notice Replaces the contract that may cancel and hold up roots. Owner only.
    /// @dev Warning: whoever controls this address can void every root before it is final, and none after.
    function setDisputes(address disputes) external;

    /// @notice Replaces the account that may pause posting. Owner only.
    function setGuardian(address guardian) external;

    // ---------------------------------------------------------------- views

    /// @notice OPEN wei that a model's contributors share for an epoch.
    function poolOf(uint256 modelId, uint64 epoch) external view returns (uint256 amount);

    /// @notice OPEN wei funded in an epoch, over all models.
    function fundedIn(uint64 epoch) external view returns (uint256 amount);

    /// @notice OPEN wei that an account has claimed.
    function claimedBy(address account) external view returns (uint256 amount);

    /// @notice Who gets the rewards of an account.
    function recipientOf(address account) external view returns (address recipient);

    function pendingRoot() external view returns (PendingRoot memory pending);

    function finalisedRoot() external view returns (FinalisedRoot memory finalised);

    /// @notice The EIP-712 digest that operators sign.
    function scoreRootDigest(ScoreRoot calldata root) external view returns (bytes32 digest);

    /// @notice Commitment of the latest quorum snapshot: see {QuorumVerifier}.
    function quorum() external view returns (uint256 commitment);

    /// @notice Seconds in which a posted root can be disputed.
    function challengeWindow() external view returns (uint64 duration);

    /// @notice Until when posting is paused.
    function pausedUntil() external view returns (uint256 timestamp);

    /// @notice Whether a contract may fund pools: the market with revenue, the harm charges with bonds.
    function isFunder(address account) external view returns (bool);

    function disputes() external view returns (address);

    function guardian() external view returns (address);
}
