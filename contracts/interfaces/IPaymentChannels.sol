// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IPaymentChannels
/// @notice One-way payment channels with the ABI and the EIP-712 types of x402's scheme `batch-settlement`: a payer deposits,
/// signs vouchers with a growing sum, and the receiver's side claims the last of them. Clients know the contract by a fixed
/// address and name it in what they sign.
/// @dev A channel's `balance` counts what was deposited and not given back; what was claimed of it stays in it. Always
/// `totalClaimed <= balance`, so that what receivers are owed and payers can take back never exceeds what the contract holds. A
/// voucher reserves nothing: what the payer withdraws before it is claimed is the payer's.
interface IPaymentChannels {
    /// @notice What a channel is, all of it: its id is the EIP-712 hash of this.
    struct ChannelConfig {
        address payer;
        /// Signs vouchers; zero: the payer does, which may be a contract (ERC-1271).
        address payerAuthorizer;
        address receiver;
        /// Decides how much of a voucher is claimed, and may give back.
        address receiverAuthorizer;
        address token;
        /// Seconds between the announcement of a withdrawal and its end, 15 minutes to 30 days.
        uint40 withdrawDelay;
        bytes32 salt;
    }

    struct Voucher {
        ChannelConfig channel;
        /// Most that may have been claimed in all.
        uint128 maxClaimableAmount;
    }

    struct VoucherClaim {
        Voucher voucher;
        bytes signature;
        /// What has been claimed in all after this claim.
        uint128 totalClaimed;
    }

    /// @notice A channel that holds nothing gets a deposit: it is new, or was emptied before anything was claimed.
    /// @param channelId The channel.
    /// @param config What it is.
    event ChannelCreated(bytes32 indexed channelId, ChannelConfig config);

    /// @notice A channel's balance grew.
    /// @param channelId The channel.
    /// @param sender Who sent the transaction.
    /// @param amount By how much.
    /// @param balance To how much.
    event Deposited(bytes32 indexed channelId, address indexed sender, uint128 amount, uint128 balance);

    /// @notice Part of a channel's balance became the receiver's.
    /// @param channelId The channel.
    /// @param sender Who sent the transaction.
    /// @param amount By how much the claimed sum grew: the interval (totalClaimed - amount, totalClaimed].
    /// @param totalClaimed To how much.
    event Claimed(bytes32 indexed channelId, address indexed sender, uint128 amount, uint128 totalClaimed);

    /// @notice What a receiver was owed was paid out.
    /// @param receiver The receiver.
    /// @param token The token.
    /// @param sender Who sent the transaction.
    /// @param amount How much.
    event Settled(address indexed receiver, address indexed token, address indexed sender, uint128 amount);

    /// @notice A payer wants to take back: what is not claimed before `finalizeAfter` can be lost to the receiver.
    /// @param channelId The channel.
    /// @param amount Most that will be taken.
    /// @param finalizeAfter First second in which it can be taken, in unix seconds.
    event WithdrawInitiated(bytes32 indexed channelId, uint128 amount, uint40 finalizeAfter);

    /// @notice A payer took back what was announced, as far as it was not claimed.
    /// @param channelId The channel.
    /// @param sender Who sent the transaction.
    /// @param amount How much.
    event WithdrawFinalized(bytes32 indexed channelId, address indexed sender, uint128 amount);

    /// @notice The receiver's side gave back.
    /// @param channelId The channel.
    /// @param sender Who sent the transaction.
    /// @param amount How much.
    event Refunded(bytes32 indexed channelId, address indexed sender, uint128 amount);

    /// @notice A party of the channel is zero where it must not be.
    error ChannelsInvalidParty();

    /// @notice The delay is out of its bounds.
    /// @param delay The delay in seconds.
    error ChannelsDelayOutOfBounds(uint40 delay);

    /// @notice Nothing would be moved.
    error ChannelsNothingToDo();

    /// @notice The collector brought another amount than it was asked for.
    /// @param received What came.
    /// @param asked What was asked for.
    error ChannelsWrongDeposit(uint256 received, uint128 asked);

    /// @notice The caller is not the one who may.
    /// @param caller Who called.
    /// @param allowed Who may.
    error ChannelsUnauthorized(address caller, address allowed);

    /// @notice The account that must have signed has not.
    /// @param signer The account.
    error ChannelsInvalidSignature(address signer);

    /// @notice More is claimed than the voucher allows.
    /// @param totalClaimed What would be claimed in all.
    /// @param maxClaimableAmount What the voucher allows.
    error ChannelsAboveVoucher(uint128 totalClaimed, uint128 maxClaimableAmount);

    /// @notice More would leave the channel than is in it.
    /// @param channelId The channel.
    /// @param asked What would have left in all.
    /// @param balance What is in it.
    error ChannelsAboveBalance(bytes32 channelId, uint128 asked, uint128 balance);

    /// @notice No withdrawal was announced, or its delay has not passed.
    /// @param channelId The channel.
    /// @param finalizeAfter From when it can be taken; 0 where none was announced.
    error ChannelsWithdrawalNotDue(bytes32 channelId, uint256 finalizeAfter);

    /// @notice The refund was signed for another turn.
    /// @param nonce The nonce that was signed.
    /// @param expected The nonce that is next.
    error ChannelsWrongNonce(uint256 nonce, uint256 expected);

