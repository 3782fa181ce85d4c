// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IAvailabilityFaults
/// @notice Oracle operators say of each committed file of receipts, once and for all, that they have it or that they lack it. Whose
/// key signed both is slashed, once for each file.
interface IAvailabilityFaults {
    /// @notice The file, as in the EIP-712 type `Availability`.
    struct File {
        uint256 modelId;
        uint64 epoch;
        /// EIP-712 struct hash of the `ReceiptsCommitment`.
        bytes32 commitment;
    }

    /// @notice A compact signature (ERC-2098).
    struct Signature {
        bytes32 r;
        bytes32 vs;
    }

    /// @notice An operator's key said both of a file, and the operator was slashed.
    /// @param operator The operator.
    /// @param signer Its key.
    /// @param fileHash keccak256(abi.encode(File)).
    /// @param challenger Who showed it.
    /// @param reward OPEN wei that it got.
    event EquivocationProven(
        address indexed operator,
        address indexed signer,
        bytes32 indexed fileHash,
        address challenger,
        uint256 reward
    );

    /// @notice The signatures are not both of this member's key.
    /// @param signer The member's key.
    error EquivocationNotSigned(address signer);
    /// @notice What the snapshot's members sign can be slashed until `until`.
    /// @param snapshotId The snapshot.
    /// @param until First second in which it is too late.
    error EquivocationTooOld(uint64 snapshotId, uint256 until);
    /// @notice The operator was slashed for this file.
    /// @param operator The operator.
    /// @param fileHash keccak256(abi.encode(File)).
    error EquivocationAlreadyProven(address operator, bytes32 fileHash);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error EquivocationOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Slashes an operator whose key said both. The caller gets the challenger's part.
    /// @param snapshotId A quorum in which the key was a member, so that its votes counted.
    /// @param member Its place there.
    /// @param file The file.
    /// @param have Signature that it has the file.
    /// @param lack Signature that it lacks it.
    /// @return reward OPEN wei.
    function proveEquivocation(
        uint64 snapshotId,
        uint256 member,
        File calldata file,
        Signature calldata have,
        Signature calldata lack
    ) external returns (uint256 reward);

    /// @notice What is signed to say that one has a file or lacks it.
    /// @param file The file.
    /// @param have Which of both.
    /// @return digest EIP-712 digest, for the RewardDistributor.
    function voteDigest(File calldata file, bool have) external view returns (bytes32 digest);

    /// @notice Whether an operator was slashed for a file.
    /// @param operator The operator.
    /// @param fileHash keccak256(abi.encode(File)).
    /// @return proven Whether it was.
    function isProven(address operator, bytes32 fileHash) external view returns (bool proven);

    /// @notice Share of its stake, in basis points, that an operator loses: set at deployment for ever.
    /// @return bps Basis points, 1 … 10,000.
    function slashBps() external view returns (uint16 bps);
}
