// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IShareIssuer} from "../interfaces/IShareIssuer.sol";
import {ModelShares} from "./ModelShares.sol";

/// @title ShareIssuer
/// @notice See {IShareIssuer}. Nobody owns it.
contract ShareIssuer is IShareIssuer {
    /// @inheritdoc IShareIssuer
    address public immutable implementation;
    address public immutable models;
    address public immutable datanets;
    address public immutable agents;

    /// @inheritdoc IShareIssuer
    mapping(address shares => bool) public isIssued;

    constructor(ModelShares implementation_) {
        implementation = address(implementation_);
        models = address(implementation_.models());
        datanets = address(implementation_.datanets());
        agents = implementation_.agents();
    }

    /// @inheritdoc IShareIssuer
    function issue(Issue calldata terms) external returns (address shares) {
        address from = terms.collection;
        if (from != models && from != datanets && from != agents) revert IssuerUnknownCollection(from);
        if (bytes(terms.name).length == 0 || bytes(terms.symbol).length == 0) revert IssuerEmptyName();
        uint256 supply = ModelShares(implementation).SUPPLY();
        if (terms.minFloat < supply / 10 || terms.minFloat > supply)
            revert IssuerMinFloatOutOfBounds(terms.minFloat, supply / 10, supply);
        shares = Clones.clone(implementation);
        isIssued[shares] = true;
        emit SharesIssued(terms.collection, terms.tokenId, shares, msg.sender);
        IERC721(terms.collection).transferFrom(msg.sender, shares, terms.tokenId);
        ModelShares(shares).initialize(
            terms.name,
            terms.symbol,
            terms.collection,
            terms.tokenId,
            terms.manager,
            msg.sender,
            terms.earns,
            terms.minFloat
        );
    }
}
