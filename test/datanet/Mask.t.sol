// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Mask} from "../../contracts/datanet/Mask.sol";

contract MaskTest {
    function test_CountsEmptyAndFullMasks() public pure {
        require(Mask.count(0) == 0, "none");
        require(Mask.count(type(uint256).max) == 256, "all");
        for (uint256 i = 0; i < 256; ++i) require(Mask.count(1 << i) == 1, "one");
    }

    function testFuzz_CountsEveryBit(uint256 mask) public pure {
        uint256 expected = 0;
        for (uint256 i = 0; i < 256; ++i) expected += (mask >> i) & 1;
        require(Mask.count(mask) == expected, "count");
    }

    function testFuzz_FullMaskHasSizeBits(uint8 size) public pure {
        uint256 full = Mask.full(uint256(size) + 1);
        require(Mask.count(full) == uint256(size) + 1, "size");
        require(full >> size == 1, "up to the last part");
    }

    /// @dev Against a count per bit, for every number of votes.
    function testFuzz_MajorityIsMoreThanHalf(uint256 seed, uint8 number) public pure {
        uint256[] memory votes = new uint256[](uint256(number) % (Mask.MAX_VOTES + 1));
        for (uint256 i = 0; i < votes.length; ++i) votes[i] = uint256(keccak256(abi.encode(seed, i)));
        uint256 mask = Mask.majority(votes);
        for (uint256 bit = 0; bit < 256; ++bit) {
            uint256 approvals = 0;
            for (uint256 i = 0; i < votes.length; ++i) approvals += (votes[i] >> bit) & 1;
            require(((mask >> bit) & 1 == 1) == (2 * approvals > votes.length), "majority");
        }
    }

    function test_UnanimousVotesPassAndTiesFail() public pure {
        for (uint256 number = 1; number <= Mask.MAX_VOTES; ++number) {
            uint256[] memory votes = new uint256[](number);
            for (uint256 i = 0; i < number; ++i) votes[i] = type(uint256).max;
            require(Mask.majority(votes) == type(uint256).max, "unanimous");
            for (uint256 i = 0; i < (number + 1) / 2; ++i) votes[i] = 0;
            require(Mask.majority(votes) == 0, "tie or less");
        }
    }
}
