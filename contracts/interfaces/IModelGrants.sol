// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IModelGrants
/// @notice Pays for the work on a model by milestones: the whole sum is put down once, each milestone that is reached streams its
/// part to the recipient, and what no milestone earned goes back.
///
/// Anybody may fund a grant. The treasury does by one proposal with two calls, `approve` and `create`.
///
/// Who decides that a milestone is reached:
/// - The chain, for every check but `Review`: anybody calls {reach}. Only versions published and revenue that arose after the grant
///   count. Whoever controls the review of a Datanet can raise `Contributions`; whoever pays itself can raise `Revenue` and gets at
///   most the owner's and the contributors' parts back. Set thresholds whose cost is above the amount.
/// - Silence, for `Review`: the recipient submits the hash of its evidence, the reviewer may reject within the review period, and
///   after it anybody calls {reach}.
/// The funder may stop a grant at any time: what was streamed stays the recipient's.
interface IModelGrants {
    enum Check {
        Review,
        VersionActivated,
        CertifiedQuality,
        Contributions,
        Revenue
    }

    struct Terms {
        address recipient;
        /// The model whose progress the checks read.
        uint256 modelId;
        /// May reject evidence; the zero address: nobody may.
        address reviewer;
        /// Seconds in which evidence may be rejected.
        uint32 reviewPeriod;
        /// Unix time after which anybody may send the part of milestones that were not reached back to the funder.
        uint64 deadline;
    }

    struct Milestone {
        Check check;
        /// OPEN wei.
        uint96 amount;
        /// Seconds over which the amount is streamed, from the moment at which the milestone is reached.
        uint32 duration;
        /// CertifiedQuality: basis points; Contributions: of the version's index; Revenue: OPEN wei of contributors' pools; else 0.
        uint96 threshold;
    }

    struct Grant {
        address funder;
        Terms terms;
        /// Milestones are reached in order: the first that is not.
        uint16 next;
        /// Milestones that still count: fewer than were created once the grant lapsed.
        uint16 count;
        uint64 createdEpoch;
        /// Versions published before the grant do not count.
        uint256 versionsBefore;
        /// When evidence for the next milestone was submitted; 0: none is.
        uint64 submittedAt;
        /// When the funder stopped the grant; 0: it did not.
        uint64 stoppedAt;
        /// OPEN wei paid to the recipient.
        uint256 withdrawn;
    }

    /// @notice A funder put the sum of all milestones down.
    /// @param grantId The grant.
    /// @param funder Who paid, and may stop it.
    /// @param terms As created.
    /// @param milestones In the order in which they are reached.
    /// @param uri What the grant is for.
    event GrantCreated(
        uint256 indexed grantId,
        address indexed funder,
        Terms terms,
        Milestone[] milestones,
        string uri
    );
    /// @notice Evidence is under review.
    /// @param grantId The grant.
    /// @param milestone Its position.
    /// @param evidence Hash of the document that shows it.
    event EvidenceSubmitted(uint256 indexed grantId, uint16 indexed milestone, bytes32 evidence);
    /// @notice The reviewer rejected the evidence.
    /// @param grantId The grant.
    /// @param milestone Its position.
    /// @param reason Why.
    event EvidenceRejected(uint256 indexed grantId, uint16 indexed milestone, string reason);
    /// @notice A milestone streams from now on.
    /// @param grantId The grant.
    /// @param milestone Its position.
    event MilestoneReached(uint256 indexed grantId, uint16 indexed milestone);
    /// @notice What was streamed was paid out.
    /// @param grantId The grant.
    /// @param recipient Who got it.
    /// @param amount OPEN wei.
    event GrantPaid(uint256 indexed grantId, address indexed recipient, uint256 amount);
    /// @notice What was not reached in time went back.
    /// @param grantId The grant.
    /// @param returned OPEN wei.
    event GrantLapsed(uint256 indexed grantId, uint256 returned);
    /// @notice The funder stopped the grant.
    /// @param grantId The grant.
    /// @param returned OPEN wei.
    event GrantStopped(uint256 indexed grantId, uint256 returned);

