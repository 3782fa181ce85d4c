// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {OCR2Base} from "@chainlink/contracts/src/v0.8/shared/ocr2/OCR2Base.sol";

/// @notice The least that a receiver of OCR2 reports can do, to measure what their signatures cost: it keeps the hash of the last
/// report in one slot.
contract OcrReceiver is OCR2Base(true) {
    bytes32 public reportHash;

    function typeAndVersion() external pure override returns (string memory) {
        return "OcrReceiver 1";
    }

    function _beforeSetConfig(uint8, bytes memory) internal override {}

    function _afterSetConfig(uint8, bytes memory) internal override {}

    function _validateReport(bytes32, uint40, bytes memory) internal pure override returns (bool) {
        return true;
    }

    function _report(
        uint256,
        address,
        uint8,
        address[MAX_NUM_ORACLES] memory,
        bytes calldata report
    ) internal override {
        reportHash = keccak256(report);
    }
}
