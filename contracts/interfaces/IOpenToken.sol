// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";

/// @title IOpenToken
/// @notice OPEN, an immutable ERC-20 of 1,000,000,000 tokens that nobody owns.
/// @dev Deployed either as **home** token, which mints the cap once and never mints or burns again, or as **bridged**
/// token, which only the chain's bridges mint and burn, never above the cap. The bridge interfaces (ERC-165) are
/// announced by the bridged token alone: a bridge escrows the home token.
interface IOpenToken is IERC20Metadata, IERC20Permit, IERC3009, IERC3009Cancel {
    /// @notice Give a recipient (home) or a remote token (bridged), not both and not neither.
    /// @param recipient Receiver of the cap.
    /// @param remoteToken The token on the other chain.
    error OpenTokenInvalidMode(address recipient, address remoteToken);
    /// @notice Only a bridge of a bridged token may mint or burn.
    /// @param caller Who called.
    error OpenTokenUnauthorizedBridge(address caller);
    /// @notice Minting would raise the supply above the cap.
    /// @param supply Supply after minting, in wei.
    /// @param cap The cap, in wei.
    error OpenTokenCapExceeded(uint256 supply, uint256 cap);

    /// @notice The largest supply on one chain, 1e27.
    /// @return Wei.
    function CAP() external view returns (uint256);

    /// @notice {IERC3009-transferWithAuthorization} with a signature of any account: key, ERC-1271 contract, EIP-7702.
    /// @param from Who pays and signed.
    /// @param to Who is paid.
    /// @param value OPEN wei.
    /// @param validAfter The authorisation counts after this second.
    /// @param validBefore The authorisation counts before this second.
    /// @param nonce Random, once per payer.
    /// @param signature Signature by a key, an ERC-1271 contract or an EIP-7702 account.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice {IERC3009-receiveWithAuthorization} with a signature of any account. Only `to` may call.
    /// @param from Who pays and signed.
    /// @param to Who is paid.
    /// @param value OPEN wei.
    /// @param validAfter The authorisation counts after this second.
    /// @param validBefore The authorisation counts before this second.
    /// @param nonce Random, once per payer.
    /// @param signature Signature by a key, an ERC-1271 contract or an EIP-7702 account.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice {IERC3009Cancel-cancelAuthorization} with a signature of any account.
    /// @param authorizer Who signed the authorisation.
    /// @param nonce Random, once per payer.
    /// @param signature Signature by a key, an ERC-1271 contract or an EIP-7702 account.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external;
}