    /// @notice The rows are not whole.
    /// @param length Their length in bytes.
    error ChannelsMalformedRows(uint256 length);

    /// @notice Adds to a channel what the collector brings. Anybody may send what a payer has authorized.
    /// @param config The channel.
    /// @param amount In the token's smallest unit.
    /// @param collector How the tokens are brought: {IDepositCollector}.
    /// @param collectorData The payer's authorization, in the collector's form.
    function deposit(
        ChannelConfig calldata config,
        uint128 amount,
        address collector,
        bytes calldata collectorData
    ) external;

    /// @notice Claims by vouchers. The receiver authorizer of every channel only. A sum that is not above what was claimed changes nothing.
    /// @param voucherClaims The vouchers, their signatures, and what is claimed by them.
    function claim(VoucherClaim[] calldata voucherClaims) external;

    /// @notice The same by anybody who has the receiver authorizer's signature.
    /// @param voucherClaims As {claim}, of one receiver authorizer.
    /// @param authorizerSignature Of the EIP-712 `ClaimBatch`.
    function claimWithSignature(VoucherClaim[] calldata voucherClaims, bytes calldata authorizerSignature) external;

    /// @notice Claims whole vouchers of keys in few bytes, of channels in {compactToken} with one receiver and the caller as its
    /// authorizer. Rows that cannot be claimed, of another party, badly signed, above the balance or claimed before, are passed over.
    /// @param receiver The channels' receiver.
    /// @param rows Each 112 bytes: channel id, uint128 sum, r, vs (ERC-2098).
    /// @return claimed How much was claimed by all of them.
    function claimCompact(address receiver, bytes calldata rows) external returns (uint256 claimed);

    /// @notice Pays a receiver what was claimed for it. Anybody may call.
    /// @param receiver The receiver.
    /// @param token The token.
    function settle(address receiver, address token) external;

    /// @notice Announces a withdrawal. Payer only: its voucher key, which may be hot, could begin the delay anew for ever. A second announcement replaces the first and begins anew.
    /// @param config The channel.
    /// @param amount Most that will be taken.
    function initiateWithdraw(ChannelConfig calldata config, uint128 amount) external;

    /// @notice Pays the payer what was announced, as far as it was not claimed, after the delay. Anybody may call.
    /// @param config The channel.
    function finalizeWithdraw(ChannelConfig calldata config) external;

    /// @notice Gives unclaimed balance back to the payer at once. Receiver authorizer only.
    /// @param config The channel.
    /// @param amount How much; what is not there is left away.
    function refund(ChannelConfig calldata config, uint128 amount) external;

    /// @notice The same by anybody who has the receiver authorizer's signature.
    /// @param config The channel.
    /// @param amount How much; what is not there is left away.
    /// @param nonce {refundNonce} of the channel.
    /// @param receiverAuthorizerSignature Of the EIP-712 `Refund`.
    function refundWithSignature(
        ChannelConfig calldata config,
        uint128 amount,
        uint256 nonce,
        bytes calldata receiverAuthorizerSignature
    ) external;

    /// @notice The id of a channel.
    /// @param config The channel.
    /// @return The EIP-712 hash.
    function getChannelId(ChannelConfig calldata config) external view returns (bytes32);

    /// @notice What is in a channel.
    /// @param channelId The channel.
    /// @return balance What was deposited and not given back.
    /// @return totalClaimed What of it is the receiver's.
    function channels(bytes32 channelId) external view returns (uint128 balance, uint128 totalClaimed);

    /// @notice The announced withdrawal; zeros where there is none.
    /// @param channelId The channel.
    /// @return amount Most that will be taken.
    /// @return initiatedAt When it was announced, in unix seconds.
    function pendingWithdrawals(bytes32 channelId) external view returns (uint128 amount, uint40 initiatedAt);

    /// @notice What a receiver has earned by all its channels.
    /// @param receiver The receiver.
    /// @param token The token.
    /// @return totalClaimed In all.
    /// @return totalSettled What of it was paid out.
    function receivers(
        address receiver,
        address token
    ) external view returns (uint128 totalClaimed, uint128 totalSettled);

    /// @notice The nonce of the next signed refund.
    /// @param channelId The channel.
    /// @return The nonce.
    function refundNonce(bytes32 channelId) external view returns (uint256);

    /// @notice What a payer's voucher signs.
    /// @param channelId The channel.
    /// @param maxClaimableAmount The sum.
    /// @return The EIP-712 digest.
    function getVoucherDigest(bytes32 channelId, uint128 maxClaimableAmount) external view returns (bytes32);

    /// @notice What a receiver authorizer signs to give back.
    /// @param channelId The channel.
    /// @param nonce {refundNonce}.
    /// @param amount How much.
    /// @return The EIP-712 digest.
    function getRefundDigest(bytes32 channelId, uint256 nonce, uint128 amount) external view returns (bytes32);

    /// @notice What a receiver authorizer signs to claim.
    /// @param voucherClaims The claims.
    /// @return The EIP-712 digest.
    function getClaimBatchDigest(VoucherClaim[] calldata voucherClaims) external view returns (bytes32);

    /// @notice The token of the channels that {claimCompact} claims.
    /// @return Its address.
    function compactToken() external view returns (address);
}
