// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title IDisputeHold
/// @notice What the reward distributor asks the disputes contract before it finalizes a root.
interface IDisputeHold {
    /// @notice Whether a demand about the pending root is neither answered nor decided.
    /// @param rootHash keccak256(abi.encode(ScoreRoot)).
    /// @return held Whether they do.
    function isHeld(bytes32 rootHash) external view returns (bool held);
}
