// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IInferenceMarket
/// @notice Takes the revenue of models from their tills and splits it; keeps the providers' receipts.
/// @dev A till is a CREATE2 minimal proxy that is deployed by its first sweep; its address is known before. However OPEN
/// gets there, by transfer, ERC-3009 authorisation, x402, a royalty of a child model, it is revenue.
interface IInferenceMarket {
    /// @notice Basis points of revenue. Contributors receive all the rest, with every rounding remainder.
    struct Split {
        uint16 protocolBps;
        uint16 ownerBps;
        uint16 computeBps;
        uint16 stakersBps;
        /// Of the owners of the Datanets, in equal parts; at most `MAX_CURATOR_BPS`.
        uint16 curatorBps;
    }

    /// @notice OPEN wei of one sweep; all parts add up to the amount swept. Each is rounded down, contributors take the rest.
    struct Parts {
        uint256 protocol;
        /// What the owner keeps, without `parents`.
        uint256 owner;
        /// Of the owner's part, for each parent of {IModelRegistry-modelOf}.
        uint256[] parents;
        uint256 compute;
        uint256 stakers;
        /// For the owner of each Datanet of the active version, {IModelRegistry-curatorsOf}.
        uint256[] curators;
        /// Of a base model: its owner's. Of a model without an active version: the treasury's.
        uint256 contributors;
    }

    /// @notice A paid inference, signed by the model's provider.
    struct Receipt {
        uint256 versionId;
        address consumer;
        bytes32 requestHash;
        bytes32 outputHash;
        /// OPEN wei: the interval (cumulative - fee, cumulative] of what the consumer pays by `paymentId`.
        uint256 fee;
        /// Nonce of the ERC-3009 authorization that paid. A client that binds its payment to what it asks makes it
        /// keccak256(abi.encode(modelId, requestHash, salt)).
        bytes32 paymentId;
        /// End of the interval; equals `fee` where one authorization pays for one answer.
        uint256 cumulative;
        uint64 time;
    }

    /// @notice The first sweep of a model deployed its till.
    /// @param modelId The model.
    /// @param till Where to pay for the model.
    event TillDeployed(uint256 indexed modelId, address till);
    /// @notice A till was emptied and its revenue split.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @param versionId The version that earned it; 0: of a base model, or of one that nobody activated a version of.
    /// @param amount OPEN wei that the till held.
    /// @param parts How it was split.
    event Swept(uint256 indexed modelId, uint64 indexed epoch, uint256 indexed versionId, uint256 amount, Parts parts);
    /// @notice A provider committed its receipts of an epoch; it replaces an earlier commitment.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @param provider The model's provider in that epoch.
    /// @param receiptsRoot Root of the receipts tree.
    /// @param count Number of receipts.
    /// @param uri Where the receipts are (a CID).
    event ReceiptsCommitted(
        uint256 indexed modelId,
        uint64 indexed epoch,
        address indexed provider,
        bytes32 receiptsRoot,
        uint32 count,
        string uri
    );
    /// @notice The split of later sweeps changed.
    /// @param split The split in basis points.
    event SplitSet(Split split);
    /// @notice The receiver of the protocol's part changed.
    /// @param treasury Receiver of the protocol's part.
    event TreasurySet(address indexed treasury);
    /// @notice Contributors' parts of sweeps from an epoch on go to this distributor.
    /// @param distributor The reward distributor.
    /// @param fromEpoch First epoch whose pools it gets.
    event DistributorSet(address indexed distributor, uint64 fromEpoch);
    /// @notice Distributor and index registry were named.
    /// @param distributor The reward distributor.
    /// @param indexes The index registry.
    event CollaboratorsSet(address indexed distributor, address indexed indexes);

