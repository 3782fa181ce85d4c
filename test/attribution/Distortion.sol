// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Evidence that was tampered with.
library Distortion {
    /// @notice Changes one word behind the selector: to anything, to another word, or by one.
    function ofCall(bytes memory data, uint256 at, uint256 by, uint8 how) internal pure returns (bytes memory) {
        uint256 words = (data.length - 4) / 32;
        uint256 from = 0x24 + 32 * (at % words);
        uint256 other = 0x24 + 32 * (by % words);
        uint256 word;
        assembly ("memory-safe") {
            switch mod(how, 4)
            case 0 {
                word := by
            }
            case 1 {
                word := mload(add(data, other))
            }
            case 2 {
                word := add(mload(add(data, from)), 1)
            }
            default {
                word := sub(mload(add(data, from)), 1)
            }
            mstore(add(data, from), word)
        }
        return data;
    }
}
