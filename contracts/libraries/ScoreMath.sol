// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

/// @title ScoreMath
/// @notice The integer arithmetic of docs/protocol.md §3 on vectors: the score of a contribution is the inner product of
/// its features (int8) with a functional (int16, big-endian), times its scale.
library ScoreMath {
    /// @notice Largest number of components.
    uint256 internal constant MAX_K = 1024;
    /// @dev Largest component of a {direction}.
    uint256 private constant TOP = 32_767;

    /// @dev Features have 32, 64, … 1024 bytes, a functional has twice as many.
    error ScoreMathInvalidLength(uint256 features, uint256 functional);

    /// @notice `<functional, features> · scale`, exactly. Magnitude at most 2^64.
    /// @dev At most 1024 products of at most 2^7 · 2^15 make 2^32, times a scale below 2^32.
    function score(bytes memory functional, bytes memory features, uint32 scale) internal pure returns (int128) {
        return int128(dot(functional, features) * int256(uint256(scale)));
    }

    /// @notice What a version's Datanets want of it together: the sum of their quality functionals, scaled so that the largest
    /// component becomes ±32767 and rounded, halves to the even integer. The sum of nothing but zeros is zero.
    /// @param functionals One per Datanet, at most 16; those that do not have 2k bytes count as none.
    function direction(bytes[] memory functionals, uint256 k) internal pure returns (bytes memory result) {
        int256[] memory sum = new int256[](k);
        for (uint256 d = 0; d < functionals.length; ++d) {
            bytes memory functional = functionals[d];
            if (functional.length != 2 * k) continue;
            for (uint256 j = 0; j < k; ++j) {
                int16 component;
                assembly ("memory-safe") {
                    component := sar(240, mload(add(add(functional, 0x20), shl(1, j))))
                }
                sum[j] += component;
            }
        }
        uint256 largest = 0;
        for (uint256 j = 0; j < k; ++j) {
            uint256 size = SignedMath.abs(sum[j]);
            if (size > largest) largest = size;
        }
        result = new bytes(2 * k);
        if (largest == 0) return result;
        for (uint256 j = 0; j < k; ++j) {
            uint256 dividend = SignedMath.abs(sum[j]) * TOP;
            uint256 rounded = dividend / largest;
            uint256 twice = 2 * (dividend % largest);
            if (twice > largest || (twice == largest && rounded % 2 == 1)) ++rounded;
            uint16 component = uint16(int16(sum[j] < 0 ? -int256(rounded) : int256(rounded)));
            result[2 * j] = bytes1(uint8(component >> 8));
            result[2 * j + 1] = bytes1(uint8(component));
        }
    }

    /// @notice `<functional, features>`, exactly. Magnitude at most 2^32.
    /// @dev Eight products per MUL. Values are shifted to be unsigned (v + 128, w + 32768) and put into lanes of 32 bits;
    /// the top lane of a product of two such words, one of them in reverse order, is the inner product of their lanes, and
    /// no lane below overflows into it: 8 · 255 · 65535 < 2^32. With sums A of the shifted features and B of the shifted
    /// functional, Σ(a − 128)(b − 32768) = Σab − 32768·A − 128·B + k·128·32768 takes the shift out again.
    ///
    /// 32 features are one word, 8 groups g0 … g7 of 4 bytes; the functional beside them is two words W0 (g0 … g3) and
    /// W1 (g4 … g7), 4 components of 16 bits to a group. Element r of every group is one multiplication: from W1 and W0 it
    /// comes in the order g4 g0 g5 g1 g6 g2 g7 g3, so the groups of the features are put in the order g3 g7 g2 g6 g1 g5 g0
    /// g4 first, by five overlapping reads.
    function dot(bytes memory functional, bytes memory features) internal pure returns (int256 result) {
        uint256 k = features.length;
        if (k == 0 || k > MAX_K || k % 32 != 0 || functional.length != 2 * k) {
            revert ScoreMathInvalidLength(k, functional.length);
        }
        assembly ("memory-safe") {
            let bytes32s := 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff
            let halves64 := 0x000000000000ffff000000000000ffff000000000000ffff000000000000ffff
            let sumA := 0
            let sumB := 0
            let w := add(functional, 0x20)
            let v := add(features, 0x20)
            for {
                let end := add(v, k)
            } lt(v, end) {} {
                let a := xor(
                    or(
                        or(
                            or(
                                and(
                                    mload(add(v, 12)),
                                    0xffffffff0000000000000000ffffffff00000000000000000000000000000000
                                ),
                                and(
                                    mload(add(v, 24)),
                                    0x00000000ffffffff000000000000000000000000000000000000000000000000
                                )
                            ),
                            and(mload(v), 0x0000000000000000ffffffff0000000000000000ffffffff0000000000000000)
                        ),
                        or(
                            and(mload(sub(v, 12)), 0x00000000000000000000000000000000ffffffff0000000000000000ffffffff),
                            and(mload(sub(v, 24)), 0x000000000000000000000000000000000000000000000000ffffffff00000000)
                        )
                    ),
                    0x8080808080808080808080808080808080808080808080808080808080808080
                )
                let w0 := xor(mload(w), 0x8000800080008000800080008000800080008000800080008000800080008000)
                let w1 := xor(mload(add(w, 0x20)), 0x8000800080008000800080008000800080008000800080008000800080008000)

                let x := and(shr(24, a), bytes32s)
                let y := or(shl(32, and(shr(48, w1), halves64)), and(shr(48, w0), halves64))
                result := add(result, shr(224, mul(x, y)))
                sumA := add(sumA, x)
                sumB := add(sumB, y)

                x := and(shr(16, a), bytes32s)
                y := or(shl(32, and(shr(32, w1), halves64)), and(shr(32, w0), halves64))
                result := add(result, shr(224, mul(x, y)))
                sumA := add(sumA, x)
                sumB := add(sumB, y)

                x := and(shr(8, a), bytes32s)
                y := or(shl(32, and(shr(16, w1), halves64)), and(shr(16, w0), halves64))
                result := add(result, shr(224, mul(x, y)))
                sumA := add(sumA, x)
                sumB := add(sumB, y)

                x := and(a, bytes32s)
                y := or(shl(32, and(w1, halves64)), and(w0, halves64))
                result := add(result, shr(224, mul(x, y)))
                sumA := add(sumA, x)
                sumB := add(sumB, y)

                v := add(v, 0x20)
                w := add(w, 0x40)
            }
            // The lanes of a sum are added up in the top lane of its product with eight ones.
            let ones := 0x0000000100000001000000010000000100000001000000010000000100000001
            sumA := shr(224, mul(sumA, ones))
            sumB := shr(224, mul(sumB, ones))
            result := add(sub(sub(result, shl(15, sumA)), shl(7, sumB)), shl(22, k))
        }
    }
}
