// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IEpochClock
/// @notice Divides time into epochs, numbered from 1. The end of an epoch that has begun never moves.
/// @dev Times are unix seconds. An epoch lasts from `startOf` (inclusive) to `endOf` (exclusive).
interface IEpochClock {
    /// @notice Epochs from `firstEpoch` on last `length` seconds.
    /// @param firstEpoch First epoch that has it.
    /// @param length Seconds.
    event LengthSet(uint64 indexed firstEpoch, uint64 length);

    /// @notice Epochs are numbered from 1.
    /// @param epoch Number of the epoch.
    error EpochClockUnknownEpoch(uint64 epoch);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error EpochClockOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice The epoch of this block.
    /// @return epoch Its number.
    function current() external view returns (uint64 epoch);

    /// @notice First second of `epoch`. For an epoch after the next one: the forecast under the latest length.
    /// @param epoch Number of the epoch.
    /// @return timestamp Unix seconds.
    function startOf(uint64 epoch) external view returns (uint256 timestamp);

    /// @notice First second after `epoch`. For an epoch that has not begun: the forecast under the latest length.
    /// @param epoch Number of the epoch.
    /// @return timestamp Unix seconds.
    function endOf(uint64 epoch) external view returns (uint256 timestamp);

    /// @notice Whether `receiptsGrace` seconds have passed since the end of `epoch`. Once true, true for ever.
    /// @param epoch Number of the epoch.
    /// @return closed Whether they have.
    function isClosed(uint64 epoch) external view returns (bool closed);

    /// @notice Whether receipts of `epoch` can be committed: it has begun and is not closed.
    /// @param epoch Number of the epoch.
    /// @return open Whether they can.
    function receiptsOpen(uint64 epoch) external view returns (bool open);

    /// @notice Seconds after the end of an epoch in which its receipts can still be committed; fixed at deployment.
    /// @return duration Seconds.
    function receiptsGrace() external view returns (uint64 duration);

    /// @notice The length in seconds of the epochs that begin after this one.
    /// @return duration Seconds.
    function length() external view returns (uint64 duration);

    /// @notice Sets the length of all epochs after the current one. Owner only, after the exit delay.
    /// @param newLength Seconds, within `MIN_LENGTH … MAX_LENGTH`.
    function setLength(uint64 newLength) external;
}
