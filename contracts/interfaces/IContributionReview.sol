// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title IContributionReview
/// @notice Staked validators decide on submissions: they commit to a mask of the parts they approve, then reveal it. A
/// part is accepted when more than half of the revealed masks approve it.
/// @dev The first commitment opens a round. Commitments are taken for `commitPeriod` seconds, then masks are revealed for
/// `revealPeriod` seconds, then anyone may {resolve}. With fewer reveals than the Datanet demands, the round is void and
/// the next commitment opens another. Who committed and did not reveal is slashed either way.
interface IContributionReview {
    /// @notice State of a submission's review.
    struct Round {
        /// Counts from 1; 0: none has been opened.
        uint32 number;
        /// First second of the reveal phase; 0: no round is open.
        uint64 revealsFrom;
        /// First second after the reveal phase.
        uint64 endsAt;
        /// Reveals without which the round is void, as the Datanet demanded when the round was opened.
        uint8 votesNeeded;
        /// Ballots that were committed.
        uint8 committed;
        /// Ballots that were revealed.
        uint8 revealed;
    }

    struct Policy {
        /// Seconds for commitments, `MIN_PERIOD … MAX_PERIOD`.
        uint64 commitPeriod;
        /// Seconds for reveals, `MIN_PERIOD … MAX_PERIOD`.
        uint64 revealPeriod;
        /// Seconds after the submission in which rounds may be opened, `MIN_TIMEOUT … MAX_TIMEOUT`.
        uint64 reviewTimeout;
        /// Share of the stake that a validator loses for a ballot it does not reveal, at most `MAX_SLASH_BPS`.
        uint16 noRevealSlashBps;
        /// OPEN wei that a validator must have staked, at least 1.
        uint96 minValidatorStake;
    }

    event RoundOpened(uint256 indexed submissionId, uint32 indexed round, uint64 revealsFrom, uint64 endsAt);
    event Committed(uint256 indexed submissionId, uint32 indexed round, address indexed validator, bytes32 commitment);
    event Revealed(uint256 indexed submissionId, uint32 indexed round, address indexed validator, uint256 approvedMask);
    event ReviewResolved(uint256 indexed submissionId, uint32 indexed round, uint256 acceptedMask);
    /// @notice Too few reveals: the next commitment opens another round.
    event RoundVoided(uint256 indexed submissionId, uint32 indexed round, uint256 revealed, uint256 votesNeeded);
    /// @notice No validator decided in time: rejected, everything is refunded.
    event ReviewExpired(uint256 indexed submissionId);
    event PolicySet(Policy policy);

    /// @dev `value` of the field at `field` in {Policy} lies outside `minimum … maximum`.
    error ReviewPolicyOutOfBounds(uint256 field, uint256 value, uint256 minimum, uint256 maximum);
    error ReviewAlreadyResolved(uint256 submissionId);
    /// @dev The Datanet does not list the caller as validator.
    error ReviewNotValidator(uint256 datanetId, address account);
    error ReviewStakeTooLow(address validator, uint256 stake, uint256 minimum);
    /// @dev Contributor and sponsor have an interest in the outcome.
    error ReviewConflictOfInterest(uint256 submissionId, address account);
    /// @dev No further round may be opened; {expire} the submission.
    error ReviewTimedOut(uint256 submissionId, uint256 since);
    error ReviewEmptyCommitment();
    error ReviewAlreadyCommitted(uint256 submissionId, address validator);
    /// @dev At most 31 ballots in a round.
    error ReviewRoundFull(uint256 submissionId);
    /// @dev Commitments were taken until `until`.
    error ReviewCommitsClosed(uint256 submissionId, uint256 until);
    /// @dev Reveals are taken from `from` and before `until` (both 0: no round is open).
    error ReviewRevealsClosed(uint256 submissionId, uint256 from, uint256 until);
    error ReviewNotCommitted(uint256 submissionId, address validator);
    error ReviewAlreadyRevealed(uint256 submissionId, address validator);
    /// @dev Mask and salt are not those of the commitment.
    error ReviewWrongReveal(uint256 submissionId, address validator);
    /// @dev The mask has a bit beyond the parts of the submission.
    error ReviewInvalidMask(uint256 approvedMask, uint256 parts);
    /// @dev The round can be resolved from `from` on (0: no round is open).
    error ReviewNotEnded(uint256 submissionId, uint256 from);
    /// @dev The submission can expire from `from` on, while no round is open.
    error ReviewNotExpired(uint256 submissionId, uint256 from);

    /// @notice Commits a ballot; opens a round when none is open. The caller must be listed by the Datanet, have
    /// `minValidatorStake` staked as validator, and be neither contributor nor sponsor.
    /// @dev Warning: whoever loses the salt cannot reveal and is slashed. Use a random salt: a mask is easily guessed.
    /// @param commitment keccak256(abi.encode(submissionId, validator, approvedMask, salt))
    function commit(uint256 submissionId, bytes32 commitment) external;

    /// @notice Opens the caller's ballot.
    /// @param approvedMask Bit i approves part i.
    function reveal(uint256 submissionId, uint256 approvedMask, bytes32 salt) external;

    /// @notice Ends a round: decides the submission, or voids the round when too few ballots were revealed, and slashes
    /// validators that did not reveal. Anyone may call.
    /// @dev A revealer is paid `reviewFee · a / revealers`, rounded down, with a = number of parts on which it agrees with
    /// the outcome; the rest of the fee returns to the payer. A tie rejects.
    function resolve(uint256 submissionId) external;

    /// @notice Rejects a submission that nobody decided within `reviewTimeout`; everything is refunded. Anyone may call.
    function expire(uint256 submissionId) external;

    /// @notice Sets the policy; open rounds keep their times. Owner only.
    function setPolicy(Policy calldata policy) external;

    /// @notice The policy in force.
    function policy() external view returns (Policy memory);

    /// @notice State of a submission's review.
    function roundOf(uint256 submissionId) external view returns (Round memory);
}
