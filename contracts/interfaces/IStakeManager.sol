// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @dev Longest time in seconds from the posting of anything a quorum signed to the end of the last dispute about it.
uint40 constant MAX_DISPUTE_PERIOD = 14 days;

/// @title IStakeManager
/// @notice Operators and their delegators stake OPEN behind a role. Stake earns, gives weight in the oracle quorum, and is
/// slashed when what it signed is proven wrong.
/// @dev Each (role, operator) has a pool of shares. Rounding is always against the caller. Times are unix seconds, amounts
/// OPEN wei, bps are 1/10,000.
interface IStakeManager {
    enum Role {
        Oracle,
        Validator,
        Compute
    }

    /// @notice Signatures of a quorum over one digest.
    struct QuorumProof {
        /// Snapshot that the members are of.
        uint64 snapshotId;
        /// Bit i: member i signed.
        uint256 signers;
        /// All members of the snapshot, ascending: `uint160 signer << 96 | uint96 weight`.
        uint256[] members;
        /// 64 bytes (EIP-2098) per set bit of `signers`, in ascending bit order. A signer that is a contract is asked
        /// (ERC-1271) with the same signature as 65 bytes.
        bytes signatures;
    }

    /// @notice What governance decides.
    struct Parameters {
        /// Least weight of a quorum member.
        uint96 minStake;
        /// How long stake must have been there to count, at least 1.
        uint40 activationDelay;
        /// From the request to the withdrawal; at least `snapshotLifetime + MAX_DISPUTE_PERIOD`, so that whatever
        /// signed can still be slashed when the last dispute about it ends.
        uint40 unbondingPeriod;
        /// How long a snapshot can be signed under.
        uint40 snapshotLifetime;
        /// Least time between snapshots, shorter than `snapshotLifetime`.
        uint40 snapshotInterval;
        /// How long a slashed operator neither earns nor counts.
        uint40 jailPeriod;
        /// Signatures without which there is no quorum, at least 1.
        uint8 minSigners;
        /// Part of a slash that its beneficiary gets, at most `MAX_CHALLENGER_BPS`. The rest goes to the treasury.
        uint16 challengerBps;
    }

    /// @notice The stake behind an operator in one role.
    struct Pool {
        /// OPEN that is active: earns and counts.
        uint128 assets;
        /// OPEN that is leaving; slashable until withdrawn.
        uint128 unbondingAssets;
        uint256 shares;
        uint256 unbondingShares;
        /// Key that signs for the operator; 0 if it has not registered.
        address signer;
        /// Part of the rewards that the operator keeps before its pool shares the rest.
        uint16 commissionBps;
        /// End of the last jailing; 0 if it is not in jail. The operator leaves with {unjail}.
        uint40 jailedUntil;
        /// Oracle only: holds one of the `MAX_MEMBERS` seats.
        bool seated;
    }

    /// @notice Stake on its way out.
    struct Ticket {
        address owner;
        uint40 withdrawableAt;
        Role role;
        address operator;
        /// Shares of the pool's unbonding assets.
        uint256 unbondingShares;
    }

    event OperatorRegistered(Role indexed role, address indexed operator, address indexed signer, uint16 commissionBps);
    event SignerRotated(Role indexed role, address indexed operator, address indexed signer);
    event CommissionLowered(Role indexed role, address indexed operator, uint16 commissionBps);
    event SeatTaken(address indexed operator, address indexed evicted, uint256 seat);
    event Staked(
        Role indexed role,
        address indexed operator,
        address indexed delegator,
        uint256 assets,
        uint256 shares
    );
    event UnbondRequested(
        Role indexed role,
        address indexed operator,
        address indexed delegator,
        uint256 ticketId,
        uint256 assets,
        uint256 shares,
        uint256 withdrawableAt
    );
    event Withdrawn(uint256 indexed ticketId, address indexed delegator, uint256 assets);
    event QuorumSnapshotTaken(uint64 indexed snapshotId, uint256[] members, uint256 totalWeight, uint256 expiresAt);
    /// @notice Snapshots up to `throughSnapshotId` can no longer be signed under: an oracle was slashed, or parameters changed.
    event SnapshotsRevoked(uint64 indexed throughSnapshotId);
    event Slashed(
        Role indexed role,
        address indexed operator,
        address indexed beneficiary,
        uint256 activeAssets,
        uint256 unbondingAssets,
        uint256 reward
    );
    event Unjailed(Role indexed role, address indexed operator);
    event StakersFunded(address indexed payer, uint256 assets);
    /// @notice Rewards joined a pool; `commission` of them as shares of the operator.
    event RewardsCompounded(Role indexed role, address indexed operator, uint256 assets, uint256 commission);
    event ParametersSet(Parameters parameters);
    event SlasherSet(address indexed slasher, bool allowed);
    event TreasurySet(address indexed treasury);
    event DistributorSet(address indexed distributor);

