// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelGrants} from "../interfaces/IModelGrants.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";

/// @title ModelGrants
/// @notice See {IModelGrants}. Nobody owns it.
contract ModelGrants is IModelGrants {
    using SafeERC20 for IERC20;

    /// @inheritdoc IModelGrants
    uint256 public constant MAX_MILESTONES = 16;

    IERC20 public immutable token;
    IEpochClock public immutable clock;
    IModelRegistry public immutable models;
    IIndexRegistry public immutable indexes;
    IRewardDistributor public immutable distributor;

    /// @inheritdoc IModelGrants
    uint256 public grantCount;

    mapping(uint256 grantId => Grant) private _grants;
    mapping(uint256 grantId => Milestone[]) private _milestones;
    mapping(uint256 grantId => mapping(uint256 milestone => uint64)) private _reachedAt;

    constructor(
        IERC20 token_,
        IEpochClock clock_,
        IModelRegistry models_,
        IIndexRegistry indexes_,
        IRewardDistributor distributor_
    ) {
        token = token_;
        clock = clock_;
        models = models_;
        indexes = indexes_;
        distributor = distributor_;
    }

    /// @inheritdoc IModelGrants
    function create(
        Terms calldata terms,
        Milestone[] calldata milestones,
        string calldata uri
    ) external returns (uint256 grantId) {
        if (terms.recipient == address(0) || terms.deadline <= block.timestamp) revert GrantInvalidTerms();
        if (terms.modelId == 0 || terms.modelId > models.modelCount()) revert GrantInvalidTerms();
        if (milestones.length == 0 || milestones.length > MAX_MILESTONES)
            revert GrantInvalidMilestones(milestones.length);

        grantId = ++grantCount;
        Grant storage grant = _grants[grantId];
        grant.funder = msg.sender;
        grant.terms = terms;
        grant.count = uint16(milestones.length);
        grant.createdEpoch = clock.current();
        grant.versionsBefore = models.versionCount();
        uint256 total = 0;
        for (uint256 i = 0; i < milestones.length; ++i) {
            Milestone calldata milestone = milestones[i];
            bool hasThreshold = milestone.check > Check.VersionActivated;
            if (milestone.amount == 0 || milestone.duration == 0 || (milestone.threshold != 0) != hasThreshold)
                revert GrantInvalidMilestone(i);
            _milestones[grantId].push(milestone);
            total += milestone.amount;
        }
        emit GrantCreated(grantId, msg.sender, terms, milestones, uri);
        token.safeTransferFrom(msg.sender, address(this), total);
    }

    /// @inheritdoc IModelGrants
    function submit(uint256 grantId, bytes32 evidence) external {
        (Grant storage grant, Milestone storage milestone) = _next(grantId);
        if (msg.sender != grant.terms.recipient) revert GrantUnauthorized(msg.sender);
        if (milestone.check != Check.Review) revert GrantOtherCheck(milestone.check);
        if (block.timestamp >= grant.terms.deadline) revert GrantOver(grantId);
        if (grant.submittedAt != 0) revert GrantUnderReview(grantId, _reviewEnds(grant));
        grant.submittedAt = uint64(block.timestamp);
        emit EvidenceSubmitted(grantId, grant.next, evidence);
    }

    /// @inheritdoc IModelGrants
    function reject(uint256 grantId, string calldata reason) external {
        (Grant storage grant, ) = _next(grantId);
        if (msg.sender != grant.terms.reviewer) revert GrantUnauthorized(msg.sender);
        if (grant.submittedAt == 0 || block.timestamp >= _reviewEnds(grant)) revert GrantNothingSubmitted(grantId);
        grant.submittedAt = 0;
        emit EvidenceRejected(grantId, grant.next, reason);
    }

    /// @inheritdoc IModelGrants
    function reach(uint256 grantId, uint256[] calldata proof) external {
        (Grant storage grant, Milestone storage milestone) = _next(grantId);
        Check check = milestone.check;
        if (check == Check.Review) {
            if (grant.submittedAt == 0) revert GrantNothingSubmitted(grantId);
            if (block.timestamp < _reviewEnds(grant)) revert GrantUnderReview(grantId, _reviewEnds(grant));
            grant.submittedAt = 0;
        } else if (check == Check.Revenue) {
            _checkThreshold(_revenue(grant, proof), milestone.threshold);
        } else {
            if (proof.length != 1) revert GrantProofDoesNotCount(proof.length);
            IIndexRegistry.Index memory index = _activatedSince(grant, proof[0]);
            if (check == Check.CertifiedQuality) _checkThreshold(index.certificateBps, milestone.threshold);
            if (check == Check.Contributions) _checkThreshold(index.size, milestone.threshold);
        }
        _reachedAt[grantId][grant.next] = uint64(block.timestamp);
        emit MilestoneReached(grantId, grant.next);
        ++grant.next;
    }

    /// @inheritdoc IModelGrants
    function withdraw(uint256 grantId) external returns (uint256 amount) {
        Grant storage grant = _known(grantId);
        amount = streamed(grantId) - grant.withdrawn;
        grant.withdrawn += amount;
        emit GrantPaid(grantId, grant.terms.recipient, amount);
        token.safeTransfer(grant.terms.recipient, amount);
    }

    /// @inheritdoc IModelGrants
    function lapse(uint256 grantId) external returns (uint256 returned) {
        (Grant storage grant, ) = _next(grantId);
        if (block.timestamp < grant.terms.deadline) revert GrantNotOver(grantId, grant.terms.deadline);
        // Evidence that came in time is not lost: once it is accepted by silence, {reach} comes first.
        if (grant.submittedAt != 0) revert GrantUnderReview(grantId, _reviewEnds(grant));
        for (uint256 i = grant.next; i < grant.count; ++i) returned += _milestones[grantId][i].amount;
        grant.count = grant.next;
        emit GrantLapsed(grantId, returned);
        token.safeTransfer(grant.funder, returned);
    }

    /// @inheritdoc IModelGrants
    function stop(uint256 grantId) external returns (uint256 returned) {
        Grant storage grant = _known(grantId);
        if (msg.sender != grant.funder) revert GrantUnauthorized(msg.sender);
        if (grant.stoppedAt != 0) revert GrantOver(grantId);
        for (uint256 i = 0; i < grant.count; ++i) returned += _milestones[grantId][i].amount;
        returned -= streamed(grantId);
        grant.stoppedAt = uint64(block.timestamp);
        emit GrantStopped(grantId, returned);
        token.safeTransfer(grant.funder, returned);
    }

    /// @inheritdoc IModelGrants
    function grantOf(uint256 grantId) external view returns (Grant memory) {
        return _known(grantId);
    }

    /// @inheritdoc IModelGrants
    function milestoneOf(
        uint256 grantId,
        uint256 index
    ) external view returns (Milestone memory milestone, uint64 reachedAt) {
        return (_milestones[grantId][index], _reachedAt[grantId][index]);
    }

    /// @inheritdoc IModelGrants
    /// @dev Rounds every stream down; its last second pays the rest.
    function streamed(uint256 grantId) public view returns (uint256 amount) {
        Grant storage grant = _known(grantId);
        uint256 until = grant.stoppedAt == 0 ? block.timestamp : grant.stoppedAt;
        for (uint256 i = 0; i < grant.next; ++i) {
            Milestone storage milestone = _milestones[grantId][i];
            uint256 elapsed = Math.min(until - _reachedAt[grantId][i], milestone.duration);
            amount += (milestone.amount * elapsed) / milestone.duration;
        }
    }

    function _known(uint256 grantId) private view returns (Grant storage grant) {
        grant = _grants[grantId];
        if (grant.funder == address(0)) revert GrantUnknown(grantId);
    }

    /// @dev The grant and the first milestone that was not reached.
    function _next(uint256 grantId) private view returns (Grant storage grant, Milestone storage milestone) {
        grant = _known(grantId);
        if (grant.stoppedAt != 0 || grant.next == grant.count) revert GrantOver(grantId);
        milestone = _milestones[grantId][grant.next];
    }

    function _reviewEnds(Grant storage grant) private view returns (uint256) {
        return uint256(grant.submittedAt) + grant.terms.reviewPeriod;
    }

    function _activatedSince(
        Grant storage grant,
        uint256 versionId
    ) private view returns (IIndexRegistry.Index memory index) {
        index = indexes.indexOf(versionId);
        bool counts =
            versionId > grant.versionsBefore &&
                index.activated &&
                models.versionOf(versionId).modelId == grant.terms.modelId;
        if (!counts) revert GrantProofDoesNotCount(versionId);
    }

    function _revenue(Grant storage grant, uint256[] calldata epochs) private view returns (uint256 revenue) {
        uint256 previous = grant.createdEpoch;
        uint64 current = clock.current();
        for (uint256 i = 0; i < epochs.length; ++i) {
            if (epochs[i] <= previous || epochs[i] >= current) revert GrantProofDoesNotCount(epochs[i]);
            previous = epochs[i];
            revenue += distributor.poolOf(grant.terms.modelId, uint64(epochs[i]));
        }
    }

    function _checkThreshold(uint256 value, uint256 threshold) private pure {
        if (value < threshold) revert GrantBelowThreshold(value, threshold);
    }
}
