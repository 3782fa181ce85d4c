// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILaunchpad} from "../interfaces/ILaunchpad.sol";
import {IModelGrants} from "../interfaces/IModelGrants.sol";

/// @title LaunchTerms
/// @notice Bounds of what a launch may promise. Whatever passes can graduate: nothing of it reverts later.
library LaunchTerms {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant MIN_SOFT_CAP = 1e18;
    /// @dev More than the supply of OPEN is never raised.
    uint256 internal constant MAX_HARD_CAP = 1_000_000_000e18;
    /// @dev Contributors come first, and leave room for others.
    uint256 internal constant MAX_CONTRIBUTORS_BPS = 8000;
    uint256 internal constant MIN_SOLD_BPS = 1000;
    /// @dev With half as much for the pair, at most nine tenths leave the creator.
    uint256 internal constant MAX_SOLD_BPS = 6000;
    uint256 internal constant MIN_SALE = 1 days;
    uint256 internal constant MAX_SALE = 60 days;
    uint256 internal constant MIN_VESTING = 90 days;
    uint256 internal constant MAX_VESTING = 3650 days;
    uint256 internal constant MIN_REVIEW = 3 days;
    uint256 internal constant MAX_REVIEW = 60 days;
    uint256 internal constant MIN_DEADLINE = 30 days;
    uint256 internal constant MAX_MILESTONES = 16;

    function check(ILaunchpad.Terms calldata terms, ILaunchpad.Milestone[] calldata milestones) internal view {
        _within(3, uint256(terms.disclosure), 1, type(uint256).max);
        _within(5, terms.softCap, MIN_SOFT_CAP, MAX_HARD_CAP);
        _within(6, terms.hardCap, terms.softCap, MAX_HARD_CAP);
        _within(7, terms.contributorsBps, 0, MAX_CONTRIBUTORS_BPS);
        _within(8, terms.soldBps, MIN_SOLD_BPS, MAX_SOLD_BPS);
        _within(9, terms.endsAt, block.timestamp + MIN_SALE, block.timestamp + MAX_SALE);
        _within(11, terms.vesting, MIN_VESTING, MAX_VESTING);
        _within(10, terms.cliff, 0, terms.vesting);
        _within(13, terms.reviewPeriod, MIN_REVIEW, MAX_REVIEW);
        _within(12, terms.deadline, MIN_DEADLINE, MAX_VESTING);
        _checkMilestones(milestones);
    }

    function _checkMilestones(ILaunchpad.Milestone[] calldata milestones) private pure {
        if (milestones.length == 0 || milestones.length > MAX_MILESTONES)
            revert ILaunchpad.LaunchInvalidMilestone(milestones.length);
        uint256 bps = 0;
        for (uint256 i = 0; i < milestones.length; ++i) {
            ILaunchpad.Milestone calldata milestone = milestones[i];
            bool hasThreshold = milestone.check > IModelGrants.Check.VersionActivated;
            bool wrong = milestone.bps == 0 || milestone.duration == 0 || (milestone.threshold != 0) != hasThreshold;
            if (wrong) revert ILaunchpad.LaunchInvalidMilestone(i);
            bps += milestone.bps;
        }
        if (bps != BPS) revert ILaunchpad.LaunchInvalidMilestone(milestones.length);
    }

    function _within(uint8 field, uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert ILaunchpad.LaunchTermOutOfBounds(field, value, minimum, maximum);
    }
}