    /// @dev Only the owner, a slasher or the operator itself, whichever the function names.
    error StakeUnauthorized(address caller);
    error StakeInvalidAddress();
    error StakeUnknownOperator(Role role, address operator);
    error StakeAlreadyRegistered(Role role, address operator);
    /// @dev A signer stands for one operator for ever: snapshots name signers, slashing follows them to the operator.
    error StakeSignerTaken(address signer, address operator);
    /// @dev `value` lies outside `minimum … maximum`.
    error StakeOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @dev The amount is zero, or worth nothing after rounding.
    error StakeZeroAmount();
    /// @dev Slashed to nothing again and again, the pool's shares are worth too little to mint more.
    error StakePoolSpent(Role role, address operator);
    error StakeInsufficientShares(uint256 shares, uint256 requested);
    error StakeNotTicketOwner(uint256 ticketId, address caller);
    error StakeUnbonding(uint256 ticketId, uint256 withdrawableAt);
    error StakeJailed(Role role, address operator, uint256 jailedUntil);
    error StakeNotJailed(Role role, address operator);
    error StakeAlreadySeated(address operator);
    /// @dev The holder of the seat weighs at least as much.
    error StakeSeatNotWeaker(uint256 seat, uint256 holderWeight, uint256 weight);
    /// @dev The next snapshot can be taken at `notBefore`.
    error StakeSnapshotTooSoon(uint256 notBefore);
    /// @dev Fewer operators qualify than have to sign.
    error StakeTooFewMembers(uint256 members, uint256 minimum);
    error StakeUnknownMember(uint64 snapshotId, uint256 index);

    // ---------------------------------------------------------------- operators

    /// @notice Registers the caller as an operator. The first `MAX_MEMBERS` oracle operators get a seat at once.
    /// @param signer Key (or ERC-1271 contract) that signs for the operator; never used before by anyone else.
    /// @param commissionBps At most `MAX_COMMISSION_BPS`; can only be lowered later.
    function register(Role role, address signer, uint16 commissionBps) external;

    /// @notice Replaces the caller's signer; effective from the next snapshot.
    function rotateSigner(Role role, address signer) external;

    /// @notice Lowers the caller's commission, for rewards funded from here on.
    function lowerCommission(Role role, uint16 commissionBps) external;

    /// @notice Gives the seat of a weaker oracle operator to `operator`. Anyone may call.
    /// @param seat Place in {seats}.
    /// @dev Compares the lesser of the stakes now and `activationDelay` ago, so stake of this moment evicts nobody.
    function takeSeat(address operator, uint256 seat) external;

    /// @notice Ends the caller's jailing once its time is over.
    function unjail(Role role) external;

    // ---------------------------------------------------------------- stake

    /// @notice Adds the caller's OPEN to an operator's pool.
    /// @param assets OPEN wei, pulled from the caller (needs an allowance).
    /// @return shares Shares minted to the caller, rounded down.
    /// @dev Warning: a slash hits all shares alike, also those that joined after the fault.
    function stake(Role role, address operator, uint256 assets) external returns (uint256 shares);

    /// @notice Takes the caller's shares out of the pool. Always possible, also in jail.
    /// @return ticketId For {withdraw} after `unbondingPeriod`.
    /// @dev Warning: the stake earns nothing from here on and can be slashed until it is withdrawn.
    function requestUnbond(Role role, address operator, uint256 shares) external returns (uint256 ticketId);

    /// @notice Pays a ticket out to its owner, once its time has come.
    /// @return assets OPEN wei, rounded down.
    function withdraw(uint256 ticketId) external returns (uint256 assets);

