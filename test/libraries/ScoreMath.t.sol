// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ScoreMath} from "../../contracts/libraries/ScoreMath.sol";

contract ScoreMathTest {
    function testFuzz_DotIsTheSumOfProducts(uint256 seed, uint8 blocks) public pure {
        uint256 k = 32 * (1 + (uint256(blocks) % 32));
        bytes memory functional = _noise(seed, 2 * k);
        bytes memory features = _noise(~seed, k);
        require(ScoreMath.dot(functional, features) == _reference(functional, features), "dot");
    }

    /// @dev Each component is extreme or zero, so that every lane is filled to the brim somewhere.
    function testFuzz_DotIsExactAtTheExtremes(uint256 seed, uint8 blocks) public pure {
        uint256 k = 32 * (1 + (uint256(blocks) % 32));
        bytes memory functional = new bytes(2 * k);
        bytes memory features = new bytes(k);
        for (uint256 i; i < k; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            features[i] = [bytes1(0x80), 0x7f, 0xff, 0x00][dice % 4];
            bytes2 value = [bytes2(0x8000), 0x7fff, 0xffff, 0x0000][(dice >> 8) % 4];
            functional[2 * i] = value[0];
            functional[2 * i + 1] = value[1];
        }
        require(ScoreMath.dot(functional, features) == _reference(functional, features), "dot");
    }

    function test_TheLargestScoresFit() public pure {
        bytes memory functional = new bytes(2048);
        bytes memory features = new bytes(1024);
        for (uint256 i; i < 1024; ++i) {
            functional[2 * i] = 0x80;
            features[i] = 0x80;
        }
        require(ScoreMath.dot(functional, features) == 1 << 32, "dot");
        require(ScoreMath.score(functional, features, type(uint32).max) == int128(2 ** 32) * (2 ** 32 - 1), "score");
    }

    function testFuzz_WhatLiesBesideTheFeaturesDoesNotMatter(uint256 seed) public pure {
        bytes memory before = _noise(seed, 64);
        bytes memory features = _noise(seed ^ 1, 32);
        bytes memory behind = _noise(seed ^ 2, 64);
        bytes memory functional = _noise(seed ^ 3, 64);
        require(ScoreMath.dot(functional, features) == _reference(functional, features), "dot");
        require(before.length + behind.length == 128, "neighbours stay in memory");
    }

    function test_OtherLengthsAreRefused() public view {
        uint256[2][6] memory lengths = [
            [uint256(0), 0],
            [uint256(31), 62],
            [uint256(1056), 2112],
            [uint256(32), 32],
            [uint256(64), 130],
            [uint256(48), 96]
        ];
        for (uint256 i; i < lengths.length; ++i) {
            try this.dot(new bytes(lengths[i][1]), new bytes(lengths[i][0])) {
                revert("accepted");
            } catch (bytes memory reason) {
                require(bytes4(reason) == ScoreMath.ScoreMathInvalidLength.selector, "reason");
            }
        }
    }

    function dot(bytes memory functional, bytes memory features) external pure returns (int256) {
        return ScoreMath.dot(functional, features);
    }

    function _reference(bytes memory functional, bytes memory features) private pure returns (int256 sum) {
        for (uint256 i; i < features.length; ++i) {
            int8 feature = int8(uint8(features[i]));
            int16 weight = int16((uint16(uint8(functional[2 * i])) << 8) | uint8(functional[2 * i + 1]));
            sum += int256(feature) * int256(weight);
        }
    }

    function _noise(uint256 seed, uint256 length) private pure returns (bytes memory noise) {
        noise = new bytes(length);
        for (uint256 i; i < length; i += 32) {
            bytes32 word = keccak256(abi.encode(seed, i));
            assembly ("memory-safe") {
                mstore(add(add(noise, 0x20), i), word)
            }
        }
    }
}
