// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";

/// @title StakeState
/// @notice All storage of the stake manager, in one place because the proxy's layout can only be appended to.
abstract contract StakeState is IStakeManager {
    struct Snapshot {
        /// See {QuorumVerifier}.
        uint256 commitment;
        uint64 takenAt;
        uint256[] members;
    }

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IERC20 public immutable token;

    Parameters internal _parameters;
    address internal _treasury;
    address internal _distributor;
    mapping(address account => bool) internal _slashers;

    mapping(Role => mapping(address operator => Pool)) internal _pools;
    mapping(Role => mapping(address operator => mapping(address delegator => uint256))) internal _shares;
    mapping(uint256 ticketId => Ticket) internal _tickets;
    uint256 internal _lastTicketId;

    mapping(address signer => address operator) internal _operatorOf;
    address[] internal _seats;
    /// @dev Active assets of oracle pools over time.
    mapping(address operator => Checkpoints.Trace208) internal _history;

    /// @dev Active assets of the pools that earn: seated and not in jail.
    uint256 internal _earningAssets;
    /// @dev Rewards per asset since the beginning, scaled by REWARD_SCALE.
    uint256 internal _rewardPerAsset;
    /// @dev `_rewardPerAsset` when the pool was last compounded.
    mapping(address operator => uint256) internal _compoundedAt;

    uint64 internal _latestSnapshot;
    uint64 internal _revokedThrough;
    mapping(uint64 snapshotId => Snapshot) internal _snapshots;
}
