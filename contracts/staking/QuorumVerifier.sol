// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";

/// @title QuorumVerifier
/// @notice Checks the signatures of a quorum against the commitment of a snapshot.
/// @dev A commitment is one word, so that a contract can keep it in one slot and check members from calldata:
/// `uint40 expiresAt << 216 | uint8 minSigners << 208 | uint208 hash`, where hash is the low part of
/// `keccak256(uint256 snapshotId ‖ member words)`. 208 bits leave 2^104 work to find two sets of members with one
/// commitment, more than the 2^80 for two contracts with one address.
library QuorumVerifier {
    /// @dev Half the order of secp256k1: above it a signature is the malleable twin of another.
    uint256 private constant MAX_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @dev The members are not those of the snapshot, or it is not the one that counts.
    error QuorumUnknownSnapshot(uint64 snapshotId);
    error QuorumExpired(uint256 expiresAt);
    /// @dev A bit of `signers` is set beyond the last member.
    error QuorumUnknownSigner(uint256 signers, uint256 members);
    error QuorumTooFewSigners(uint256 signed, uint256 minimum);
    /// @dev Not more than two thirds: 3 · signed ≤ 2 · total.
    error QuorumTooLittleWeight(uint256 signed, uint256 total);
    error QuorumInvalidSignaturesLength(uint256 length, uint256 expected);
    error QuorumInvalidSignature(uint256 member);

    /// @notice The commitment of a snapshot.
    /// @param members Member words, ascending.
    function commit(
        uint64 snapshotId,
        uint256[] memory members,
        uint8 minSigners,
        uint40 expiresAt
    ) internal pure returns (uint256 commitment) {
        uint256 hash = uint208(uint256(keccak256(abi.encodePacked(uint256(snapshotId), members))));
        commitment = (uint256(expiresAt) << 216) | (uint256(minSigners) << 208) | hash;
    }

    /// @notice Reverts unless `proof` holds signatures of a quorum of the committed snapshot over `digest`.
    function verify(uint256 commitment, bytes32 digest, IStakeManager.QuorumProof calldata proof) internal view {
        uint256[] calldata members = proof.members;
        if (commitment == 0 || uint208(_hash(proof.snapshotId, members)) != uint208(commitment)) {
            revert QuorumUnknownSnapshot(proof.snapshotId);
        }
        if (block.timestamp >= commitment >> 216) revert QuorumExpired(commitment >> 216);
        if (proof.signers >> members.length != 0) revert QuorumUnknownSigner(proof.signers, members.length);

        (uint256 count, uint256 signed, uint256 total, uint256 unrecovered) = _tally(
            members,
            proof.signers,
            digest,
            proof.signatures
        );
        if (proof.signatures.length != count * 64) {
            revert QuorumInvalidSignaturesLength(proof.signatures.length, count * 64);
        }
        if (unrecovered != 0) _checkContracts(proof, unrecovered, digest);
        uint256 minSigners = uint8(commitment >> 208);
        if (count < minSigners) revert QuorumTooFewSigners(count, minSigners);
        if (3 * signed <= 2 * total) revert QuorumTooLittleWeight(signed, total);
    }

    /// @dev Counts and weighs the signers. Bit i of `unrecovered`: the signature of member i is not one of its key.
    function _tally(
        uint256[] calldata members,
        uint256 signers,
        bytes32 digest,
        bytes calldata signatures
    ) private view returns (uint256 count, uint256 signed, uint256 total, uint256 unrecovered) {
        // Assembly because bounds checks and the built-in ecrecover, which prepares memory anew for each signature, cost 400
        // gas per signer. Nothing overflows: members are those of a snapshot, at most 32 of less than 2^96. A read beyond
        // the signatures is caught by the length that the count demands. Writes only beyond the free memory pointer and to
        // the scratch space.
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, digest)
            let at := signatures.offset
            for {
                let i := 0
            } lt(i, members.length) {
                i := add(i, 1)
            } {
                let member := calldataload(add(members.offset, shl(5, i)))
                let weight := and(member, 0xffffffffffffffffffffffff)
                total := add(total, weight)
                if and(shr(i, signers), 1) {
                    signed := add(signed, weight)
                    let vs := calldataload(add(at, 0x20))
                    let s := shr(1, shl(1, vs))
                    mstore(add(input, 0x20), add(shr(255, vs), 27))
                    mstore(add(input, 0x40), calldataload(at))
                    mstore(add(input, 0x60), s)
                    // The precompile returns nothing for an invalid signature: the scratch space then keeps the 0, which is
                    // nobody's signer.
                    mstore(0x00, 0)
                    pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
                    if or(xor(mload(0x00), shr(96, member)), gt(s, MAX_S)) {
                        unrecovered := or(unrecovered, shl(i, 1))
                    }
                    at := add(at, 0x40)
                }
            }
            count := shr(6, sub(at, signatures.offset))
        }
    }

    /// @dev ERC-1271, after ECDSA: an account with EIP-7702 code still has its key.
    function _checkContracts(
        IStakeManager.QuorumProof calldata proof,
        uint256 unrecovered,
        bytes32 digest
    ) private view {
        uint256 at;
        for (uint256 i = 0; i < proof.members.length; ++i) {
            if ((proof.signers >> i) & 1 == 0) continue;
            if ((unrecovered >> i) & 1 == 1) {
                bytes32 r = bytes32(proof.signatures[at:]);
                uint256 vs = uint256(bytes32(proof.signatures[at + 32:]));
                bytes memory signature = abi.encodePacked(r, (vs << 1) >> 1, uint8((vs >> 255) + 27));
                address signer = address(uint160(proof.members[i] >> 96));
                if (!SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature)) {
                    revert QuorumInvalidSignature(i);
                }
            }
            at += 64;
        }
    }

    /// @dev keccak256(uint256 snapshotId ‖ member words).
    function _hash(uint256 snapshotId, uint256[] calldata members) private pure returns (uint256 hash) {
        // Assembly because abi.encodePacked copies calldata word by word. Writes only beyond the free memory pointer.
        assembly ("memory-safe") {
            let start := mload(0x40)
            let size := shl(5, members.length)
            mstore(start, snapshotId)
            calldatacopy(add(start, 0x20), members.offset, size)
            hash := keccak256(start, add(size, 0x20))
        }
    }
}
