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
        if (commitment == 0 || uint208(_hash(proof)) != uint208(commitment)) {
            revert QuorumUnknownSnapshot(proof.snapshotId);
        }
        if (block.timestamp >= commitment >> 216) revert QuorumExpired(commitment >> 216);

        uint256 signers = proof.signers;
        uint256 members = proof.members.length;
        if (signers >> members != 0) revert QuorumUnknownSigner(signers, members);
        uint256 total;
        uint256 signed;
        uint256 count;
        for (uint256 i = 0; i < members; ++i) {
            uint256 member = proof.members[i];
            total += uint96(member);
            if ((signers >> i) & 1 == 0) continue;
            signed += uint96(member);
            if (!_isSignedBy(address(uint160(member >> 96)), digest, proof.signatures, count)) {
                revert QuorumInvalidSignature(i);
            }
            ++count;
        }
        if (proof.signatures.length != count * 64) {
            revert QuorumInvalidSignaturesLength(proof.signatures.length, count * 64);
        }
        if (count < uint8(commitment >> 208)) revert QuorumTooFewSigners(count, uint8(commitment >> 208));
        if (3 * signed <= 2 * total) revert QuorumTooLittleWeight(signed, total);
    }

    /// @dev keccak256(uint256 snapshotId ‖ member words).
    function _hash(IStakeManager.QuorumProof calldata proof) private pure returns (uint256 hash) {
        uint256[] calldata members = proof.members;
        uint256 snapshotId = proof.snapshotId;
        // Assembly because abi.encodePacked copies calldata word by word. Writes only beyond the free memory pointer.
        assembly ("memory-safe") {
            let start := mload(0x40)
            let size := shl(5, members.length)
            mstore(start, snapshotId)
            calldatacopy(add(start, 0x20), members.offset, size)
            hash := keccak256(start, add(size, 0x20))
        }
    }

    /// @dev ECDSA first: an account with EIP-7702 code still has its key. Then ERC-1271.
    function _isSignedBy(
        address signer,
        bytes32 digest,
        bytes calldata signatures,
        uint256 index
    ) private view returns (bool) {
        bytes32 r;
        uint256 vs;
        // Assembly because slicing checks bounds twice per signature. A read beyond the end is caught afterwards by the
        // length that the number of signers demands.
        assembly ("memory-safe") {
            let at := add(signatures.offset, shl(6, index))
            r := calldataload(at)
            vs := calldataload(add(at, 0x20))
        }
        uint256 s = vs & (type(uint256).max >> 1);
        uint8 v = uint8((vs >> 255) + 27);
        if (s <= MAX_S && ecrecover(digest, v, r, bytes32(s)) == signer) return signer != address(0);
        return SignatureChecker.isValidERC1271SignatureNow(signer, digest, abi.encodePacked(r, s, v));
    }
}
