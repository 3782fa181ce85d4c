// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IOracleQuorum} from "../interfaces/IOracleQuorum.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {IStakeRewards} from "../interfaces/IStakeRewards.sol";
import {MAX_DISPUTE_PERIOD} from "../interfaces/IStakeManager.sol";
import {Dormancy} from "./Dormancy.sol";
import {Possession} from "./Possession.sol";
import {QuorumVerifier} from "./QuorumVerifier.sol";
import {ShareMath} from "./ShareMath.sol";

/// @title OracleQuorum
/// @notice Operators, their seats and signers, and the snapshots under which they sign.
abstract contract OracleQuorum is Dormancy {
    using SafeCast for uint256;
    using ShareMath for uint256;
    using Checkpoints for Checkpoints.Trace208;

    /// @notice Most members of a quorum: bounds the gas of a snapshot and the width of a signer mask.
    uint256 public constant MAX_MEMBERS = 32;
    uint16 public constant MAX_COMMISSION_BPS = 5_000;

    /// @inheritdoc IOracleQuorum
    function register(
        Role role,
        address signer,
        uint16 commissionBps,
        uint256 deadline,
        bytes calldata signature
    ) external {
        Pool storage pool = _pools[role][msg.sender];
        if (pool.signer != address(0)) revert StakeAlreadyRegistered(role, msg.sender);
        if (commissionBps > MAX_COMMISSION_BPS) revert StakeOutOfBounds(commissionBps, 0, MAX_COMMISSION_BPS);

        _bindSigner(role, pool, signer, deadline, signature);
        pool.commissionBps = commissionBps;
        emit OperatorRegistered(role, msg.sender, signer, commissionBps);
        if (role != Role.Oracle) return;
        _see(msg.sender);
        IStakeRewards(rewards).setCommission(msg.sender, commissionBps);
        if (_seats.length < MAX_MEMBERS) {
            pool.seated = true;
            _seats.push(msg.sender);
            emit SeatTaken(msg.sender, address(0), _seats.length - 1);
        }
    }

    /// @inheritdoc IOracleQuorum
    function rotateSigner(Role role, address signer, uint256 deadline, bytes calldata signature) external {
        Pool storage pool = _poolOf(role, msg.sender);
        _bindSigner(role, pool, signer, deadline, signature);
        emit SignerRotated(role, msg.sender, signer);
        Parameters storage p = _parameters;
        if (!pool.seated || _weightOf(msg.sender, pool) < p.minStake) return;
        if (block.timestamp < _rotatedAt[msg.sender] + p.snapshotInterval) return;
        _rotatedAt[msg.sender] = block.timestamp;
        _snapshotIsDue = true;
    }

    /// @inheritdoc IOracleQuorum
    function lowerCommission(Role role, uint16 commissionBps) external {
        Pool storage pool = _poolOf(role, msg.sender);
        if (commissionBps > pool.commissionBps) revert StakeOutOfBounds(commissionBps, 0, pool.commissionBps);
        pool.commissionBps = commissionBps;
        if (role == Role.Oracle) IStakeRewards(rewards).setCommission(msg.sender, commissionBps);
        emit CommissionLowered(role, msg.sender, commissionBps);
    }

    /// @inheritdoc IOracleQuorum
    function takeSeat(address operator, uint256 seat) external {
        Pool storage pool = _poolOf(Role.Oracle, operator);
        if (pool.seated) revert StakeAlreadySeated(operator);
        address evicted = _seats[seat];
        Pool storage holder = _poolOf(Role.Oracle, evicted);
        uint256 weight = _weightOf(operator, pool);
        uint256 holderWeight = _weightOf(evicted, holder);
        if (weight <= holderWeight) revert StakeSeatNotWeaker(seat, holderWeight, weight);

        (holder.seated, pool.seated) = (false, true);
        _seats[seat] = operator;
        _report(evicted, holder, address(0));
        _report(operator, pool, address(0));
        emit SeatTaken(operator, evicted, seat);
    }

    /// @inheritdoc IOracleQuorum
    function unjail(Role role) external {
        Pool storage pool = _poolOf(role, msg.sender);
        uint256 until = pool.jailedUntil;
        if (until == 0) revert StakeNotJailed(role, msg.sender);
        if (block.timestamp < until) revert StakeJailed(role, msg.sender, until);

        pool.jailedUntil = 0;
        if (role == Role.Oracle) _report(msg.sender, pool, address(0));
        emit Unjailed(role, msg.sender);
    }

    /// @inheritdoc IOracleQuorum
    function snapshotQuorum() external returns (uint64 snapshotId) {
        Parameters memory p = _parameters;
        snapshotId = _latestSnapshot + 1;
        if (_commitment != 0 && !_snapshotIsDue) {
            uint256 notBefore = _snapshots[snapshotId - 1].takenAt + p.snapshotInterval;
            if (block.timestamp < notBefore) revert StakeSnapshotTooSoon(notBefore);
        }
        (uint256[] memory members, uint256 weight) = _members(p.minStake);
        if (members.length < p.minSigners) revert StakeTooFewMembers(members.length, p.minSigners);

        // Never below the members' weights: rounding may favor them by a wei.
        uint96 denominator = Math.max(Math.max(_countedStake(), weight), p.quorumFloor).toUint96();
        uint40 expiresAt = (block.timestamp + p.snapshotLifetime).toUint40();
        uint256 commitment = QuorumVerifier.commit(snapshotId, denominator, members, p.minSigners, expiresAt);
        (_latestSnapshot, _snapshotIsDue) = (snapshotId, false);
        _commitment = commitment;
        _snapshots[snapshotId] = Snapshot(denominator, uint40(block.timestamp), members);
        emit QuorumSnapshotTaken(snapshotId, members, denominator, expiresAt);
        _tellDistributor(commitment);
    }

    /// @inheritdoc IOracleQuorum
    function verifyQuorum(
        bytes32 digest,
        bytes calldata proof
    ) external view returns (uint64 snapshotId, uint32 signers) {
        return QuorumVerifier.verify(commitmentOf(QuorumVerifier.snapshotOf(proof)), digest, proof);
    }

    /// @inheritdoc IOracleQuorum
    function latestSnapshot() external view returns (uint64) {
        return _latestSnapshot;
    }

    /// @inheritdoc IOracleQuorum
    function quorumOf(
        uint64 snapshotId
    ) external view returns (uint256[] memory members, uint256 denominator, uint256 takenAt) {
        Snapshot storage snapshot = _snapshots[snapshotId];
        return (snapshot.members, snapshot.denominator, snapshot.takenAt);
    }

    /// @inheritdoc IOracleQuorum
    function stakeBehind(uint64 snapshotId, uint256 signers) external view returns (uint256 weight) {
        uint256[] storage members = _snapshots[snapshotId].members;
        for (uint256 i = 0; i < members.length; ++i) {
            if ((signers >> i) & 1 != 0) weight += uint96(members[i]);
        }
    }

    /// @inheritdoc IOracleQuorum
    function operatorAt(uint64 snapshotId, uint256 index) external view returns (address) {
        uint256[] storage members = _snapshots[snapshotId].members;
        if (index >= members.length) revert StakeUnknownMember(snapshotId, index);
        return _operatorOf[address(uint160(members[index] >> 96))];
    }

    /// @inheritdoc IOracleQuorum
    function countedStake() external view returns (uint256) {
        return _countedStake();
    }

    /// @inheritdoc IOracleQuorum
    function weightOf(address operator) external view returns (uint256 weight) {
        Pool storage pool = _pools[Role.Oracle][operator];
        weight = pool.seated ? _weightOf(operator, pool) : 0;
        if (weight < _parameters.minStake) weight = 0;
    }

    /// @inheritdoc IOracleQuorum
    function seats() external view returns (address[] memory) {
        return _seats;
    }

    /// @inheritdoc IOracleQuorum
    function operatorOf(address signer) external view returns (address) {
        return _operatorOf[signer];
    }

    /// @inheritdoc IOracleQuorum
    function commitmentOf(uint64 snapshotId) public view returns (uint256) {
        return snapshotId == _latestSnapshot ? _commitment : 0;
    }

    /// @dev See {StakePools}.
    function _jail(Role role, Pool storage pool) internal override {
        if (role == Role.Oracle) _revokeSnapshots();
        pool.jailedUntil = (block.timestamp + _parameters.jailPeriod).toUint40();
    }

    /// @dev Makes a new snapshot necessary, and possible at once.
    function _revokeSnapshots() internal {
        if (_commitment == 0) return;
        _commitment = 0;
        emit SnapshotsRevoked(_latestSnapshot);
        _tellDistributor(0);
    }

    /// @dev See {countedStake}.
    function _countedStake() internal view returns (uint256) {
        return _activeAssets + _leaving.latest() - _leaving.upperLookupRecent(_slashableUntil() - 1);
    }

    /// @dev Words of the operators that can sign, ascending by signer, and the sum of their weights.
    function _members(uint256 minStake) private view returns (uint256[] memory members, uint256 total) {
        uint256 seated = _seats.length;
        members = new uint256[](seated);
        uint256 count;
        for (uint256 i = 0; i < seated; ++i) {
            address operator = _seats[i];
            Pool storage pool = _pools[Role.Oracle][operator];
            uint256 weight = _weightOf(operator, pool);
            if (weight < minStake) continue;
            total += weight;
            // Insertion sort: at most 32 words. The signer is the high part of a word.
            uint256 word = (uint256(uint160(pool.signer)) << 96) | weight.toUint96();
            uint256 at = count++;
            for (; at > 0 && members[at - 1] > word; --at) members[at] = members[at - 1];
            members[at] = word;
        }
        // Shortens the array to the members that were found.
        assembly ("memory-safe") {
            mstore(members, count)
        }
    }

    /// @dev What is there and what leaves too late to escape a slash, less what came within the delay. Nothing while it is dormant. In jail or not: whoever was
    /// slashed still signs with what is left, or each cancelled root would leave the quorum to fewer.
    function _weightOf(address operator, Pool storage pool) private view returns (uint256) {
        if (pool.dormant) return 0;
        Checkpoints.Trace208 storage leaving = _leavingShares[operator];
        uint256 shares = leaving.latest() - leaving.upperLookupRecent(_slashableUntil() - 1);
        uint256 held = pool.assets + shares.toAssetsDown(pool.unbondingAssets, pool.unbondingShares);
        Checkpoints.Trace208 storage staked = _staked[operator];
        uint48 before = uint48(Math.saturatingSub(block.timestamp, _parameters.activationDelay));
        return Math.saturatingSub(held, staked.latest() - staked.upperLookupRecent(before));
    }

    /// @dev When the last dispute ends about what is signed under a snapshot of this moment.
    function _slashableUntil() private view returns (uint48) {
        return uint48(block.timestamp) + _parameters.snapshotLifetime + MAX_DISPUTE_PERIOD;
    }

    function _bindSigner(
        Role role,
        Pool storage pool,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) private {
        if (signer == address(0)) revert StakeInvalidAddress();
        address bound = _operatorOf[signer];
        if (bound != address(0) && bound != msg.sender) revert StakeSignerTaken(signer, bound);
        if (signer != msg.sender) {
            Possession(possession).check(msg.sender, uint8(role), signer, deadline, signature);
        }
        _operatorOf[signer] = msg.sender;
        pool.signer = signer;
    }

    function _tellDistributor(uint256 commitment) private {
        address distributor_ = _distributor;
        if (distributor_ != address(0)) IRewardDistributor(distributor_).setQuorum(commitment);
    }
}
