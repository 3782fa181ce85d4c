// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAgentIdentityRegistry} from "../interfaces/IAgentIdentityRegistry.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {ISaleZone} from "../interfaces/ISaleZone.sol";
import {ISeaportZone, ItemType, Schema, ZoneParameters} from "../interfaces/ISeaport.sol";

/// @title SaleZone
/// @notice See {ISaleZone}. Nobody owns it, and it keeps nothing.
contract SaleZone is ISaleZone, IERC165 {
    /// @dev What sales look at.
    struct References {
        IERC20 token;
        IEpochClock clock;
        IContributionRegistry contributions;
        address models;
        address datanets;
        IAgentIdentityRegistry agents;
        IIndexRegistry indexes;
        IInferenceMarket market;
        address exchange;
    }

    /// @inheritdoc ISaleZone
    uint256 public constant SWEEPS = 1 << 255;

    IERC20 public immutable token;
    IEpochClock public immutable clock;
    IContributionRegistry public immutable contributions;
    address public immutable models;
    address public immutable datanets;
    IAgentIdentityRegistry public immutable agents;
    IIndexRegistry public immutable indexes;
    IInferenceMarket public immutable market;
    /// @inheritdoc ISaleZone
    address public immutable exchange;

    constructor(References memory references) {
        token = references.token;
        clock = references.clock;
        contributions = references.contributions;
        models = references.models;
        datanets = references.datanets;
        agents = references.agents;
        indexes = references.indexes;
        market = references.market;
        exchange = references.exchange;
    }

    /// @inheritdoc ISeaportZone
    /// @dev Before anything moves. What does not hold here is skipped by fills of several orders; what holds is checked again.
    function authorizeOrder(ZoneParameters calldata order) external returns (bytes4) {
        (address collection, uint256 tokenId) = _soldBy(order);
        check(collection, tokenId, order.zoneHash);
        bool sweeps = collection == models && uint256(order.zoneHash) & SWEEPS != 0;
        // A payment of one wei must not stop a sale, so what is there is swept instead of refused.
        if (sweeps && token.balanceOf(market.tillOf(tokenId)) != 0) market.sweep(tokenId);
        return ISeaportZone.authorizeOrder.selector;
    }

    /// @inheritdoc ISeaportZone
    /// @dev After everything moved: between the two calls other orders of the same fill may have run code of strangers.
    function validateOrder(ZoneParameters calldata order) external view returns (bytes4) {
        (address collection, uint256 tokenId) = _soldBy(order);
        check(collection, tokenId, order.zoneHash);
        address owner = IERC721(collection).ownerOf(tokenId);
        bool paid =
            collection != address(contributions) || contributions.payeeOf(tokenId, clock.current() + 1) == owner;
        if (owner == order.offerer || !paid) revert SaleNotDelivered(collection, tokenId);
        return ISeaportZone.validateOrder.selector;
    }

    /// @inheritdoc ISeaportZone
    function getSeaportMetadata() external pure returns (string memory name, Schema[] memory schemas) {
        return ("OpenLedger SaleZone", new Schema[](0));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(ISeaportZone).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    /// @inheritdoc ISaleZone
    function check(address collection, uint256 tokenId, bytes32 listed) public view {
        if (collection == address(contributions)) {
            IContributionRegistry.Contribution memory sold = contributions.contributionOf(tokenId);
            if (sold.status != IContributionRegistry.Status.Accepted) revert SaleNotAccepted(tokenId, sold.status);
            if (sold.bond < uint256(listed)) revert SaleBondTooLow(tokenId, sold.bond, uint256(listed));
        } else if (collection == models) {
            uint256 version = uint256(listed) & ~SWEEPS;
            uint256 active = indexes.activeVersionOf(tokenId, clock.current());
            if (active != version) revert SaleOtherVersion(tokenId, active, version);
        } else if (collection == address(agents)) {
            bytes32 uriHash = keccak256(bytes(agents.tokenURI(tokenId)));
            if (uriHash != listed) revert SaleOtherUri(tokenId, uriHash, listed);
        } else if (collection != datanets) {
            revert SaleNotOneAsset();
        }
    }

    function _soldBy(ZoneParameters calldata order) private view returns (address collection, uint256 tokenId) {
        if (msg.sender != exchange) revert SaleUnauthorized(msg.sender);
        if (order.offer.length != 1 || order.offer[0].itemType != ItemType.ERC721) revert SaleNotOneAsset();
        return (order.offer[0].token, order.offer[0].identifier);
    }
}
