// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Calls another contract, so that the calldata of the transaction is not that of the call.
contract CallForwarder {
    function forward(address to, bytes calldata data) external {
        (bool success, ) = to.call(data);
        require(success);
    }
}
