// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IStakePools} from "./IStakePools.sol";

/// @title IDormancy
/// @notice Oracle stake whose operator does not answer when it is asked for a sign of life counts in no quorum until it answers.
interface IDormancy is IStakePools {
    /// @notice An operator was asked for a sign of life.
    /// @param operator The operator.
    /// @param until First second in which it can be declared dormant.
    event AskedForLife(address indexed operator, uint256 until);
    /// @notice An operator's stake counts in no quorum and earns nothing.
    /// @param operator The operator.
    /// @param assets OPEN wei of its active stake.
    event BecameDormant(address indexed operator, uint256 assets);
    /// @notice An operator gave a sign of life; if it was dormant, its stake counts again.
    /// @param operator The operator.
    event ShowedLife(address indexed operator);

    /// @notice The operator is dormant.
    /// @param operator The operator.
    error StakeDormant(address operator);
    /// @notice The operator was not asked for a sign of life since it gave the last one: ask first.
    /// @param operator The operator.
    error StakeNotAsked(address operator);
    /// @notice The operator has not been silent for long enough.
    /// @param operator The operator.
    /// @param notBefore First second in which it has.
    error StakeNotSilent(address operator, uint256 notBefore);

    /// @notice How long an operator has to answer.
    /// @return duration Seconds.
    function ANSWER_TIME() external view returns (uint40 duration);

    /// @notice Asks an oracle operator for a sign of life that gave none for an unbonding period and a dispute. Anyone may call.
    /// @dev So an operator answers at most once in that time, whoever asks: 35,000 gas.
    /// @param operator The operator.
    function askForLife(address operator) external;

    /// @notice Takes the stake of an operator that did not answer within `ANSWER_TIME` out of quorums, their members and their
    /// denominator, from the next snapshot on. It stays slashable and can leave. Anyone may call.
    /// @dev The floor of the denominator stays: with a third and more of all stake dead, those who are left need two thirds of what
    /// is left, never less than two thirds of `quorumFloor`.
    /// @param operator The operator.
    function markDormant(address operator) external;

    /// @notice A sign of life of the caller, an oracle operator. Stake that was dormant counts in denominators at once, in its
    /// operator's weight after `activationDelay`.
    function showLife() external;

    /// @notice When an oracle operator last gave a sign of life, and since when it is asked for one.
    /// @param operator The operator.
    /// @return seenAt Unix seconds.
    /// @return askedAt Unix seconds; 0 if it was not asked since.
    function lifeOf(address operator) external view returns (uint256 seenAt, uint256 askedAt);
}
