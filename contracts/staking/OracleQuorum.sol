// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {QuorumVerifier} from "./QuorumVerifier.sol";
import {StakePools} from "./StakePools.sol";

/// @title OracleQuorum
/// @notice Operators, their seats and signers, and the snapshots under which they sign.
abstract contract OracleQuorum is StakePools {
    using SafeCast for uint256;
    using Checkpoints for Checkpoints.Trace208;

    /// @notice Most members of a quorum: bounds the gas of a snapshot and the width of a signer mask.
    uint256 public constant MAX_MEMBERS = 32;
    uint16 public constant MAX_COMMISSION_BPS = 5_000;

    /// @inheritdoc IStakeManager
    function register(Role role, address signer, uint16 commissionBps) external {
        Pool storage pool = _pools[role][msg.sender];
        if (pool.signer != address(0)) revert StakeAlreadyRegistered(role, msg.sender);
        if (commissionBps > MAX_COMMISSION_BPS) revert StakeOutOfBounds(commissionBps, 0, MAX_COMMISSION_BPS);

        _bindSigner(pool, signer);
        pool.commissionBps = commissionBps;
        emit OperatorRegistered(role, msg.sender, signer, commissionBps);
        if (role == Role.Oracle && _seats.length < MAX_MEMBERS) {
            _compoundedAt[msg.sender] = _rewardPerAsset;
            pool.seated = true;
            _seats.push(msg.sender);
            emit SeatTaken(msg.sender, address(0), _seats.length - 1);
        }
    }

    /// @inheritdoc IStakeManager
    function rotateSigner(Role role, address signer) external {
        _bindSigner(_touch(role, msg.sender), signer);
        emit SignerRotated(role, msg.sender, signer);
    }

    /// @inheritdoc IStakeManager
    function lowerCommission(Role role, uint16 commissionBps) external {
        Pool storage pool = _touch(role, msg.sender);
        if (commissionBps > pool.commissionBps) revert StakeOutOfBounds(commissionBps, 0, pool.commissionBps);
        pool.commissionBps = commissionBps;
        emit CommissionLowered(role, msg.sender, commissionBps);
    }

    /// @inheritdoc IStakeManager
    function takeSeat(address operator, uint256 seat) external {
        Pool storage pool = _touch(Role.Oracle, operator);
        if (pool.seated) revert StakeAlreadySeated(operator);
        address evicted = _seats[seat];
        Pool storage holder = _touch(Role.Oracle, evicted);
        uint256 weight = _weightOf(operator, pool);
        uint256 holderWeight = _weightOf(evicted, holder);
        if (weight <= holderWeight) revert StakeSeatNotWeaker(seat, holderWeight, weight);

        if (_earns(holder)) _earningAssets -= holder.assets;
        holder.seated = false;
        // Not in jail, or it would have no weight.
        pool.seated = true;
        _earningAssets += pool.assets;
        _seats[seat] = operator;
        emit SeatTaken(operator, evicted, seat);
    }

    /// @inheritdoc IStakeManager
    function unjail(Role role) external {
        Pool storage pool = _touch(role, msg.sender);
        uint256 until = pool.jailedUntil;
        if (until == 0) revert StakeNotJailed(role, msg.sender);
        if (block.timestamp < until) revert StakeJailed(role, msg.sender, until);

        pool.jailedUntil = 0;
        if (pool.seated) _earningAssets += pool.assets;
        emit Unjailed(role, msg.sender);
    }

    /// @inheritdoc IStakeManager
    function snapshotQuorum() external returns (uint64 snapshotId) {
        Parameters memory p = _parameters;
        uint64 latest = _latestSnapshot;
        if (latest > _revokedThrough) {
            uint256 notBefore = _snapshots[latest].takenAt + p.snapshotInterval;
            if (block.timestamp < notBefore) revert StakeSnapshotTooSoon(notBefore);
        }
        (uint256[] memory members, uint256 total) = _members();
        if (members.length < p.minSigners) revert StakeTooFewMembers(members.length, p.minSigners);

        snapshotId = latest + 1;
        uint40 expiresAt = (block.timestamp + p.snapshotLifetime).toUint40();
        uint256 commitment = QuorumVerifier.commit(snapshotId, members, p.minSigners, expiresAt);
        _latestSnapshot = snapshotId;
        _snapshots[snapshotId] = Snapshot(commitment, uint64(block.timestamp), members);
        emit QuorumSnapshotTaken(snapshotId, members, total, expiresAt);
        _tellDistributor(commitment);
    }

    /// @inheritdoc IStakeManager
    function verifyQuorum(
        bytes32 digest,
        bytes calldata proof
    ) external view returns (uint64 snapshotId, uint32 signers) {
        return QuorumVerifier.verify(commitmentOf(QuorumVerifier.snapshotOf(proof)), digest, proof);
    }

    /// @inheritdoc IStakeManager
    function commitmentOf(uint64 snapshotId) public view returns (uint256) {
        return snapshotId > _revokedThrough ? _snapshots[snapshotId].commitment : 0;
    }

    /// @inheritdoc IStakeManager
    function latestSnapshot() external view returns (uint64) {
        return _latestSnapshot;
    }

    /// @inheritdoc IStakeManager
    function quorumOf(
        uint64 snapshotId
    ) external view returns (uint256[] memory members, uint256 totalWeight, uint256 takenAt) {
        members = _snapshots[snapshotId].members;
        takenAt = _snapshots[snapshotId].takenAt;
        for (uint256 i = 0; i < members.length; ++i) totalWeight += uint96(members[i]);
    }

    /// @inheritdoc IStakeManager
    function stakeBehind(uint64 snapshotId, uint256 signers) external view returns (uint256 weight) {
        uint256[] storage members = _snapshots[snapshotId].members;
        for (uint256 i = 0; i < members.length; ++i) {
            if ((signers >> i) & 1 != 0) weight += uint96(members[i]);
        }
    }

    /// @inheritdoc IStakeManager
    function operatorAt(uint64 snapshotId, uint256 index) external view returns (address) {
        uint256[] storage members = _snapshots[snapshotId].members;
        if (index >= members.length) revert StakeUnknownMember(snapshotId, index);
        return _operatorOf[address(uint160(members[index] >> 96))];
    }

    /// @inheritdoc IStakeManager
    function weightOf(address operator) external view returns (uint256 weight) {
        Pool storage pool = _pools[Role.Oracle][operator];
        weight = pool.seated ? _weightOf(operator, pool) : 0;
        if (weight < _parameters.minStake) weight = 0;
    }

    /// @inheritdoc IStakeManager
    function seats() external view returns (address[] memory) {
        return _seats;
    }

    /// @inheritdoc IStakeManager
    function operatorOf(address signer) external view returns (address) {
        return _operatorOf[signer];
    }

    /// @inheritdoc StakePools
    function _jail(Role role, Pool storage pool) internal override {
        if (role == Role.Oracle) {
            if (_earns(pool)) _earningAssets -= pool.assets;
            _revokeSnapshots();
        }
        pool.jailedUntil = (block.timestamp + _parameters.jailPeriod).toUint40();
    }

    /// @dev Makes a new snapshot necessary, and possible at once.
    function _revokeSnapshots() internal {
        uint64 latest = _latestSnapshot;
        if (latest == _revokedThrough) return;
        _revokedThrough = latest;
        emit SnapshotsRevoked(latest);
        _tellDistributor(0);
    }

    /// @dev Words of the operators that can sign, ascending by signer, and the sum of their weights.
    function _members() private view returns (uint256[] memory members, uint256 total) {
        uint256 seated = _seats.length;
        uint256 minStake = _parameters.minStake;
        members = new uint256[](seated);
        uint256 count;
        for (uint256 i = 0; i < seated; ++i) {
            address operator = _seats[i];
            Pool storage pool = _pools[Role.Oracle][operator];
            uint256 weight = _weightOf(operator, pool);
            if (weight == 0 || weight < minStake) continue;
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

    /// @dev The lesser of the active stake now and `activationDelay` ago; 0 in jail.
    function _weightOf(address operator, Pool storage pool) private view returns (uint256) {
        if (pool.jailedUntil != 0) return 0;
        uint48 before = uint48(Math.saturatingSub(block.timestamp, _parameters.activationDelay));
        return Math.min(pool.assets, _history[operator].upperLookup(before));
    }

    function _bindSigner(Pool storage pool, address signer) private {
        if (signer == address(0)) revert StakeInvalidAddress();
        address bound = _operatorOf[signer];
        if (bound != address(0) && bound != msg.sender) revert StakeSignerTaken(signer, bound);
        _operatorOf[signer] = msg.sender;
        pool.signer = signer;
    }

    function _tellDistributor(uint256 commitment) private {
        address distributor_ = _distributor;
        if (distributor_ != address(0)) IRewardDistributor(distributor_).setQuorum(commitment);
    }
}
