// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CodeStore} from "../../contracts/libraries/CodeStore.sol";

/// @dev Writes in a call of its own, whose gas a test can limit.
contract CodeWriter {
    function write(bytes memory data) external returns (address) {
        return CodeStore.write(data);
    }
}

contract CodeStoreTest {
    uint256 private constant MOST_BYTES = 24_575;
    /// @dev Leaves a 64th to say what went wrong, and is far from the 200 gas per byte of the longest data.
    uint256 private constant TOO_LITTLE_GAS = 1_000_000;

    CodeWriter private _writer = new CodeWriter();

    function testFuzz_WhatIsWrittenIsRead(bytes memory data) public {
        require(keccak256(CodeStore.read(_writer.write(data))) == keccak256(data), "read");
    }

    function test_TheLongestDataAreRead() public {
        require(CodeStore.read(_writer.write(new bytes(MOST_BYTES))).length == MOST_BYTES, "longest");
    }

    function test_TooLittleGasWritesNothing() public {
        try _writer.write{gas: TOO_LITTLE_GAS}(new bytes(MOST_BYTES)) {
            revert("written");
        } catch (bytes memory reason) {
            require(bytes4(reason) == CodeStore.CodeStoreFailed.selector, "reason");
        }
    }

    /// @dev Data that would return something, destroy the contract or revert, if it ran.
    function testFuzz_DataNeverRun(bytes memory data) public {
        address pointer = _writer.write(bytes.concat(hex"60005ff3ff5ffd", data));
        (bool done, bytes memory returned) = pointer.call(data);
        require(done && returned.length == 0 && pointer.code.length == data.length + 8, "ran");
    }
}
