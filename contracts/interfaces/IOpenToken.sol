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
    /// @dev Give a recipient (home) or a remote token (bridged), not both and not neither.
    error OpenTokenInvalidMode(address recipient, address remoteToken);
    /// @dev Only a bridge of a bridged token may mint or burn.
    error OpenTokenUnauthorizedBridge(address caller);
    /// @dev Minting would raise the supply above the cap.
    error OpenTokenCapExceeded(uint256 supply, uint256 cap);

    /// @notice The largest supply on one chain, 1e27.
    function CAP() external view returns (uint256);

    /// @notice {IERC3009-transferWithAuthorization} with a signature of any account: key, ERC-1271 contract, EIP-7702.
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
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external;
}
