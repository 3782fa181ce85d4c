// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IFoundingProposer} from "../interfaces/IFoundingProposer.sol";
import {GovernanceOpen} from "./GovernanceOpen.sol";

/// @title FoundingProposer
/// @notice See {IFoundingProposer}. Holds PROPOSER_ROLE and CANCELLER_ROLE of the timelock.
contract FoundingProposer is IFoundingProposer {
    /// @inheritdoc IFoundingProposer
    uint256 public constant SUSTAINED_DAYS = 7;

    TimelockController public immutable timelock;
    GovernanceOpen public immutable votes;
    uint256 public immutable floor;
    /// @inheritdoc IFoundingProposer
    address public immutable founder;

    mapping(bytes32 operation => bool) private _scheduledHere;

    modifier onlyFounder() {
        if (msg.sender != founder) revert FoundingUnauthorized(msg.sender);
        _;
    }

    /// @param floor_ gOPEN wei, the Governor's quorum floor.
    constructor(TimelockController timelock_, GovernanceOpen votes_, uint256 floor_, address founder_) {
        timelock = timelock_;
        votes = votes_;
        floor = floor_;
        founder = founder_;
    }

    /// @inheritdoc IFoundingProposer
    function schedule(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calls,
        bytes32 salt
    ) external onlyFounder returns (bytes32 operation) {
        operation = timelock.hashOperationBatch(targets, values, calls, 0, salt);
        _scheduledHere[operation] = true;
        timelock.scheduleBatch(targets, values, calls, 0, salt, timelock.getMinDelay());
    }

    /// @inheritdoc IFoundingProposer
    function cancel(bytes32 operation) external onlyFounder {
        if (!_scheduledHere[operation]) revert FoundingNotScheduledHere(operation);
        timelock.cancel(operation);
    }

    /// @inheritdoc IFoundingProposer
    function end() external {
        for (uint256 day = 0; day < SUSTAINED_DAYS; ++day) {
            uint256 timepoint = block.timestamp - 1 - day * 1 days;
            uint256 supply = votes.getPastTotalSupply(timepoint);
            if (supply < floor) revert FoundingTooFewVotes(timepoint, supply, floor);
        }
        timelock.renounceRole(timelock.CANCELLER_ROLE(), address(this));
        timelock.renounceRole(timelock.PROPOSER_ROLE(), address(this));
        emit FoundingEnded(msg.sender);
    }
}
