// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Mask} from "../datanet/Mask.sol";

/// @title QuorumVerifier
/// @notice Checks the signatures of a quorum against the commitment of a snapshot.
/// @dev A commitment is one word, so that a contract can keep it in one slot and check members from calldata:
/// `uint40 expiresAt << 216 | uint8 minSigners << 208 | uint208 hash`, where hash is the low part of
/// `keccak256(uint160 snapshotId ‖ uint96 denominator ‖ member words)`. 208 bits leave 2^104 work to find two sets of members
/// with one commitment, more than the 2^80 for two contracts with one address. The denominator is what the members' weights are
/// parts of: all stake that counts, theirs or not.
///
/// A proof is `uint64 snapshotId ‖ uint96 denominator ‖ uint32 signers ‖ uint32 contracts ‖ entries`. Bit i of `signers`: member
/// i signed; of `contracts`: as a contract (ERC-1271). There is an entry for every member of the snapshot, in its order:
/// - who did not sign: `uint160 signer ‖ uint96 weight`;
/// - who signed with a key: `uint96 weight ‖ 64 bytes` (EIP-2098): the signature says who the signer is;
/// - a contract that signed: `uint160 signer ‖ uint96 weight ‖ 64 bytes`, which are passed on to it as 65.
///
/// Of one signature another one by the same key can be made. Nothing here or in the callers is keyed by a signature. What callers
/// have signed contains the snapshot that the proof names ({snapshotOf}), so that signatures die with it.
library QuorumVerifier {
    /// @dev Nothing was committed to, or it was revoked.
    error QuorumUnknownSnapshot(uint64 snapshotId);
    error QuorumExpired(uint256 expiresAt);
    /// @dev The members are not those of the snapshot: a signature by somebody else or over something else, another weight,
    /// an entry too many or too few, or another snapshot than the one that counts.
    error QuorumMismatch(uint64 snapshotId);
    /// @dev A bit of `signers` or `contracts` is set beyond the last member.
    error QuorumUnknownSigner(uint256 signers, uint256 members);
    /// @dev The contract that is this member does not confirm its signature, or is not among the signers.
    error QuorumInvalidSignature(uint256 member);
    error QuorumTooFewSigners(uint256 signed, uint256 minimum);
    /// @dev Not more than two thirds: 3 · signed ≤ 2 · denominator.
    error QuorumTooLittleWeight(uint256 signed, uint256 denominator);

    /// @dev Of a proof: what comes before its entries.
    uint256 private constant HEADER = 28;

    /// @notice The commitment of a snapshot.
    /// @param denominator What the signers must have more than two thirds of.
    /// @param members Member words, ascending.
    function commit(
        uint64 snapshotId,
        uint96 denominator,
        uint256[] memory members,
        uint8 minSigners,
        uint40 expiresAt
    ) internal pure returns (uint256 commitment) {
        uint256 hash = uint208(uint256(keccak256(abi.encodePacked(uint160(snapshotId), denominator, members))));
        commitment = (uint256(expiresAt) << 216) | (uint256(minSigners) << 208) | hash;
    }

    /// @notice The snapshot that a proof names.
    function snapshotOf(bytes calldata proof) internal pure returns (uint64) {
        return uint64(bytes8(proof));
    }

    /// @notice Reverts unless `proof` holds signatures of a quorum of the committed snapshot over `digest`.
    /// @return snapshotId The snapshot.
    /// @return signers Bit i: its member i signed.
    function verify(
        uint256 commitment,
        bytes32 digest,
        bytes calldata proof
    ) internal view returns (uint64 snapshotId, uint32 signers) {
        uint256 header = _header(proof);
        (snapshotId, signers) = (uint64(header >> 160), uint32(header >> 32));
        uint256 expiresAt = commitment >> 216;
        if (block.timestamp >= expiresAt) {
            if (commitment == 0) revert QuorumUnknownSnapshot(snapshotId);
            revert QuorumExpired(expiresAt);
        }
        (uint256 hash, uint256 members, uint256 signed) = _recover(header, digest, proof);
        if (uint208(hash) != uint208(commitment)) revert QuorumMismatch(snapshotId);
        if ((signers | uint32(header)) >> members != 0) revert QuorumUnknownSigner(signers, members);
        if (uint32(header) != 0) _askContracts(header, digest, proof);
        uint256 count = Mask.count(signers);
        uint256 minSigners = uint8(commitment >> 208);
        if (count < minSigners) revert QuorumTooFewSigners(count, minSigners);
        // Unchecked because the weights are those of the snapshot: at most 32 of less than 2^96.
        unchecked {
            uint256 denominator = uint96(header >> 64);
            if (3 * signed <= 2 * denominator) revert QuorumTooLittleWeight(signed, denominator);
        }
    }

    /// @dev Puts the signer that a signature recovers to in front of its weight, for every member that signed with a key, and
    /// hashes all words as {commit} does: the hash fits only if every signature is its member's.
    /// @return hash Of the snapshot's id, its denominator and the words; 0 if the last entry ends elsewhere than the proof.
    /// @return members Number of words.
    /// @return signed Weight of those who signed.
    function _recover(
        uint256 header,
        bytes32 digest,
        bytes calldata proof
    ) private view returns (uint256 hash, uint256 members, uint256 signed) {
        // Assembly because bounds checks and the built-in ecrecover, which prepares memory anew for each signature, cost 500
        // gas per signer. Sums cannot overflow: a member takes 32 bytes of calldata, its weight less than 2^96. Writes only
        // beyond the free memory pointer and to the scratch space.
        assembly ("memory-safe") {
            // What ecrecover takes (digest, v, r, s), then what is hashed.
            let input := mload(0x40)
            mstore(input, digest)
            let word := add(input, 0x80)
            mstore(word, shr(64, header))
            // Bit 0 and bit 32: whether the member at hand signed, and as a contract.
            let mask := or(and(shr(32, header), 0xffffffff), shl(32, and(header, 0xffffffff)))
            let at := add(proof.offset, HEADER)
            let end := add(proof.offset, proof.length)
            for {} lt(at, end) {
                mask := shr(1, mask)
            } {
                word := add(word, 0x20)
                let entry := calldataload(at)
                switch and(mask, 0x100000001)
                case 1 {
                    let weight := shr(160, entry)
                    // s, and the parity of y in the top bit.
                    let vs := calldataload(add(at, 44))
                    mstore(add(input, 0x20), add(shr(255, vs), 27))
                    mstore(add(input, 0x40), calldataload(add(at, 12)))
                    mstore(add(input, 0x60), shr(1, shl(1, vs)))
                    // The precompile returns nothing for an invalid signature: the scratch space then keeps the 0, which is
                    // nobody's signer.
                    mstore(0x00, 0)
                    pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
                    mstore(word, or(shl(96, mload(0x00)), weight))
                    signed := add(signed, weight)
                    at := add(at, 76)
                }
                case 0 {
                    mstore(word, entry)
                    at := add(at, 32)
                }
                default {
                    mstore(word, entry)
                    signed := add(signed, and(entry, 0xffffffffffffffffffffffff))
                    at := add(at, 96)
                }
            }
            let length := sub(word, add(input, 0x80))
            members := shr(5, length)
            hash := mul(keccak256(add(input, 0x80), add(length, 0x20)), eq(at, end))
        }
    }

    /// @dev Asks every member that signed as a contract (ERC-1271), each of which must be among the signers.
    function _askContracts(uint256 header, bytes32 digest, bytes calldata proof) private view {
        uint256 at = HEADER;
        for (uint256 i = 0; at < proof.length; ++i) {
            bool signs = (header >> (32 + i)) & 1 == 1;
            if ((header >> i) & 1 == 0) {
                at += signs ? 76 : 32;
                continue;
            }
            if (!signs) revert QuorumInvalidSignature(i);
            address signer = address(bytes20(proof[at:]));
            bytes32 r = bytes32(proof[at + 32:]);
            uint256 vs = uint256(bytes32(proof[at + 64:]));
            bytes memory signature = abi.encodePacked(r, (vs << 1) >> 1, uint8((vs >> 255) + 27));
            if (!SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature)) {
                revert QuorumInvalidSignature(i);
            }
            at += 96;
        }
    }

    /// @dev The first 28 bytes: `uint64 snapshotId << 160 | uint96 denominator << 64 | uint32 signers << 32 | uint32 contracts`.
    function _header(bytes calldata proof) private pure returns (uint256 header) {
        // Assembly because a slice is checked and masked. What is read beyond a shorter proof fits no commitment, because no
        // entry ends where it does.
        assembly ("memory-safe") {
            header := shr(32, calldataload(proof.offset))
        }
    }
}
