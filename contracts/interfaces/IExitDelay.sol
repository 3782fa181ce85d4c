// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IExitDelay
/// @notice Changes by the owner that could touch somebody else's money are announced in the contract that they change, and take
/// effect later than everybody can leave.
interface IExitDelay {
    /// @notice The owner will be able to make this call.
    /// @param callHash keccak256 of the calldata.
    /// @param call The calldata: selector and arguments.
    /// @param executableAt First second in which it can be made.
    event ChangeAnnounced(bytes32 indexed callHash, bytes call, uint256 executableAt);
    /// @notice An announced call will not be made.
    /// @param callHash keccak256 of the calldata.
    event AnnouncementWithdrawn(bytes32 indexed callHash);

    /// @notice Announce the call first, with exactly these arguments.
    /// @param callHash keccak256 of the calldata.
    error ExitDelayNotAnnounced(bytes32 callHash);
    /// @notice People can still leave.
    /// @param callHash keccak256 of the calldata.
    /// @param executableAt First second in which it can be made.
    error ExitDelayNotOver(bytes32 callHash, uint256 executableAt);
    /// @notice The call was not made in time; announce it again.
    /// @param callHash keccak256 of the calldata.
    /// @param expiredAt When it was too late.
    error ExitDelayExpired(bytes32 callHash, uint256 expiredAt);

    /// @notice Announces a call of this contract. Announcing it again starts the delay anew.
    /// @dev Only the owner.
    /// @param call The calldata: selector and arguments.
    function announce(bytes calldata call) external;

    /// @notice Takes an announcement back.
    /// @dev Only the owner.
    /// @param callHash keccak256 of the calldata.
    function withdrawAnnouncement(bytes32 callHash) external;

    /// @notice First second in which an announced call can be made; 0 if it is not announced.
    /// @param callHash keccak256 of the calldata.
    function executableAt(bytes32 callHash) external view returns (uint256);
}
