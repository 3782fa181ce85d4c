// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExitDelay} from "../interfaces/IExitDelay.sol";

/// @title ExitDelay
/// @notice See {IExitDelay}. Works in contracts behind a proxy and without one: its storage has a namespace of its own (ERC-7201).
abstract contract ExitDelay is IExitDelay {
    /// @custom:storage-location erc7201:openledger.storage.ExitDelay
    struct Announcements {
        mapping(bytes32 callHash => uint256) executableAt;
    }

    /// @notice Longer than the longest way out: unbonding of stake (30 days); the bond of a contribution, from a review that begins at
    /// its latest (10 + 6 days) over the end of an epoch (7) to its cool-off (30); the settlement of funded epochs
    /// with its longest dispute, and a week to claim.
    uint256 public constant EXIT_DELAY = 60 days;
    /// @notice An announced call that was not made this long after it became possible has to be announced again.
    uint256 public constant EXECUTION_WINDOW = 30 days;

    /// @dev keccak256(abi.encode(uint256(keccak256("openledger.storage.ExitDelay")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant ANNOUNCEMENTS_SLOT = 0xfaa491d6c903c5b109de4116cfb356b8c15071997360c03d286fe4cdf5740100;

    /// @dev Only the owner, and only a call that was announced `EXIT_DELAY` ago with exactly these arguments.
    modifier afterExit() {
        _checkAnnouncer();
        _useAnnouncement();
        _;
    }

    /// @inheritdoc IExitDelay
    function announce(bytes calldata call) external {
        _checkAnnouncer();
        bytes32 callHash = keccak256(call);
        uint256 at = block.timestamp + EXIT_DELAY;
        _announcements().executableAt[callHash] = at;
        emit ChangeAnnounced(callHash, call, at);
    }

    /// @inheritdoc IExitDelay
    function withdrawAnnouncement(bytes32 callHash) external {
        _checkAnnouncer();
        if (_announcements().executableAt[callHash] == 0) revert ExitDelayNotAnnounced(callHash);
        delete _announcements().executableAt[callHash];
        emit AnnouncementWithdrawn(callHash);
    }

    /// @inheritdoc IExitDelay
    function executableAt(bytes32 callHash) external view returns (uint256) {
        return _announcements().executableAt[callHash];
    }

    /// @dev Reverts unless the caller is the owner.
    function _checkAnnouncer() internal view virtual;

    function _useAnnouncement() private {
        bytes32 callHash = keccak256(msg.data);
        uint256 at = _announcements().executableAt[callHash];
        if (at == 0) revert ExitDelayNotAnnounced(callHash);
        if (block.timestamp < at) revert ExitDelayNotOver(callHash, at);
        if (block.timestamp >= at + EXECUTION_WINDOW) revert ExitDelayExpired(callHash, at + EXECUTION_WINDOW);
        delete _announcements().executableAt[callHash];
    }

    function _announcements() private pure returns (Announcements storage state) {
        assembly ("memory-safe") {
            state.slot := ANNOUNCEMENTS_SLOT
        }
    }
}