    error GrantUnknown(uint256 grantId);
    error GrantInvalidTerms();
    /// @notice 1 to `MAX_MILESTONES`.
    error GrantInvalidMilestones(uint256 count);
    /// @notice Amount and duration are positive, and a threshold is there exactly where the check has one.
    error GrantInvalidMilestone(uint256 milestone);
    error GrantUnauthorized(address caller);
    /// @notice Every milestone was reached, lapsed, or the funder stopped the grant.
    error GrantOver(uint256 grantId);
    error GrantNotOver(uint256 grantId, uint64 deadline);
    error GrantUnderReview(uint256 grantId, uint256 until);
    error GrantNothingSubmitted(uint256 grantId);
    /// @notice The check is of another kind than the call.
    error GrantOtherCheck(Check check);
    /// @notice The proof names no version, or epoch, that counts.
    error GrantProofDoesNotCount(uint256 value);
    error GrantBelowThreshold(uint256 value, uint256 threshold);

    /// @notice Takes the sum of all milestones from the caller, who becomes the funder.
    /// @param terms Recipient, model, reviewer and deadline.
    /// @param milestones 1 to `MAX_MILESTONES`, in the order in which they have to be reached.
    /// @param uri What the grant is for, and what counts as evidence.
    /// @return grantId Ascending from 1.
    function create(
        Terms calldata terms,
        Milestone[] calldata milestones,
        string calldata uri
    ) external returns (uint256 grantId);

    /// @notice Submits evidence for the next milestone, a `Review`. Only the recipient, before the deadline.
    /// @param grantId The grant.
    /// @param evidence Hash of the document that shows it.
    function submit(uint256 grantId, bytes32 evidence) external;

    /// @notice Rejects the evidence under review; the recipient may submit again. Only the reviewer, within the review period.
    /// @param grantId The grant.
    /// @param reason Shown to everybody.
    function reject(uint256 grantId, string calldata reason) external;

    /// @notice Starts the stream of the next milestone. Anybody, once its check holds.
    /// @param grantId The grant.
    /// @param proof Review: empty; Revenue: finished epochs after the grant, ascending; every other: the version that reached it.
    function reach(uint256 grantId, uint256[] calldata proof) external;

    /// @notice Pays the recipient what was streamed. Anybody.
    /// @param grantId The grant.
    /// @return amount OPEN wei.
    function withdraw(uint256 grantId) external returns (uint256 amount);

    /// @notice After the deadline: sends what was not reached back to the funder. Streams go on. Anybody.
    /// @param grantId The grant.
    /// @return returned OPEN wei.
    function lapse(uint256 grantId) external returns (uint256 returned);

    /// @notice Ends every stream and takes the rest back. Only the funder.
    /// @param grantId The grant.
    /// @return returned OPEN wei.
    function stop(uint256 grantId) external returns (uint256 returned);

    /// @notice State of a grant.
    /// @param grantId The grant.
    /// @return grant Its terms and how far it is.
    function grantOf(uint256 grantId) external view returns (Grant memory grant);

    /// @notice A milestone of a grant.
    /// @param grantId The grant.
    /// @param index Its position.
    /// @return milestone As created.
    /// @return reachedAt Unix time; 0: not reached.
    function milestoneOf(
        uint256 grantId,
        uint256 index
    ) external view returns (Milestone memory milestone, uint64 reachedAt);

    /// @notice OPEN wei streamed until now, withdrawn or not.
    /// @param grantId The grant.
    /// @return amount OPEN wei.
    function streamed(uint256 grantId) external view returns (uint256 amount);

    /// @notice Grants created so far.
    function grantCount() external view returns (uint256);

    /// @notice Most milestones of a grant.
    function MAX_MILESTONES() external view returns (uint256);
}
