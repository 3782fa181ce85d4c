// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingFractional} from "@openzeppelin/contracts/governance/extensions/GovernorCountingFractional.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorStorage} from "@openzeppelin/contracts/governance/extensions/GovernorStorage.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOpenLedgerGovernor} from "../interfaces/IOpenLedgerGovernor.sol";

/// @title OpenLedgerGovernor
/// @notice See {IOpenLedgerGovernor}.
contract OpenLedgerGovernor is
    Governor,
    GovernorSettings,
    GovernorCountingFractional,
    GovernorStorage,
    GovernorVotes,
    GovernorVotesQuorumFraction,
    GovernorPreventLateQuorum,
    GovernorProposalGuardian,
    GovernorTimelockControl,
    IOpenLedgerGovernor
{
    /// @dev Periods in seconds, votes in gOPEN wei.
    struct Settings {
        uint48 votingDelay;
        uint32 votingPeriod;
        uint256 proposalThreshold;
        /// Percent of what is wrapped.
        uint256 quorumPercent;
        uint256 quorumFloor;
        uint48 lateQuorumExtension;
        address guardian;
        uint48 guardianTerm;
    }

    /// @inheritdoc IOpenLedgerGovernor
    uint48 public constant MAX_GUARDIAN_TERM = 365 days;
    /// @inheritdoc IOpenLedgerGovernor
    uint256 public immutable quorumFloor;
    /// @inheritdoc IOpenLedgerGovernor
    uint48 public guardianUntil;

    constructor(
        IVotes votes,
        TimelockController timelock_,
        Settings memory settings
    )
        Governor("OpenLedgerGovernor")
        GovernorSettings(settings.votingDelay, settings.votingPeriod, settings.proposalThreshold)
        GovernorVotes(votes)
        GovernorVotesQuorumFraction(settings.quorumPercent)
        GovernorPreventLateQuorum(settings.lateQuorumExtension)
        GovernorTimelockControl(timelock_)
    {
        if (settings.quorumFloor == 0) revert GovernorQuorumFloorZero();
        quorumFloor = settings.quorumFloor;
        _setProposalGuardian(settings.guardian);
        _setGuardianTerm(uint48(block.timestamp) + settings.guardianTerm);
    }

    /// @inheritdoc IOpenLedgerGovernor
    function setGuardianTerm(uint48 until) external onlyGovernance {
        _setGuardianTerm(until);
    }

    /// @inheritdoc GovernorProposalGuardian
    /// @dev Nobody once the term has ended; a proposer can then cancel its own proposal.
    function proposalGuardian() public view override returns (address) {
        return block.timestamp < guardianUntil ? super.proposalGuardian() : address(0);
    }

    /// @inheritdoc Governor
    function quorum(uint256 timepoint) public view override(Governor, GovernorVotesQuorumFraction) returns (uint256) {
        return Math.max(super.quorum(timepoint), quorumFloor);
    }

    /// @inheritdoc Governor
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    /// @inheritdoc Governor
    function proposalDeadline(
        uint256 proposalId
    ) public view override(Governor, GovernorPreventLateQuorum) returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    /// @inheritdoc Governor
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc Governor
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @dev A guardian who could cancel the proposal that replaces him could never be replaced.
    function _validateCancel(
        uint256 proposalId,
        address caller
    ) internal view override(Governor, GovernorProposalGuardian) returns (bool) {
        if (caller == proposalGuardian() && _onlyReplacesGuardian(proposalId)) return false;
        return super._validateCancel(proposalId, caller);
    }

    function _onlyReplacesGuardian(uint256 proposalId) private view returns (bool) {
        (address[] memory targets, , bytes[] memory calls, ) = proposalDetails(proposalId);
        for (uint256 i = 0; i < targets.length; ++i) {
            bytes4 selector = bytes4(calls[i]);
            bool aboutGuardian =
                selector == this.setProposalGuardian.selector || selector == this.setGuardianTerm.selector;
            if (targets[i] != address(this) || !aboutGuardian) return false;
        }
        return true;
    }

    function _setGuardianTerm(uint48 until) private {
        uint48 latest = uint48(block.timestamp) + MAX_GUARDIAN_TERM;
        if (until > latest) revert GovernorGuardianTermTooLong(until, latest);
        guardianUntil = until;
        emit GuardianTermSet(until);
    }

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calls,
        string memory description,
        address proposer
    ) internal override(Governor, GovernorStorage) returns (uint256) {
        return super._propose(targets, values, calls, description, proposer);
    }

    function _tallyUpdated(uint256 proposalId) internal override(Governor, GovernorPreventLateQuorum) {
        super._tallyUpdated(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calls,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calls, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calls,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calls, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calls,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calls, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
