// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ExitDelay} from "../access/ExitDelay.sol";
import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {IndexContent} from "../libraries/IndexContent.sol";
import {ScoreMath} from "../libraries/ScoreMath.sol";
import {QuorumVerifier} from "../staking/QuorumVerifier.sol";

/// @title IndexRegistry
/// @notice See {IIndexRegistry}.
/// @dev Immutable: what is final decides about pools and bonds, so nobody may ever change it.
contract IndexRegistry is IIndexRegistry, EIP712, Ownable, ExitDelay {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice A version that became the active one of its model.
    struct Activation {
        uint64 activatedAt;
        uint192 versionId;
    }

    uint64 public constant MIN_CHALLENGE_WINDOW = 1 hours;
    /// @notice With `MAX_HOLD`, what stake manager and unbonding allow for: {MAX_DISPUTE_PERIOD}.
    uint64 public constant MAX_CHALLENGE_WINDOW = 7 days;
    /// @notice Demands can hold an index up for at most this long after its challenge window.
    uint64 public constant MAX_HOLD = 7 days;
    uint256 private constant BPS = 10_000;
    bytes32 public constant INDEX_ATTESTATION_TYPEHASH = keccak256(
        "IndexAttestation(uint256 versionId,bytes32 partsHash,uint32 size,uint16 k,uint16 certificateBps,bytes32 bundleHash,uint64 snapshotId)"
    );

    IEpochClock public immutable clock;
    IStakeManager public immutable stakes;
    IModelRegistry public immutable models;

    /// @inheritdoc IIndexRegistry
    uint64 public challengeWindow;
    /// @inheritdoc IIndexRegistry
    uint16 public certificateFloorBps;
    /// @inheritdoc IIndexRegistry
    address public disputes;
    mapping(uint256 versionId => Index) private _indexes;
    /// @inheritdoc IIndexRegistry
    mapping(bytes32 contentHash => bool) public isBarred;
    /// @dev Active versions from an epoch on.
    mapping(uint256 modelId => Checkpoints.Trace208) private _active;
    /// @dev Every version that was ever activated, in order of time and of id.
    mapping(uint256 modelId => Activation[]) private _activations;

    /// @param owner The timelock.
    /// @param certificateFloorBps_ See {setCertificateFloor}.
    constructor(
        IEpochClock clock_,
        IStakeManager stakes_,
        IModelRegistry models_,
        address owner,
        uint64 challengeWindow_,
        uint16 certificateFloorBps_
    ) EIP712("OpenLedger", "2") Ownable(owner) {
        clock = clock_;
        stakes = stakes_;
        models = models_;
        _setChallengeWindow(challengeWindow_);
        _setCertificateFloor(certificateFloorBps_);
    }

    /// @inheritdoc IIndexRegistry
    function attest(IndexAttestation calldata attestation, IndexPart[] calldata parts, bytes calldata proof) external {
        uint256 versionId = attestation.versionId;
        Index storage index = _indexes[versionId];
        if (index.challengeEnds != 0) revert IndexAlreadyAttested(versionId);
        // Without a contract that can cancel, whatever is attested would become final.
        if (disputes == address(0)) revert IndexInvalidAddress();
        bytes32 contentHash = keccak256(abi.encode(attestation));
        if (isBarred[contentHash]) revert IndexBarred(versionId, contentHash);
        _checkBounds(attestation);
        _checkParts(attestation, parts);
        // Signatures name the snapshot, and only the latest one counts: no signature is good for another quorum's turn.
        bytes32 digest = attestationDigest(attestation, QuorumVerifier.snapshotOf(proof));
        (uint64 snapshotId, uint32 signers) = stakes.verifyQuorum(digest, proof);

        index.partsHash = attestation.partsHash;
        index.bundleHash = attestation.bundleHash;
        index.size = attestation.size;
        index.k = attestation.k;
        // One for each snapshot of the version, of which there are at most 16.
        index.partCount = uint8(parts.length);
        index.certificateBps = attestation.certificateBps;
        index.splitsByExamples = attestation.certificateBps < certificateFloorBps;
        uint64 challengeEnds = uint64(block.timestamp) + challengeWindow;
        index.challengeEnds = challengeEnds;
        index.snapshotId = snapshotId;
        index.signers = signers;
        emit IndexAttested(versionId, attestation.partsHash, attestation, parts, snapshotId, signers, challengeEnds);
    }

    /// @inheritdoc IIndexRegistry
    function cancel(uint256 versionId, bool barred) external {
        if (msg.sender != disputes) revert IndexUnauthorized(msg.sender);
        if (isFinal(versionId)) revert IndexAlreadyFinal(versionId);
        Index storage index = _indexes[versionId];
        bytes32 partsHash = index.partsHash;
        if (barred) isBarred[IndexContent.hashOf(versionId, index)] = true;
        delete _indexes[versionId];
        emit IndexCancelled(versionId, partsHash, barred);
    }

    /// @inheritdoc IIndexRegistry
    function activate(uint256 versionId) external {
        Index storage index = _indexes[versionId];
        if (index.activated) revert IndexAlreadyActivated(versionId);
        if (!isFinal(versionId)) revert IndexNotFinal(versionId, index.challengeEnds);
        if (!models.isPaid(versionId)) revert IndexNotPaid(versionId);
        uint256 modelId = models.versionOf(versionId).modelId;
        Checkpoints.Trace208 storage active = _active[modelId];
        (bool exists, , uint256 latest) = active.latestCheckpoint();
        if (versionId <= latest) revert IndexSuperseded(versionId, latest);

        index.activated = true;
        uint64 fromEpoch = exists ? clock.current() + 1 : clock.current();
        // Epochs have fewer than 48 bits and versions fewer than 192 for as long as both are counted up one by one.
        active.push(uint48(fromEpoch), uint208(versionId));
        _activations[modelId].push(Activation(uint64(block.timestamp), uint192(versionId)));
        emit VersionActivated(modelId, versionId, fromEpoch);
    }

    /// @inheritdoc IIndexRegistry
    function setChallengeWindow(uint64 duration) external afterExit {
        _setChallengeWindow(duration);
    }

    /// @inheritdoc IIndexRegistry
    function setCertificateFloor(uint16 bps) external afterExit {
        _setCertificateFloor(bps);
    }

    /// @inheritdoc IIndexRegistry
    function setDisputes(address disputes_) external onlyOwner {
        if (disputes != address(0)) revert IndexDisputesAlreadySet();
        if (disputes_ == address(0)) revert IndexInvalidAddress();
        disputes = disputes_;
        emit DisputesSet(disputes_);
    }

    /// @inheritdoc IIndexRegistry
    function indexOf(uint256 versionId) external view returns (Index memory index) {
        index = _indexes[versionId];
        if (index.challengeEnds == 0) revert IndexUnknown(versionId);
    }

    /// @inheritdoc IIndexRegistry
    function isFinal(uint256 versionId) public view returns (bool) {
        Index storage index = _indexes[versionId];
        uint64 challengeEnds = index.challengeEnds;
        if (challengeEnds == 0) revert IndexUnknown(versionId);
        if (index.activated || block.timestamp >= challengeEnds + MAX_HOLD) return true;
        return block.timestamp >= challengeEnds && !IAttributionDisputes(disputes).isIndexHeld(versionId);
    }

    /// @inheritdoc IIndexRegistry
    function activeVersionOf(uint256 modelId, uint64 epoch) external view returns (uint256 versionId) {
        return _active[modelId].upperLookupRecent(epoch > type(uint48).max ? type(uint48).max : uint48(epoch));
    }

    /// @inheritdoc IIndexRegistry
    function activatedSince(
        uint256 modelId,
        uint64 time,
        uint256 most
    ) external view returns (uint256[] memory versionIds) {
        Activation[] storage activations = _activations[modelId];
        uint256 end = activations.length;
        // First activation at or after `time`.
        uint256 first = 0;
        for (uint256 above = end; first < above;) {
            uint256 middle = (first + above) / 2;
            if (activations[middle].activatedAt < time) first = middle + 1;
            else above = middle;
        }
        if (end - first > most) end = first + most;
        versionIds = new uint256[](end - first);
        for (uint256 i = first; i < end; ++i) versionIds[i - first] = activations[i].versionId;
    }

    /// @inheritdoc IIndexRegistry
    function attestationDigest(IndexAttestation calldata attestation, uint64 snapshotId) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(INDEX_ATTESTATION_TYPEHASH, attestation, snapshotId)));
    }

    /// @dev One part for each snapshot of the version, in their order, which is that of the Datanets.
    function _checkParts(IndexAttestation calldata attestation, IndexPart[] calldata parts) private view {
        bytes32 partsHash = keccak256(abi.encode(parts));
        if (partsHash != attestation.partsHash) revert IndexPartsMismatch(partsHash, attestation.partsHash);
        // Reverts for a version that does not exist.
        uint256[] memory snapshotIds = models.versionOf(attestation.versionId).snapshotIds;
        if (parts.length != snapshotIds.length) revert IndexWrongPartCount(parts.length, snapshotIds.length);
        uint256 size = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            (uint256 datanetId, , , ) = models.snapshotOf(snapshotIds[i]);
            if (parts[i].datanetId != datanetId) revert IndexWrongDatanet(i, parts[i].datanetId, datanetId);
            size += parts[i].size;
        }
        if (size != attestation.size) revert IndexWrongSize(size, attestation.size);
    }

    function _checkBounds(IndexAttestation calldata attestation) private pure {
        if (attestation.size == 0) revert IndexInvalidAttestation(2, 0, 1, type(uint32).max);
        uint256 k = attestation.k;
        if (k == 0 || k % 32 != 0 || k > ScoreMath.MAX_K) revert IndexInvalidAttestation(3, k, 32, ScoreMath.MAX_K);
        if (attestation.certificateBps > BPS) revert IndexInvalidAttestation(4, attestation.certificateBps, 0, BPS);
    }

    function _setChallengeWindow(uint64 duration) private {
        if (duration < MIN_CHALLENGE_WINDOW || duration > MAX_CHALLENGE_WINDOW) {
            revert IndexOutOfBounds(duration, MIN_CHALLENGE_WINDOW, MAX_CHALLENGE_WINDOW);
        }
        challengeWindow = duration;
        emit ChallengeWindowSet(duration);
    }

    function _setCertificateFloor(uint16 bps) private {
        if (bps > BPS) revert IndexOutOfBounds(bps, 0, BPS);
        certificateFloorBps = bps;
        emit CertificateFloorSet(bps);
    }

    function _checkAnnouncer() internal view override {
        _checkOwner();
    }
}
