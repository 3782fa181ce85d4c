// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title IModelRegistry
/// @notice Models (ERC-721), the Datanet snapshots they were trained on and their published versions.
/// @dev A model's parent exists before it and never changes, so a lineage has no cycles.
interface IModelRegistry is IERC721 {
    struct ModelTerms {
        /// The model that this one derives from; 0: none.
        uint256 parentModelId;
        /// Share of the owner's part of the revenue that goes to the parent's till; 0 exactly when there is no parent.
        uint16 parentShareBps;
        /// Serves the model, signs its receipts, receives the compute part.
        address provider;
        /// OPEN wei that a call costs; above 0 the model is commercial.
        uint96 price;
    }

    struct Model {
        uint256 parentModelId;
        uint16 parentShareBps;
        /// The account that minted the model and receives ERC-2981 royalties.
        address creator;
        uint96 price;
        /// A version was published on data without commercial licence: the price stays 0.
        bool nonCommercial;
    }

    /// @notice What a version consists of.
    struct Artefacts {
        bytes32 weightsHash;
        /// Hash of the training recipe: architecture, seeds, optimiser, order.
        bytes32 recipeHash;
        /// Attribution scheme; must be allowed.
        bytes32 schemeId;
        /// 1 … 16 snapshots of distinct Datanets, in ascending order of datanetId.
        uint256[] snapshotIds;
        /// Where the artefacts are (a CID).
        string uri;
    }

    struct Version {
        uint256 modelId;
        bytes32 weightsHash;
        bytes32 recipeHash;
        bytes32 schemeId;
        uint256[] snapshotIds;
        uint64 blockNumber;
        /// Data of this version was revoked.
        bool stale;
    }

    event ModelMinted(uint256 indexed modelId, address indexed creator, ModelTerms terms, string uri);
    event PriceSet(uint256 indexed modelId, uint96 price);
    event ProviderSet(uint256 indexed modelId, address indexed provider, uint64 effectiveEpoch);
    event SnapshotPinned(
        uint256 indexed snapshotId,
        uint256 indexed datanetId,
        uint64 blockNumber,
        bytes32 accumulator,
        uint32 count
    );
    event VersionPublished(uint256 indexed versionId, uint256 indexed modelId, Artefacts artefacts);
    event VersionStaled(uint256 indexed versionId, uint256 indexed contributionId);
    event SchemeSet(bytes32 indexed schemeId, bool allowed);
    event MinParentShareSet(uint16 bps);
    event RoyaltySet(uint16 bps);

    error ModelUnknownSnapshot(uint256 snapshotId);
    error ModelUnknownVersion(uint256 versionId);
    /// @dev `bps` lies outside `minimum … maximum`.
    error ModelShareOutOfBounds(uint256 bps, uint256 minimum, uint256 maximum);
    error ModelInvalidProvider();
    /// @dev A version was published on data without commercial licence.
    error ModelNonCommercial(uint256 modelId);
    /// @dev Nothing has been accepted in the Datanet.
    error ModelEmptySnapshot(uint256 datanetId);
    error ModelSchemeNotAllowed(bytes32 schemeId);
    /// @dev 1 … 16 snapshots.
    error ModelInvalidSnapshotCount(uint256 snapshots);
    /// @dev Snapshots are given in strictly ascending order of their datanetId.
    error ModelSnapshotsOutOfOrder(uint256 index);
    /// @dev Weights and recipe must be given.
    error ModelEmptyArtefact();
    /// @dev The Datanet's licence lacks bits of `required`.
    error ModelLicenceMissing(uint256 datanetId, uint8 licence, uint8 required);
    error ModelLicenceExpired(uint256 datanetId, uint256 expiry);
    /// @dev The version was not trained on the contribution, or the contribution is not revoked.
    error ModelNotStale(uint256 versionId, uint256 contributionId);

    /// @notice Mints a model to the caller.
    /// @param uri Metadata (a CID).
    function mint(ModelTerms calldata terms, string calldata uri) external returns (uint256 modelId);

    /// @notice Changes the price. Model owner or its operators.
    function setPrice(uint256 modelId, uint96 price) external;

    /// @notice Changes the provider from the next epoch on. Model owner or its operators.
    function setProvider(uint256 modelId, address provider) external;

    /// @notice Changes the metadata URI. Model owner or its operators.
    function setUri(uint256 modelId, string calldata uri) external;

    /// @notice Pins the present state of a Datanet. Anyone may call.
    function pinSnapshot(uint256 datanetId) external returns (uint256 snapshotId);

    /// @notice Publishes a version. Model owner or its operators. Every snapshot's Datanet must license training,
    /// derivation if the model has a parent, and commerce if it has a price.
    function publishVersion(uint256 modelId, Artefacts calldata artefacts) external returns (uint256 versionId);

    /// @notice Marks a version that was trained on a contribution which has since been revoked. Anyone may call.
    function markStale(uint256 versionId, uint256 contributionId) external;

    /// @notice Allows an attribution scheme for new versions, or forbids it. Owner only.
    function setScheme(bytes32 schemeId, bool allowed) external;

    /// @notice Sets the least parent share of models minted from now on. Owner only.
    function setMinParentShare(uint16 bps) external;

    /// @notice Sets the ERC-2981 royalty, paid to a model's creator. Owner only.
    function setRoyalty(uint16 bps) external;

    /// @notice A model. Reverts for an unknown one.
    function modelOf(uint256 modelId) external view returns (Model memory model);

    /// @notice The provider in `epoch`. Final for the current epoch and every earlier one.
    function providerOf(uint256 modelId, uint64 epoch) external view returns (address provider);

    /// @notice A pinned state. Reverts for an unknown one.
    /// @return datanetId The Datanet.
    /// @return blockNumber Block in which it was pinned.
    /// @return accumulator {IContributionRegistry-accumulatorOf} at that point.
    /// @return count Contributions accepted and not revoked at that point.
    function snapshotOf(
        uint256 snapshotId
    ) external view returns (uint256 datanetId, uint64 blockNumber, bytes32 accumulator, uint32 count);

    /// @notice A version. Reverts for an unknown one.
    function versionOf(uint256 versionId) external view returns (Version memory version);

    /// @notice Whether the contribution was accepted and not revoked when the snapshot was pinned.
    function inSnapshot(uint256 snapshotId, uint256 contributionId) external view returns (bool included);

    /// @notice Whether the contribution is in one of the version's snapshots, of either kind.
    function inVersion(uint256 versionId, uint256 contributionId) external view returns (bool included);

    /// @notice Whether new versions may use the scheme.
    function isSchemeAllowed(bytes32 schemeId) external view returns (bool allowed);

    /// @notice Least parent share of new models with a parent.
    function minParentShareBps() external view returns (uint16 bps);

    /// @notice ERC-2981 royalty.
    function royaltyBps() external view returns (uint16 bps);

    /// @notice Number of models; ids run from 1.
    function modelCount() external view returns (uint256 models);

    /// @notice Number of versions; ids run from 1.
    function versionCount() external view returns (uint256 versions);

    /// @notice Number of snapshots; ids run from 1.
    function snapshotCount() external view returns (uint256 snapshots);
}
