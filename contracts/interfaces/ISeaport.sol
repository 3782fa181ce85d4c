// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev What is used of Seaport 1.6, in its own words: https://github.com/ProjectOpenSea/seaport.

enum OrderType {
    FULL_OPEN,
    PARTIAL_OPEN,
    FULL_RESTRICTED,
    PARTIAL_RESTRICTED,
    CONTRACT
}

enum ItemType {
    NATIVE,
    ERC20,
    ERC721,
    ERC1155,
    ERC721_WITH_CRITERIA,
    ERC1155_WITH_CRITERIA
}

struct OfferItem {
    ItemType itemType;
    address token;
    uint256 identifierOrCriteria;
    uint256 startAmount;
    uint256 endAmount;
}

struct ConsiderationItem {
    ItemType itemType;
    address token;
    uint256 identifierOrCriteria;
    uint256 startAmount;
    uint256 endAmount;
    address payable recipient;
}

struct OrderParameters {
    address offerer;
    address zone;
    OfferItem[] offer;
    ConsiderationItem[] consideration;
    OrderType orderType;
    uint256 startTime;
    uint256 endTime;
    bytes32 zoneHash;
    uint256 salt;
    bytes32 conduitKey;
    uint256 totalOriginalConsiderationItems;
}

struct OrderComponents {
    address offerer;
    address zone;
    OfferItem[] offer;
    ConsiderationItem[] consideration;
    OrderType orderType;
    uint256 startTime;
    uint256 endTime;
    bytes32 zoneHash;
    uint256 salt;
    bytes32 conduitKey;
    uint256 counter;
}

struct Order {
    OrderParameters parameters;
    bytes signature;
}

struct SpentItem {
    ItemType itemType;
    address token;
    uint256 identifier;
    uint256 amount;
}

struct ReceivedItem {
    ItemType itemType;
    address token;
    uint256 identifier;
    uint256 amount;
    address payable recipient;
}

struct ZoneParameters {
    bytes32 orderHash;
    address fulfiller;
    address offerer;
    SpentItem[] offer;
    ReceivedItem[] consideration;
    bytes extraData;
    bytes32[] orderHashes;
    uint256 startTime;
    uint256 endTime;
    bytes32 zoneHash;
}

struct Schema {
    uint256 id;
    bytes metadata;
}

/// @title ISeaport
/// @notice The exchange in which contributions, models and Datanets are sold.
interface ISeaport {
    /// @notice An order can be filled without a signature.
    /// @param orderHash The order.
    /// @param orderParameters All of it.
    event OrderValidated(bytes32 orderHash, OrderParameters orderParameters);
    /// @notice An order was taken back.
    /// @param orderHash The order.
    /// @param offerer Who offered.
    /// @param zone Whom it named.
    event OrderCancelled(bytes32 orderHash, address indexed offerer, address indexed zone);
    /// @notice All orders of an account that were signed before were taken back.
    /// @param newCounter What its orders have to name from now on.
    /// @param offerer The account.
    event CounterIncremented(uint256 newCounter, address indexed offerer);
    /// @notice An order was filled.
    /// @param orderHash The order.
    /// @param offerer Who offered.
    /// @param zone Whom it named.
    /// @param recipient Who got the offer.
    /// @param offer What it got.
    /// @param consideration What was paid.
    event OrderFulfilled(
        bytes32 orderHash,
        address indexed offerer,
        address indexed zone,
        address recipient,
        SpentItem[] offer,
        ReceivedItem[] consideration
    );

    error InvalidRestrictedOrder(bytes32 orderHash);
    error InvalidTime(uint256 startTime, uint256 endTime);
    error OrderAlreadyFilled(bytes32 orderHash);
    error OrderIsCancelled(bytes32 orderHash);

    /// @notice Makes the caller's own orders fillable without a signature, and says in events what they are.
    /// @param orders The orders.
    /// @return validated Always true.
    function validate(Order[] calldata orders) external returns (bool validated);

    /// @notice Makes orders of the caller unfillable.
    /// @param orders The orders.
    /// @return cancelled Always true.
    function cancel(OrderComponents[] calldata orders) external returns (bool cancelled);

    /// @notice Gives the offer to the caller and the consideration to its recipients.
    /// @param order The order.
    /// @param fulfillerConduitKey Through what the caller pays; 0: by approval of the exchange itself.
    /// @return fulfilled Always true.
    function fulfillOrder(Order calldata order, bytes32 fulfillerConduitKey) external payable returns (bool fulfilled);

    /// @notice What an order is called.
    /// @param order The order.
    /// @return orderHash Its name.
    function getOrderHash(OrderComponents calldata order) external view returns (bytes32 orderHash);

    /// @notice How an order stands.
    /// @param orderHash The order.
    /// @return isValidated Needs no signature.
    /// @return isCancelled Cannot be filled any more.
    /// @return totalFilled How much was filled.
    /// @return totalSize Of how much.
    function getOrderStatus(
        bytes32 orderHash
    ) external view returns (bool isValidated, bool isCancelled, uint256 totalFilled, uint256 totalSize);

    /// @notice What orders of an account have to name.
    /// @param offerer The account.
    /// @return counter Its counter.
    function getCounter(address offerer) external view returns (uint256 counter);
}

/// @title ISeaportZone
/// @notice Whom Seaport asks before and after it fills a restricted order.
interface ISeaportZone {
    /// @notice Asked before anything moves.
    /// @param order What is about to be filled.
    /// @return authorizeOrderMagicValue This function's selector.
    function authorizeOrder(ZoneParameters calldata order) external returns (bytes4 authorizeOrderMagicValue);

    /// @notice Asked after everything moved.
    /// @param order What was filled.
    /// @return validOrderMagicValue This function's selector.
    function validateOrder(ZoneParameters calldata order) external returns (bytes4 validOrderMagicValue);

    /// @notice What the zone is (SIP-5).
    /// @return name Of the zone.
    /// @return schemas Of the data that it takes.
    function getSeaportMetadata() external view returns (string memory name, Schema[] memory schemas);
}
