// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PayoutMath} from "../../contracts/libraries/PayoutMath.sol";

contract PayoutMathTest {
    function testFuzz_PayoutsAddUpToThePool(uint128 pool, uint256 seed, uint8 count) public pure {
        uint256[] memory weights = new uint256[](1 + uint256(count));
        uint256 total;
        for (uint256 i; i < weights.length; ++i) {
            weights[i] = uint128(uint256(keccak256(abi.encode(seed, i))) >> (i % 128));
            total += weights[i];
        }
        uint256 prefix;
        uint256 paid;
        for (uint256 i; i < weights.length; ++i) {
            uint256 payout = PayoutMath.payout(pool, prefix, weights[i], total);
            // Less than one wei away from the exact share pool · weight / total.
            uint256 floor = (uint256(pool) * weights[i]) / total;
            require(payout + 1 > floor && payout <= floor + 1, "not the share");
            prefix += weights[i];
            paid += payout;
        }
        require(paid == pool, "dust");
    }

    function testFuzz_AWeightOfZeroIsPaidNothing(uint256 pool, uint128 prefix, uint128 rest) public pure {
        require(PayoutMath.payout(pool, prefix, 0, uint256(prefix) + rest + 1) == 0, "paid");
    }

    function testFuzz_OnlyPositiveScoresOfHarmlessDataWeigh(int128 score, int128 quality) public pure {
        uint128 weight = PayoutMath.weightOf(score, quality);
        bool weighs = score > 0 && quality >= 0;
        require(weighs ? int256(uint256(weight)) == score : weight == 0, "weight");
    }
}
