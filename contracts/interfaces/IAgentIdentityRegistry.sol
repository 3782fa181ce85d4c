// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";

/// @title IAgentIdentityRegistry
/// @notice Agents as ERC-721, with the functions, events and signed data of ERC-8004's identity registry, so that its clients know
/// the agents of this chain. Nobody owns the contract.
interface IAgentIdentityRegistry is IERC721 {
    /// @notice One entry of an agent's metadata.
    struct MetadataEntry {
        string metadataKey;
        bytes metadataValue;
    }

    /// @notice An agent was registered.
    /// @param agentId The agent.
    /// @param agentURI Where its registration file is.
    /// @param owner Who owns it.
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    /// @notice An entry of an agent's metadata changed.
    /// @param agentId The agent.
    /// @param indexedMetadataKey The entry's key, hashed.
    /// @param metadataKey The entry's key.
    /// @param metadataValue Its new value.
    event MetadataSet(
        uint256 indexed agentId,
        string indexed indexedMetadataKey,
        string metadataKey,
        bytes metadataValue
    );
    /// @notice An agent is described elsewhere.
    /// @param agentId The agent.
    /// @param newURI Where its registration file is now.
    /// @param updatedBy Who said so.
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    /// @dev The caller is neither the owner of the agent nor approved by it.
    error AgentUnauthorized(uint256 agentId, address caller);
    /// @dev The key `agentWallet` is set by {setAgentWallet} alone.
    error AgentReservedKey();
    /// @dev The deadline has passed, or is further away than `latest`.
    error AgentInvalidDeadline(uint256 deadline, uint256 latest);
    /// @dev The wallet did not sign that it is the agent's.
    error AgentInvalidSignature(address wallet);

    /// @notice Registers an agent of the caller, without a description.
    /// @return agentId The agent.
    function register() external returns (uint256 agentId);

    /// @notice Registers an agent of the caller.
    /// @param agentURI Where its registration file is.
    /// @return agentId The agent.
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Registers an agent of the caller.
    /// @param agentURI Where its registration file is.
    /// @param metadata Its first metadata. `agentWallet` is not among them.
    /// @return agentId The agent.
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /// @notice Says where the agent's registration file is. For its owner and whom it approved.
    /// @param agentId The agent.
    /// @param newURI The place.
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice Sets an entry of the agent's metadata. For its owner and whom it approved.
    /// @param agentId The agent.
    /// @param metadataKey The entry's key, any but `agentWallet`.
    /// @param metadataValue Its new value.
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Sets the wallet with which the agent acts; for its owner and whom it approved. The wallet signs the EIP-712 data
    /// `AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)`.
    /// @param agentId The agent.
    /// @param newWallet The wallet, an account of any kind.
    /// @param deadline Until when the signature is valid, at most five minutes from now.
    /// @param signature Of the wallet.
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice Takes the agent's wallet from it. For its owner and whom it approved.
    /// @param agentId The agent.
    function unsetAgentWallet(uint256 agentId) external;

    /// @notice The wallet with which the agent acts: its first owner until another is set, nobody after a transfer.
    /// @param agentId The agent.
    /// @return wallet The wallet, or zero.
    function getAgentWallet(uint256 agentId) external view returns (address wallet);

    /// @notice An entry of an agent's metadata.
    /// @param agentId The agent.
    /// @param metadataKey The entry's key.
    /// @return metadataValue Its value; empty where there is none.
    function getMetadata(
        uint256 agentId,
        string calldata metadataKey
    ) external view returns (bytes memory metadataValue);

    /// @notice Whether an account may act for the agent's owner.
    /// @param spender The account.
    /// @param agentId The agent. Reverts for one that does not exist.
    /// @return authorized Whether it may.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool authorized);

    /// @notice Where the agent's registration file is.
    /// @param agentId The agent.
    /// @return uri The place.
    function tokenURI(uint256 agentId) external view returns (string memory uri);
}
