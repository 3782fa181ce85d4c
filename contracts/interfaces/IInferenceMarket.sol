// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

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

    event TillDeployed(uint256 indexed modelId, address till);
    event Swept(uint256 indexed modelId, uint64 indexed epoch, uint256 indexed versionId, uint256 amount, Parts parts);
    event ReceiptsCommitted(
        uint256 indexed modelId,
        uint64 indexed epoch,
        address indexed provider,
        bytes32 receiptsRoot,
        uint32 count,
        string uri
    );
    event SplitSet(Split split);
    event TreasurySet(address indexed treasury);
    event CollaboratorsSet(address indexed distributor, address indexed indexes);

    /// @dev The four parts leave contributors less than their floor.
    error MarketSplitOutOfBounds(uint256 contributorsBps, uint256 minimum);
    error MarketInvalidAddress();
    error MarketAlreadyConnected();
    error MarketNotConnected();
    error MarketNothingToSweep(uint256 modelId);
    /// @dev Revenue waits in the till until a version of the model is active.
    error MarketNoActiveVersion(uint256 modelId, uint64 epoch);
    error MarketNotProvider(uint256 modelId, uint64 epoch, address caller);
    error MarketReceiptsClosed(uint64 epoch);
    error MarketEmptyReceiptsRoot();

    /// @notice Where to pay for a model.
    /// @dev Warning: also answers for a model that does not exist yet; whoever mints it gets what was paid.
    function tillOf(uint256 modelId) external view returns (address till);

    /// @notice Splits what the model's till holds. Anyone may call. Needs an active version.
    /// @dev Warning: a payment counts for the epoch in which it is swept, not in which it was made: providers sweep before
    /// the end of an epoch. The parent's share stops at the parent's till until that one is swept.
    function sweep(uint256 modelId) external returns (uint256 amount);

    /// @notice Commits the receipts of the payments that were swept in `epoch`; the last commitment before the epoch closes
    /// counts. The model's provider in that epoch only.
    /// @param receiptsRoot Root of the receipts tree.
    /// @param uri Where the receipts are (a CID).
    function commitReceipts(
        uint256 modelId,
        uint64 epoch,
        bytes32 receiptsRoot,
        uint32 count,
        string calldata uri
    ) external;

    /// @notice Sets the split of later sweeps. Owner only.
    /// @param split Must leave contributors at least `MIN_CONTRIBUTORS_BPS`.
    function setSplit(Split calldata split) external;

    /// @notice Sets the receiver of the protocol's part. Owner only.
    function setTreasury(address treasury) external;

    /// @notice Names the reward distributor and the index registry, once. Owner only.
    function setCollaborators(address distributor, address indexes) external;

    /// @notice The split in force.
    function split() external view returns (Split memory);

    /// @notice How `amount` of revenue would be split for a model now.
    function partsOf(uint256 modelId, uint256 amount) external view returns (Parts memory parts);

    /// @notice The receipts committed last; (0, 0) if none.
    function receiptsOf(uint256 modelId, uint64 epoch) external view returns (bytes32 receiptsRoot, uint32 count);

    /// @notice The EIP-712 digest that a provider signs.
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32 digest);

    /// @notice Receiver of the protocol's part.
    function treasury() external view returns (address);
}
