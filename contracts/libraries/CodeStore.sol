// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title CodeStore
/// @notice Keeps bytes as the code of a contract that cannot run: 200 gas per byte once, 3 gas per word to read again.
/// @dev The technique is that of SSTORE2 (0xsequence).
library CodeStore {
    error CodeStoreFailed();

    /// @notice Deploys `data` behind one zero byte (STOP), so that no call can execute it.
    /// @param data At most 24,575 bytes.
    function write(bytes memory data) internal returns (address pointer) {
        // PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: deploys what follows.
        bytes memory code = abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a3d393df3", hex"00", data);
        assembly ("memory-safe") {
            pointer := create(0, add(code, 0x20), mload(code))
        }
        if (pointer == address(0)) revert CodeStoreFailed();
    }

    /// @notice What was written.
    function read(address pointer) internal view returns (bytes memory data) {
        uint256 length = pointer.code.length - 1;
        data = new bytes(length);
        assembly ("memory-safe") {
            extcodecopy(pointer, add(data, 0x20), 1, length)
        }
    }
}
