// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {IReceiptDisputes} from "../interfaces/IReceiptDisputes.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {IStakePools} from "../interfaces/IStakePools.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";
import {SignedReceipts} from "../libraries/SignedReceipts.sol";
import {SumTree} from "../libraries/SumTree.sol";

/// @title ReceiptDisputes
/// @notice See {IReceiptDisputes}. Nobody owns it and nothing in it can be changed.
/// @dev A provider that signs one receipt for each part of a payment, keeps what it signed, and commits to what is demanded of it can
/// answer everything that can be demanded, whatever the model's owner does: it is asked about an epoch only while it commits for it.
contract ReceiptDisputes is IReceiptDisputes {
    using AccountSignature for address;
    using SafeERC20 for IERC20;

    struct Collaborators {
        IERC20 token;
        IEpochClock clock;
        IModelRegistry models;
        IInferenceMarket market;
        IStakeManager stakes;
        IPaymentChannels channels;
    }

    /// @notice Least time in which a provider can still commit to a receipt that is demanded.
    uint256 public constant NOTICE = 1 hours;
    /// @notice How long a demand can be answered, from when it can be.
    uint256 public constant ANSWER_TIME = 1 days;
    uint256 private constant BPS = 10_000;

    IERC20 public immutable token;
    IEpochClock public immutable clock;
    IModelRegistry public immutable models;
    IInferenceMarket public immutable market;
    IStakeManager public immutable stakes;
    IPaymentChannels public immutable channels;
    uint96 private immutable _fee;
    uint16 private immutable _doubleSaleBps;
    uint16 private immutable _silenceBps;

    mapping(bytes32 demandId => Demand) private _demands;
    mapping(bytes32 pair => bool) private _isProven;

    constructor(Collaborators memory parts, Terms memory terms_) {
        token = parts.token;
        clock = parts.clock;
        models = parts.models;
        market = parts.market;
        stakes = parts.stakes;
        channels = parts.channels;
        _checkBps(terms_.doubleSaleBps);
        _checkBps(terms_.silenceBps);
        _fee = terms_.fee;
        _doubleSaleBps = terms_.doubleSaleBps;
        _silenceBps = terms_.silenceBps;
    }

    /// @inheritdoc IReceiptDisputes
    function proveDoubleSale(
        address provider,
        IInferenceMarket.Receipt calldata a,
        bytes calldata signatureOfA,
        IInferenceMarket.Receipt calldata b,
        bytes calldata signatureOfB
    ) external {
        (bytes32 hashOfA, bytes32 hashOfB) = (SignedReceipts.structHash(a), SignedReceipts.structHash(b));
        if (hashOfA == hashOfB || !SignedReceipts.overlap(a, b)) revert ReceiptsAgree();
        _requireSigned(provider, a, signatureOfA);
        _requireSigned(provider, b, signatureOfB);
        if (hashOfA > hashOfB) (hashOfA, hashOfB) = (hashOfB, hashOfA);
        bytes32 pair = keccak256(abi.encode(provider, hashOfA, hashOfB));
        if (_isProven[pair]) revert ReceiptsAlreadyProven();
        _isProven[pair] = true;
        uint256 reward = _slash(provider, _doubleSaleBps, msg.sender);
        emit DoubleSaleProven(provider, a.consumer, a.paymentId, msg.sender, reward);
    }

    /// @inheritdoc IReceiptDisputes
    function demandInclusion(
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        bytes calldata signature
    ) external returns (bytes32 demandId) {
        uint256 modelId = models.versionOf(receipt.versionId).modelId;
        address provider = models.providerOf(modelId, epoch);
        _requireSigned(provider, receipt, signature);
        // Of an epoch that has not begun, nobody can commit receipts yet, and its provider can change.
        if (epoch > clock.current()) revert ReceiptEpochNotBegun(epoch);
        uint256 closesAt = clock.endOf(epoch) + clock.receiptsGrace();
        if (block.timestamp + NOTICE > closesAt) revert ReceiptDemandTooLate(epoch, closesAt - NOTICE);
        demandId = _inclusionId(epoch, receipt);
        uint64 deadline = _open(demandId, provider, closesAt + ANSWER_TIME);
        emit InclusionDemanded(demandId, provider, modelId, epoch, msg.sender, deadline, receipt, signature);
    }

    /// @inheritdoc IReceiptDisputes
    function answerInclusion(
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        SumTree.Proof calldata proof
    ) external {
        if (!clock.isClosed(epoch)) revert ReceiptEpochOpen(epoch);
        (bytes32 root, ) = market.receiptsOf(models.versionOf(receipt.versionId).modelId, epoch);
        (bool valid, , ) = SumTree.verify(root, proof, SignedReceipts.leafHash(receipt), receipt.fee);
        if (!valid) revert ReceiptNotShown();
        _answer(_inclusionId(epoch, receipt), receipt, "");
    }

    /// @inheritdoc IReceiptDisputes
    function demandSale(
        uint256 modelId,
        IPaymentChannels.ChannelConfig calldata config,
        uint128 point
    ) external returns (bytes32 demandId) {
        bytes32 channelId = channels.getChannelId(config);
        if (config.token != address(token) || config.receiver != market.tillOf(modelId)) {
            revert ReceiptForeignChannel(channelId);
        }
        (, uint128 claimed) = channels.channels(channelId);
        if (point == 0 || point > claimed) revert ReceiptNotClaimed(point, claimed);
        address provider = config.receiverAuthorizer;
        demandId = _saleId(channelId, point);
        uint64 deadline = _open(demandId, provider, block.timestamp + ANSWER_TIME);
        emit SaleDemanded(demandId, provider, channelId, point, msg.sender, deadline);
    }

    /// @inheritdoc IReceiptDisputes
    function answerSale(
        IPaymentChannels.ChannelConfig calldata config,
        uint128 point,
        IInferenceMarket.Receipt calldata receipt,
        bytes calldata signature
    ) external {
        bytes32 channelId = channels.getChannelId(config);
        if (
            receipt.consumer != config.payer ||
            receipt.paymentId != channelId ||
            !SignedReceipts.owns(receipt, point) ||
            market.tillOf(models.versionOf(receipt.versionId).modelId) != config.receiver
        ) revert ReceiptNotShown();
        _requireSigned(config.receiverAuthorizer, receipt, signature);
        _answer(_saleId(channelId, point), receipt, signature);
    }

    /// @inheritdoc IReceiptDisputes
    function punishSilence(bytes32 demandId) external {
        Demand memory demand = _close(demandId);
        if (block.timestamp <= demand.deadline) revert ReceiptAnswerDue(demand.deadline);
        uint256 reward = _slash(demand.provider, _silenceBps, demand.challenger);
        emit SilencePunished(demandId, demand.provider, demand.challenger, reward);
        token.safeTransfer(demand.challenger, _fee);
    }

    /// @inheritdoc IReceiptDisputes
    function terms() external view returns (Terms memory) {
        return Terms({fee: _fee, doubleSaleBps: _doubleSaleBps, silenceBps: _silenceBps});
    }

    /// @inheritdoc IReceiptDisputes
    function demandOf(bytes32 demandId) external view returns (Demand memory) {
        return _demands[demandId];
    }

    function _open(bytes32 demandId, address provider, uint256 until) private returns (uint64 deadline) {
        if (_demands[demandId].challenger != address(0)) revert ReceiptDemandOpen(demandId);
        if (stakes.poolOf(IStakePools.Role.Compute, provider).signer == address(0)) {
            revert ReceiptProviderUnstaked(provider);
        }
        deadline = uint64(until);
        _demands[demandId] = Demand({challenger: msg.sender, deadline: deadline, provider: provider});
        token.safeTransferFrom(msg.sender, address(this), _fee);
    }

    function _answer(bytes32 demandId, IInferenceMarket.Receipt calldata receipt, bytes memory signature) private {
        Demand memory demand = _close(demandId);
        if (block.timestamp > demand.deadline) revert ReceiptAnswerLate(demand.deadline);
        emit DemandAnswered(demandId, demand.provider, receipt, signature);
        token.safeTransfer(demand.provider, _fee);
    }

    function _close(bytes32 demandId) private returns (Demand memory demand) {
        demand = _demands[demandId];
        if (demand.challenger == address(0)) revert ReceiptDemandUnknown(demandId);
        delete _demands[demandId];
    }

    function _slash(address provider, uint16 bps, address challenger) private returns (uint256 reward) {
        return stakes.slash(IStakePools.Role.Compute, provider, bps, challenger);
    }

    function _requireSigned(
        address provider,
        IInferenceMarket.Receipt calldata receipt,
        bytes calldata signature
    ) private view {
        if (!provider.isValid(market.receiptDigest(receipt), signature)) revert ReceiptNotSigned(provider);
    }

    function _inclusionId(uint64 epoch, IInferenceMarket.Receipt calldata receipt) private pure returns (bytes32) {
        return
            keccak256(abi.encode(IReceiptDisputes.demandInclusion.selector, epoch, SignedReceipts.structHash(receipt)));
    }

    function _saleId(bytes32 channelId, uint128 point) private pure returns (bytes32) {
        return keccak256(abi.encode(IReceiptDisputes.demandSale.selector, channelId, point));
    }

    function _checkBps(uint16 bps) private pure {
        if (bps == 0 || bps > BPS) revert ReceiptTermsOutOfBounds(bps, 1, BPS);
    }
}
