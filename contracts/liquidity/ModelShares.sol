// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelGrants} from "../interfaces/IModelGrants.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IModelShares} from "../interfaces/IModelShares.sol";
import {ITrainingFees} from "../interfaces/ITrainingFees.sol";
import {IUniswapV2Factory} from "../interfaces/IUniswapV2.sol";
import {ManagerCalls} from "./ManagerCalls.sol";
import {RevenueStream} from "./RevenueStream.sol";
import {ShareToken} from "./ShareToken.sol";

/// @title ModelShares
/// @notice See {IModelShares}. Every NFT's shares are a minimal proxy of one implementation, made by {ShareIssuer}. Nobody owns it.
contract ModelShares is IModelShares, ShareToken {
    using SafeERC20 for IERC20;

    struct Collaborators {
        IERC20 token;
        IInferenceMarket market;
        IModelRegistry models;
        IDatanetRegistry datanets;
        address agents;
        IModelGrants grants;
        IUniswapV2Factory exchange;
    }

    /// @notice Seconds from the first bid to the end of an auction.
    uint64 public constant AUCTION_PERIOD = 14 days;
    /// @notice Seconds that everybody has to answer a bid.
    uint64 public constant BID_EXTENSION = 1 days;

    IInferenceMarket public immutable market;
    IModelRegistry public immutable models;
    IDatanetRegistry public immutable datanets;
    address public immutable agents;
    IModelGrants public immutable grants;
    IUniswapV2Factory public immutable exchange;

    /// @inheritdoc IModelShares
    address public collection;
    /// @inheritdoc IModelShares
    uint256 public tokenId;
    /// @inheritdoc IModelShares
    address public manager;
    uint256 private _decided;
    /// @inheritdoc IModelShares
    mapping(address account => bytes32) public supportedBy;

    uint96 private _reserve;
    address private _bidder;
    uint96 private _bid;
    uint64 private _endsAt;

    modifier onlyByDecision() {
        if (msg.sender != address(this)) revert SharesUnauthorized(msg.sender);
        _;
    }

    constructor(Collaborators memory with_, uint256 streamPeriod_) RevenueStream(with_.token, streamPeriod_) {
        market = with_.market;
        models = with_.models;
        datanets = with_.datanets;
        agents = with_.agents;
        grants = with_.grants;
        exchange = with_.exchange;
        _disableInitializers();
    }

    /// @notice Called by {ShareIssuer} in the transaction that makes the proxy and gives it the NFT.
    /// @param holder Gets all shares. @param earns Whether the holder's shares do.
    function initialize(
        string calldata name_,
        string calldata symbol_,
        address collection_,
        uint256 tokenId_,
        address manager_,
        address holder,
        bool earns,
        uint256 minFloat_
    ) external initializer {
        __ShareToken_init(name_, symbol_, holder, earns, minFloat_);
        collection = collection_;
        tokenId = tokenId_;
        _setManager(manager_);
    }

    /// @inheritdoc IModelShares
    function claim(address to) external returns (uint256 amount) {
        if (to == address(0) || to == address(this)) revert SharesInvalidAddress();
        _advance();
        _settle(msg.sender);
        amount = _owed[msg.sender];
        _owed[msg.sender] = 0;
        emit RevenueClaimed(msg.sender, to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IModelShares
    function exclude(address otherToken) external {
        address pair = exchange.getPair(address(this), otherToken);
        if (pair == address(0) || isExcluded(pair)) revert SharesNotAPair(otherToken);
        _exclude(pair);
        emit Excluded(pair);
    }

    /// @inheritdoc IModelShares
    function manage(bytes calldata call) external returns (bytes memory) {
        if (msg.sender != manager) revert SharesUnauthorized(msg.sender);
        bytes4 selector = bytes4(call);
        uint256 id = call.length < 36 ? 0 : uint256(bytes32(call[4:36]));
        if (id != tokenId || !_runs(selector)) revert SharesNotManageable(selector, id);
        return Address.functionCall(collection, call);
    }

    /// @inheritdoc IModelShares
    function publish(IModelRegistry.Artefacts calldata artefacts, uint256 maxFee) external returns (uint256) {
        if (msg.sender != manager) revert SharesUnauthorized(msg.sender);
        if (collection != address(models)) revert SharesNotManageable(IModelRegistry.publishVersion.selector, tokenId);
        ITrainingFees fees = ITrainingFees(models.trainingFees());
        // The registry takes it, or refuses it as above what the manager agreed to.
        uint256 fee = Math.min(fees.feeOf(artefacts.size), maxFee);
        token.safeTransferFrom(msg.sender, address(this), fee);
        token.forceApprove(address(fees), fee);
        return models.publishVersion(tokenId, artefacts, fee);
    }

    /// @inheritdoc IModelShares
    function redeem(address to) external {
        uint256 balance = balanceOf(msg.sender);
        if (balance == 0 || balance != totalSupply()) revert SharesNotAll(balance, totalSupply());
        if (_bidder != address(0)) revert SharesAuctionOpen(_endsAt);
        _burn(msg.sender, balance);
        uint256 rest = _takeUnstreamed();
        _leave(to, 0);
        _pay(to, rest);
    }

    /// @inheritdoc IModelShares
    function fundGrant(
        address recipient,
        uint256 modelId,
        uint32 reviewPeriod,
        uint64 deadline,
        IModelGrants.Milestone[] calldata milestones,
        string calldata uri
    ) external returns (uint256) {
        uint256 total = 0;
        for (uint256 i = 0; i < milestones.length; ++i) total += milestones[i].amount;
        token.safeTransferFrom(msg.sender, address(this), total);
        token.forceApprove(address(grants), total);
        return
            grants.create(
                IModelGrants.Terms(recipient, modelId, address(this), reviewPeriod, deadline),
                milestones,
                uri
            );
    }

    /// @inheritdoc IModelShares
    function support(bytes32 decision) external {
        supportedBy[msg.sender] = decision;
        emit Supported(msg.sender, decision);
    }

    /// @inheritdoc IModelShares
    function decide(address target, bytes calldata call, address[] calldata supporters) external {
        bytes4 selector = bytes4(call);
        bool isOffer = target == address(this) && selector == IModelShares.offer.selector;
        bool decidable =
            isOffer ||
                (target == address(this) && selector == IModelShares.setManager.selector) ||
                (target == address(grants) &&
                    (selector == IModelGrants.stop.selector || selector == IModelGrants.reject.selector));
        if (!decidable) revert SharesNotDecidable(target, selector);
        bytes32 decision = decisionOf(target, call);
        uint256 votes = _votesFor(decision, supporters);
        uint256 all = Math.max(_earningBefore(block.timestamp - 1), _minFloat);
        uint256 needed = isOffer ? (2 * all) / 3 + 1 : all / 2 + 1;
        if (votes < needed) revert SharesTooFewVotes(votes, needed);
        ++_decided;
        emit Decided(decision, target, call);
        Address.functionCall(target, call);
    }

    /// @inheritdoc IModelShares
    function setManager(address manager_) external onlyByDecision {
        _setManager(manager_);
    }

    /// @inheritdoc IModelShares
    function offer(uint96 reserve) external onlyByDecision {
        if (_bidder != address(0)) revert SharesAuctionOpen(_endsAt);
        _reserve = reserve;
        emit Offered(reserve);
    }

    /// @inheritdoc IModelShares
    function bid(uint96 amount) external {
        (address before, uint96 paidBack) = (_bidder, _bid);
        bool over = before != address(0) && block.timestamp >= _endsAt;
        bool gone = IERC721(collection).ownerOf(tokenId) != address(this);
        if (_reserve == 0 || over || gone) revert SharesNotForSale();
        uint256 least = before == address(0) ? _reserve : uint256(paidBack) + paidBack / 20 + 1;
        if (amount < least) revert SharesBidTooLow(amount, least);
        uint64 extended = uint64(block.timestamp) + BID_EXTENSION;
        if (before == address(0)) _endsAt = uint64(block.timestamp) + AUCTION_PERIOD;
        else if (_endsAt < extended) _endsAt = extended;
        (_bidder, _bid) = (msg.sender, amount);
        emit Bid(msg.sender, amount, _endsAt);

        _advance();
        _flow.held += amount;
        token.safeTransferFrom(msg.sender, address(this), amount);
        if (before != address(0)) _pay(before, paidBack);
    }

    /// @inheritdoc IModelShares
    function settleAuction() external {
        (address winner, uint96 price) = (_bidder, _bid);
        if (winner == address(0)) revert SharesNotForSale();
        if (block.timestamp < _endsAt) revert SharesAuctionOpen(_endsAt);
        (_reserve, _bidder, _bid, _endsAt) = (0, address(0), 0, 0);
        // What the model earned until now is the shareholders': an empty till is no reason to keep the NFT.
        if (collection == address(models)) {
            try market.sweep(tokenId) {} catch {}
        }
        _advance();
        _flow.arriving += price;
        _leave(winner, price);
    }

    /// @inheritdoc IModelShares
    function claimable(address account) external view returns (uint256) {
        return _earned(account);
    }

    /// @inheritdoc IModelShares
    function unstreamed() external view returns (uint256) {
        return _unstreamed();
    }

    /// @inheritdoc IModelShares
    function earningSupply() external view returns (uint256) {
        return _totalWeight();
    }

    /// @inheritdoc IModelShares
    function minFloat() external view returns (uint256) {
        return _minFloat;
    }

    /// @inheritdoc IModelShares
    function auction() external view returns (uint96 reserve, address bidder, uint96 amount, uint64 endsAt) {
        return (_reserve, _bidder, _bid, _endsAt);
    }

    /// @inheritdoc IModelShares
    function decisionOf(address target, bytes calldata call) public view returns (bytes32) {
        return keccak256(abi.encode(target, call, _decided));
    }

    /// @inheritdoc IModelShares
    function isExcluded(address account) public view override(IModelShares, ShareToken) returns (bool) {
        return super.isExcluded(account);
    }

    /// @dev Ascending, so that nobody counts twice.
    function _votesFor(bytes32 decision, address[] calldata supporters) private view returns (uint256 votes) {
        address previous = address(0);
        for (uint256 i = 0; i < supporters.length; ++i) {
            address supporter = supporters[i];
            if (supporter <= previous) revert SharesSupportersOutOfOrder(i);
            previous = supporter;
            bytes32 supported = supportedBy[supporter];
            if (supported != decision) revert SharesOtherSupport(supporter, supported, decision);
            votes += getPastVotes(supporter, block.timestamp - 1);
        }
    }

    function _setManager(address manager_) private {
        manager = manager_;
        emit ManagerSet(manager_);
    }

    function _runs(bytes4 selector) private view returns (bool) {
        if (collection == address(models)) return ManagerCalls.runsModel(selector);
        return collection == agents ? ManagerCalls.runsAgent(selector) : ManagerCalls.runsDatanet(selector);
    }

    function _leave(address to, uint256 price) private {
        emit NftLeft(to, price);
        IERC721(collection).transferFrom(address(this), to, tokenId);
    }

    /// @dev After {_advance}.
    function _pay(address to, uint256 amount) private {
        _flow.held -= uint96(amount);
        if (amount != 0) token.safeTransfer(to, amount);
    }
}
