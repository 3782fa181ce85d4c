// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title IModelRegistry
/// @notice Models (ERC-721), the Datanet snapshots they were trained on and their published versions.
/// @dev A model's parents exist before it and never change, so a lineage has no cycles.
interface IModelRegistry is IERC721 {
    /// @notice A model that another one derives from.
    struct Parent {
        uint64 modelId;
        /// Share of the owner's part of the child's revenue that goes to this parent's till.
        uint16 shareBps;
    }

    /// @notice What is fixed or first set when a model is minted.
    struct ModelTerms {
        /// The models that this one derives from, ascending by id, at most 8; shares of at most the owner's whole part.
        Parent[] parents;
        /// Serves the model, signs its receipts, receives the compute part.
        address provider;
        /// OPEN wei that a call costs; above 0 the model is commercial.
        uint96 price;
        /// Made without data of any Datanet: its versions have no snapshots and no index, and what contributors would get of its
        /// revenue is its owner's.
        bool base;
    }

    /// @notice A model as the registry knows it.
    struct Model {
        Parent[] parents;
        /// The account that minted the model and receives ERC-2981 royalties.
        address creator;
        uint96 price;
        /// Unix seconds.
        uint40 mintedAt;
        /// See {ModelTerms-base}.
        bool base;
        /// A version was published on data or on a parent without commercial licence: the price stays 0, and revenue goes to
        /// contributors, protocol and stakers alone.
        bool nonCommercial;
    }

    /// @notice What training a version takes, as its publisher declares it; operators compare it with recipe and data.
    struct Size {
        uint64 rows;
        uint64 parameters;
        uint32 epochs;
        uint16 members;
    }

    /// @notice What a version consists of.
    struct Artefacts {
        bytes32 weightsHash;
        /// Hash of the training recipe: architecture, seeds, optimiser, order.
        bytes32 recipeHash;
        /// Attribution scheme; must be allowed.
        bytes32 schemeId;
        /// 1 … 16 snapshots of distinct Datanets, in ascending order of datanetId; none for a base model.
        uint256[] snapshotIds;
        /// Prices the training. A version that declares less than its recipe takes is not trained, so never active.
        Size size;
        /// Where the artefacts are (a CID).
        string uri;
    }

    /// @notice A published version.
    struct Version {
        uint256 modelId;
        bytes32 weightsHash;
        bytes32 recipeHash;
        bytes32 schemeId;
        uint256[] snapshotIds;
        Size size;
        uint64 blockNumber;
        /// Data of this version was revoked.
        bool stale;
    }

    /// @notice A model was minted to its creator.
    /// @param modelId The model.
    /// @param creator Who minted it.
    /// @param terms Parent, shares, provider and price.
    /// @param uri CID of the metadata.
    event ModelMinted(uint256 indexed modelId, address indexed creator, ModelTerms terms, string uri);
    /// @notice The price of a call changed.
    /// @param modelId The model.
    /// @param price OPEN wei that a call costs.
    event PriceSet(uint256 indexed modelId, uint96 price);
    /// @notice Another provider serves the model from `effectiveEpoch` on.
    /// @param modelId The model.
    /// @param provider Who serves the model and signs its receipts.
    /// @param effectiveEpoch First epoch in which it holds.
    event ProviderSet(uint256 indexed modelId, address indexed provider, uint64 effectiveEpoch);
    /// @notice The state of a Datanet was pinned.
    /// @param snapshotId The snapshot.
    /// @param datanetId The Datanet.
    /// @param blockNumber Block in which it was pinned.
    /// @param accumulator {IContributionRegistry-accumulatorOf} at that point.
    /// @param count Contributions accepted and not revoked.
    event SnapshotPinned(
        uint256 indexed snapshotId,
        uint256 indexed datanetId,
        uint64 blockNumber,
        bytes32 accumulator,
        uint32 count
    );
    /// @notice A version was published; operators recompute it.
    /// @param versionId The model version.
    /// @param modelId The model.
    /// @param artefacts What it consists of.
    event VersionPublished(uint256 indexed versionId, uint256 indexed modelId, Artefacts artefacts);
    /// @notice A contribution that a version was trained on was revoked.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    event VersionStaled(uint256 indexed versionId, uint256 indexed contributionId);
    /// @notice An attribution scheme was allowed or forbidden for new versions.
    /// @param schemeId Hash of the scheme's canonical JSON.
    /// @param allowed True to allow, false to forbid.
    event SchemeSet(bytes32 indexed schemeId, bool allowed);
    /// @notice The least parent share of later models changed.
    /// @param bps Basis points.
    event MinParentShareSet(uint16 bps);
    /// @notice The contract that escrows training fees was named.
    /// @param trainingFees The contract.
    event TrainingFeesSet(address indexed trainingFees);
    /// @notice The ERC-2981 royalty changed.
    /// @param bps Basis points.
    event RoyaltySet(uint16 bps);

