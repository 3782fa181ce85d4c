// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAgentIdentityRegistry} from "../interfaces/IAgentIdentityRegistry.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";

/// @title AgentIdentityRegistry
/// @notice See {IAgentIdentityRegistry}.
contract AgentIdentityRegistry is IAgentIdentityRegistry, ERC721URIStorage, EIP712 {
    bytes32 private constant WALLET_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );
    string private constant WALLET_KEY = "agentWallet";
    bytes32 private constant WALLET_KEY_HASH = keccak256(bytes(WALLET_KEY));
    uint256 private constant MAX_DEADLINE = 5 minutes;

    uint256 private _lastAgent;
    mapping(uint256 agentId => mapping(string key => bytes value)) private _metadata;

    constructor() ERC721("OpenLedger Agent", "AGENT") EIP712("ERC8004IdentityRegistry", "1") {}

    /// @inheritdoc IAgentIdentityRegistry
    function register() external returns (uint256 agentId) {
        return _register("");
    }

    /// @inheritdoc IAgentIdentityRegistry
    function register(string calldata agentURI) external returns (uint256 agentId) {
        return _register(agentURI);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId) {
        agentId = _register(agentURI);
        for (uint256 i = 0; i < metadata.length; ++i) {
            _setUnreserved(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
    }

    /// @inheritdoc IAgentIdentityRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external {
        _checkControls(agentId);
        _setTokenURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external {
        _checkControls(agentId);
        _setUnreserved(agentId, metadataKey, metadataValue);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external {
        _checkControls(agentId);
        uint256 latest = block.timestamp + MAX_DEADLINE;
        if (deadline < block.timestamp || deadline > latest) revert AgentInvalidDeadline(deadline, latest);
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(WALLET_TYPEHASH, agentId, newWallet, _ownerOf(agentId), deadline))
        );
        if (newWallet == address(0) || !AccountSignature.isValid(newWallet, digest, signature)) {
            revert AgentInvalidSignature(newWallet);
        }
        _set(agentId, WALLET_KEY, abi.encodePacked(newWallet));
    }

    /// @inheritdoc IAgentIdentityRegistry
    function unsetAgentWallet(uint256 agentId) external {
        _checkControls(agentId);
        _set(agentId, WALLET_KEY, "");
    }

    /// @inheritdoc IAgentIdentityRegistry
    function getAgentWallet(uint256 agentId) external view returns (address wallet) {
        _requireOwned(agentId);
        return address(bytes20(_metadata[agentId][WALLET_KEY]));
    }

    /// @inheritdoc IAgentIdentityRegistry
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory) {
        return _metadata[agentId][metadataKey];
    }

    /// @inheritdoc IAgentIdentityRegistry
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool) {
        return _isAuthorized(_requireOwned(agentId), spender, agentId);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function tokenURI(
        uint256 agentId
    ) public view override(IAgentIdentityRegistry, ERC721URIStorage) returns (string memory) {
        return super.tokenURI(agentId);
    }

    /// @dev A new owner's agent acts with no wallet of the old one.
    function _update(address to, uint256 agentId, address auth) internal override returns (address from) {
        from = super._update(to, agentId, auth);
        if (from != address(0)) _set(agentId, WALLET_KEY, "");
    }

    function _register(string memory agentURI) private returns (uint256 agentId) {
        agentId = ++_lastAgent;
        emit Registered(agentId, agentURI, msg.sender);
        _mint(msg.sender, agentId);
        _setTokenURI(agentId, agentURI);
        _set(agentId, WALLET_KEY, abi.encodePacked(msg.sender));
    }

    function _setUnreserved(uint256 agentId, string calldata key, bytes calldata value) private {
        if (keccak256(bytes(key)) == WALLET_KEY_HASH) revert AgentReservedKey();
        _set(agentId, key, value);
    }

    function _set(uint256 agentId, string memory key, bytes memory value) private {
        _metadata[agentId][key] = value;
        emit MetadataSet(agentId, key, key, value);
    }

    function _checkControls(uint256 agentId) private view {
        if (!_isAuthorized(_requireOwned(agentId), msg.sender, agentId)) revert AgentUnauthorized(agentId, msg.sender);
    }
}
