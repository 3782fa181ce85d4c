// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

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

    /// @custom:storage-location erc7201:openledger.storage.ContributionRegistry
    struct Records {
        uint256 count;
        uint64 submissionCount;
        uint64 bondCoolOff;
        address review;
        address harmCharges;
        mapping(uint256 contributionId => StoredPart) parts;
        mapping(uint256 submissionId => StoredSubmission) submissions;
        mapping(uint256 datanetId => DatanetState) datanets;
        /// Owners from an epoch on; empty until the first transfer.
        mapping(uint256 contributionId => Checkpoints.Trace160) payees;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("openledger.storage.ContributionRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant RECORDS_SLOT = 0x87789af29d68ca36274b44178c559b19c1dc4d07eb6f76b46e54eef112536a00;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IEpochClock public immutable clock;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IEpochClock clock_) {
        clock = clock_;
    }

    /// @inheritdoc IContributionRegistry
    function contributionOf(uint256 contributionId) external view returns (Contribution memory) {
        Status status = _statusOf(contributionId);
        StoredPart storage part = _records().parts[contributionId];
        StoredSubmission storage submission = _records().submissions[part.submissionId];
        return
            Contribution({
                datanetId: submission.datanetId,
                submissionId: part.submissionId,
                kind: part.kind,
                status: status,
                contentRoot: part.contentRoot,
                examples: part.examples,
                contributor: submission.contributor,
                sponsor: submission.sponsor,
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
                judgeModelId: submission.judgeModelId,
                submittedAt: submission.submittedAt,
                resolved: submission.resolved,
                acceptedMask: submission.acceptedMask,
                partsHash: submission.partsHash
            });
    }

    /// @inheritdoc IContributionRegistry
    function payeeOf(uint256 contributionId, uint64 epoch) external view returns (address payee) {
        payee = address(_records().payees[contributionId].upperLookupRecent(epoch));
        if (payee == address(0)) {
            payee = _records().submissions[_records().parts[contributionId].submissionId].contributor;
            if (payee == address(0)) revert ContributionUnknown(contributionId);
        }
    }

    /// @inheritdoc IContributionRegistry
    function accruesIn(uint256 contributionId, uint64 epoch) external view returns (bool) {
        Status status = _statusOf(contributionId);
        if (status == Status.Revoked) return epoch < _records().parts[contributionId].revokedFrom;
        return status == Status.Accepted;
    }

    /// @inheritdoc IContributionRegistry
    function accumulatorOf(uint256 datanetId) external view returns (bytes32 accumulator, uint32 accepted) {
        DatanetState storage state = _records().datanets[datanetId];
        return (state.accumulator, state.accepted);
    }

    /// @inheritdoc IContributionRegistry
    function changesOf(uint256 datanetId) external view returns (uint64) {
        return _records().datanets[datanetId].changes;
    }

    /// @inheritdoc IContributionRegistry
    function count() external view returns (uint256) {
        return _records().count;
    }

    /// @notice Number of submissions; ids run from 1.
    function submissionCount() external view returns (uint64) {
        return _records().submissionCount;
    }

    /// @inheritdoc IContributionRegistry
    function bondCoolOff() external view returns (uint64) {
        return _records().bondCoolOff;
    }

    /// @inheritdoc IContributionRegistry
    function review() external view returns (address) {
        return _records().review;
    }

    /// @inheritdoc IContributionRegistry
    function harmCharges() external view returns (address) {
        return _records().harmCharges;
    }

    /// @inheritdoc ERC721Upgradeable
    function _ownerOf(uint256 contributionId) internal view override returns (address owner) {
        owner = super._ownerOf(contributionId);
        if (owner == address(0))
            owner = _records().submissions[_records().parts[contributionId].submissionId].contributor;
    }

    function _requireStatus(uint256 contributionId, Status expected) internal view {
        Status status = _statusOf(contributionId);
        if (status != expected) revert ContributionWrongStatus(contributionId, status, expected);
    }

    function _requireSubmission(uint256 submissionId) internal view returns (StoredSubmission storage submission) {
        submission = _records().submissions[submissionId];
        if (submission.size == 0) revert ContributionUnknownSubmission(submissionId);
    }

    function _statusOf(uint256 contributionId) internal view returns (Status) {
        StoredPart storage part = _records().parts[contributionId];
        if (part.submissionId == 0) revert ContributionUnknown(contributionId);
        if (part.revokedFrom != 0) return Status.Revoked;
        StoredSubmission storage submission = _records().submissions[part.submissionId];
        if (!submission.resolved) return Status.Submitted;
        return _isAccepted(submission, contributionId) ? Status.Accepted : Status.Rejected;
    }

    function _isAccepted(StoredSubmission storage submission, uint256 contributionId) internal view returns (bool) {
        return (submission.acceptedMask >> (contributionId - submission.firstContributionId)) & 1 == 1;
    }

    function _records() internal pure returns (Records storage records) {
        assembly ("memory-safe") {
            records.slot := RECORDS_SLOT
        }
    }
}
