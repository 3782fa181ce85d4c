// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDisputeHold
/// @notice What the reward distributor asks the disputes contract before it finalizes a root.
interface IDisputeHold {
    /// @notice Whether a demand about the pending root is neither answered nor decided.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @return held Whether they do.
    function isHeld(bytes32 rootHash) external view returns (bool held);

    /// @notice What the signers of a root would lose if it was proven wrong, without the part that its challenger is paid, who
    /// may be one of them.
    /// @param snapshotId Quorum snapshot under which it was signed.
    /// @param signers Bit i: member i of the snapshot signed.
    /// @return cover OPEN wei.
    function coverOf(uint64 snapshotId, uint256 signers) external view returns (uint256 cover);
}
