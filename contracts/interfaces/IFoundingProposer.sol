// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IFoundingProposer
/// @notice Proposes to the timelock for the founder until there are enough votes to govern without him.
///
/// A quorum has an absolute floor, and staked OPEN does not vote, so nothing could be decided before that much OPEN was wrapped.
/// Until then the founder schedules calls here; they wait in the timelock as every proposal does. Anybody ends it, for ever, once the
/// wrapped supply was at least the floor on each of the last `SUSTAINED_DAYS` days; the founder cannot prevent it. If the supply
/// never gets there, the founder goes on: what he can change is what the votes could, bounds and exit delays included.
interface IFoundingProposer {
    /// @notice Only votes decide from now on.
    /// @param by Who called.
    event FoundingEnded(address indexed by);

    error FoundingUnauthorized(address caller);
    /// @notice The wrapped supply was below the floor at `timepoint`.
    error FoundingTooFewVotes(uint256 timepoint, uint256 supply, uint256 floor);
    error FoundingNotScheduledHere(bytes32 operation);

    /// @notice Schedules calls in the timelock, with its minimum delay. Only the founder.
    /// @param targets Contracts that are called, in order.
    /// @param values Wei sent with each call.
    /// @param calls Calldata of each.
    /// @param salt Tells equal batches apart.
    /// @return operation The timelock's id of the batch.
    function schedule(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calls,
        bytes32 salt
    ) external returns (bytes32 operation);

    /// @notice Cancels what was scheduled here, and nothing else. Only the founder.
    /// @param operation What {schedule} returned.
    function cancel(bytes32 operation) external;

    /// @notice Gives up the right to propose, for ever. Anybody, once there are enough votes.
    function end() external;

    /// @notice Who may schedule.
    function founder() external view returns (address);

    /// @notice Days in a row on which the wrapped supply must have reached the floor.
    function SUSTAINED_DAYS() external view returns (uint256);
}
