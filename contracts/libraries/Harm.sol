// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Harm
/// @notice The rule of charges (docs/protocol.md §3), in one place; protocol/score/harm.ts is the other.
library Harm {
    /// @notice Parts into which the rows of a quality set are divided.
    uint256 internal constant FOLDS = 5;
    /// @notice So many of them have to find a contribution harmful before its bond is charged.
    uint256 internal constant FOLDS_NEEDED = 5;
    /// @notice Harm per example that is tolerated, in basis points of what the average helpful example of the Datanet helps.
    uint256 internal constant TOLERANCE_BPS = 6_000;
    uint256 private constant BPS = 10_000;

    /// @notice Whether a quality is below −tolerance times the mean positive quality per example of the Datanet.
    /// @param total Total of the part's index tree: positive quality in the upper lane, the examples behind it in the lower 64
    /// bits.
    function isHarmful(int128 quality, uint32 examples, uint256 total) internal pure returns (bool) {
        if (quality >= 0) return false;
        // At most 2^127 · 2^64 · 10,000 and 2^192 · 2^32 · 10,000: both fit.
        return _loss(quality, total) * BPS > TOLERANCE_BPS * _gain(examples, total);
    }

    /// @notice What of `bond` harmful data loses, rounded down: in proportion to the harm by the whole quality set, all of it from
    /// the point where the data harms as much as the average helps.
    function amount(int128 quality, uint32 examples, uint256 total, uint256 bond) internal pure returns (uint256) {
        if (quality >= 0) return 0;
        (uint256 loss, uint256 gain) = (_loss(quality, total), _gain(examples, total));
        return loss >= gain ? bond : Math.mulDiv(bond, loss, gain);
    }

    function _loss(int128 quality, uint256 total) private pure returns (uint256) {
        return uint256(-int256(quality)) * uint64(total);
    }

    function _gain(uint32 examples, uint256 total) private pure returns (uint256) {
        return (total >> 64) * examples;
    }
}
