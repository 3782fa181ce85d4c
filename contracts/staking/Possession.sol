// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";

/// @title Possession
/// @notice Checks that a key, or an ERC-1271 contract, agrees to sign for an operator. Keeps nothing: a contract of its own only
/// because the stake manager has no room for it.
contract Possession is EIP712 {
    bytes32 private constant TYPEHASH = keccak256(
        "Possession(address operator,uint8 role,address signer,uint256 deadline)"
    );

    /// @notice The signer did not agree, by its signature, to sign for this operator in this role, or the time for it is over.
    /// @param signer Key or ERC-1271 contract.
    /// @param deadline Last second in which its agreement counts.
    error PossessionInvalid(address signer, uint256 deadline);

    constructor() EIP712("OpenLedger", "2") {}

    /// @notice Reverts unless `signature` is the signer's over
    /// `Possession(address operator,uint8 role,address signer,uint256 deadline)`, in the domain of this contract.
    /// @param operator For whom it signs.
    /// @param role In which role, as IStakePools.Role counts them.
    /// @param signer Key or ERC-1271 contract.
    /// @param deadline Last second in which its agreement counts.
    /// @param signature Its agreement.
    function check(
        address operator,
        uint8 role,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external view {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(TYPEHASH, operator, role, signer, deadline)));
        if (block.timestamp > deadline || !AccountSignature.isValid(signer, digest, signature)) {
            revert PossessionInvalid(signer, deadline);
        }
    }
}
