// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";

/// @title ContributionRecords
/// @notice What is kept of contributions, and how it is read: whose they are, how they stand, what they accrue.
/// @dev What all parts of a submission have in common is stored once: the first owner, bond and fee per part, and the
/// decision as a mask. A part costs two words.
abstract contract ContributionRecords is IContributionRegistry, ERC721Upgradeable {
    using Checkpoints for Checkpoints.Trace160;

    struct StoredPart {
        bytes32 contentRoot;
        uint64 submissionId;
        uint32 examples;
        Kind kind;
        uint64 revokedFrom;
        uint64 revokedAt;
        /// Slashed or paid back.
        uint96 bondTaken;
    }

    struct StoredSubmission {
        address contributor;
        uint32 datanetId;
        uint40 submittedAt;
        uint16 size;
        bool resolved;
        uint96 bond;
        uint96 reviewFee;
        uint64 firstContributionId;
        bytes32 partsHash;
        address sponsor;
        uint64 acceptedAt;
        uint32 judgeModelId;
        uint256 acceptedMask;
    }

    struct DatanetState {
        bytes32 accumulator;
        uint64 changes;
        uint32 accepted;
    }

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IEpochClock public immutable clock;

    /// @inheritdoc IContributionRegistry
    uint256 public count;
    /// @notice Number of submissions; ids run from 1.
    uint64 public submissionCount;
    /// @inheritdoc IContributionRegistry
    uint64 public bondCoolOff;
    /// @inheritdoc IContributionRegistry
    address public review;
    /// @inheritdoc IContributionRegistry
    address public harmCharges;
    mapping(uint256 contributionId => StoredPart) internal _parts;
    mapping(uint256 submissionId => StoredSubmission) internal _submissions;
    mapping(uint256 datanetId => DatanetState) internal _datanets;
    /// @dev Owners from an epoch on; empty until the first transfer.
    mapping(uint256 contributionId => Checkpoints.Trace160) internal _payees;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IEpochClock clock_) {
        clock = clock_;
    }

    /// @inheritdoc IContributionRegistry
    function contributionOf(uint256 contributionId) external view returns (Contribution memory) {
        Status status = _statusOf(contributionId);
        StoredPart storage part = _parts[contributionId];
        StoredSubmission storage submission = _submissions[part.submissionId];
        return
            Contribution({
                datanetId: submission.datanetId,
                submissionId: part.submissionId,
                kind: part.kind,
                status: status,
                contentRoot: part.contentRoot,
                examples: part.examples,
                contributor: submission.contributor,
                bond: status == Status.Rejected ? 0 : submission.bond - part.bondTaken,
                revokedFrom: part.revokedFrom,
                acceptedAt: _isAccepted(submission, contributionId) ? submission.acceptedAt : 0,
                revokedAt: part.revokedAt,
                judgeModelId: submission.judgeModelId
            });
    }

    /// @inheritdoc IContributionRegistry
    function submissionOf(uint256 submissionId) external view returns (Submission memory) {
        StoredSubmission storage submission = _requireSubmission(submissionId);
        return
            Submission({
                datanetId: submission.datanetId,
                contributor: submission.contributor,
                sponsor: submission.sponsor,
                firstContributionId: submission.firstContributionId,
                size: submission.size,
                bond: submission.bond,
                reviewFee: submission.reviewFee,
                submittedAt: submission.submittedAt,
                resolved: submission.resolved,
                acceptedMask: submission.acceptedMask,
                partsHash: submission.partsHash
            });
    }

    /// @inheritdoc IContributionRegistry
    function payeeOf(uint256 contributionId, uint64 epoch) external view returns (address payee) {
        payee = address(_payees[contributionId].upperLookupRecent(epoch));
        if (payee == address(0)) {
            payee = _submissions[_parts[contributionId].submissionId].contributor;
            require(payee != address(0), ContributionUnknown(contributionId));
        }
    }

    /// @inheritdoc IContributionRegistry
    function accruesIn(uint256 contributionId, uint64 epoch) external view returns (bool) {
        Status status = _statusOf(contributionId);
        if (status == Status.Revoked) return epoch < _parts[contributionId].revokedFrom;
        return status == Status.Accepted;
    }

    /// @inheritdoc IContributionRegistry
    function accumulatorOf(uint256 datanetId) external view returns (bytes32 accumulator, uint32 accepted) {
        DatanetState storage state = _datanets[datanetId];
        return (state.accumulator, state.accepted);
    }

    /// @inheritdoc IContributionRegistry
    function changesOf(uint256 datanetId) external view returns (uint64) {
        return _datanets[datanetId].changes;
    }

    /// @inheritdoc ERC721Upgradeable
    function _ownerOf(uint256 contributionId) internal view override returns (address owner) {
        owner = super._ownerOf(contributionId);
        if (owner == address(0)) owner = _submissions[_parts[contributionId].submissionId].contributor;
    }

    function _requireStatus(uint256 contributionId, Status expected) internal view {
        Status status = _statusOf(contributionId);
        require(status == expected, ContributionWrongStatus(contributionId, status, expected));
    }

    function _requireSubmission(uint256 submissionId) internal view returns (StoredSubmission storage submission) {
        submission = _submissions[submissionId];
        require(submission.size != 0, ContributionUnknownSubmission(submissionId));
    }

    function _statusOf(uint256 contributionId) internal view returns (Status) {
        StoredPart storage part = _parts[contributionId];
        require(part.submissionId != 0, ContributionUnknown(contributionId));
        if (part.revokedFrom != 0) return Status.Revoked;
        StoredSubmission storage submission = _submissions[part.submissionId];
        if (!submission.resolved) return Status.Submitted;
        return _isAccepted(submission, contributionId) ? Status.Accepted : Status.Rejected;
    }

    function _isAccepted(StoredSubmission storage submission, uint256 contributionId) internal view returns (bool) {
        return (submission.acceptedMask >> (contributionId - submission.firstContributionId)) & 1 == 1;
    }
}
