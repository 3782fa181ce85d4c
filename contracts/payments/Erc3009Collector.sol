// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IDepositCollector} from "../interfaces/IDepositCollector.sol";

interface IReceivesWithAuthorization {
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}

/// @title Erc3009Collector
/// @notice See {IDepositCollector}. Takes ERC-3009 authorizations to receive whose nonce binds the channel, so that nobody can put
/// the money into another. Clients of x402 know it by a fixed address, to which their authorizations are made out.
contract Erc3009Collector is IDepositCollector {
    using SafeERC20 for IERC20;

    address public immutable channels;

    constructor(address channels_) {
        channels = channels_;
    }

    /// @inheritdoc IDepositCollector
    /// @param data abi.encode(uint256 validAfter, uint256 validBefore, uint256 salt, bytes signature); the nonce is
    /// keccak256(abi.encode(channelId, salt)).
    function collect(address payer, address token, uint128 amount, bytes32 channelId, bytes calldata data) external {
        if (msg.sender != channels) revert CollectorUnauthorized(msg.sender);
        (uint256 validAfter, uint256 validBefore, uint256 salt, bytes memory signature) = abi.decode(
            data,
            (uint256, uint256, uint256, bytes)
        );
        bytes32 nonce = keccak256(abi.encode(channelId, salt));
        IReceivesWithAuthorization(token).receiveWithAuthorization(
            payer,
            address(this),
            amount,
            validAfter,
            validBefore,
            nonce,
            signature
        );
        IERC20(token).safeTransfer(channels, amount);
    }
}
