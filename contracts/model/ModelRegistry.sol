// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ERC721URIStorageUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/extensions/ERC721URIStorageUpgradeable.sol";
import {Licence} from "../datanet/Licence.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {UpgradeableAfterExit} from "../access/UpgradeableAfterExit.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title ModelRegistry
/// @notice See {IModelRegistry}.
contract ModelRegistry is IModelRegistry, IERC2981, ERC721URIStorageUpgradeable, UpgradeableAfterExit {
    using Checkpoints for Checkpoints.Trace160;

    struct StoredModel {
        address creator;
        uint96 price;
        address provider;
        uint64 parentModelId;
        uint16 parentShareBps;
        bool nonCommercial;
    }

    struct Snapshot {
        bytes32 accumulator;
        uint64 datanetId;
        uint64 blockNumber;
        /// The Datanet's change number, which orders acceptances, revocations and snapshots within a block too.
        uint64 changes;
        uint32 count;
    }

    uint256 public constant BPS = 10_000;
    uint16 public constant MAX_MIN_PARENT_SHARE_BPS = 5000;
    uint16 public constant MAX_ROYALTY_BPS = 1000;
    uint256 public constant MAX_SNAPSHOTS = 16;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IEpochClock public immutable clock;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IDatanetRegistry public immutable datanets;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IContributionRegistry public immutable contributions;

    /// @inheritdoc IModelRegistry
    uint256 public modelCount;
    /// @inheritdoc IModelRegistry
    uint256 public versionCount;
    /// @inheritdoc IModelRegistry
    uint256 public snapshotCount;
    /// @inheritdoc IModelRegistry
    uint16 public minParentShareBps;
    /// @inheritdoc IModelRegistry
    uint16 public royaltyBps;
    /// @inheritdoc IModelRegistry
    mapping(bytes32 schemeId => bool) public isSchemeAllowed;
    mapping(uint256 modelId => StoredModel) private _models;
    /// @dev Providers from an epoch on; empty until the first change.
    mapping(uint256 modelId => Checkpoints.Trace160) private _providers;
    mapping(uint256 snapshotId => Snapshot) private _snapshots;
    mapping(uint256 versionId => Version) private _versions;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IEpochClock clock_, IDatanetRegistry datanets_, IContributionRegistry contributions_) {
        clock = clock_;
        datanets = datanets_;
        contributions = contributions_;
        _disableInitializers();
    }

    function initialize(
        address owner,
        uint16 minParentShareBps_,
        uint16 royaltyBps_,
        bytes32 schemeId
    ) external initializer {
        __ERC721_init("OpenLedger Model", "MODEL");
        __Ownable_init(owner);
        _setMinParentShare(minParentShareBps_);
        _setRoyalty(royaltyBps_);
        _setScheme(schemeId, true);
    }

    /// @inheritdoc IModelRegistry
    function mint(ModelTerms calldata terms, string calldata uri) external returns (uint256 modelId) {
        if (terms.provider == address(0)) revert ModelInvalidProvider();
        uint256 minimum = 0;
        uint256 maximum = 0;
        if (terms.parentModelId != 0) {
            _requireOwned(terms.parentModelId);
            minimum = minParentShareBps;
            maximum = BPS;
        }
        _checkShare(terms.parentShareBps, minimum, maximum);

        modelId = ++modelCount;
        _models[modelId] = StoredModel({
            creator: msg.sender,
            price: terms.price,
            provider: terms.provider,
            // The parent exists and ids are counted, so it fits.
            parentModelId: uint64(terms.parentModelId),
            parentShareBps: terms.parentShareBps,
            nonCommercial: false
        });
        emit ModelMinted(modelId, msg.sender, terms, uri);
        _mint(msg.sender, modelId);
        _setTokenURI(modelId, uri);
    }

    /// @inheritdoc IModelRegistry
    function setPrice(uint256 modelId, uint96 price) external {
        _checkControls(modelId);
        StoredModel storage model = _models[modelId];
        if (price != 0 && model.nonCommercial) revert ModelNonCommercial(modelId);
        model.price = price;
        emit PriceSet(modelId, price);
    }

    /// @inheritdoc IModelRegistry
    function setProvider(uint256 modelId, address provider) external {
        _checkControls(modelId);
        if (provider == address(0)) revert ModelInvalidProvider();
        uint64 effective = clock.current() + 1;
        _providers[modelId].push(effective, uint160(provider));
        emit ProviderSet(modelId, provider, effective);
    }

    /// @inheritdoc IModelRegistry
    function setUri(uint256 modelId, string calldata uri) external {
        _checkControls(modelId);
        _setTokenURI(modelId, uri);
    }

    /// @inheritdoc IModelRegistry
    function pinSnapshot(uint256 datanetId) external returns (uint256 snapshotId) {
        (bytes32 accumulator, uint32 accepted) = contributions.accumulatorOf(datanetId);
        if (accepted == 0) revert ModelEmptySnapshot(datanetId);
        snapshotId = ++snapshotCount;
        uint64 blockNumber = uint64(block.number);
        _snapshots[snapshotId] = Snapshot({
            accumulator: accumulator,
            // Something was accepted in the Datanet, so it exists and its counted id fits.
            datanetId: uint64(datanetId),
            blockNumber: blockNumber,
            changes: contributions.changesOf(datanetId),
            count: accepted
        });
        emit SnapshotPinned(snapshotId, datanetId, blockNumber, accumulator, accepted);
    }

    /// @inheritdoc IModelRegistry
    function publishVersion(uint256 modelId, Artefacts calldata artefacts) external returns (uint256 versionId) {
        _checkControls(modelId);
        if (artefacts.weightsHash == 0 || artefacts.recipeHash == 0) revert ModelEmptyArtefact();
        if (!isSchemeAllowed[artefacts.schemeId]) revert ModelSchemeNotAllowed(artefacts.schemeId);
        StoredModel storage model = _models[modelId];
        uint8 required = Licence.TRAIN;
        if (model.parentModelId != 0) required |= Licence.DERIVE;
        if (model.price != 0) required |= Licence.COMMERCIAL;
        if (!_checkSnapshots(artefacts.snapshotIds, required)) model.nonCommercial = true;

        versionId = ++versionCount;
        _versions[versionId] = Version({
            modelId: modelId,
            weightsHash: artefacts.weightsHash,
            recipeHash: artefacts.recipeHash,
            schemeId: artefacts.schemeId,
            snapshotIds: artefacts.snapshotIds,
            blockNumber: uint64(block.number),
            stale: false
        });
        emit VersionPublished(versionId, modelId, artefacts);
    }

    /// @inheritdoc IModelRegistry
    function markStale(uint256 versionId, uint256 contributionId) external {
        bool revoked = contributions.contributionOf(contributionId).status == IContributionRegistry.Status.Revoked;
        if (!revoked || !inVersion(versionId, contributionId)) revert ModelNotStale(versionId, contributionId);
        _versions[versionId].stale = true;
        emit VersionStaled(versionId, contributionId);
    }

    /// @inheritdoc IModelRegistry
    function setScheme(bytes32 schemeId, bool allowed) external onlyOwner {
        _setScheme(schemeId, allowed);
    }

    /// @inheritdoc IModelRegistry
    function setMinParentShare(uint16 bps) external onlyOwner {
        _setMinParentShare(bps);
    }

    /// @inheritdoc IModelRegistry
    function setRoyalty(uint16 bps) external afterExit {
        _setRoyalty(bps);
    }

    /// @inheritdoc IModelRegistry
    function modelOf(uint256 modelId) external view returns (Model memory) {
        _requireOwned(modelId);
        StoredModel storage model = _models[modelId];
        return
            Model({
                parentModelId: model.parentModelId,
                parentShareBps: model.parentShareBps,
                creator: model.creator,
                price: model.price,
                nonCommercial: model.nonCommercial
            });
    }

    /// @inheritdoc IModelRegistry
    function providerOf(uint256 modelId, uint64 epoch) external view returns (address provider) {
        _requireOwned(modelId);
        provider = address(_providers[modelId].upperLookupRecent(epoch));
        if (provider == address(0)) provider = _models[modelId].provider;
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

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 modelId, uint256 salePrice) external view returns (address, uint256) {
        return (_models[modelId].creator, (salePrice * royaltyBps) / BPS);
    }

    /// @inheritdoc IModelRegistry
    function inVersion(uint256 versionId, uint256 contributionId) public view returns (bool) {
        uint256[] storage snapshotIds = _requireVersion(versionId).snapshotIds;
        IContributionRegistry.Contribution memory contribution = contributions.contributionOf(contributionId);
        for (uint256 i = 0; i < snapshotIds.length; ++i) {
            if (_includes(_snapshots[snapshotIds[i]], contribution)) return true;
        }
        return false;
    }

    /// @inheritdoc IERC165
    function supportsInterface(
        bytes4 interfaceId
    ) public view override(ERC721URIStorageUpgradeable, IERC165) returns (bool) {
        return interfaceId == type(IERC2981).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Reverts unless every Datanet grants `required`.
    /// @return commercial Whether every Datanet grants commerce too.
    function _checkSnapshots(uint256[] calldata snapshotIds, uint8 required) private view returns (bool commercial) {
        if (snapshotIds.length == 0 || snapshotIds.length > MAX_SNAPSHOTS)
            revert ModelInvalidSnapshotCount(snapshotIds.length);
        commercial = true;
        uint256 previous = 0;
        for (uint256 i = 0; i < snapshotIds.length; ++i) {
            uint256 datanetId = _requireSnapshot(snapshotIds[i]).datanetId;
            if (datanetId <= previous) revert ModelSnapshotsOutOfOrder(i);
            previous = datanetId;
            IDatanetRegistry.Terms memory terms = datanets.termsOf(datanetId);
            if (terms.licence & required != required) revert ModelLicenceMissing(datanetId, terms.licence, required);
            if (terms.licenceExpiry != 0 && terms.licenceExpiry < block.timestamp)
                revert ModelLicenceExpired(datanetId, terms.licenceExpiry);
            if (terms.licence & Licence.COMMERCIAL == 0) commercial = false;
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

    function _requireSnapshot(uint256 snapshotId) private view returns (Snapshot memory snapshot) {
        snapshot = _snapshots[snapshotId];
        if (snapshot.datanetId == 0) revert ModelUnknownSnapshot(snapshotId);
    }

    function _requireVersion(uint256 versionId) private view returns (Version storage version) {
        version = _versions[versionId];
        if (version.modelId == 0) revert ModelUnknownVersion(versionId);
    }

    function _checkControls(uint256 modelId) private view {
        _checkAuthorized(_requireOwned(modelId), msg.sender, modelId);
    }

    function _setScheme(bytes32 schemeId, bool allowed) private {
        isSchemeAllowed[schemeId] = allowed;
        emit SchemeSet(schemeId, allowed);
    }

    function _setMinParentShare(uint16 bps) private {
        _checkShare(bps, 0, MAX_MIN_PARENT_SHARE_BPS);
        minParentShareBps = bps;
        emit MinParentShareSet(bps);
    }

    function _setRoyalty(uint16 bps) private {
        _checkShare(bps, 0, MAX_ROYALTY_BPS);
        royaltyBps = bps;
        emit RoyaltySet(bps);
    }

    function _checkShare(uint256 bps, uint256 minimum, uint256 maximum) private pure {
        if (bps < minimum || bps > maximum) revert ModelShareOutOfBounds(bps, minimum, maximum);
    }
}
