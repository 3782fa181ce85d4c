// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOracleQuorum} from "./IOracleQuorum.sol";

/// @dev Longest time in seconds from the posting of anything a quorum signed to the end of the last dispute about it.
uint40 constant MAX_DISPUTE_PERIOD = 14 days;

/// @title IStakeManager
/// @notice Stake, the quorum that it gives weight in, and what governance decides about both.
interface IStakeManager is IOracleQuorum {
    /// @notice What governance decides.
    struct Parameters {
        /// Least weight of a quorum member.
        uint96 minStake;
        /// Least denominator of a quorum: however little stake is left, less than two thirds of this decides nothing.
        uint96 quorumFloor;
        /// How long stake must have been there to count, at least 1.
        uint40 activationDelay;
        /// From the request to the withdrawal; at least `snapshotLifetime + MAX_DISPUTE_PERIOD`, so that whatever signed can still
        /// be slashed when the last dispute about it ends, and `MIN_NOTICE` more, in which what leaves still signs and counts.
        uint40 unbondingPeriod;
        /// How long a snapshot can be signed under, if no other is taken.
        uint40 snapshotLifetime;
        /// Least time between snapshots, shorter than `snapshotLifetime`.
        uint40 snapshotInterval;
        /// How long a slashed operator earns nothing; it still signs, or a cancelled root would hand the quorum to who is left.
        uint40 jailPeriod;
        /// Signatures without which there is no quorum, at least 1.
        uint8 minSigners;
        /// Part of a slash that its beneficiary gets, at most `MAX_CHALLENGER_BPS`. The rest goes to the treasury.
        uint16 challengerBps;
    }

    /// @notice A contract that may slash.
    struct Slasher {
        Role role;
        address account;
    }

    /// @notice The parameters changed and all snapshots were revoked.
    /// @param parameters The parameters.
    event ParametersSet(Parameters parameters);
    /// @notice A contract may slash in a role, or may no longer.
    /// @param role The role of the pools.
    /// @param slasher The contract.
    /// @param allowed True to allow, false to forbid.
    event SlasherSet(Role indexed role, address indexed slasher, bool allowed);
    /// @notice The receiver of what slashing leaves changed.
    /// @param treasury The receiver.
    event TreasurySet(address indexed treasury);
    /// @notice The reward distributor was named, for ever.
    /// @param distributor The reward distributor.
    event DistributorSet(address indexed distributor);

    /// @notice Who judges oracles and who settles was decided once, for ever.
    error StakeSealed();

    /// @notice Names the reward distributor, which is told the commitment of each snapshot, and who may slash. Owner only, once:
    /// afterwards nobody changes the distributor or who judges oracles.
    /// @param distributor The reward distributor.
    /// @param slashers Who may slash, and in which role.
    function seal(address distributor, Slasher[] calldata slashers) external;

    /// @notice Changes the parameters and revokes all snapshots. Owner only, announced first (see {IExitDelay}). The floor of a quorum
    /// rises to at most half of {countedStake}.
    /// @param parameters The parameters.
    function setParameters(Parameters calldata parameters) external;

    /// @notice Allows a contract to slash in a role other than oracle, or forbids it. Owner only, announced first.
    /// @dev Warning: a slasher can take all stake of its role.
    /// @param role The role of the pools.
    /// @param slasher The contract.
    /// @param allowed True to allow, false to forbid.
    function setSlasher(Role role, address slasher, bool allowed) external;

    /// @notice Owner only, announced first.
    /// @param treasury The receiver.
    function setTreasury(address treasury) external;

    /// @notice The parameters in force.
    /// @return The parameters.
    function parameters() external view returns (Parameters memory);

    /// @notice Whether a contract may slash in a role.
    /// @param role The role of the pools.
    /// @param account The contract.
    /// @return Whether it may.
    function isSlasher(Role role, address account) external view returns (bool);

    /// @notice Receiver of what slashing and unclaimable rewards leave.
    /// @return Its address.
    function treasury() external view returns (address);

    /// @notice The reward distributor, which is told the commitment of each snapshot.
    /// @return Its address.
    function distributor() external view returns (address);
}
