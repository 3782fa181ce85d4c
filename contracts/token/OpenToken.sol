// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC7802} from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Bridgeable} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC20Bridgeable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IOptimismMintableERC20} from "../interfaces/IOptimismMintableERC20.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";

/// @title OpenToken
/// @notice See {IOpenToken}.
contract OpenToken is ERC20Permit, ERC3009, ERC20Bridgeable, IOptimismMintableERC20, IOpenToken {
    using AccountSignature for address;

    /// @inheritdoc IOpenToken
    uint256 public constant CAP = 1_000_000_000e18;

    /// @dev Predeploys of every OP Stack chain.
    address internal constant STANDARD_BRIDGE = 0x4200000000000000000000000000000000000010;
    address internal constant SUPERCHAIN_TOKEN_BRIDGE = 0x4200000000000000000000000000000000000028;

    /// @inheritdoc IOptimismMintableERC20
    /// @dev Zero marks the home token.
    address public immutable remoteToken;

    /// @param recipient Home token: receives the whole supply; otherwise zero.
    /// @param remoteToken_ Bridged token: the token on the other side of the standard bridge; otherwise zero.
    constructor(address recipient, address remoteToken_) ERC20("OpenLedger", "OPEN") ERC20Permit("OpenLedger") {
        require(
            (recipient == address(0)) != (remoteToken_ == address(0)),
            OpenTokenInvalidMode(recipient, remoteToken_)
        );
        remoteToken = remoteToken_;
        if (recipient != address(0)) _mint(recipient, CAP);
    }

    /// @inheritdoc IOptimismMintableERC20
    function bridge() external view returns (address) {
        return remoteToken == address(0) ? address(0) : STANDARD_BRIDGE;
    }

    /// @inheritdoc IOptimismMintableERC20
    function mint(address to, uint256 amount) external {
        _checkBridge(msg.sender, STANDARD_BRIDGE);
        _mint(to, amount);
    }

    /// @inheritdoc IOptimismMintableERC20
    function burn(address from, uint256 amount) external {
        _checkBridge(msg.sender, STANDARD_BRIDGE);
        _burn(from, amount);
    }

    /// @inheritdoc IOpenToken
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        _checkSignature(
            from,
            keccak256(
                abi.encode(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce)
            ),
            signature
        );
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc IOpenToken
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        require(to == msg.sender, ERC20InvalidReceiver(to));
        _checkSignature(
            from,
            keccak256(abi.encode(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce)),
            signature
        );
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc IOpenToken
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external {
        _checkSignature(authorizer, keccak256(abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce)), signature);
        _cancelAuthorization(authorizer, nonce);
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IERC165
    /// @dev The standard bridge burns a token that announces {IOptimismMintableERC20} and escrows any other, so the home
    /// token must not announce it.
    function supportsInterface(bytes4 interfaceId) public view override(ERC20Bridgeable, IERC165) returns (bool) {
        if (interfaceId == type(IOptimismMintableERC20).interfaceId || interfaceId == type(IERC7802).interfaceId) {
            return remoteToken != address(0);
        }
        return super.supportsInterface(interfaceId);
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0)) require(totalSupply() <= CAP, OpenTokenCapExceeded(totalSupply(), CAP));
    }

    /// @inheritdoc ERC20Bridgeable
    function _checkTokenBridge(address caller) internal view override {
        _checkBridge(caller, SUPERCHAIN_TOKEN_BRIDGE);
    }

    function _checkBridge(address caller, address expected) private view {
        require(caller == expected && remoteToken != address(0), OpenTokenUnauthorizedBridge(caller));
    }

    function _checkSignature(address account, bytes32 structHash, bytes calldata signature) private view {
        require(account.isValid(_hashTypedDataV4(structHash), signature), ERC3009InvalidSignature());
    }
}
