// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {Leaves} from "./Leaves.sol";

/// @title SignedReceipts
/// @notice What a receipt hashes to, and which part of its payment it owns.
library SignedReceipts {
    bytes32 internal constant TYPEHASH = keccak256(
        "Receipt(uint256 versionId,address consumer,bytes32 requestHash,bytes32 outputHash,uint256 fee,bytes32 paymentId,uint256 cumulative,uint64 time)"
    );

    /// @notice Its EIP-712 struct hash.
    function structHash(IInferenceMarket.Receipt calldata receipt) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, receipt));
    }

    /// @notice Its leaf in the tree that the provider commits to.
    function leafHash(IInferenceMarket.Receipt calldata receipt) internal pure returns (bytes32) {
        return Leaves.receiptHash(structHash(receipt));
    }

    /// @notice Whether both own some of one payment.
    function overlap(
        IInferenceMarket.Receipt calldata a,
        IInferenceMarket.Receipt calldata b
    ) internal pure returns (bool) {
        return
            a.consumer == b.consumer &&
            a.paymentId == b.paymentId &&
            a.fee != 0 &&
            b.fee != 0 &&
            _start(a) < b.cumulative &&
            _start(b) < a.cumulative;
    }

    /// @notice Whether it owns this wei of its payment, counted from 1.
    function owns(IInferenceMarket.Receipt calldata receipt, uint256 point) internal pure returns (bool) {
        return _start(receipt) < point && point <= receipt.cumulative;
    }

    /// @dev A provider may sign a fee above the sum: such a receipt begins with the payment.
    function _start(IInferenceMarket.Receipt calldata receipt) private pure returns (uint256) {
        return receipt.fee < receipt.cumulative ? receipt.cumulative - receipt.fee : 0;
    }
}
