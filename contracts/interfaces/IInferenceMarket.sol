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
    }

    /// @notice OPEN wei of one sweep; the six parts add up to the amount swept.
    struct Parts {
        uint256 protocol;
        /// What the owner keeps, without `parent`.
        uint256 owner;
        /// The parent's share of the owner's part.
        uint256 parent;
        uint256 compute;
        uint256 stakers;
        uint256 contributors;
    }

    /// @notice A paid inference, signed by the model's provider.
    struct Receipt {
        uint256 versionId;
        address consumer;
        bytes32 requestHash;
        bytes32 outputHash;
        /// OPEN wei.
        uint256 fee;
        /// Nonce of the ERC-3009 authorisation that paid.
        bytes32 paymentId;
        uint64 time;
    }

    /// @notice The first sweep of a model deployed its till.
    /// @param modelId The model.
    /// @param till Where to pay for the model.
    event TillDeployed(uint256 indexed modelId, address till);
    /// @notice A till was emptied and its revenue split.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @param versionId The version that earned it.
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
    /// @notice Distributor and index registry were named.
    /// @param distributor The reward distributor.
    /// @param indexes The index registry.
    event CollaboratorsSet(address indexed distributor, address indexed indexes);

    /// @notice The four parts leave contributors less than their floor.
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
    /// @notice Revenue waits in the till until a version of the model is active.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    error MarketNoActiveVersion(uint256 modelId, uint64 epoch);
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

    /// @notice Splits what the model's till holds. Anyone may call. Needs an active version.
    /// @dev Warning: a payment counts for the epoch in which it is swept, not in which it was made: providers sweep before
    /// the end of an epoch. The parent's share stops at the parent's till until that one is swept.
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

    /// @notice The split in force.
    /// @return The split in basis points.
    function split() external view returns (Split memory);

    /// @notice How `amount` of revenue would be split for a model now.
    /// @param modelId The model.
    /// @param amount OPEN wei of revenue.
    /// @return parts The six parts in OPEN wei.
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
