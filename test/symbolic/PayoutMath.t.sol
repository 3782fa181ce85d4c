// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PayoutMath} from "../../contracts/libraries/PayoutMath.sol";

/// @notice For all scores and qualities of a contribution.
contract PayoutMathSymbolic {
    function check_dataThatHarmsEarnsNothing(int128 score, int128 quality) public pure {
        uint128 weight = PayoutMath.weightOf(score, quality);
        if (quality < 0 || score <= 0) assert(weight == 0);
        else assert(int256(uint256(weight)) == score);
    }
}
