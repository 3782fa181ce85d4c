// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {ScoreMath} from "../libraries/ScoreMath.sol";

/// @title IndexRegistry
/// @notice See {IIndexRegistry}.
contract IndexRegistry is IIndexRegistry, EIP712Upgradeable, OwnableUpgradeable, UUPSUpgradeable {
    using Checkpoints for Checkpoints.Trace208;

    uint64 public constant MIN_CHALLENGE_WINDOW = 1 hours;
    /// @notice With `MAX_HOLD`, what stake manager and unbonding allow for: {MAX_DISPUTE_PERIOD}.
    uint64 public constant MAX_CHALLENGE_WINDOW = 7 days;
    /// @notice Demands can hold an index up for at most this long after its challenge window.
    uint64 public constant MAX_HOLD = 7 days;
    uint256 private constant BPS = 10_000;
    bytes32 public constant INDEX_ATTESTATION_TYPEHASH = keccak256(
        "IndexAttestation(uint256 versionId,bytes32 indexRoot,uint32 size,uint16 k,bytes32 qualityHash,uint16 certificateBps,bytes32 bundleHash)"
    );

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IEpochClock public immutable clock;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IStakeManager public immutable stakes;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IModelRegistry public immutable models;

    /// @inheritdoc IIndexRegistry
    uint64 public challengeWindow;
    /// @inheritdoc IIndexRegistry
    uint16 public certificateFloorBps;
    /// @inheritdoc IIndexRegistry
    address public disputes;
    mapping(uint256 versionId => Index) private _indexes;
    /// @dev Active versions from an epoch on.
    mapping(uint256 modelId => Checkpoints.Trace208) private _active;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IEpochClock clock_, IStakeManager stakes_, IModelRegistry models_) {
        clock = clock_;
        stakes = stakes_;
        models = models_;
        _disableInitializers();
    }

    /// @param certificateFloorBps_ See {setCertificateFloor}.
    function initialize(address owner, uint64 challengeWindow_, uint16 certificateFloorBps_) external initializer {
        __EIP712_init("OpenLedger", "2");
        __Ownable_init(owner);
        _setChallengeWindow(challengeWindow_);
        _setCertificateFloor(certificateFloorBps_);
    }

    /// @inheritdoc IIndexRegistry
    function attest(IndexAttestation calldata attestation, bytes calldata proof) external {
        uint256 versionId = attestation.versionId;
        Index storage index = _indexes[versionId];
        require(index.challengeEnds == 0, IndexAlreadyAttested(versionId));
        // Without a contract that can cancel, whatever is attested would become final.
        require(disputes != address(0), IndexInvalidAddress());
        _checkBounds(attestation);
        // Reverts for a version that does not exist.
        models.versionOf(versionId);
        (uint64 snapshotId, uint32 signers) = stakes.verifyQuorum(attestationDigest(attestation), proof);

        index.indexRoot = attestation.indexRoot;
        index.qualityHash = attestation.qualityHash;
        index.bundleHash = attestation.bundleHash;
        index.size = attestation.size;
        index.k = attestation.k;
        index.certificateBps = attestation.certificateBps;
        index.splitsByExamples = attestation.certificateBps < certificateFloorBps;
        uint64 challengeEnds = uint64(block.timestamp) + challengeWindow;
        index.challengeEnds = challengeEnds;
        index.snapshotId = snapshotId;
        index.signers = signers;
        emit IndexAttested(versionId, attestation.indexRoot, attestation, snapshotId, signers, challengeEnds);
    }

    /// @inheritdoc IIndexRegistry
    function cancel(uint256 versionId) external {
        require(msg.sender == disputes, IndexUnauthorized(msg.sender));
        require(!isFinal(versionId), IndexAlreadyFinal(versionId));
        bytes32 indexRoot = _indexes[versionId].indexRoot;
        delete _indexes[versionId];
        emit IndexCancelled(versionId, indexRoot);
    }

    /// @inheritdoc IIndexRegistry
    function activate(uint256 versionId) external {
        Index storage index = _indexes[versionId];
        require(!index.activated, IndexAlreadyActivated(versionId));
        require(isFinal(versionId), IndexNotFinal(versionId, index.challengeEnds));
        if (!models.isPaid(versionId)) revert IndexNotPaid(versionId);
        uint256 modelId = models.versionOf(versionId).modelId;
        Checkpoints.Trace208 storage active = _active[modelId];
        (bool exists, , uint256 latest) = active.latestCheckpoint();
        require(versionId > latest, IndexSuperseded(versionId, latest));

        index.activated = true;
        uint64 fromEpoch = exists ? clock.current() + 1 : clock.current();
        // Epochs have fewer than 48 bits and versions fewer than 208 for as long as both are counted up one by one.
        active.push(uint48(fromEpoch), uint208(versionId));
        emit VersionActivated(modelId, versionId, fromEpoch);
    }

    /// @inheritdoc IIndexRegistry
    function setChallengeWindow(uint64 duration) external onlyOwner {
        _setChallengeWindow(duration);
    }

    /// @inheritdoc IIndexRegistry
    function setCertificateFloor(uint16 bps) external onlyOwner {
        _setCertificateFloor(bps);
    }

    /// @inheritdoc IIndexRegistry
    function setDisputes(address disputes_) external onlyOwner {
        require(disputes_ != address(0), IndexInvalidAddress());
        disputes = disputes_;
        emit DisputesSet(disputes_);
    }

    /// @inheritdoc IIndexRegistry
    function indexOf(uint256 versionId) external view returns (Index memory index) {
        index = _indexes[versionId];
        require(index.challengeEnds != 0, IndexUnknown(versionId));
    }

    /// @inheritdoc IIndexRegistry
    function isFinal(uint256 versionId) public view returns (bool) {
        Index storage index = _indexes[versionId];
        uint64 challengeEnds = index.challengeEnds;
        require(challengeEnds != 0, IndexUnknown(versionId));
        if (index.activated || block.timestamp >= challengeEnds + MAX_HOLD) return true;
        return block.timestamp >= challengeEnds && !IAttributionDisputes(disputes).isIndexHeld(versionId);
    }

    /// @inheritdoc IIndexRegistry
    function activeVersionOf(uint256 modelId, uint64 epoch) external view returns (uint256 versionId) {
        return _active[modelId].upperLookupRecent(epoch > type(uint48).max ? type(uint48).max : uint48(epoch));
    }

    /// @inheritdoc IIndexRegistry
    function attestationDigest(IndexAttestation calldata attestation) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(INDEX_ATTESTATION_TYPEHASH, attestation)));
    }

    function _checkBounds(IndexAttestation calldata attestation) private pure {
        require(attestation.size != 0, IndexInvalidAttestation(2, 0, 1, type(uint32).max));
        uint256 k = attestation.k;
        require(k != 0 && k % 32 == 0 && k <= ScoreMath.MAX_K, IndexInvalidAttestation(3, k, 32, ScoreMath.MAX_K));
        require(attestation.certificateBps <= BPS, IndexInvalidAttestation(5, attestation.certificateBps, 0, BPS));
    }

    function _setChallengeWindow(uint64 duration) private {
        require(
            duration >= MIN_CHALLENGE_WINDOW && duration <= MAX_CHALLENGE_WINDOW,
            IndexOutOfBounds(duration, MIN_CHALLENGE_WINDOW, MAX_CHALLENGE_WINDOW)
        );
        challengeWindow = duration;
        emit ChallengeWindowSet(duration);
    }

    function _setCertificateFloor(uint16 bps) private {
        require(bps <= BPS, IndexOutOfBounds(bps, 0, BPS));
        certificateFloorBps = bps;
        emit CertificateFloorSet(bps);
    }

    /// @dev The owner, a timelock, decides on upgrades.
    function _authorizeUpgrade(address) internal override onlyOwner {}
}
