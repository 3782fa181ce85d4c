// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IContributionReview} from "../interfaces/IContributionReview.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {Mask} from "./Mask.sol";

/// @title ContributionReview
/// @notice See {IContributionReview}. Holds no money: fees stay with the registry until it pays them out.
contract ContributionReview is IContributionReview, OwnableUpgradeable, UUPSUpgradeable {
    struct Ballot {
        address validator;
        bool revealed;
        /// The commitment, then the mask.
        uint256 vote;
    }

    uint64 public constant MIN_PERIOD = 10 seconds;
    uint64 public constant MAX_PERIOD = 7 days;
    uint64 public constant MIN_TIMEOUT = 1 hours;
    uint64 public constant MAX_TIMEOUT = 90 days;
    uint16 public constant MAX_SLASH_BPS = 1000;
    uint256 public constant MAX_BALLOTS = Mask.MAX_VOTES;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IContributionRegistry public immutable contributions;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IDatanetRegistry public immutable datanets;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IStakeManager public immutable stakes;

    Policy private _policy;
    mapping(uint256 submissionId => Round) private _rounds;
    mapping(uint256 submissionId => mapping(uint32 round => Ballot[])) private _ballots;

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
        require(commitment != 0, ReviewEmptyCommitment());
        IContributionRegistry.Submission memory submission = contributions.submissionOf(submissionId);
        require(!submission.resolved, ReviewAlreadyResolved(submissionId));
        _checkVoter(submissionId, submission);

        Round storage round = _rounds[submissionId];
        if (round.revealsFrom == 0) _open(submissionId, submission, round);
        require(block.timestamp < round.revealsFrom, ReviewCommitsClosed(submissionId, round.revealsFrom));
        Ballot[] storage ballots = _ballots[submissionId][round.number];
        (, bool found) = _find(ballots, msg.sender);
        require(!found, ReviewAlreadyCommitted(submissionId, msg.sender));
        require(ballots.length < MAX_BALLOTS, ReviewRoundFull(submissionId));

        ballots.push(Ballot(msg.sender, false, uint256(commitment)));
        ++round.committed;
        emit Committed(submissionId, round.number, msg.sender, commitment);
    }

    /// @inheritdoc IContributionReview
    function reveal(uint256 submissionId, uint256 approvedMask, bytes32 salt) external {
        Round storage round = _rounds[submissionId];
        require(
            block.timestamp >= round.revealsFrom && block.timestamp < round.endsAt,
            ReviewRevealsClosed(submissionId, round.revealsFrom, round.endsAt)
        );
        Ballot[] storage ballots = _ballots[submissionId][round.number];
        (uint256 i, bool found) = _find(ballots, msg.sender);
        require(found, ReviewNotCommitted(submissionId, msg.sender));
        require(!ballots[i].revealed, ReviewAlreadyRevealed(submissionId, msg.sender));
        require(
            ballots[i].vote == uint256(keccak256(abi.encode(submissionId, msg.sender, approvedMask, salt))),
            ReviewWrongReveal(submissionId, msg.sender)
        );
        uint256 size = contributions.submissionOf(submissionId).size;
        require(approvedMask & ~Mask.full(size) == 0, ReviewInvalidMask(approvedMask, size));

        ballots[i].revealed = true;
        ballots[i].vote = approvedMask;
        ++round.revealed;
        emit Revealed(submissionId, round.number, msg.sender, approvedMask);
    }

    /// @inheritdoc IContributionReview
    function resolve(uint256 submissionId) external {
        Round memory round = _rounds[submissionId];
        require(round.endsAt != 0 && block.timestamp >= round.endsAt, ReviewNotEnded(submissionId, round.endsAt));
        _rounds[submissionId] = Round(round.number, 0, 0, 0, 0, 0);

        (address[] memory reviewers, uint256[] memory votes, address[] memory absent) = _tally(
            _ballots[submissionId][round.number],
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
            stakes.slash(IStakeManager.Role.Validator, absent[i], _policy.noRevealSlashBps, address(0));
        }
    }

    /// @inheritdoc IContributionReview
    function expire(uint256 submissionId) external {
        IContributionRegistry.Submission memory submission = contributions.submissionOf(submissionId);
        uint256 from = uint256(submission.submittedAt) + _policy.reviewTimeout;
        require(block.timestamp >= from && _rounds[submissionId].endsAt == 0, ReviewNotExpired(submissionId, from));
        emit ReviewExpired(submissionId);
        contributions.resolve(submissionId, 0, new address[](0), new uint256[](0));
    }

    /// @inheritdoc IContributionReview
    function setPolicy(Policy calldata policy_) external onlyOwner {
        _setPolicy(policy_);
    }

    /// @inheritdoc IContributionReview
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IContributionReview
    function roundOf(uint256 submissionId) external view returns (Round memory) {
        return _rounds[submissionId];
    }

    function _open(
        uint256 submissionId,
        IContributionRegistry.Submission memory submission,
        Round storage round
    ) private {
        uint256 timeout = uint256(submission.submittedAt) + _policy.reviewTimeout;
        require(block.timestamp < timeout, ReviewTimedOut(submissionId, timeout));
        ++round.number;
        round.revealsFrom = uint64(block.timestamp) + _policy.commitPeriod;
        round.endsAt = round.revealsFrom + _policy.revealPeriod;
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
        require(
            msg.sender != submission.contributor && msg.sender != submission.sponsor,
            ReviewConflictOfInterest(submissionId, msg.sender)
        );
        require(
            datanets.isValidator(submission.datanetId, msg.sender),
            ReviewNotValidator(submission.datanetId, msg.sender)
        );
        uint256 stake = stakes.stakeOf(IStakeManager.Role.Validator, msg.sender);
        require(stake >= _policy.minValidatorStake, ReviewStakeTooLow(msg.sender, stake, _policy.minValidatorStake));
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
        _policy = policy_;
        emit PolicySet(policy_);
    }

    function _checkBounds(uint256 field, uint256 value, uint256 minimum, uint256 maximum) private pure {
        require(value >= minimum && value <= maximum, ReviewPolicyOutOfBounds(field, value, minimum, maximum));
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}
