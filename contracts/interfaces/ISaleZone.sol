// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContributionRegistry} from "./IContributionRegistry.sol";
import {ISeaportZone} from "./ISeaport.sol";

/// @title ISaleZone
/// @notice Makes the sale of a contribution, a model, a Datanet or an agent through Seaport safe: the order is filled only while what is sold is
/// still what the seller listed. An order names this contract as its zone and is restricted; what was listed is in its `zoneHash`.
///
/// - A contribution: the least bond, in OPEN wei. It has to be accepted when it changes hands, and the buyer the payee from the next
///   epoch on. Whoever owns it until then is paid for the epoch of the sale.
/// - A model: the version that is active, with {SWEEPS} if its till is swept to the seller first. Without it, what is in the till is the
///   buyer's to sweep.
/// - A Datanet: nothing.
/// - An agent: the hash of its URI, which says what it is. Its wallet is cleared when it changes hands.
interface ISaleZone is ISeaportZone {
    /// @notice The order does not offer exactly one contribution, model, Datanet or agent.
    error SaleNotOneAsset();
    /// @notice Only the exchange asks.
    error SaleUnauthorized(address caller);
    error SaleNotAccepted(uint256 contributionId, IContributionRegistry.Status status);
    error SaleBondTooLow(uint256 contributionId, uint256 bond, uint256 listed);
    error SaleOtherVersion(uint256 modelId, uint256 activeVersion, uint256 listed);
    error SaleOtherUri(uint256 agentId, bytes32 uriHash, bytes32 listed);
    /// @notice The seller still owns it, or somebody else than the buyer is paid.
    error SaleNotDelivered(address collection, uint256 tokenId);

    /// @notice Set in the `zoneHash` of a model whose till is swept before it changes hands.
    function SWEEPS() external view returns (uint256);

    /// @notice Seaport.
    function exchange() external view returns (address);

    /// @notice Reverts unless the asset is what was listed.
    /// @param collection ContributionRegistry, ModelRegistry, DatanetRegistry or AgentIdentityRegistry.
    /// @param tokenId What is sold.
    /// @param listed The order's `zoneHash`.
    function check(address collection, uint256 tokenId, bytes32 listed) external view;
}
