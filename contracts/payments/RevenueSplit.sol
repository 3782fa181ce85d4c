// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title RevenueSplit
/// @notice Who gets what of a model's revenue. Every part is rounded down and contributors take what is left, so that the parts
/// always add up to the revenue.
library RevenueSplit {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant MIN_CONTRIBUTORS_BPS = 3000;
    uint256 internal constant MAX_CURATOR_BPS = 500;

    /// @notice Reverts for a split that leaves contributors less than their floor.
    function check(IInferenceMarket.Split calldata policy) internal pure {
        if (policy.curatorBps > MAX_CURATOR_BPS) {
            revert IInferenceMarket.MarketCuratorsOutOfBounds(policy.curatorBps, MAX_CURATOR_BPS);
        }
        uint256 others =
            uint256(policy.protocolBps) + policy.ownerBps + policy.computeBps + policy.stakersBps + policy.curatorBps;
        if (others > BPS - MIN_CONTRIBUTORS_BPS) {
            revert IInferenceMarket.MarketSplitOutOfBounds(others < BPS ? BPS - others : 0, MIN_CONTRIBUTORS_BPS);
        }
    }

    /// @notice The parts of `amount`.
    /// @dev Nobody but protocol, stakers and contributors earns by data without commercial licence.
    /// @param curators Owners of Datanets that share the curators' part equally; the remainder stays with contributors.
    function split(
        IInferenceMarket.Split memory policy,
        IModelRegistry.Model memory model,
        uint256 curators,
        uint256 amount
    ) internal pure returns (IInferenceMarket.Parts memory parts) {
        parts.protocol = (amount * policy.protocolBps) / BPS;
        parts.stakers = (amount * policy.stakersBps) / BPS;
        parts.contributors = amount - parts.protocol - parts.stakers;
        if (model.nonCommercial) return parts;

        parts.compute = (amount * policy.computeBps) / BPS;
        uint256 ownerDown = (amount * policy.ownerBps) / BPS;
        parts.contributors -= parts.compute + ownerDown;
        parts.owner = ownerDown;
        parts.parents = new uint256[](model.parents.length);
        for (uint256 i = 0; i < parts.parents.length; ++i) {
            parts.parents[i] = (ownerDown * model.parents[i].shareBps) / BPS;
            parts.owner -= parts.parents[i];
        }
        parts.curators = new uint256[](curators);
        for (uint256 i = 0; i < curators; ++i) {
            parts.curators[i] = (amount * policy.curatorBps) / BPS / curators;
            parts.contributors -= parts.curators[i];
        }
    }
}
