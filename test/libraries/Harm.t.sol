// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Harm} from "../../contracts/libraries/Harm.sol";

contract HarmTest {
    function testFuzz_HarmIsBoundedByTheBondAndByTheDefinition(
        int128 quality,
        uint32 examples,
        uint96 positive,
        uint64 behind,
        uint96 bond
    ) public pure {
        uint256 total = (uint256(positive) << 64) | behind;
        uint256 amount = Harm.amount(quality, examples, total, bond);
        require(amount <= bond, "more than the bond");
        if (quality >= 0) {
            require(amount == 0 && !Harm.isHarmful(quality, examples, total), "charged without harm");
            return;
        }
        uint256 loss = uint256(-int256(quality)) * behind;
        uint256 gain = uint256(positive) * examples;
        require(Harm.isHarmful(quality, examples, total) == (loss * 10_000 > Harm.TOLERANCE_BPS * gain), "tolerance");
        if (loss >= gain) {
            require(amount == bond, "whole bond");
        } else {
            // amount ≤ bond · loss / gain < amount + 1, in whole numbers: both products fit 256 bits below 2^96 · 2^160.
            require(amount * gain <= uint256(bond) * loss && uint256(bond) * loss < (amount + 1) * gain, "rounding");
        }
    }

    function test_NothingIsHarmfulWhereNothingHelps() public pure {
        require(!Harm.isHarmful(type(int128).min, 1, 0), "without a measure");
    }
}
