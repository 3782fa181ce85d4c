// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDormancy} from "./IDormancy.sol";

/// @title IOracleQuorum
/// @notice Operators, their seats and their keys, and the snapshots of their weights under which they sign.
interface IOracleQuorum is IDormancy {
    /// @notice An operator registered in a role.
    /// @param role The role of the pool.
    /// @param operator The operator.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    /// @param commissionBps Share of the rewards that the operator keeps, in basis points.
    event OperatorRegistered(Role indexed role, address indexed operator, address indexed signer, uint16 commissionBps);
    /// @notice An operator signs with another key from the next snapshot on, and with the old one no more.
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
    /// @notice An operator earns and counts again.
    /// @param role The role of the pool.
    /// @param operator The operator.
    event Unjailed(Role indexed role, address indexed operator);
    /// @notice These members can sign from now on, and nobody under an older snapshot.
    /// @param snapshotId The snapshot.
    /// @param members `uint160 signer << 96 | uint96 weight`, ascending.
    /// @param denominator OPEN wei of which they must have more than two thirds: all stake that counts, seated or not.
    /// @param expiresAt First second in which they can no longer sign.
    event QuorumSnapshotTaken(uint64 indexed snapshotId, uint256[] members, uint256 denominator, uint256 expiresAt);
    /// @notice Snapshots up to `throughSnapshotId` can no longer be signed under: an oracle was slashed, or parameters changed.
    /// @param throughSnapshotId The last snapshot that is revoked.
    event SnapshotsRevoked(uint64 indexed throughSnapshotId);

    /// @notice The zero address.
    error StakeInvalidAddress();
    /// @notice Once per role.
    /// @param role The role of the pool.
    /// @param operator The operator.
    error StakeAlreadyRegistered(Role role, address operator);
    /// @notice A signer stands for one operator for ever: snapshots name signers, slashing follows them to the operator.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    /// @param operator The operator that it stands for.
    error StakeSignerTaken(address signer, address operator);
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

    /// @notice Registers the caller as an operator. The first `MAX_MEMBERS` oracle operators get a seat at once.
    /// @param role The role of the pool.
    /// @param signer Key (or ERC-1271 contract) that signs for the operator; never used before by anyone else.
    /// @param commissionBps At most `MAX_COMMISSION_BPS`; can only be lowered later.
    /// @param deadline Last second in which the signer's agreement counts.
    /// @param signature The signer's agreement (see {Possession}), so that nobody takes a key that another one is about to announce;
    /// may be empty where the caller is the signer.
    function register(
        Role role,
        address signer,
        uint16 commissionBps,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Replaces the caller's signer. The old one signs nothing any more once the next snapshot is taken, which a seated
    /// oracle's rotation allows at once; once per `snapshotInterval`, or rotating would keep a quorum from signing.
    /// @param role The role of the pool.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    /// @param deadline Last second in which the signer's agreement counts.
    /// @param signature As for {register}.
    function rotateSigner(Role role, address signer, uint256 deadline, bytes calldata signature) external;

    /// @notice Lowers the caller's commission, for rewards funded from here on.
    /// @param role The role of the pool.
    /// @param commissionBps Below the present one.
    function lowerCommission(Role role, uint16 commissionBps) external;

    /// @notice Gives the seat of a weaker oracle operator to `operator`. Anyone may call.
    /// @dev Compares weights as the next snapshot would give them, so stake of this moment evicts nobody.
    /// @param operator Who gets it.
    /// @param seat Place in {seats}.
    function takeSeat(address operator, uint256 seat) external;

    /// @notice Ends the caller's jailing once its time is over.
    /// @param role The role of the pool.
    function unjail(Role role) external;

    /// @notice Records the oracle operators that can sign from now on; nobody signs under an older snapshot any more. Anyone may
    /// call, every `snapshotInterval`; at once after snapshots were revoked or a member's key was rotated.
    /// @dev A member is seated and has a weight of at least `minStake`, in jail or not. The denominator is the largest of
    /// `quorumFloor`, the members' weights and all oracle stake that counts: see {countedStake}.
    /// @return snapshotId The new snapshot.
    function snapshotQuorum() external returns (uint64 snapshotId);

    /// @notice Reverts unless `proof` holds signatures of a quorum over `digest`: more than two thirds of the snapshot's
    /// denominator, and at least its `minSigners`. The snapshot must be the latest, neither expired nor revoked.
    /// @dev The digest must contain the snapshot that the proof names ({QuorumVerifier-snapshotOf}): what was signed for one snapshot
    /// must not count under another, or one signature could be slashed again and again.
    /// @param digest The EIP-712 digest.
    /// @param proof Members, who signed, and their signatures, in the layout of {QuorumVerifier}.
    /// @return snapshotId The snapshot that the members are of.
    /// @return signers Bit i: its member i signed.
    function verifyQuorum(
        bytes32 digest,
        bytes calldata proof
    ) external view returns (uint64 snapshotId, uint32 signers);

    /// @notice Id of the last snapshot; 0 if there is none.
    /// @return snapshotId Its id.
    function latestSnapshot() external view returns (uint64 snapshotId);

    /// @notice A recorded snapshot; all empty if it is unknown.
    /// @param snapshotId The snapshot.
    /// @return members `uint160 signer << 96 | uint96 weight`, ascending.
    /// @return denominator OPEN wei of which signers must have more than two thirds.
    /// @return takenAt Second in which it was taken.
    function quorumOf(
        uint64 snapshotId
    ) external view returns (uint256[] memory members, uint256 denominator, uint256 takenAt);

    /// @notice What a proof's members are checked against: see {QuorumVerifier}. 0 unless it is the latest snapshot and not revoked.
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

    /// @notice All oracle stake that counts in a denominator: active, with a seat or without, in jail or not, and what is leaving but
    /// can still be slashed when the last dispute about a snapshot of this moment ends.
    /// @dev What a slash takes of leaving stake is counted until it would have left: never too little.
    /// @return assets OPEN wei.
    function countedStake() external view returns (uint256 assets);

    /// @notice Weight that the next snapshot would give an oracle operator; 0 if it would not be a member. Its stake, active and
    /// leaving as in {countedStake}, less what was staked within `activationDelay`.
    /// @param operator The operator.
    /// @return weight OPEN wei.
    function weightOf(address operator) external view returns (uint256 weight);

    /// @notice Oracle operators that can be members.
    /// @return operators Their addresses, in the order of the seats.
    function seats() external view returns (address[] memory operators);

    /// @notice The operator that a signer stands for; 0 if none.
    /// @param signer Key or ERC-1271 contract that signs for the operator.
    /// @return operator The operator.
    function operatorOf(address signer) external view returns (address operator);

    /// @notice The contract that checks that a signer agrees to sign for an operator.
    /// @return Its address, which signers name in what they sign.
    function possession() external view returns (address);
}
