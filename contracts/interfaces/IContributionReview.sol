// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

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

    /// @notice What governance decides about reviews.
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

    /// @notice The first commitment of a round came in.
    /// @param submissionId The submission.
    /// @param round Number of the round, from 1.
    /// @param revealsFrom First second in which ballots are opened.
    /// @param endsAt First second in which the round can be resolved.
    event RoundOpened(uint256 indexed submissionId, uint32 indexed round, uint64 revealsFrom, uint64 endsAt);
    /// @notice A validator committed a ballot.
    /// @param submissionId The submission.
    /// @param round Number of the round, from 1.
    /// @param validator The validator.
    /// @param commitment keccak256(abi.encode(submissionId, validator, approvedMask, salt))
    event Committed(uint256 indexed submissionId, uint32 indexed round, address indexed validator, bytes32 commitment);
    /// @notice A validator opened its ballot.
    /// @param submissionId The submission.
    /// @param round Number of the round, from 1.
    /// @param validator The validator.
    /// @param approvedMask Bit i approves part i.
    event Revealed(uint256 indexed submissionId, uint32 indexed round, address indexed validator, uint256 approvedMask);
    /// @notice A round decided the submission.
    /// @param submissionId The submission.
    /// @param round Number of the round, from 1.
    /// @param acceptedMask Bit i: part i was accepted.
    event ReviewResolved(uint256 indexed submissionId, uint32 indexed round, uint256 acceptedMask);
    /// @notice Too few reveals: the next commitment opens another round.
    /// @param submissionId The submission.
    /// @param round Number of the void round.
    /// @param revealed Ballots that were opened.
    /// @param votesNeeded Ballots that the Datanet demands.
    event RoundVoided(uint256 indexed submissionId, uint32 indexed round, uint256 revealed, uint256 votesNeeded);
    /// @notice No validator decided in time: rejected, everything is refunded.
    /// @param submissionId The submission.
    event ReviewExpired(uint256 indexed submissionId);
    /// @notice The policy of later rounds changed.
    /// @param policy The policy.
    event PolicySet(Policy policy);

    /// @notice `value` of the field at `field` in {Policy} lies outside `minimum … maximum`.
    /// @param field Position of the field in the struct, from 0.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error ReviewPolicyOutOfBounds(uint256 field, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice The submission was decided before.
    /// @param submissionId The submission.
    error ReviewAlreadyResolved(uint256 submissionId);
    /// @notice The Datanet does not list the caller as validator.
    /// @param datanetId The Datanet.
    /// @param account Who tried.
    error ReviewNotValidator(uint256 datanetId, address account);
    /// @notice The validator has less than `minValidatorStake` staked.
    /// @param validator The validator.
    /// @param stake OPEN wei that it has.
    /// @param minimum OPEN wei that it needs.
    error ReviewStakeTooLow(address validator, uint256 stake, uint256 minimum);
    /// @notice Contributor and sponsor have an interest in the outcome.
    /// @param submissionId The submission.
    /// @param account Who tried.
    error ReviewConflictOfInterest(uint256 submissionId, address account);
    /// @notice No further round may be opened; {expire} the submission.
    /// @param submissionId The submission.
    /// @param since End of the time for opening rounds.
    error ReviewTimedOut(uint256 submissionId, uint256 since);
    /// @notice A commitment is not zero.
    error ReviewEmptyCommitment();
    /// @notice One ballot for each validator and round.
    /// @param submissionId The submission.
    /// @param validator The validator.
    error ReviewAlreadyCommitted(uint256 submissionId, address validator);
    /// @notice At most 31 ballots in a round.
    /// @param submissionId The submission.
    error ReviewRoundFull(uint256 submissionId);
    /// @notice Commitments were taken until `until`.
    /// @param submissionId The submission.
    /// @param until When they closed.
    error ReviewCommitsClosed(uint256 submissionId, uint256 until);
    /// @notice Reveals are taken from `from` and before `until` (both 0: no round is open).
    /// @param submissionId The submission.
    /// @param from First second.
    /// @param until First second after the reveal phase.
    error ReviewRevealsClosed(uint256 submissionId, uint256 from, uint256 until);
    /// @notice The validator has no ballot in this round.
    /// @param submissionId The submission.
    /// @param validator The validator.
    error ReviewNotCommitted(uint256 submissionId, address validator);
    /// @notice The ballot was opened before.
    /// @param submissionId The submission.
    /// @param validator The validator.
    error ReviewAlreadyRevealed(uint256 submissionId, address validator);
    /// @notice Mask and salt are not those of the commitment.
    /// @param submissionId The submission.
    /// @param validator The validator.
    error ReviewWrongReveal(uint256 submissionId, address validator);
    /// @notice The mask has a bit beyond the parts of the submission.
    /// @param approvedMask Bit i approves part i.
    /// @param parts Parts of the submission.
    error ReviewInvalidMask(uint256 approvedMask, uint256 parts);
    /// @notice The round can be resolved from `from` on (0: no round is open).
    /// @param submissionId The submission.
    /// @param from First second.
    error ReviewNotEnded(uint256 submissionId, uint256 from);
    /// @notice The submission can expire from `from` on, while no round is open.
    /// @param submissionId The submission.
    /// @param from First second.
    error ReviewNotExpired(uint256 submissionId, uint256 from);

    /// @notice Commits a ballot; opens a round when none is open. The caller must be listed by the Datanet, have
    /// `minValidatorStake` staked as validator, and be neither contributor nor sponsor.
    /// @dev Warning: whoever loses the salt cannot reveal and is slashed. Use a random salt: a mask is easily guessed.
    /// @param submissionId The submission.
    /// @param commitment keccak256(abi.encode(submissionId, validator, approvedMask, salt))
    function commit(uint256 submissionId, bytes32 commitment) external;

    /// @notice Opens the caller's ballot.
    /// @param submissionId The submission.
    /// @param approvedMask Bit i approves part i.
    /// @param salt The salt of the commitment.
    function reveal(uint256 submissionId, uint256 approvedMask, bytes32 salt) external;

    /// @notice Ends a round: decides the submission, or voids the round when too few ballots were revealed, and slashes
    /// validators that did not reveal. Anyone may call.
    /// @dev A revealer is paid `reviewFee · a / revealers`, rounded down, with a = number of parts on which it agrees with
    /// the outcome; the rest of the fee returns to the payer. A tie rejects.
    /// @param submissionId The submission.
    function resolve(uint256 submissionId) external;

    /// @notice Rejects a submission that nobody decided within `reviewTimeout`; everything is refunded. Anyone may call.
    /// @param submissionId The submission.
    function expire(uint256 submissionId) external;

    /// @notice Sets the policy; open rounds keep their times. Owner only, after the exit delay.
    /// @param policy The policy.
    function setPolicy(Policy calldata policy) external;

    /// @notice The policy in force.
    /// @return The policy.
    function policy() external view returns (Policy memory);

    /// @notice State of a submission's review.
    /// @param submissionId The submission.
    /// @return The state; all zero before the first round.
    function roundOf(uint256 submissionId) external view returns (Round memory);
}
