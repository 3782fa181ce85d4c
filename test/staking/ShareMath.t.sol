// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ShareMath} from "../../contracts/staking/ShareMath.sol";

contract ShareMathTest {
    /// @dev Going in and out never gains. Assets stay below the supply.
    function testFuzz_RoundTripsNeverGain(uint88 assets, uint88 totalAssets, uint160 totalShares) public pure {
        uint256 shares = ShareMath.toSharesDown(assets, totalAssets, totalShares);
        uint256 back = ShareMath.toAssetsDown(shares, uint256(totalAssets) + assets, totalShares + shares);
        require(back <= assets, "gain");
    }

    function testFuzz_SharesGrowWithAssets(uint96 a, uint96 b, uint96 totalAssets, uint160 totalShares) public pure {
        (uint256 low, uint256 high) = a < b ? (a, b) : (b, a);
        require(
            ShareMath.toSharesDown(low, totalAssets, totalShares) <=
                ShareMath.toSharesDown(high, totalAssets, totalShares),
            "order"
        );
    }

    /// @dev Who inflates an empty pool by a donation of rewards loses more than a later staker.
    function testFuzz_InflationCostsTheInflatorMore(uint96 first, uint96 donation, uint96 second) public pure {
        uint256 shares = ShareMath.toSharesDown(first, 0, 0);
        uint256 assets = uint256(first) + donation;
        uint256 victim = ShareMath.toSharesDown(second, assets, shares);
        uint256 victimLoss = second - ShareMath.toAssetsDown(victim, assets + second, shares + victim);
        uint256 own = ShareMath.toAssetsDown(shares, assets + second, shares + victim);
        uint256 spent = uint256(first) + donation;
        require(victimLoss == 0 || own <= spent || own - spent <= victimLoss, "made from nothing");
        // A victim loses at most one share's price: 1e-6 of what was donated, and a wei.
        require(victimLoss <= (assets + second) / 1e6 + 1, "inflation");
    }
}
