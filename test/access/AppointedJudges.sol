// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IEpochClock} from "../../contracts/interfaces/IEpochClock.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";

/// @notice A stake manager whose owner appoints at once who slashes: the power that a search for what owners can take must find.
contract AppointedJudges is StakeManager {
    constructor(
        IERC20 token_,
        IEpochClock clock,
        address owner_,
        address treasury_,
        Parameters memory parameters_
    ) StakeManager(token_, clock, owner_, treasury_, parameters_) {}

    function appoint(Role role, address judge) external onlyOwner {
        _slashers[role][judge] = true;
    }
}
