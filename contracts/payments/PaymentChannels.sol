// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IDepositCollector} from "../interfaces/IDepositCollector.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";

/// @title PaymentChannels
/// @notice See {IPaymentChannels}. Nobody owns it and nothing in it can be changed.
contract PaymentChannels is IPaymentChannels, EIP712, Multicall, ReentrancyGuardTransient {
    using AccountSignature for address;
    using SafeERC20 for IERC20;

    struct Channel {
        uint128 balance;
        uint128 totalClaimed;
    }

    struct Withdrawal {
        uint128 amount;
        uint40 initiatedAt;
    }

    struct Receiver {
        uint128 totalClaimed;
        uint128 totalSettled;
    }

    uint40 public constant MIN_WITHDRAW_DELAY = 15 minutes;
    uint40 public constant MAX_WITHDRAW_DELAY = 30 days;
    bytes32 public constant CHANNEL_CONFIG_TYPEHASH = keccak256(
        "ChannelConfig(address payer,address payerAuthorizer,address receiver,address receiverAuthorizer,address token,uint40 withdrawDelay,bytes32 salt)"
    );
    bytes32 public constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 channelId,uint128 maxClaimableAmount)");
    bytes32 public constant REFUND_TYPEHASH = keccak256("Refund(bytes32 channelId,uint256 nonce,uint128 amount)");
    bytes32 public constant CLAIM_ENTRY_TYPEHASH = keccak256(
        "ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)"
    );
    bytes32 public constant CLAIM_BATCH_TYPEHASH = keccak256(
        "ClaimBatch(ClaimEntry[] claims)ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)"
    );
    uint256 private constant ROW = 112;

    /// @inheritdoc IPaymentChannels
    address public immutable compactToken;

    /// @inheritdoc IPaymentChannels
    mapping(bytes32 channelId => Channel) public channels;
    /// @inheritdoc IPaymentChannels
    mapping(bytes32 channelId => Withdrawal) public pendingWithdrawals;
    /// @inheritdoc IPaymentChannels
    mapping(bytes32 channelId => uint256) public refundNonce;
    /// @inheritdoc IPaymentChannels
    mapping(address receiver => mapping(address token => Receiver)) public receivers;
    /// @dev What a compact claim needs to know of a channel in the compact token, in one slot: 12 bytes of a hash of receiver and
    /// authorizer, and the voucher key. Who finds two pairs with the same 12 bytes has found another receiver for its own deposit,
    /// and nothing of anybody else's: the token is the same.
    mapping(bytes32 channelId => bytes32) private _compacts;

    constructor(address compactToken_) EIP712("x402 Batch Settlement", "1") {
        compactToken = compactToken_;
    }

    /// @inheritdoc IPaymentChannels
    function deposit(
        ChannelConfig calldata config,
        uint128 amount,
        address collector,
        bytes calldata collectorData
    ) external nonReentrant {
        if (config.payer == address(0) || config.receiver == address(0) || config.receiverAuthorizer == address(0)) {
            revert ChannelsInvalidParty();
        }
        if (config.withdrawDelay < MIN_WITHDRAW_DELAY || config.withdrawDelay > MAX_WITHDRAW_DELAY) {
            revert ChannelsDelayOutOfBounds(config.withdrawDelay);
        }
        if (amount == 0) revert ChannelsNothingToDo();
        bytes32 channelId = getChannelId(config);
        Channel storage channel = channels[channelId];
        if (channel.balance == 0) {
            emit ChannelCreated(channelId, config);
            if (config.token == compactToken) {
                address key = config.payerAuthorizer == address(0) ? config.payer : config.payerAuthorizer;
                _compacts[channelId] = _compactOf(_tagOf(config.receiver, config.receiverAuthorizer), key);
            }
        }
        channel.balance += amount;
        emit Deposited(channelId, msg.sender, amount, channel.balance);

        uint256 before = IERC20(config.token).balanceOf(address(this));
        IDepositCollector(collector).collect(config.payer, config.token, amount, channelId, collectorData);
        uint256 received = IERC20(config.token).balanceOf(address(this)) - before;
        if (received != amount) revert ChannelsWrongDeposit(received, amount);
    }

    /// @inheritdoc IPaymentChannels
    function claim(VoucherClaim[] calldata voucherClaims) external nonReentrant {
        for (uint256 i = 0; i < voucherClaims.length; ++i) {
            address authorizer = voucherClaims[i].voucher.channel.receiverAuthorizer;
            if (msg.sender != authorizer) revert ChannelsUnauthorized(msg.sender, authorizer);
            _claim(voucherClaims[i]);
        }
    }

    /// @inheritdoc IPaymentChannels
    function claimWithSignature(
        VoucherClaim[] calldata voucherClaims,
        bytes calldata authorizerSignature
    ) external nonReentrant {
        if (voucherClaims.length == 0) revert ChannelsNothingToDo();
        address authorizer = voucherClaims[0].voucher.channel.receiverAuthorizer;
        _requireSigned(authorizer, getClaimBatchDigest(voucherClaims), authorizerSignature);
        for (uint256 i = 0; i < voucherClaims.length; ++i) {
            address other = voucherClaims[i].voucher.channel.receiverAuthorizer;
            if (other != authorizer) revert ChannelsUnauthorized(authorizer, other);
            _claim(voucherClaims[i]);
        }
    }

    /// @inheritdoc IPaymentChannels
    function claimCompact(address receiver, bytes calldata rows) external nonReentrant returns (uint256 claimed) {
        if (rows.length % ROW != 0) revert ChannelsMalformedRows(rows.length);
        bytes12 tag = _tagOf(receiver, msg.sender);
        bytes32 domain = _domainSeparatorV4();
        unchecked {
            // Fewer than 2^128 rows of fewer than 2^128 each.
            for (uint256 at = 0; at < rows.length; at += ROW) claimed += _claimRow(rows[at:at + ROW], tag, domain);
        }
        // The sum of claims is at most the token's supply of 128 bits: each is in a channel's balance.
        receivers[receiver][compactToken].totalClaimed += uint128(claimed);
    }

    /// @inheritdoc IPaymentChannels
    function settle(address receiver, address token) external nonReentrant {
        Receiver storage account = receivers[receiver][token];
        uint128 amount = account.totalClaimed - account.totalSettled;
        if (amount == 0) revert ChannelsNothingToDo();
        account.totalSettled = account.totalClaimed;
        emit Settled(receiver, token, msg.sender, amount);
        IERC20(token).safeTransfer(receiver, amount);
    }

    /// @inheritdoc IPaymentChannels
    function initiateWithdraw(ChannelConfig calldata config, uint128 amount) external {
        if (msg.sender != config.payer) revert ChannelsUnauthorized(msg.sender, config.payer);
        if (amount == 0) revert ChannelsNothingToDo();
        bytes32 channelId = getChannelId(config);
        pendingWithdrawals[channelId] = Withdrawal(amount, uint40(block.timestamp));
        emit WithdrawInitiated(channelId, amount, uint40(block.timestamp) + config.withdrawDelay);
    }

    /// @inheritdoc IPaymentChannels
    function finalizeWithdraw(ChannelConfig calldata config) external nonReentrant {
        bytes32 channelId = getChannelId(config);
        Withdrawal memory withdrawal = pendingWithdrawals[channelId];
        uint256 due = withdrawal.amount == 0 ? 0 : uint256(withdrawal.initiatedAt) + config.withdrawDelay;
        if (due == 0 || block.timestamp < due) revert ChannelsWithdrawalNotDue(channelId, due);
        delete pendingWithdrawals[channelId];
        uint128 amount = _release(channelId, withdrawal.amount);
        emit WithdrawFinalized(channelId, msg.sender, amount);
        if (amount != 0) IERC20(config.token).safeTransfer(config.payer, amount);
    }

    /// @inheritdoc IPaymentChannels
    function refund(ChannelConfig calldata config, uint128 amount) external nonReentrant {
        if (msg.sender != config.receiverAuthorizer) {
            revert ChannelsUnauthorized(msg.sender, config.receiverAuthorizer);
        }
        _refund(config, getChannelId(config), amount);
    }

    /// @inheritdoc IPaymentChannels
    function refundWithSignature(
        ChannelConfig calldata config,
        uint128 amount,
        uint256 nonce,
        bytes calldata receiverAuthorizerSignature
    ) external nonReentrant {
        bytes32 channelId = getChannelId(config);
        if (nonce != refundNonce[channelId]) revert ChannelsWrongNonce(nonce, refundNonce[channelId]);
        ++refundNonce[channelId];
        bytes32 digest = getRefundDigest(channelId, nonce, amount);
        _requireSigned(config.receiverAuthorizer, digest, receiverAuthorizerSignature);
        _refund(config, channelId, amount);
    }

    /// @inheritdoc IPaymentChannels
    function getChannelId(ChannelConfig calldata config) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CHANNEL_CONFIG_TYPEHASH, config)));
    }

    /// @inheritdoc IPaymentChannels
    function getVoucherDigest(bytes32 channelId, uint128 maxClaimableAmount) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(VOUCHER_TYPEHASH, channelId, maxClaimableAmount)));
    }

    /// @inheritdoc IPaymentChannels
    function getRefundDigest(bytes32 channelId, uint256 nonce, uint128 amount) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REFUND_TYPEHASH, channelId, nonce, amount)));
    }

    /// @inheritdoc IPaymentChannels
    function getClaimBatchDigest(VoucherClaim[] calldata voucherClaims) public view returns (bytes32) {
        bytes32[] memory entries = new bytes32[](voucherClaims.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            Voucher calldata voucher = voucherClaims[i].voucher;
            bytes32 channelId = getChannelId(voucher.channel);
            entries[i] = keccak256(
                abi.encode(CLAIM_ENTRY_TYPEHASH, channelId, voucher.maxClaimableAmount, voucherClaims[i].totalClaimed)
            );
        }
        return _hashTypedDataV4(keccak256(abi.encode(CLAIM_BATCH_TYPEHASH, keccak256(abi.encodePacked(entries)))));
    }

    function _claim(VoucherClaim calldata voucherClaim) private {
        ChannelConfig calldata config = voucherClaim.voucher.channel;
        (uint128 sum, uint128 limit) = (voucherClaim.totalClaimed, voucherClaim.voucher.maxClaimableAmount);
        if (sum > limit) revert ChannelsAboveVoucher(sum, limit);
        bytes32 channelId = getChannelId(config);
        Channel storage channel = channels[channelId];
        uint128 claimed = channel.totalClaimed;
        if (sum <= claimed) return;
        if (sum > channel.balance) revert ChannelsAboveBalance(channelId, sum, channel.balance);
        bytes32 digest = getVoucherDigest(channelId, limit);
        if (config.payerAuthorizer == address(0)) {
            _requireSigned(config.payer, digest, voucherClaim.signature);
        } else {
            (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, voucherClaim.signature);
            if (failure != ECDSA.RecoverError.NoError || signer != config.payerAuthorizer) {
                revert ChannelsInvalidSignature(config.payerAuthorizer);
            }
        }
        channel.totalClaimed = sum;
        receivers[config.receiver][config.token].totalClaimed += sum - claimed;
        emit Claimed(channelId, msg.sender, sum - claimed, sum);
    }

    /// @return delta What the row claims; 0 for one that is passed over.
    function _claimRow(bytes calldata row, bytes12 tag, bytes32 domain) private returns (uint128 delta) {
        bytes32 channelId = bytes32(row[:32]);
        uint128 sum = uint128(bytes16(row[32:48]));
        Channel memory channel = channels[channelId];
        (uint128 balance, uint128 claimed) = (channel.balance, channel.totalClaimed);
        if (sum <= claimed || sum > balance) return 0;
        if (_compacts[channelId] != _compactOf(tag, _signerOf(row, domain))) return 0;
        channels[channelId] = Channel(balance, sum);
        unchecked {
            delta = sum - claimed;
        }
        emit Claimed(channelId, msg.sender, delta, sum);
    }

    /// @return signer Of a row's voucher; zero for a signature of nobody, which no channel has as its key.
    function _signerOf(bytes calldata row, bytes32 domain) private pure returns (address signer) {
        bytes32 voucher = keccak256(abi.encode(VOUCHER_TYPEHASH, bytes32(row[:32]), uint128(bytes16(row[32:48]))));
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, voucher);
        (signer, , ) = ECDSA.tryRecover(digest, bytes32(row[48:80]), bytes32(row[80:112]));
    }

    function _refund(ChannelConfig calldata config, bytes32 channelId, uint128 amount) private {
        uint128 released = _release(channelId, amount);
        if (released == 0) revert ChannelsNothingToDo();
        emit Refunded(channelId, msg.sender, released);
        IERC20(config.token).safeTransfer(config.payer, released);
    }

    /// @dev Takes at most `amount` of what is not claimed out of the channel.
    function _release(bytes32 channelId, uint128 amount) private returns (uint128 released) {
        Channel storage channel = channels[channelId];
        released = uint128(Math.min(amount, channel.balance - channel.totalClaimed));
        channel.balance -= released;
    }

    function _requireSigned(address signer, bytes32 digest, bytes calldata signature) private view {
        if (!signer.isValid(digest, signature)) revert ChannelsInvalidSignature(signer);
    }

    function _compactOf(bytes12 tag, address voucherKey) private pure returns (bytes32) {
        return bytes32(tag) | bytes32(uint256(uint160(voucherKey)));
    }

    function _tagOf(address receiver, address authorizer) private pure returns (bytes12) {
        return bytes12(keccak256(abi.encode(receiver, authorizer)));
    }
}
