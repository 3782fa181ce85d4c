// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IOpenLedgerGovernor
/// @notice Votes of gOPEN over the timelock that owns the protocol: any IGovernor client works with it.
///
/// Who chooses what, and what a lie costs:
/// - A proposer needs `proposalThreshold` votes one second before it proposes. Ending the description with `#proposer=0x…` keeps
///   others from proposing the same calls first.
/// - Votes are counted as of the snapshot, so wrapped, borrowed or flash-loaned OPEN of a later block decides nothing.
/// - The quorum is a share of what was wrapped, and never less than `quorumFloor`: whoever wraps alone governs nothing.
/// - A vote that reaches the quorum near the end moves the end, so that others can answer it.
/// - The guardian can cancel, until its term ends, and nothing else. It cannot cancel its own replacement.
/// - A passed proposal waits in the timelock. What could touch money has to be announced in the contract that it changes as well
///   ({IExitDelay}), and waits there until everybody can have left.
interface IOpenLedgerGovernor {
    /// @notice The guardian has another term.
    /// @param until Unix time at which it ends.
    event GuardianTermSet(uint48 until);

    /// @notice A guardian's term ends at most `MAX_GUARDIAN_TERM` from now.
    error GovernorGuardianTermTooLong(uint48 until, uint48 latest);
    /// @notice A floor of zero would let whoever wraps alone decide.
    error GovernorQuorumFloorZero();

    /// @notice Gives the guardian another term, or ends it.
    /// @dev Only by a proposal that passed.
    /// @param until Unix time at which the guardian's power ends; at most `MAX_GUARDIAN_TERM` from now.
    function setGuardianTerm(uint48 until) external;

    /// @notice Unix time at which the guardian's power ends.
    function guardianUntil() external view returns (uint48);

    /// @notice Fewest votes for and abstaining that make a quorum, in gOPEN wei.
    function quorumFloor() external view returns (uint256);

    /// @notice Longest term that one proposal can give: a year.
    function MAX_GUARDIAN_TERM() external view returns (uint48);
}
