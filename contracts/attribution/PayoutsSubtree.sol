// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title PayoutsSubtree
/// @notice A perfect subtree of a payouts tree, by the nodes at its bottom.
library PayoutsSubtree {
    /// @dev A perfect subtree has 1, 2, 4, … nodes on a level.
    error PayoutsSubtreeInvalidWidth(uint256 width);

    /// @notice The node above all of `nodes`, hashed pair by pair as OpenZeppelin does.
    function rootOf(bytes32[] memory nodes) internal pure returns (bytes32) {
        uint256 width = nodes.length;
        require(width != 0 && width & (width - 1) == 0, PayoutsSubtreeInvalidWidth(width));
        for (; width > 1; width >>= 1) {
            for (uint256 i; i < width; i += 2) {
                nodes[i >> 1] = Hashes.commutativeKeccak256(nodes[i], nodes[i + 1]);
            }
        }
        return nodes[0];
    }
}
