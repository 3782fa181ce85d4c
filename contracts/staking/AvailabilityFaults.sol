// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IAvailabilityFaults} from "../interfaces/IAvailabilityFaults.sol";
import {IStakeManager, MAX_DISPUTE_PERIOD} from "../interfaces/IStakeManager.sol";
import {IStakePools} from "../interfaces/IStakePools.sol";

/// @title AvailabilityFaults
/// @notice See {IAvailabilityFaults}. Nobody owns it and nothing in it can be changed.
/// @dev Votes bind no snapshot, but they count only from keys that are members of one. So only those are judged, and for as long as
/// stake waits for disputes about what was signed under a snapshot: rotating the key helps no liar, and a key that was given up
/// long ago harms nobody.
contract AvailabilityFaults is IAvailabilityFaults {
    uint256 private constant BPS = 10_000;
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant AVAILABILITY_TYPEHASH = keccak256(
        "Availability(uint256 modelId,uint64 epoch,bytes32 commitment,bool have)"
    );

    IStakeManager public immutable stakes;
    /// @notice For whom votes are signed.
    address public immutable distributor;
    /// @inheritdoc IAvailabilityFaults
    uint16 public immutable slashBps;

    /// @inheritdoc IAvailabilityFaults
    mapping(address operator => mapping(bytes32 fileHash => bool)) public isProven;

    constructor(IStakeManager stakes_, address distributor_, uint16 slashBps_) {
        if (slashBps_ == 0 || slashBps_ > BPS) revert EquivocationOutOfBounds(slashBps_, 1, BPS);
        stakes = stakes_;
        distributor = distributor_;
        slashBps = slashBps_;
    }

    /// @inheritdoc IAvailabilityFaults
    function proveEquivocation(
        uint64 snapshotId,
        uint256 member,
        File calldata file,
        Signature calldata have,
        Signature calldata lack
    ) external returns (uint256 reward) {
        (uint256[] memory members, , uint256 takenAt) = stakes.quorumOf(snapshotId);
        uint256 until = takenAt + stakes.parameters().snapshotLifetime + MAX_DISPUTE_PERIOD;
        if (block.timestamp >= until) revert EquivocationTooOld(snapshotId, until);
        // Reverts for a member that there is not.
        address operator = stakes.operatorAt(snapshotId, member);
        address signer = address(uint160(members[member] >> 96));
        if (!_isSigned(signer, voteDigest(file, true), have) || !_isSigned(signer, voteDigest(file, false), lack)) {
            revert EquivocationNotSigned(signer);
        }
        bytes32 fileHash = keccak256(abi.encode(file));
        if (isProven[operator][fileHash]) revert EquivocationAlreadyProven(operator, fileHash);
        isProven[operator][fileHash] = true;
        reward = stakes.slash(IStakePools.Role.Oracle, operator, slashBps, msg.sender);
        emit EquivocationProven(operator, signer, fileHash, msg.sender, reward);
    }

    /// @inheritdoc IAvailabilityFaults
    function voteDigest(File calldata file, bool have) public view returns (bytes32) {
        // Of the RewardDistributor, which has no function that gives it as one word.
        bytes32 separator = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("OpenLedger"), keccak256("2"), block.chainid, distributor)
        );
        return MessageHashUtils.toTypedDataHash(separator, keccak256(abi.encode(AVAILABILITY_TYPEHASH, file, have)));
    }

    function _isSigned(address signer, bytes32 digest, Signature calldata signature) private pure returns (bool) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, signature.r, signature.vs);
        return failure == ECDSA.RecoverError.NoError && recovered == signer;
    }
}
