// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title ShareMath
/// @notice Converts between the assets of a pool and its shares.
/// @dev Virtual shares and a virtual asset (as in OpenZeppelin's ERC4626) make it unprofitable to inflate the price of an
/// empty pool's first share, and keep a pool usable whose assets were slashed to zero.
library ShareMath {
    uint256 internal constant VIRTUAL_SHARES = 1e6;
    uint256 internal constant VIRTUAL_ASSETS = 1;
    /// @dev Most shares that staking may reach. Rewards mint more at the same price, so what is above is room for them: a pool
    /// must never get stuck where it could not be slashed.
    uint256 internal constant MAX_SHARES = 2 ** 192;

    function toSharesDown(uint256 assets, uint256 totalAssets, uint256 totalShares) internal pure returns (uint256) {
        return Math.mulDiv(assets, totalShares + VIRTUAL_SHARES, totalAssets + VIRTUAL_ASSETS);
    }

    function toAssetsDown(uint256 shares, uint256 totalAssets, uint256 totalShares) internal pure returns (uint256) {
        return Math.mulDiv(shares, totalAssets + VIRTUAL_ASSETS, totalShares + VIRTUAL_SHARES);
    }
}