    /// @notice There is no such snapshot.
    /// @param snapshotId The snapshot.
    error ModelUnknownSnapshot(uint256 snapshotId);
    /// @notice There is no such version.
    /// @param versionId The model version.
    error ModelUnknownVersion(uint256 versionId);
    /// @notice `bps` lies outside `minimum … maximum`.
    /// @param bps The share that was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error ModelShareOutOfBounds(uint256 bps, uint256 minimum, uint256 maximum);
    /// @notice At most 8 parents.
    /// @param parents How many were given.
    error ModelTooManyParents(uint256 parents);
    /// @notice Parents are given in strictly ascending order of their id.
    /// @param index Position of the first that is out of order.
    error ModelParentsOutOfOrder(uint256 index);
    /// @notice Versions of a base model have no snapshots and no attribution scheme.
    /// @param modelId The model.
    error ModelIsBase(uint256 modelId);
    /// @notice The contract that escrows training fees has not been named.
    error ModelNotConnected();
    /// @notice The contract that escrows training fees was named before and stays.
    error ModelAlreadyConnected();
    /// @notice The zero address.
    error ModelInvalidProvider();
    /// @notice A version was published on data, or derives from a model, without commercial licence.
    /// @param modelId The model.
    error ModelNonCommercial(uint256 modelId);
    /// @notice Nothing has been accepted in the Datanet.
    /// @param datanetId The Datanet.
    error ModelEmptySnapshot(uint256 datanetId);
    /// @notice New versions may not use this attribution scheme.
    /// @param schemeId Hash of the scheme's canonical JSON.
    error ModelSchemeNotAllowed(bytes32 schemeId);
    /// @notice 1 … 16 snapshots.
    /// @param snapshots How many were given.
    error ModelInvalidSnapshotCount(uint256 snapshots);
    /// @notice Snapshots are given in strictly ascending order of their datanetId.
    /// @param index Position of the first that is out of order.
    error ModelSnapshotsOutOfOrder(uint256 index);
    /// @notice Weights and recipe must be given.
    error ModelEmptyArtefact();
    /// @notice The Datanet's licence lacks bits of `required`.
    /// @param datanetId The Datanet.
    /// @param licence The licence bits of its terms.
    /// @param required Licence bits that the version needs.
    error ModelLicenceMissing(uint256 datanetId, uint8 licence, uint8 required);
    /// @notice The Datanet's licence ended at `expiry`.
    /// @param datanetId The Datanet.
    /// @param expiry Last second of the licence.
    error ModelLicenceExpired(uint256 datanetId, uint256 expiry);
    /// @notice The version was not trained on the contribution, or the contribution is not revoked.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    error ModelNotStale(uint256 versionId, uint256 contributionId);

    /// @notice Mints a model to the caller, with exactly these shares: a minimum that was raised meanwhile makes it fail.
    /// @param terms Parent, shares, provider and price.
    /// @param uri Metadata (a CID).
    /// @return modelId The new model.
    function mint(ModelTerms calldata terms, string calldata uri) external returns (uint256 modelId);

    /// @notice Changes the price. Model owner or its operators.
    /// @param modelId The model.
    /// @param price OPEN wei that a call costs.
    function setPrice(uint256 modelId, uint96 price) external;

    /// @notice Changes the provider from the next epoch on. Model owner or its operators.
    /// @param modelId The model.
    /// @param provider Who serves the model and signs its receipts.
    function setProvider(uint256 modelId, address provider) external;

    /// @notice Changes the metadata URI. Model owner or its operators.
    /// @param modelId The model.
    /// @param uri CID of the metadata.
    function setUri(uint256 modelId, string calldata uri) external;

    /// @notice Pins the present state of a Datanet. Anyone may call.
    /// @param datanetId The Datanet.
    /// @return snapshotId The new snapshot.
    function pinSnapshot(uint256 datanetId) external returns (uint256 snapshotId);

