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
    /// @notice What stake stands behind: scores, reviews, or serving.
    enum Role {
        Oracle,
        Validator,
        Compute
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

    /// @notice An operator registered in a role.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    /// @param commissionBps Share of the rewards that the operator keeps, in basis points.
    event OperatorRegistered(Role indexed role, address indexed operator, address indexed signer, uint16 commissionBps);
    /// @notice An operator signs with another key from the next snapshot on.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    event SignerRotated(Role indexed role, address indexed operator, address indexed signer);
    /// @notice An operator keeps less of later rewards.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param commissionBps Share of the rewards that the operator keeps, in basis points.
    event CommissionLowered(Role indexed role, address indexed operator, uint16 commissionBps);
    /// @notice An oracle operator got a seat, free or of a weaker one.
    /// @param operator Who got it.
    /// @param evicted Who had it; zero if it was free.
    /// @param seat Place in {seats}.
    event SeatTaken(address indexed operator, address indexed evicted, uint256 seat);
    /// @notice OPEN joined a pool.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param delegator Whose shares.
    /// @param assets OPEN wei.
    /// @param shares Shares of the pool.
    event Staked(
        Role indexed role,
        address indexed operator,
        address indexed delegator,
        uint256 assets,
        uint256 shares
    );
    /// @notice Shares left a pool; a ticket pays them out later.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param delegator Whose shares.
    /// @param ticketId The ticket.
    /// @param assets OPEN wei.
    /// @param shares Shares of the pool.
    /// @param withdrawableAt First second in which the ticket can be paid out.
    event UnbondRequested(
        Role indexed role,
        address indexed operator,
        address indexed delegator,
        uint256 ticketId,
        uint256 assets,
        uint256 shares,
        uint256 withdrawableAt
    );
    /// @notice A ticket was paid out.
    /// @param ticketId The ticket.
    /// @param delegator Whose shares.
    /// @param assets OPEN wei.
    event Withdrawn(uint256 indexed ticketId, address indexed delegator, uint256 assets);
    /// @notice These members can sign from now on.
    /// @param snapshotId The snapshot.
    /// @param members `uint160 signer << 96 | uint96 weight`, ascending.
    /// @param totalWeight Sum of their weights.
    /// @param expiresAt Last second in which they can sign.
    event QuorumSnapshotTaken(uint64 indexed snapshotId, uint256[] members, uint256 totalWeight, uint256 expiresAt);
    /// @notice Snapshots up to `throughSnapshotId` can no longer be signed under: an oracle was slashed, or parameters changed.
    /// @param throughSnapshotId The last snapshot that is revoked.
    event SnapshotsRevoked(uint64 indexed throughSnapshotId);
    /// @notice Stake was taken for something that the operator signed or failed to do.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param beneficiary Who got the challenger's part; zero if nobody.
    /// @param activeAssets OPEN wei of active stake that were taken.
    /// @param unbondingAssets OPEN wei on their way out that were taken.
    /// @param reward OPEN wei that the beneficiary got.
    event Slashed(
        Role indexed role,
        address indexed operator,
        address indexed beneficiary,
        uint256 activeAssets,
        uint256 unbondingAssets,
        uint256 reward
    );
    /// @notice An operator earns and counts again.
    /// @param role The role of the pool.
    /// @param operator The operator.
    event Unjailed(Role indexed role, address indexed operator);
    /// @notice Rewards were shared among the seated oracle operators.
    /// @param payer Who paid.
    /// @param assets OPEN wei.
    event StakersFunded(address indexed payer, uint256 assets);
    /// @notice Rewards joined a pool; `commission` of them as shares of the operator.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param assets OPEN wei.
    /// @param commission OPEN wei of it for the operator.
    event RewardsCompounded(Role indexed role, address indexed operator, uint256 assets, uint256 commission);
    /// @notice The parameters changed and all snapshots were revoked.
    /// @param parameters The parameters.
    event ParametersSet(Parameters parameters);
    /// @notice A contract may slash, or may no longer.
    /// @param slasher The contract.
    /// @param allowed True to allow, false to forbid.
    event SlasherSet(address indexed slasher, bool allowed);
    /// @notice The receiver of what slashing leaves changed.
    /// @param treasury The receiver.
    event TreasurySet(address indexed treasury);
    /// @notice The reward distributor was named.
    /// @param distributor The reward distributor.
    event DistributorSet(address indexed distributor);

    /// @notice Only the owner, a slasher or the operator itself, whichever the function names.
    /// @param caller Who called.
    error StakeUnauthorized(address caller);
    /// @notice The zero address.
    error StakeInvalidAddress();
    /// @notice The operator has not registered in this role.
    /// @param role The role of the pool.
    /// @param operator The operator.
    error StakeUnknownOperator(Role role, address operator);
    /// @notice Once per role.
    /// @param role The role of the pool.
    /// @param operator The operator.
    error StakeAlreadyRegistered(Role role, address operator);
    /// @notice A signer stands for one operator for ever: snapshots name signers, slashing follows them to the operator.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    /// @param operator The operator that it stands for.
    error StakeSignerTaken(address signer, address operator);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error StakeOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @notice The amount is zero, or worth nothing after rounding.
    error StakeZeroAmount();
    /// @notice Slashed to nothing again and again, the pool's shares are worth too little to mint more.
    /// @param role The role of the pool.
    /// @param operator The operator.
    error StakePoolSpent(Role role, address operator);
    /// @notice More shares than the caller has in the pool.
    /// @param shares What the caller has.
    /// @param requested How many were asked for.
    error StakeInsufficientShares(uint256 shares, uint256 requested);
    /// @notice The ticket is another's, or paid out.
    /// @param ticketId The ticket.
    /// @param caller Who called.
    error StakeNotTicketOwner(uint256 ticketId, address caller);
    /// @notice The ticket can be paid out from `withdrawableAt` on.
    /// @param ticketId The ticket.
    /// @param withdrawableAt First second in which the ticket can be paid out.
    error StakeUnbonding(uint256 ticketId, uint256 withdrawableAt);
    /// @notice The operator is in jail until `jailedUntil`.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param jailedUntil First second in which it can leave.
    error StakeJailed(Role role, address operator, uint256 jailedUntil);
    /// @notice The operator is not in jail.
    /// @param role The role of the pool.
    /// @param operator The operator.
    error StakeNotJailed(Role role, address operator);
    /// @notice The operator has a seat.
    /// @param operator The operator.
    error StakeAlreadySeated(address operator);
    /// @notice The holder of the seat weighs at least as much.
    /// @param seat Place in {seats}.
    /// @param holderWeight OPEN wei of weight of the seat's holder.
    /// @param weight OPEN wei of weight of the operator.
    error StakeSeatNotWeaker(uint256 seat, uint256 holderWeight, uint256 weight);
    /// @notice The next snapshot can be taken at `notBefore`.
    /// @param notBefore First second in which it can be taken.
    error StakeSnapshotTooSoon(uint256 notBefore);
    /// @notice Fewer operators qualify than have to sign.
    /// @param members Operators that qualify.
    /// @param minimum Signatures that are needed.
    error StakeTooFewMembers(uint256 members, uint256 minimum);
    /// @notice The snapshot has no such member.
    /// @param snapshotId The snapshot.
    /// @param index Position among the members.
    error StakeUnknownMember(uint64 snapshotId, uint256 index);

    // ---------------------------------------------------------------- operators

    /// @notice Registers the caller as an operator. The first `MAX_MEMBERS` oracle operators get a seat at once.
    /// @param role The role of the pool.
    /// @param signer Key (or ERC-1271 contract) that signs for the operator; never used before by anyone else.
    /// @param commissionBps At most `MAX_COMMISSION_BPS`; can only be lowered later.
    function register(Role role, address signer, uint16 commissionBps) external;

    /// @notice Replaces the caller's signer; effective from the next snapshot.
    /// @param role The role of the pool.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    function rotateSigner(Role role, address signer) external;

    /// @notice Lowers the caller's commission, for rewards funded from here on.
    /// @param role The role of the pool.
    /// @param commissionBps Below the present one.
    function lowerCommission(Role role, uint16 commissionBps) external;

    /// @notice Gives the seat of a weaker oracle operator to `operator`. Anyone may call.
    /// @dev Compares the lesser of the stakes now and `activationDelay` ago, so stake of this moment evicts nobody.
    /// @param operator Who gets it.
    /// @param seat Place in {seats}.
    function takeSeat(address operator, uint256 seat) external;

    /// @notice Ends the caller's jailing once its time is over.
    /// @param role The role of the pool.
    function unjail(Role role) external;

    // ---------------------------------------------------------------- stake

    /// @notice Adds the caller's OPEN to an operator's pool.
    /// @dev Warning: a slash hits all shares alike, also those that joined after the fault.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param assets OPEN wei, pulled from the caller (needs an allowance).
    /// @return shares Shares minted to the caller, rounded down.
    function stake(Role role, address operator, uint256 assets) external returns (uint256 shares);

    /// @notice Takes the caller's shares out of the pool. Always possible, also in jail.
    /// @dev Warning: the stake earns nothing from here on and can be slashed until it is withdrawn.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param shares How many.
    /// @return ticketId For {withdraw} after `unbondingPeriod`.
    function requestUnbond(Role role, address operator, uint256 shares) external returns (uint256 ticketId);

    /// @notice Pays a ticket out to its owner, once its time has come.
    /// @param ticketId The ticket.
    /// @return assets OPEN wei, rounded down.
    function withdraw(uint256 ticketId) external returns (uint256 assets);

    /// @notice Shares `assets` among the seated oracle operators that are not in jail, pro rata to their active stake; to
    /// the treasury if there is none. Pulled from the caller.
    /// @param assets OPEN wei, pulled from the caller (needs an allowance).
    function fundStakers(uint256 assets) external;

    /// @notice Adds the rewards that a pool has earned to its stake. Anyone may call; every other function that touches a
    /// pool does so itself.
    /// @param operator The operator.
    function compound(address operator) external;

    // ---------------------------------------------------------------- quorum

    /// @notice Records the oracle operators that can sign from now on. Anyone may call, every `snapshotInterval`; at once
    /// after snapshots were revoked.
    /// @dev A member is seated, not in jail, and has a weight (the lesser of its stake now and `activationDelay` ago)
    /// of at least `minStake`.
    /// @return snapshotId The new snapshot.
    function snapshotQuorum() external returns (uint64 snapshotId);

    /// @notice Id of the last snapshot; 0 if there is none.
    /// @return snapshotId Its id.
    function latestSnapshot() external view returns (uint64 snapshotId);

    /// @notice A recorded snapshot; all empty if it is unknown.
    /// @param snapshotId The snapshot.
    /// @return members `uint160 signer << 96 | uint96 weight`, ascending.
    /// @return totalWeight Sum of the weights.
    /// @return takenAt Second in which it was taken.
    function quorumOf(
        uint64 snapshotId
    ) external view returns (uint256[] memory members, uint256 totalWeight, uint256 takenAt);

    /// @notice What a proof's members are checked against: see {QuorumVerifier}. 0 if unknown or revoked.
    /// @param snapshotId The snapshot.
    /// @return commitment The commitment.
    function commitmentOf(uint64 snapshotId) external view returns (uint256 commitment);

    /// @notice Weight of some members of a snapshot: the stake that answers for what they sign.
    /// @param snapshotId The snapshot.
    /// @param signers Bit i: member i.
    /// @return weight OPEN wei; members that do not exist count for nothing.
    function stakeBehind(uint64 snapshotId, uint256 signers) external view returns (uint256 weight);

    /// @notice The operator behind member `index` of a snapshot.
    /// @param snapshotId The snapshot.
    /// @param index Position among the members.
    /// @return operator The operator.
    function operatorAt(uint64 snapshotId, uint256 index) external view returns (address operator);

    /// @notice Reverts unless `proof` holds signatures of a quorum over `digest`: more than two thirds of the snapshot's
    /// weight, and at least its `minSigners`. The snapshot must be neither expired nor revoked.
    /// @param digest The EIP-712 digest.
    /// @param proof Members, who signed, and their signatures, in the layout of {QuorumVerifier}.
    /// @return snapshotId The snapshot that the members are of.
    /// @return signers Bit i: its member i signed.
    function verifyQuorum(
        bytes32 digest,
        bytes calldata proof
    ) external view returns (uint64 snapshotId, uint32 signers);

    // ---------------------------------------------------------------- slashing

    /// @notice Takes `bps` of an operator's active and unbonding stake, jails it, and, for an oracle, revokes all
    /// snapshots. Slashers only.
    /// @dev A slash of an operator without stake takes nothing and still jails.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param bps Share in basis points, at most 10,000.
    /// @param beneficiary Gets `challengerBps` of the slash; the treasury gets the rest, and all of it if this is 0.
    /// @return reward OPEN wei paid to the beneficiary.
    function slash(Role role, address operator, uint16 bps, address beneficiary) external returns (uint256 reward);

    // ---------------------------------------------------------------- governance

    /// @notice Owner only. Revokes all snapshots, so that nobody signs under one that outlives the new unbonding period.
    /// @param parameters The parameters.
    function setParameters(Parameters calldata parameters) external;

    /// @notice Allows a contract to slash. Owner only.
    /// @dev Warning: a slasher can take all stake.
    /// @param slasher The contract.
    /// @param allowed True to allow, false to forbid.
    function setSlasher(address slasher, bool allowed) external;

    /// @notice Owner only.
    /// @param treasury The receiver.
    function setTreasury(address treasury) external;

    /// @notice Names the reward distributor, which is told the commitment of each snapshot. Owner only.
    /// @param distributor The reward distributor.
    function setDistributor(address distributor) external;

    // ---------------------------------------------------------------- views

    /// @notice Active stake behind an operator, pending rewards included; 0 while it is in jail.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @return assets OPEN wei.
    function stakeOf(Role role, address operator) external view returns (uint256 assets);

    /// @notice The pool as stored, without pending rewards.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @return pool The pool.
    function poolOf(Role role, address operator) external view returns (Pool memory pool);

    /// @notice Shares of a delegator in a pool.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param delegator Whose shares.
    /// @return shares Shares of the pool.
    function sharesOf(Role role, address operator, address delegator) external view returns (uint256 shares);

    /// @notice OPEN wei that `shares` of a pool are worth now, pending rewards included, rounded down.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param shares Shares of the pool.
    /// @return assets OPEN wei.
    function assetsOf(Role role, address operator, uint256 shares) external view returns (uint256 assets);

    /// @notice Weight that the next snapshot would give an oracle operator; 0 if it would not be a member.
    /// @param operator The operator.
    /// @return weight OPEN wei.
    function weightOf(address operator) external view returns (uint256 weight);

    /// @notice A ticket; all zero once withdrawn.
    /// @param ticketId The ticket.
    /// @return ticket The ticket.
    function ticketOf(uint256 ticketId) external view returns (Ticket memory ticket);

    /// @notice Oracle operators that can be members.
    /// @return operators Their addresses, in the order of the seats.
    function seats() external view returns (address[] memory operators);

    /// @notice The operator that a signer stands for; 0 if none.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    /// @return operator The operator.
    function operatorOf(address signer) external view returns (address operator);

    /// @notice The parameters in force.
    /// @return The parameters.
    function parameters() external view returns (Parameters memory);

    /// @notice Whether a contract may slash.
    /// @param account The contract.
    /// @return Whether it may.
    function isSlasher(address account) external view returns (bool);

    /// @notice Receiver of what slashing and unclaimable rewards leave.
    /// @return Its address.
    function treasury() external view returns (address);

    /// @notice The reward distributor, which is told the commitment of each snapshot.
    /// @return Its address.
    function distributor() external view returns (address);
}
