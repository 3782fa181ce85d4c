// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What `L1Block` answers on a chain whose gas is OPEN.
contract CustomGasToken {
    bool public constant isCustomGasToken = true;
    string public constant gasPayingTokenName = "OpenLedger";
    string public constant gasPayingTokenSymbol = "OPEN";
}
