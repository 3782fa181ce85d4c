// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDepositCollector
/// @notice Brings a payer's tokens to {IPaymentChannels} by one way of authorizing it.
interface IDepositCollector {
    /// @notice Only the channels contract collects.
    /// @param caller Who called.
    error CollectorUnauthorized(address caller);

    /// @notice Moves `amount` of `token` from `payer` to the caller. Channels contract only.
    /// @param payer Whose tokens.
    /// @param token The token.
    /// @param amount In the token's smallest unit.
    /// @param channelId The channel, which the payer's authorization must bind.
    /// @param data What the payer authorized it with.
    function collect(address payer, address token, uint128 amount, bytes32 channelId, bytes calldata data) external;
}