    /// @notice The curators' part is too large.
    /// @param curatorBps What was given.
    /// @param maximum Most basis points.
    error MarketCuratorsOutOfBounds(uint256 curatorBps, uint256 maximum);
    /// @notice A distributor takes over in a later epoch.
    /// @param fromEpoch What was given.
    /// @param earliest The next epoch.
    error MarketEpochTooEarly(uint64 fromEpoch, uint64 earliest);
    /// @notice The other parts leave contributors less than their floor.
    /// @param contributorsBps What would be left for contributors.
    /// @param minimum Least share of contributors.
    error MarketSplitOutOfBounds(uint256 contributorsBps, uint256 minimum);
    /// @notice The zero address.
    error MarketInvalidAddress();
    /// @notice Distributor and index registry were named before and stay.
    error MarketAlreadyConnected();
    /// @notice Distributor and index registry have not been named.
    error MarketNotConnected();
    /// @notice The till is empty.
    /// @param modelId The model.
    error MarketNothingToSweep(uint256 modelId);
    /// @notice Revenue waits in the till until a version of the model is active, or until nobody activated one for too long.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @param until First second in which it is swept without one.
    error MarketNoActiveVersion(uint256 modelId, uint64 epoch, uint256 until);
    /// @notice The caller is not the model's provider in that epoch.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @param caller Who called.
    error MarketNotProvider(uint256 modelId, uint64 epoch, address caller);
    /// @notice The epoch has not begun, or its grace period is over.
    /// @param epoch Number of the epoch.
    error MarketReceiptsClosed(uint64 epoch);
    /// @notice A root of receipts is not zero.
    error MarketEmptyReceiptsRoot();

    /// @notice Where to pay for a model.
    /// @dev Warning: also answers for a model that does not exist yet; whoever mints it gets what was paid.
    /// @param modelId The model.
    /// @return till The address.
    function tillOf(uint256 modelId) external view returns (address till);

    /// @notice Splits what the model's till holds. Anyone may call. Needs an active version, but for a base model, or for one
    /// that had none for `ACTIVATION_PERIOD` after it was minted: its contributors' part goes to the treasury.
    /// @dev Warning: a payment counts for the epoch in which it is swept, not in which it was made: providers sweep before
    /// the end of an epoch. A parent's share stops at the parent's till until that one is swept.
    /// @param modelId The model.
    /// @return amount OPEN wei that the till held.
    function sweep(uint256 modelId) external returns (uint256 amount);

    /// @notice Commits the receipts of the payments that were swept in `epoch`; the last commitment before the epoch closes
    /// counts. The model's provider in that epoch only.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @param receiptsRoot Root of the receipts tree.
    /// @param count Number of receipts.
    /// @param uri Where the receipts are (a CID).
    function commitReceipts(
        uint256 modelId,
        uint64 epoch,
        bytes32 receiptsRoot,
        uint32 count,
        string calldata uri
    ) external;

    /// @notice Sets the split of later sweeps. Owner only, after the exit delay.
    /// @param split Must leave contributors at least `MIN_CONTRIBUTORS_BPS`.
    function setSplit(Split calldata split) external;

    /// @notice Sets the receiver of the protocol's part. Owner only, after the exit delay.
    /// @param treasury Receiver of the protocol's part.
    function setTreasury(address treasury) external;

    /// @notice Names the reward distributor and the index registry, once. Owner only.
    /// @param distributor The reward distributor.
    /// @param indexes The index registry.
    function setCollaborators(address distributor, address indexes) external;

    /// @notice Sends the contributors' parts of later sweeps to another distributor; the one before settles its epochs and stays
    /// claimable. Owner only, after the exit delay.
    /// @param distributor The reward distributor, of which this market must be a funder.
    /// @param fromEpoch First epoch whose pools it gets, after the present one.
    function setDistributor(address distributor, uint64 fromEpoch) external;

    /// @notice The distributor of an epoch's pools. Final for the current epoch and every earlier one.
    /// @param epoch Number of the epoch.
    /// @return distributor Its address; zero until it is named.
    function distributorOf(uint64 epoch) external view returns (address distributor);

    /// @notice The index registry.
    /// @return Its address; zero until it is named.
    function indexes() external view returns (address);

    /// @notice The split in force.
    /// @return The split in basis points.
    function split() external view returns (Split memory);

    /// @notice How `amount` of revenue would be split for a model now. Reverts where {sweep} would.
    /// @param modelId The model.
    /// @param amount OPEN wei of revenue.
    /// @return parts The parts in OPEN wei.
    function partsOf(uint256 modelId, uint256 amount) external view returns (Parts memory parts);

    /// @notice The receipts committed last; (0, 0) if none.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @return receiptsRoot Root of the receipts tree.
    /// @return count Number of receipts.
    function receiptsOf(uint256 modelId, uint64 epoch) external view returns (bytes32 receiptsRoot, uint32 count);

    /// @notice The EIP-712 digest that a provider signs.
    /// @param receipt The paid inference.
    /// @return digest The digest.
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32 digest);

    /// @notice Receiver of the protocol's part.
    /// @return Its address.
    function treasury() external view returns (address);
}
