// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EntryProofs} from "./EntryProofs.sol";
import {IndexProofs} from "./IndexProofs.sol";
import {Judgement} from "./Judgement.sol";
import {TreeProofs} from "./TreeProofs.sol";

/// @title AttributionDisputes
/// @notice See {IAttributionDisputes}.
/// @dev Immutable, with references fixed at construction: whoever could change what this contract reads could have any
/// root cancelled and every operator slashed. A better one replaces it at the distributor and the index registry.
contract AttributionDisputes is TreeProofs, IndexProofs, EntryProofs {
    constructor(References memory references, uint16 slashBps_) Judgement(references, slashBps_) {}
}
