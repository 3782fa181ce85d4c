// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {UpgradeableAfterExit} from "../access/UpgradeableAfterExit.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IContributionReview} from "../interfaces/IContributionReview.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {IStakePools} from "../interfaces/IStakePools.sol";
import {Mask} from "./Mask.sol";

/// @title ContributionReview
/// @notice See {IContributionReview}. Holds no money: fees stay with the registry until it pays them out.
contract ContributionReview is IContributionReview, UpgradeableAfterExit {
    struct Ballot {
        address validator;
        bool revealed;
        /// The commitment, then the mask.
        uint256 vote;
    }

    /// @custom:storage-location erc7201:openledger.storage.ContributionReview
    struct Reviews {
        Policy policy;
        mapping(uint256 submissionId => Round) rounds;
        mapping(uint256 submissionId => mapping(uint32 round => Ballot[])) ballots;
    }

    uint64 public constant MIN_PERIOD = 10 seconds;
    uint64 public constant MAX_PERIOD = 3 days;
    uint64 public constant MIN_TIMEOUT = 1 hours;
    /// @notice With a round that begins just before it, part of the way out that `EXIT_DELAY` allows for.
    uint64 public constant MAX_TIMEOUT = 10 days;
    uint16 public constant MAX_SLASH_BPS = 1000;
    uint256 public constant MAX_BALLOTS = Mask.MAX_VOTES;

    /// @dev keccak256(abi.encode(uint256(keccak256("openledger.storage.ContributionReview")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant REVIEWS_SLOT = 0xd7bd2756bbfd905bce4184401c447b642064cedb7f139b534fe58ef7085e7600;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IContributionRegistry public immutable contributions;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IDatanetRegistry public immutable datanets;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IStakeManager public immutable stakes;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IContributionRegistry contributions_, IDatanetRegistry datanets_, IStakeManager stakes_) {
        contributions = contributions_;
        datanets = datanets_;
        stakes = stakes_;
        _disableInitializers();
    }

    function initialize(address owner, Policy calldata policy_) external initializer {
        __Ownable_init(owner);
        _setPolicy(policy_);
    }

    /// @inheritdoc IContributionReview
    function commit(uint256 submissionId, bytes32 commitment) external {
        if (commitment == 0) revert ReviewEmptyCommitment();
        IContributionRegistry.Submission memory submission = contributions.submissionOf(submissionId);
        if (submission.resolved) revert ReviewAlreadyResolved(submissionId);
        _checkVoter(submissionId, submission);

        Round storage round = _reviews().rounds[submissionId];
        if (round.revealsFrom == 0) _open(submissionId, submission, round);
        if (block.timestamp >= round.revealsFrom) revert ReviewCommitsClosed(submissionId, round.revealsFrom);
        Ballot[] storage ballots = _reviews().ballots[submissionId][round.number];
        (, bool found) = _find(ballots, msg.sender);
        if (found) revert ReviewAlreadyCommitted(submissionId, msg.sender);
        if (ballots.length >= MAX_BALLOTS) revert ReviewRoundFull(submissionId);

        ballots.push(Ballot(msg.sender, false, uint256(commitment)));
        ++round.committed;
        emit Committed(submissionId, round.number, msg.sender, commitment);
    }

    /// @inheritdoc IContributionReview
    function reveal(uint256 submissionId, uint256 approvedMask, bytes32 salt) external {
        Round storage round = _reviews().rounds[submissionId];
        if (block.timestamp < round.revealsFrom || block.timestamp >= round.endsAt)
            revert ReviewRevealsClosed(submissionId, round.revealsFrom, round.endsAt);
        Ballot[] storage ballots = _reviews().ballots[submissionId][round.number];
        (uint256 i, bool found) = _find(ballots, msg.sender);
        if (!found) revert ReviewNotCommitted(submissionId, msg.sender);
        if (ballots[i].revealed) revert ReviewAlreadyRevealed(submissionId, msg.sender);
        if (ballots[i].vote != uint256(keccak256(abi.encode(submissionId, msg.sender, approvedMask, salt))))
            revert ReviewWrongReveal(submissionId, msg.sender);
        uint256 size = contributions.submissionOf(submissionId).size;
        if (approvedMask & ~Mask.full(size) != 0) revert ReviewInvalidMask(approvedMask, size);

        ballots[i].revealed = true;
        ballots[i].vote = approvedMask;
        ++round.revealed;
        emit Revealed(submissionId, round.number, msg.sender, approvedMask);
    }

    /// @inheritdoc IContributionReview
    function resolve(uint256 submissionId) external {
        Round memory round = _reviews().rounds[submissionId];
        if (round.endsAt == 0 || block.timestamp < round.endsAt) revert ReviewNotEnded(submissionId, round.endsAt);
        _reviews().rounds[submissionId] = Round(round.number, 0, 0, 0, 0, 0);

        (address[] memory reviewers, uint256[] memory votes, address[] memory absent) = _tally(
            _reviews().ballots[submissionId][round.number],
            round.revealed
        );
        if (round.revealed < round.votesNeeded) {
            emit RoundVoided(submissionId, round.number, round.revealed, round.votesNeeded);
        } else {
            IContributionRegistry.Submission memory submission = contributions.submissionOf(submissionId);
            uint256 full = Mask.full(submission.size);
            uint256 acceptedMask = Mask.majority(votes) & full;
            emit ReviewResolved(submissionId, round.number, acceptedMask);
            // From here on `votes` holds what each reviewer is paid.
            for (uint256 i = 0; i < votes.length; ++i) {
                uint256 agreed = Mask.count(~(votes[i] ^ acceptedMask) & full);
                votes[i] = (submission.reviewFee * agreed) / votes.length;
            }
            contributions.resolve(submissionId, acceptedMask, reviewers, votes);
        }
        for (uint256 i = 0; i < absent.length; ++i) {
            stakes.slash(IStakePools.Role.Validator, absent[i], _reviews().policy.noRevealSlashBps, address(0));
        }
    }

    /// @inheritdoc IContributionReview
    function expire(uint256 submissionId) external {
        IContributionRegistry.Submission memory submission = contributions.submissionOf(submissionId);
        uint256 from = uint256(submission.submittedAt) + _reviews().policy.reviewTimeout;
        if (block.timestamp < from || _reviews().rounds[submissionId].endsAt != 0)
            revert ReviewNotExpired(submissionId, from);
        emit ReviewExpired(submissionId);
        contributions.resolve(submissionId, 0, new address[](0), new uint256[](0));
    }

    /// @inheritdoc IContributionReview
    function setPolicy(Policy calldata policy_) external afterExit {
        _setPolicy(policy_);
    }

    /// @inheritdoc IContributionReview
    function policy() external view returns (Policy memory) {
        return _reviews().policy;
    }

    /// @inheritdoc IContributionReview
    function roundOf(uint256 submissionId) external view returns (Round memory) {
        return _reviews().rounds[submissionId];
    }

    function _open(
        uint256 submissionId,
        IContributionRegistry.Submission memory submission,
        Round storage round
    ) private {
        uint256 timeout = uint256(submission.submittedAt) + _reviews().policy.reviewTimeout;
        if (block.timestamp >= timeout) revert ReviewTimedOut(submissionId, timeout);
        ++round.number;
        round.revealsFrom = uint64(block.timestamp) + _reviews().policy.commitPeriod;
        round.endsAt = round.revealsFrom + _reviews().policy.revealPeriod;
        round.votesNeeded = datanets.termsOf(submission.datanetId).votesNeeded;
        emit RoundOpened(submissionId, round.number, round.revealsFrom, round.endsAt);
    }

    /// @dev Who revealed, with what mask, and who did not.
    function _tally(
        Ballot[] storage ballots,
        uint256 revealed
    ) private view returns (address[] memory reviewers, uint256[] memory votes, address[] memory absent) {
        reviewers = new address[](revealed);
        votes = new uint256[](revealed);
        absent = new address[](ballots.length - revealed);
        uint256 r = 0;
        uint256 a = 0;
        for (uint256 i = 0; i < ballots.length; ++i) {
            Ballot memory ballot = ballots[i];
            if (ballot.revealed) {
                reviewers[r] = ballot.validator;
                votes[r++] = ballot.vote;
            } else {
                absent[a++] = ballot.validator;
            }
        }
    }

    function _checkVoter(uint256 submissionId, IContributionRegistry.Submission memory submission) private view {
        if (msg.sender == submission.contributor || msg.sender == submission.sponsor)
            revert ReviewConflictOfInterest(submissionId, msg.sender);
        if (!datanets.isValidator(submission.datanetId, msg.sender))
            revert ReviewNotValidator(submission.datanetId, msg.sender);
        uint256 stake = stakes.stakeOf(IStakePools.Role.Validator, msg.sender);
        if (stake < _reviews().policy.minValidatorStake)
            revert ReviewStakeTooLow(msg.sender, stake, _reviews().policy.minValidatorStake);
    }

    /// @dev A scan of at most MAX_BALLOTS beats an index that costs a word for every ballot.
    function _find(Ballot[] storage ballots, address validator) private view returns (uint256 i, bool found) {
        uint256 length = ballots.length;
        for (; i < length; ++i) {
            if (ballots[i].validator == validator) return (i, true);
        }
    }

    function _setPolicy(Policy calldata policy_) private {
        _checkBounds(0, policy_.commitPeriod, MIN_PERIOD, MAX_PERIOD);
        _checkBounds(1, policy_.revealPeriod, MIN_PERIOD, MAX_PERIOD);
        _checkBounds(2, policy_.reviewTimeout, MIN_TIMEOUT, MAX_TIMEOUT);
        _checkBounds(3, policy_.noRevealSlashBps, 1, MAX_SLASH_BPS);
        _checkBounds(4, policy_.minValidatorStake, 1, type(uint96).max);
        _reviews().policy = policy_;
        emit PolicySet(policy_);
    }

    function _checkBounds(uint256 field, uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert ReviewPolicyOutOfBounds(field, value, minimum, maximum);
    }

    function _reviews() private pure returns (Reviews storage reviews) {
        assembly ("memory-safe") {
            reviews.slot := REVIEWS_SLOT
        }
    }
}
