// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ShareMath} from "../../contracts/staking/ShareMath.sol";

/// @notice For every amount, in pools that are empty, have earned a fifth, and were slashed by 99 %: a conversion rounds in
/// favour of the pool.
/// @dev That going in and out gains nothing follows: s shares for a assets have s · (A + 1) ≤ a · (S + V), to which s · a is
/// added on both sides.
contract ShareMathSymbolic {
    uint256 private constant SHARES = 1e27;
    uint256 private constant GROWN = 12e20;
    uint256 private constant SLASHED = 1e19;

    function check_sharesOfAnEmptyPoolRoundDown(uint96 assets) public pure {
        _sharesRoundDown(assets, 0, 0);
    }

    function check_sharesOfAGrownPoolRoundDown(uint96 assets) public pure {
        _sharesRoundDown(assets, GROWN, SHARES);
    }

    function check_sharesOfASlashedPoolRoundDown(uint96 assets) public pure {
        _sharesRoundDown(assets, SLASHED, SHARES);
    }

    function check_assetsOfAGrownPoolRoundDown(uint128 shares) public pure {
        _assetsRoundDown(shares, GROWN, SHARES);
    }

    function check_assetsOfASlashedPoolRoundDown(uint128 shares) public pure {
        _assetsRoundDown(shares, SLASHED, SHARES);
    }

    function _sharesRoundDown(uint256 assets, uint256 totalAssets, uint256 totalShares) private pure {
        uint256 shares = ShareMath.toSharesDown(assets, totalAssets, totalShares);
        // Both sides stay below 2^200.
        unchecked {
            assert(shares * (totalAssets + 1) <= assets * (totalShares + 1e6));
        }
    }

    function _assetsRoundDown(uint256 shares, uint256 totalAssets, uint256 totalShares) private pure {
        uint256 assets = ShareMath.toAssetsDown(shares, totalAssets, totalShares);
        unchecked {
            assert(assets * (totalShares + 1e6) <= shares * (totalAssets + 1));
        }
    }
}
