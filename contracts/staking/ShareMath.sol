// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title ShareMath
/// @notice Converts between the assets of a pool and its shares.
/// @dev Virtual shares and a virtual asset (as in OpenZeppelin's ERC4626) make it unprofitable to inflate the price of an
/// empty pool's first share, and keep a pool usable whose assets were slashed to zero. Assets are below 2^90 (the supply) and
/// shares below 2^128, so products fit 256 bits.
library ShareMath {
    uint256 internal constant VIRTUAL_SHARES = 1e6;
    uint256 internal constant VIRTUAL_ASSETS = 1;

    function toSharesDown(uint256 assets, uint256 totalAssets, uint256 totalShares) internal pure returns (uint256) {
        return (assets * (totalShares + VIRTUAL_SHARES)) / (totalAssets + VIRTUAL_ASSETS);
    }

    function toAssetsDown(uint256 shares, uint256 totalAssets, uint256 totalShares) internal pure returns (uint256) {
        return (shares * (totalAssets + VIRTUAL_ASSETS)) / (totalShares + VIRTUAL_SHARES);
    }
}
