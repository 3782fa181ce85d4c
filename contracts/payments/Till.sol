// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ITill} from "../interfaces/ITill.sol";

/// @title Till
/// @notice See {ITill}. Deployed once by the market; every model's till is a minimal proxy of it without storage.
contract Till is ITill {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    address public immutable market;

    constructor(IERC20 token_) {
        token = token_;
        market = msg.sender;
    }

    /// @inheritdoc ITill
    function empty() external returns (uint256 amount) {
        if (msg.sender != market) revert TillUnauthorized(msg.sender);
        amount = token.balanceOf(address(this));
        token.safeTransfer(market, amount);
    }
}
