// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ERC721URIStorageUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/extensions/ERC721URIStorageUpgradeable.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {ITrainingFees} from "../interfaces/ITrainingFees.sol";

/// @title ModelRecords
/// @notice What is kept of models, snapshots and versions, and how it is read.
abstract contract ModelRecords is IModelRegistry, ERC721URIStorageUpgradeable {
    using Checkpoints for Checkpoints.Trace160;

    struct StoredModel {
        address creator;
        uint96 price;
        address provider;
        uint40 mintedAt;
        bool base;
        bool nonCommercial;
        Parent[] parents;
    }

    struct Snapshot {
        bytes32 accumulator;
        uint64 datanetId;
        uint64 blockNumber;
        /// The Datanet's change number, which orders acceptances, revocations and snapshots within a block too.
        uint64 changes;
        uint32 count;
    }

    /// @custom:storage-location erc7201:openledger.storage.ModelRegistry
    struct Records {
        uint256 modelCount;
        uint256 versionCount;
        uint256 snapshotCount;
        uint16 minParentShareBps;
        uint16 royaltyBps;
        address trainingFees;
        mapping(bytes32 schemeId => bool) isSchemeAllowed;
        mapping(uint256 modelId => StoredModel) models;
        /// Providers from an epoch on; empty until the first change.
        mapping(uint256 modelId => Checkpoints.Trace160) providers;
        mapping(uint256 snapshotId => Snapshot) snapshots;
        mapping(uint256 versionId => Version) versions;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("openledger.storage.ModelRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant RECORDS_SLOT = 0xcbe6ec4a17d7f9d3c5d1a39a9242e27975e309a89d123fc696d0e32b5bf57d00;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IEpochClock public immutable clock;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IDatanetRegistry public immutable datanets;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IContributionRegistry public immutable contributions;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IEpochClock clock_, IDatanetRegistry datanets_, IContributionRegistry contributions_) {
        clock = clock_;
        datanets = datanets_;
        contributions = contributions_;
    }

    /// @inheritdoc IModelRegistry
    function modelOf(uint256 modelId) external view returns (Model memory) {
        _requireOwned(modelId);
        StoredModel storage model = _records().models[modelId];
        return
            Model({
                parents: model.parents,
                creator: model.creator,
                price: model.price,
                mintedAt: model.mintedAt,
                base: model.base,
                nonCommercial: model.nonCommercial
            });
    }

    /// @inheritdoc IModelRegistry
    function providerOf(uint256 modelId, uint64 epoch) external view returns (address provider) {
        _requireOwned(modelId);
        provider = address(_records().providers[modelId].upperLookupRecent(epoch));
        if (provider == address(0)) provider = _records().models[modelId].provider;
    }

    /// @inheritdoc IModelRegistry
    function snapshotOf(
        uint256 snapshotId
    ) external view returns (uint256 datanetId, uint64 blockNumber, bytes32 accumulator, uint32 count) {
        Snapshot memory snapshot = _requireSnapshot(snapshotId);
        return (snapshot.datanetId, snapshot.blockNumber, snapshot.accumulator, snapshot.count);
    }

    /// @inheritdoc IModelRegistry
    function versionOf(uint256 versionId) external view returns (Version memory) {
        return _requireVersion(versionId);
    }

    /// @inheritdoc IModelRegistry
    function inSnapshot(uint256 snapshotId, uint256 contributionId) external view returns (bool) {
        return _includes(_requireSnapshot(snapshotId), contributions.contributionOf(contributionId));
    }

    /// @inheritdoc IModelRegistry
    function curatorsOf(uint256 versionId) external view returns (address[] memory curators) {
        uint256[] storage snapshotIds = _requireVersion(versionId).snapshotIds;
        curators = new address[](snapshotIds.length);
        for (uint256 i = 0; i < curators.length; ++i) {
            curators[i] = datanets.ownerOf(_records().snapshots[snapshotIds[i]].datanetId);
        }
    }

    /// @inheritdoc IModelRegistry
    function isPaid(uint256 versionId) external view returns (bool) {
        return ITrainingFees(_records().trainingFees).isPaid(versionId);
    }

    /// @inheritdoc IModelRegistry
    function isSchemeAllowed(bytes32 schemeId) external view returns (bool) {
        return _records().isSchemeAllowed[schemeId];
    }

    /// @inheritdoc IModelRegistry
    function minParentShareBps() external view returns (uint16) {
        return _records().minParentShareBps;
    }

    /// @inheritdoc IModelRegistry
    function royaltyBps() external view returns (uint16) {
        return _records().royaltyBps;
    }

    /// @inheritdoc IModelRegistry
    function modelCount() external view returns (uint256) {
        return _records().modelCount;
    }

    /// @inheritdoc IModelRegistry
    function versionCount() external view returns (uint256) {
        return _records().versionCount;
    }

    /// @inheritdoc IModelRegistry
    function snapshotCount() external view returns (uint256) {
        return _records().snapshotCount;
    }

    /// @inheritdoc IModelRegistry
    function trainingFees() external view returns (address) {
        return _records().trainingFees;
    }

    /// @inheritdoc IModelRegistry
    function inVersion(uint256 versionId, uint256 contributionId) public view returns (bool) {
        uint256[] storage snapshotIds = _requireVersion(versionId).snapshotIds;
        IContributionRegistry.Contribution memory contribution = contributions.contributionOf(contributionId);
        for (uint256 i = 0; i < snapshotIds.length; ++i) {
            if (_includes(_records().snapshots[snapshotIds[i]], contribution)) return true;
        }
        return false;
    }

    function _requireSnapshot(uint256 snapshotId) internal view returns (Snapshot memory snapshot) {
        snapshot = _records().snapshots[snapshotId];
        if (snapshot.datanetId == 0) revert ModelUnknownSnapshot(snapshotId);
    }

    function _requireVersion(uint256 versionId) internal view returns (Version storage version) {
        version = _records().versions[versionId];
        if (version.modelId == 0) revert ModelUnknownVersion(versionId);
    }

    function _records() internal pure returns (Records storage records) {
        assembly ("memory-safe") {
            records.slot := RECORDS_SLOT
        }
    }

    function _includes(
        Snapshot memory snapshot,
        IContributionRegistry.Contribution memory contribution
    ) private pure returns (bool) {
        return
            contribution.datanetId == snapshot.datanetId &&
            contribution.acceptedAt != 0 &&
            contribution.acceptedAt <= snapshot.changes &&
            (contribution.revokedAt == 0 || contribution.revokedAt > snapshot.changes);
    }
}
