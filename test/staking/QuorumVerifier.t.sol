// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {QuorumVerifier} from "../../contracts/staking/QuorumVerifier.sol";
import {vm} from "../Vm.sol";

/// @notice Gives the library the calldata that it reads.
contract QuorumCaller {
    function verify(
        uint256 commitment,
        bytes32 digest,
        bytes calldata proof
    ) external view returns (uint64 snapshotId, uint32 signers) {
        return QuorumVerifier.verify(commitment, digest, proof);
    }
}

contract QuorumVerifierTest {
    QuorumCaller internal caller = new QuorumCaller();

    struct Case {
        uint256[] keys;
        uint256[] members;
        uint256 mask;
        uint96 denominator;
        uint8 minSigners;
        bytes32 digest;
        bytes signatures;
    }

    /// @dev The optimised verifier accepts exactly what a plain one does.
    function testFuzz_AcceptsWhatThePlainRuleAccepts(
        uint256 seed,
        uint256 mask,
        uint8 minSigners,
        bytes32 digest
    ) public view {
        Case memory c = _case(seed, mask, minSigners, digest);
        require(_accepts(c) == _plainlyAccepts(c), "disagrees");
    }

    function testFuzz_RefusesEveryFlippedBit(uint256 seed, uint256 mask, bytes32 digest, uint256 bit) public view {
        Case memory c = _case(seed, mask, 1, digest);
        if (!_accepts(c)) return;
        bytes memory proof = _proofOf(c);
        bit %= proof.length * 8;
        proof[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        require(!_passes(c, proof), "flipped bit");
    }

    function testFuzz_RefusesBytesTooManyOrTooFew(
        uint256 seed,
        uint256 mask,
        bytes32 digest,
        uint256 length
    ) public view {
        Case memory c = _case(seed, mask, 1, digest);
        if (!_accepts(c)) return;
        bytes memory proof = _proofOf(c);
        length %= 2 * proof.length;
        if (length == proof.length) return;
        bytes memory other = new bytes(length);
        for (uint256 i = 0; i < length && i < proof.length; ++i) other[i] = proof[i];
        require(!_passes(c, other), "other length");
    }

    function testFuzz_RefusesAnotherDigest(uint256 seed, uint256 mask, bytes32 digest, bytes32 other) public view {
        Case memory c = _case(seed, mask, 1, digest);
        if (digest == other) return;
        c.digest = other;
        require(!_accepts(c), "another digest");
    }

    function testFuzz_RefusesOtherMembers(
        uint256 seed,
        uint256 mask,
        bytes32 digest,
        uint256 place,
        uint256 bit
    ) public view {
        Case memory c = _case(seed, mask, 1, digest);
        uint256 commitment = QuorumVerifier.commit(7, c.denominator, c.members, 1, type(uint40).max);
        c.members[place % c.members.length] ^= 1 << (bit % 256);
        // The signer of a member that signed with a key is not stated.
        bool stated = bit % 256 < 96 || (c.mask >> (place % c.members.length)) & 1 == 0;
        try caller.verify(commitment, c.digest, _proofOf(c)) {
            require(!stated, "other members");
        } catch {}
    }

    function testFuzz_RefusesAnotherDenominator(uint256 seed, uint256 mask, bytes32 digest, uint96 other) public view {
        Case memory c = _case(seed, mask, 1, digest);
        uint256 commitment = QuorumVerifier.commit(7, c.denominator, c.members, 1, type(uint40).max);
        if (other == c.denominator) return;
        c.denominator = other;
        try caller.verify(commitment, c.digest, _proofOf(c)) {
            require(false, "another denominator");
        } catch {}
    }

    function _accepts(Case memory c) private view returns (bool) {
        return _passes(c, _proofOf(c));
    }

    function _passes(Case memory c, bytes memory proof) private view returns (bool) {
        uint256 commitment = QuorumVerifier.commit(7, c.denominator, c.members, c.minSigners, type(uint40).max);
        try caller.verify(commitment, c.digest, proof) returns (uint64 snapshotId, uint32 signers) {
            require(snapshotId == 7 && signers == c.mask, "reported");
            return true;
        } catch {
            return false;
        }
    }

    /// @dev The proof of docs/protocol.md §5; signatures that a case lacks are zero.
    function _proofOf(Case memory c) private pure returns (bytes memory proof) {
        proof = abi.encodePacked(uint64(7), c.denominator, uint32(c.mask), uint32(0));
        uint256 used;
        for (uint256 i = 0; i < c.members.length; ++i) {
            if ((c.mask >> i) & 1 == 0) {
                proof = bytes.concat(proof, bytes32(c.members[i]));
                continue;
            }
            proof = abi.encodePacked(proof, uint96(c.members[i]));
            for (uint256 j = 0; j < 64; ++j) {
                uint256 at = 64 * used + j;
                proof = bytes.concat(proof, at < c.signatures.length ? c.signatures[at] : bytes1(0));
            }
            ++used;
        }
    }

    /// @dev docs/protocol.md §5, Quorum, word by word.
    function _plainlyAccepts(Case memory c) private pure returns (bool) {
        uint256 signed;
        uint256 count;
        for (uint256 i = 0; i < 256; ++i) {
            bool signs = (c.mask >> i) & 1 == 1;
            if (i >= c.members.length) {
                if (signs) return false;
                continue;
            }
            uint256 weight = c.members[i] % 2 ** 96;
            if (!signs) continue;
            signed += weight;
            bytes32 r;
            bytes32 vs;
            if (c.signatures.length < 64 * (count + 1)) return false;
            bytes memory signatures = c.signatures;
            uint256 at = 32 + 64 * count++;
            assembly ("memory-safe") {
                r := mload(add(signatures, at))
                vs := mload(add(signatures, add(at, 32)))
            }
            (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(c.digest, r, vs);
            if (failure != ECDSA.RecoverError.NoError || signer != address(uint160(c.members[i] >> 96))) return false;
        }
        return count * 64 == c.signatures.length && count >= c.minSigners && 3 * signed > 2 * uint256(c.denominator);
    }

    /// @dev 1 … 8 members with random weights, signatures of those in `mask`, sometimes one too few or by a stranger.
    function _case(uint256 seed, uint256 mask, uint8 minSigners, bytes32 digest) private pure returns (Case memory c) {
        uint256 count = 1 + (seed % 8);
        c.members = new uint256[](count);
        c.keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            c.keys[i] = 1 + uint128(uint256(keccak256(abi.encode(seed, i))));
            uint256 weight = 1 + (uint256(keccak256(abi.encode(seed, i, "weight"))) % 1e22);
            c.members[i] = (uint256(uint160(vm.addr(c.keys[i]))) << 96) | weight;
            c.denominator += uint96(weight);
        }
        // In half of the cases there is stake that is no member's.
        if (digest[0] & 0x01 == 0x01) c.denominator += uint96(uint256(keccak256(abi.encode(digest))) % 1e22);
        // Mostly members; all of them in half of the cases; now and then a bit beyond the last one.
        c.mask = mask % 2 == 0 ? 2 ** count - 1 : (mask >> 8) % 2 ** (mask % 31 == 1 ? count + 1 : count);
        c.minSigners = 1 + (minSigners % 9);
        c.digest = digest;
        uint256 stranger = seed % 11;
        for (uint256 i = 0; i < count; ++i) {
            if ((c.mask >> i) & 1 == 0 || (i == 0 && seed % 13 == 0)) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(i == stranger ? c.keys[i] + 1 : c.keys[i], digest);
            c.signatures = bytes.concat(c.signatures, r, bytes32((uint256(v - 27) << 255) | uint256(s)));
        }
    }
}
