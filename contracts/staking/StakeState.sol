// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IOracleQuorum} from "../interfaces/IOracleQuorum.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {IStakePools} from "../interfaces/IStakePools.sol";

/// @title StakeState
/// @notice All storage of the stake manager.
abstract contract StakeState is IStakeManager {
    /// @dev When an oracle operator last gave a sign of life, and since when it is asked for one; 0 if it is not.
    struct Life {
        uint40 seenAt;
        uint40 askedAt;
    }

    struct Snapshot {
        uint96 denominator;
        uint40 takenAt;
        uint256[] members;
    }

    IERC20 public immutable token;
    /// @inheritdoc IOracleQuorum
    address public immutable possession;
    /// @inheritdoc IStakePools
    address public immutable rewards;

    Parameters internal _parameters;
    address internal _treasury;
    address internal _distributor;
    mapping(Role => mapping(address account => bool)) internal _slashers;

    mapping(Role => mapping(address operator => Pool)) internal _pools;
    mapping(Role => mapping(address operator => mapping(address delegator => uint256))) internal _shares;
    mapping(uint256 ticketId => Ticket) internal _tickets;
    uint256 internal _lastTicketId;
    /// @dev When the last ticket can be paid out; no later one can be earlier, whatever the parameters.
    uint40 internal _lastWithdrawableAt;

    mapping(address signer => address operator) internal _operatorOf;
    mapping(address operator => uint256) internal _rotatedAt;
    address[] internal _seats;

    mapping(address operator => Life) internal _lives;

    /// @dev Active assets of all oracle pools that are not dormant.
    uint256 internal _activeAssets;
    /// @dev Assets ever staked in an oracle pool, over time.
    mapping(address operator => Checkpoints.Trace208) internal _staked;
    /// @dev Assets of all oracle tickets ever, by when they can be paid out.
    Checkpoints.Trace208 internal _leaving;
    /// @dev Unbonding shares of an oracle pool's tickets ever, by when they can be paid out.
    mapping(address operator => Checkpoints.Trace208) internal _leavingShares;

    uint64 internal _latestSnapshot;
    /// @dev Whether a rotated key makes the next snapshot possible before its time.
    bool internal _snapshotIsDue;
    /// @dev Of the latest snapshot: see {QuorumVerifier}; 0 if it is revoked.
    uint256 internal _commitment;
    mapping(uint64 snapshotId => Snapshot) internal _snapshots;
}