    /// @notice Shares `assets` among the seated oracle operators that are not in jail, pro rata to their active stake; to
    /// the treasury if there is none. Pulled from the caller.
    function fundStakers(uint256 assets) external;

    /// @notice Adds the rewards that a pool has earned to its stake. Anyone may call; every other function that touches a
    /// pool does so itself.
    function compound(address operator) external;

    // ---------------------------------------------------------------- quorum

    /// @notice Records the oracle operators that can sign from now on. Anyone may call, every `snapshotInterval`; at once
    /// after snapshots were revoked.
    /// @dev A member is seated, not in jail, and has a weight (the lesser of its stake now and `activationDelay` ago)
    /// of at least `minStake`.
    function snapshotQuorum() external returns (uint64 snapshotId);

    /// @notice Id of the last snapshot; 0 if there is none.
    function latestSnapshot() external view returns (uint64 snapshotId);

    /// @notice A recorded snapshot; all empty if it is unknown.
    function quorumOf(
        uint64 snapshotId
    ) external view returns (uint256[] memory members, uint256 totalWeight, uint256 takenAt);

    /// @notice What a proof's members are checked against: see {QuorumVerifier}. 0 if unknown or revoked.
    function commitmentOf(uint64 snapshotId) external view returns (uint256 commitment);

    /// @notice The operator behind member `index` of a snapshot.
    function operatorAt(uint64 snapshotId, uint256 index) external view returns (address operator);

    /// @notice Reverts unless `proof` holds signatures of a quorum over `digest`: more than two thirds of the snapshot's
    /// weight, and at least its `minSigners`. The snapshot must be neither expired nor revoked.
    function verifyQuorum(bytes32 digest, QuorumProof calldata proof) external view;

    // ---------------------------------------------------------------- slashing

    /// @notice Takes `bps` of an operator's active and unbonding stake, jails it, and, for an oracle, revokes all
    /// snapshots. Slashers only.
    /// @param beneficiary Gets `challengerBps` of the slash; the treasury gets the rest, and all of it if this is 0.
    /// @return reward OPEN wei paid to the beneficiary.
    /// @dev A slash of an operator without stake takes nothing and still jails.
    function slash(Role role, address operator, uint16 bps, address beneficiary) external returns (uint256 reward);

    // ---------------------------------------------------------------- governance

    /// @notice Owner only. Revokes all snapshots, so that nobody signs under one that outlives the new unbonding period.
    function setParameters(Parameters calldata parameters) external;

    /// @notice Allows a contract to slash. Owner only.
    /// @dev Warning: a slasher can take all stake.
    function setSlasher(address slasher, bool allowed) external;

    /// @notice Owner only.
    function setTreasury(address treasury) external;

    /// @notice Names the reward distributor, which is told the commitment of each snapshot. Owner only.
    function setDistributor(address distributor) external;

    // ---------------------------------------------------------------- views

    /// @notice Active stake behind an operator, pending rewards included; 0 while it is in jail.
    function stakeOf(Role role, address operator) external view returns (uint256 assets);

    /// @notice The pool as stored, without pending rewards.
    function poolOf(Role role, address operator) external view returns (Pool memory pool);

    /// @notice Shares of a delegator in a pool.
    function sharesOf(Role role, address operator, address delegator) external view returns (uint256 shares);

    /// @notice OPEN wei that `shares` of a pool are worth now, pending rewards included, rounded down.
    function assetsOf(Role role, address operator, uint256 shares) external view returns (uint256 assets);

    /// @notice Weight that the next snapshot would give an oracle operator; 0 if it would not be a member.
    function weightOf(address operator) external view returns (uint256 weight);

    /// @notice A ticket; all zero once withdrawn.
    function ticketOf(uint256 ticketId) external view returns (Ticket memory ticket);

    /// @notice Oracle operators that can be members.
    function seats() external view returns (address[] memory operators);

    /// @notice The operator that a signer stands for; 0 if none.
    function operatorOf(address signer) external view returns (address operator);

    function parameters() external view returns (Parameters memory);

    function isSlasher(address account) external view returns (bool);

    function treasury() external view returns (address);

    function distributor() external view returns (address);
}
