// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Harm} from "../../contracts/libraries/Harm.sol";
import {PayoutMath} from "../../contracts/libraries/PayoutMath.sol";

/// @notice For all weights, scores and qualities of a contribution.
contract PayoutMathSymbolic {
    function check_dataThatHarmsEarnsNothing(int128 score, int128 quality) public pure {
        uint128 weight = PayoutMath.weightOf(score, quality);
        if (quality < 0 || score <= 0) assert(weight == 0);
        else assert(int256(uint256(weight)) == score);
    }

    function check_goodDataIsNeverCharged(int128 quality, uint32 examples, uint256 total, uint256 bond) public pure {
        if (quality < 0) return;
        assert(!Harm.isHarmful(quality, examples, total));
        assert(Harm.amount(quality, examples, total, bond) == 0);
    }
}