    /// @notice Publishes a version. Model owner or its operators. Every snapshot's Datanet must license training,
    /// derivation if the model has parents, and commerce if it has a price. The caller escrows the fee of its training
    /// ({ITrainingFees}), which it must have approved; a base model is not trained and pays none.
    /// @param modelId The model.
    /// @param artefacts What it consists of.
    /// @param maxFee The most that the caller pays for the training, in OPEN wei.
    /// @return versionId The new version.
    function publishVersion(
        uint256 modelId,
        Artefacts calldata artefacts,
        uint256 maxFee
    ) external returns (uint256 versionId);

    /// @notice Marks a version that was trained on a contribution which has since been revoked. Anyone may call.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    function markStale(uint256 versionId, uint256 contributionId) external;

    /// @notice Names the contract that escrows training fees, once. Owner only.
    /// @param trainingFees The contract.
    function setTrainingFees(address trainingFees) external;

    /// @notice Allows an attribution scheme for new versions, or forbids it. Owner only.
    /// @param schemeId Hash of the scheme's canonical JSON.
    /// @param allowed True to allow, false to forbid.
    function setScheme(bytes32 schemeId, bool allowed) external;

    /// @notice Sets the least parent share of models minted from now on. Owner only.
    /// @param bps Share of the owner's part, in basis points.
    function setMinParentShare(uint16 bps) external;

    /// @notice Sets the ERC-2981 royalty, paid to a model's creator. Owner only, after the exit delay.
    /// @param bps Share of the sale price, in basis points.
    function setRoyalty(uint16 bps) external;

    /// @notice A model. Reverts for an unknown one.
    /// @param modelId The model.
    /// @return model The model.
    function modelOf(uint256 modelId) external view returns (Model memory model);

    /// @notice The provider in `epoch`. Final for the current epoch and every earlier one.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @return provider The provider.
    function providerOf(uint256 modelId, uint64 epoch) external view returns (address provider);

    /// @notice A pinned state. Reverts for an unknown one.
    /// @param snapshotId The snapshot.
    /// @return datanetId The Datanet.
    /// @return blockNumber Block in which it was pinned.
    /// @return accumulator {IContributionRegistry-accumulatorOf} at that point.
    /// @return count Contributions accepted and not revoked at that point.
    function snapshotOf(
        uint256 snapshotId
    ) external view returns (uint256 datanetId, uint64 blockNumber, bytes32 accumulator, uint32 count);

    /// @notice A version. Reverts for an unknown one.
    /// @param versionId The model version.
    /// @return version The version.
    function versionOf(uint256 versionId) external view returns (Version memory version);

    /// @notice Whether the contribution was accepted and not revoked when the snapshot was pinned.
    /// @param snapshotId The snapshot.
    /// @param contributionId The contribution.
    /// @return included Whether it was.
    function inSnapshot(uint256 snapshotId, uint256 contributionId) external view returns (bool included);

    /// @notice Whether the contribution is in one of the version's snapshots, of either kind.
    /// @param versionId The model version.
    /// @param contributionId The contribution.
    /// @return included Whether it was.
    function inVersion(uint256 versionId, uint256 contributionId) external view returns (bool included);

    /// @notice The owners of the Datanets that a version was trained on, in the order of its snapshots.
    /// @param versionId The model version.
    /// @return curators The owners.
    function curatorsOf(uint256 versionId) external view returns (address[] memory curators);

    /// @notice Whether the training of the version was paid for: only then can its index become active and charge bonds.
    /// @param versionId The model version.
    /// @return paid Whether it was.
    function isPaid(uint256 versionId) external view returns (bool paid);

    /// @notice The contract that escrows training fees.
    /// @return Its address; zero until it is named.
    function trainingFees() external view returns (address);

    /// @notice Whether new versions may use the scheme.
    /// @param schemeId Hash of the scheme's canonical JSON.
    /// @return allowed Whether they may.
    function isSchemeAllowed(bytes32 schemeId) external view returns (bool allowed);

    /// @notice Least parent share of new models with a parent.
    /// @return bps Basis points.
    function minParentShareBps() external view returns (uint16 bps);

    /// @notice ERC-2981 royalty.
    /// @return bps Basis points.
    function royaltyBps() external view returns (uint16 bps);

    /// @notice Number of models; ids run from 1.
    /// @return models The number of models.
    function modelCount() external view returns (uint256 models);

    /// @notice Number of versions; ids run from 1.
    /// @return versions The number of versions.
    function versionCount() external view returns (uint256 versions);

    /// @notice Number of snapshots; ids run from 1.
    /// @return snapshots The number of snapshots.
    function snapshotCount() external view returns (uint256 snapshots);
}
