// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title PayoutMath
/// @notice How a pool is divided by weights and a bond is taken for harm (docs/protocol.md §3). Amounts are OPEN wei.
library PayoutMath {
    uint256 internal constant BPS = 10_000;

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

    /// @notice What of `bond` a contribution of negative quality loses, rounded down; 0 within the tolerance.
    /// @param indexTotal Total of the index tree: positive quality in the upper lane, the examples behind it in the lower 64
    /// bits.
    function harmDown(
        int128 quality,
        uint32 examples,
        uint256 indexTotal,
        uint256 bond,
        uint256 toleranceBps
    ) internal pure returns (uint256) {
        if (quality >= 0) return 0;
        // At most 2^127 · 2^64 · 10,000 and 2^192 · 2^32 · 10,000: both fit.
        uint256 loss = uint256(-int256(quality)) * uint64(indexTotal);
        uint256 gain = (indexTotal >> 64) * examples;
        if (loss * BPS <= toleranceBps * gain) return 0;
        return loss >= gain ? bond : Math.mulDiv(bond, loss, gain);
    }
}
