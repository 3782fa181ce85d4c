// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ERC721URIStorageUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/extensions/ERC721URIStorageUpgradeable.sol";
import {UpgradeableAfterExit} from "../access/UpgradeableAfterExit.sol";
import {Licence} from "../datanet/Licence.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {ITrainingFees} from "../interfaces/ITrainingFees.sol";
import {ModelRecords} from "./ModelRecords.sol";

/// @title ModelRegistry
/// @notice See {IModelRegistry}.
/// @dev How models and versions come to be; {ModelRecords} keeps and reads them.
contract ModelRegistry is IERC2981, ModelRecords, UpgradeableAfterExit {
    using Checkpoints for Checkpoints.Trace160;

    uint256 public constant BPS = 10_000;
    uint256 public constant MAX_PARENTS = 8;
    /// @notice So much that `MAX_PARENTS` with the least share always fit.
    uint16 public constant MAX_MIN_PARENT_SHARE_BPS = 1250;
    uint16 public constant MAX_ROYALTY_BPS = 1000;
    uint256 public constant MAX_SNAPSHOTS = 16;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(
        IEpochClock clock_,
        IDatanetRegistry datanets_,
        IContributionRegistry contributions_
    ) ModelRecords(clock_, datanets_, contributions_) {
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
        Records storage records = _records();
        modelId = ++records.modelCount;
        StoredModel storage model = records.models[modelId];
        _storeParents(model, terms.parents);
        model.creator = msg.sender;
        model.price = terms.price;
        model.provider = terms.provider;
        model.mintedAt = uint40(block.timestamp);
        model.base = terms.base;
        emit ModelMinted(modelId, msg.sender, terms, uri);
        _mint(msg.sender, modelId);
        _setTokenURI(modelId, uri);
    }

    /// @inheritdoc IModelRegistry
    function setPrice(uint256 modelId, uint96 price) external {
        _checkControls(modelId);
        StoredModel storage model = _records().models[modelId];
        if (price != 0 && model.nonCommercial) revert ModelNonCommercial(modelId);
        model.price = price;
        emit PriceSet(modelId, price);
    }

    /// @inheritdoc IModelRegistry
    function setProvider(uint256 modelId, address provider) external {
        _checkControls(modelId);
        if (provider == address(0)) revert ModelInvalidProvider();
        uint64 effective = clock.current() + 1;
        _records().providers[modelId].push(effective, uint160(provider));
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
        snapshotId = ++_records().snapshotCount;
        uint64 blockNumber = uint64(block.number);
        _records().snapshots[snapshotId] = Snapshot({
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
    function publishVersion(
        uint256 modelId,
        Artefacts calldata artefacts,
        uint256 maxFee
    ) external returns (uint256 versionId) {
        _checkControls(modelId);
        Records storage records = _records();
        if (records.trainingFees == address(0)) revert ModelNotConnected();
        StoredModel storage model = records.models[modelId];
        _checkArtefacts(modelId, model.base, artefacts);
        if (!_isCommercial(modelId, model, artefacts.snapshotIds)) model.nonCommercial = true;

        versionId = ++records.versionCount;
        records.versions[versionId] = Version({
            modelId: modelId,
            weightsHash: artefacts.weightsHash,
            recipeHash: artefacts.recipeHash,
            schemeId: artefacts.schemeId,
            snapshotIds: artefacts.snapshotIds,
            size: artefacts.size,
            blockNumber: uint64(block.number),
            stale: false
        });
        emit VersionPublished(versionId, modelId, artefacts);
        if (!model.base) ITrainingFees(records.trainingFees).escrow(versionId, msg.sender, artefacts.size, maxFee);
    }

    /// @inheritdoc IModelRegistry
    function markStale(uint256 versionId, uint256 contributionId) external {
        bool revoked = contributions.contributionOf(contributionId).status == IContributionRegistry.Status.Revoked;
        if (!revoked || !inVersion(versionId, contributionId)) revert ModelNotStale(versionId, contributionId);
        _records().versions[versionId].stale = true;
        emit VersionStaled(versionId, contributionId);
    }

    /// @inheritdoc IModelRegistry
    function setTrainingFees(address trainingFees_) external onlyOwner {
        if (_records().trainingFees != address(0)) revert ModelAlreadyConnected();
        if (trainingFees_ == address(0)) revert ModelNotConnected();
        _records().trainingFees = trainingFees_;
        emit TrainingFeesSet(trainingFees_);
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

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 modelId, uint256 salePrice) external view returns (address, uint256) {
        return (_records().models[modelId].creator, (salePrice * _records().royaltyBps) / BPS);
    }

    /// @inheritdoc IERC165
    function supportsInterface(
        bytes4 interfaceId
    ) public view override(ERC721URIStorageUpgradeable, IERC165) returns (bool) {
        return interfaceId == type(IERC2981).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Parents exist before their children, so a lineage has no cycles.
    function _storeParents(StoredModel storage model, Parent[] calldata parents) private {
        if (parents.length > MAX_PARENTS) revert ModelTooManyParents(parents.length);
        uint256 minimum = _records().minParentShareBps;
        uint256 left = BPS;
        uint256 previous = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            Parent calldata parent = parents[i];
            _requireOwned(parent.modelId);
            if (parent.modelId <= previous) revert ModelParentsOutOfOrder(i);
            previous = parent.modelId;
            _checkShare(parent.shareBps, minimum, left);
            left -= parent.shareBps;
            model.parents.push(parent);
        }
    }

    function _checkArtefacts(uint256 modelId, bool base, Artefacts calldata artefacts) private view {
        uint256 snapshots = artefacts.snapshotIds.length;
        if (artefacts.weightsHash == 0) revert ModelEmptyArtefact();
        if (base) {
            if (snapshots != 0 || artefacts.schemeId != 0) revert ModelIsBase(modelId);
            return;
        }
        if (artefacts.recipeHash == 0) revert ModelEmptyArtefact();
        if (!_records().isSchemeAllowed[artefacts.schemeId]) revert ModelSchemeNotAllowed(artefacts.schemeId);
        if (snapshots == 0 || snapshots > MAX_SNAPSHOTS) revert ModelInvalidSnapshotCount(snapshots);
    }

    /// @dev Reverts unless all that the version is made of may be used so: Datanets by their licence, and parents that are not
    /// commercial by a model without a price.
    /// @return commercial Whether everything allows commerce.
    function _isCommercial(
        uint256 modelId,
        StoredModel storage model,
        uint256[] calldata snapshotIds
    ) private view returns (bool commercial) {
        commercial = true;
        uint256 parents = model.parents.length;
        for (uint256 i = 0; i < parents; ++i) {
            if (_records().models[model.parents[i].modelId].nonCommercial) commercial = false;
        }
        if (!commercial && model.price != 0) revert ModelNonCommercial(modelId);

        uint8 required = Licence.TRAIN;
        if (parents != 0) required |= Licence.DERIVE;
        if (model.price != 0) required |= Licence.COMMERCIAL;
        uint256 previous = 0;
        for (uint256 i = 0; i < snapshotIds.length; ++i) {
            uint256 datanetId = _requireSnapshot(snapshotIds[i]).datanetId;
            if (datanetId <= previous) revert ModelSnapshotsOutOfOrder(i);
            previous = datanetId;
            IDatanetRegistry.Terms memory terms = datanets.termsOf(datanetId);
            if (terms.licence & required != required) revert ModelLicenceMissing(datanetId, terms.licence, required);
            if (terms.licenceExpiry != 0 && terms.licenceExpiry < block.timestamp) {
                revert ModelLicenceExpired(datanetId, terms.licenceExpiry);
            }
            if (terms.licence & Licence.COMMERCIAL == 0) commercial = false;
        }
    }

    function _checkControls(uint256 modelId) private view {
        _checkAuthorized(_requireOwned(modelId), msg.sender, modelId);
    }

    function _setScheme(bytes32 schemeId, bool allowed) private {
        _records().isSchemeAllowed[schemeId] = allowed;
        emit SchemeSet(schemeId, allowed);
    }

    function _setMinParentShare(uint16 bps) private {
        _checkShare(bps, 0, MAX_MIN_PARENT_SHARE_BPS);
        _records().minParentShareBps = bps;
        emit MinParentShareSet(bps);
    }

    function _setRoyalty(uint16 bps) private {
        _checkShare(bps, 0, MAX_ROYALTY_BPS);
        _records().royaltyBps = bps;
        emit RoyaltySet(bps);
    }

    function _checkShare(uint256 bps, uint256 minimum, uint256 maximum) private pure {
        if (bps < minimum || bps > maximum) revert ModelShareOutOfBounds(bps, minimum, maximum);
    }
}
