// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {QuorumVerifier} from "../../contracts/staking/QuorumVerifier.sol";
import {vm} from "../Vm.sol";

/// @notice Gives the library the calldata that it reads.
contract QuorumCaller {
    function verify(uint256 commitment, bytes32 digest, IStakeManager.QuorumProof calldata proof) external view {
        QuorumVerifier.verify(commitment, digest, proof);
    }
}

contract QuorumVerifierTest {
    QuorumCaller internal caller = new QuorumCaller();

    struct Case {
        uint256[] keys;
        uint256[] members;
        uint256 mask;
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
        bit %= c.signatures.length * 8;
        c.signatures[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        require(!_accepts(c), "flipped bit");
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
        uint256 commitment = QuorumVerifier.commit(7, c.members, 1, type(uint40).max);
        c.members[place % c.members.length] ^= 1 << (bit % 256);
        IStakeManager.QuorumProof memory proof = IStakeManager.QuorumProof(7, c.mask, c.members, c.signatures);
        try caller.verify(commitment, c.digest, proof) {
            revert("other members");
        } catch {}
    }

    function _accepts(Case memory c) private view returns (bool) {
        uint256 commitment = QuorumVerifier.commit(7, c.members, c.minSigners, type(uint40).max);
        IStakeManager.QuorumProof memory proof = IStakeManager.QuorumProof(7, c.mask, c.members, c.signatures);
        try caller.verify(commitment, c.digest, proof) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev docs/protocol.md §5, Quorum, word by word.
    function _plainlyAccepts(Case memory c) private pure returns (bool) {
        uint256 total;
        uint256 signed;
        uint256 count;
        for (uint256 i = 0; i < 256; ++i) {
            bool signs = (c.mask >> i) & 1 == 1;
            if (i >= c.members.length) {
                if (signs) return false;
                continue;
            }
            uint256 weight = c.members[i] % 2 ** 96;
            total += weight;
            if (!signs) continue;
            signed += weight;
            bytes32 r;
            bytes32 vs;
            bytes memory signatures = c.signatures;
            uint256 at = 32 + 64 * count++;
            assembly ("memory-safe") {
                r := mload(add(signatures, at))
                vs := mload(add(signatures, add(at, 32)))
            }
            (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(c.digest, r, vs);
            if (failure != ECDSA.RecoverError.NoError || signer != address(uint160(c.members[i] >> 96))) return false;
        }
        return count * 64 == c.signatures.length && count >= c.minSigners && 3 * signed > 2 * total;
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
        }
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
