// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ITill
/// @notice The till of one model: whatever OPEN it holds is revenue of that model.
/// @dev Warning: other tokens sent to a till cannot be recovered; ether is refused once the till is deployed.
interface ITill {
    /// @notice Only the market empties a till.
    /// @param caller Who called.
    error TillUnauthorized(address caller);

    /// @notice Sends the whole balance of OPEN to the market. Market only.
    /// @return amount OPEN wei.
    function empty() external returns (uint256 amount);
}
