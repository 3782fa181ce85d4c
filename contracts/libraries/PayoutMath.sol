// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title PayoutMath
/// @notice How a pool is divided by weights (docs/protocol.md §3). Amounts are OPEN wei.
library PayoutMath {
    /// @notice The part of `pool` for a weight that stands behind `prefix` of `total`:
    /// `floor(pool · (prefix + weight) / total) − floor(pool · prefix / total)`. All parts of a pool add up to the pool.
    /// @dev Needs 0 < total and prefix + weight ≤ total.
    function payout(uint256 pool, uint256 prefix, uint256 weight, uint256 total) internal pure returns (uint256) {
        return Math.mulDiv(pool, prefix + weight, total) - Math.mulDiv(pool, prefix, total);
    }

    /// @notice The weight of a contribution unless the pool is split by examples.
    function weightOf(int128 score, int128 quality) internal pure returns (uint128) {
        return quality >= 0 && score > 0 ? uint128(score) : 0;
    }
}
