// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Sets as bits of a word: the parts of a submission, the signers of a quorum.
library Mask {
    /// @dev Votes that {majority} can count: the counters have five bits.
    uint256 internal constant MAX_VOTES = 31;

    /// @notice Bits 0 … size − 1.
    /// @param size 1 … 256
    function full(uint256 size) internal pure returns (uint256) {
        return type(uint256).max >> (256 - size);
    }

    /// @notice Number of bits that are set.
    /// @dev Adds neighbouring fields of 1, 2, 4 … bits, all fields of the word at once.
    function count(uint256 mask) internal pure returns (uint256 bits) {
        unchecked {
            // No field can overflow: a field of 2^k bits holds at most 2^k, and the sums up to 256 are taken in 16 bits.
            bits = mask - ((mask >> 1) & (type(uint256).max / 3));
            bits = (bits & (type(uint256).max / 5)) + ((bits >> 2) & (type(uint256).max / 5));
            bits = (bits + (bits >> 4)) & (type(uint256).max / 17);
            bits = (bits & (type(uint256).max / 257)) + ((bits >> 8) & (type(uint256).max / 257));
            bits = (bits * (type(uint256).max / 65535)) >> 240;
        }
    }

    /// @notice The bits that are set in more than half of the votes.
    /// @dev 256 counters side by side: bit i of `plane[j]` is bit j of counter i. A vote is added to all of them with one
    /// ripple of carries, and one pass from the lowest plane compares them with the threshold.
    /// @param votes At most MAX_VOTES masks.
    function majority(uint256[] memory votes) internal pure returns (uint256 mask) {
        uint256[5] memory plane;
        for (uint256 i = 0; i < votes.length; ++i) {
            uint256 carry = votes[i];
            for (uint256 j = 0; carry != 0; ++j) {
                (plane[j], carry) = (plane[j] ^ carry, plane[j] & carry);
            }
        }
        uint256 threshold = votes.length / 2 + 1;
        mask = type(uint256).max;
        for (uint256 j = 0; j < 5; ++j) {
            mask = (threshold >> j) & 1 == 1 ? plane[j] & mask : plane[j] | mask;
        }
    }
}
