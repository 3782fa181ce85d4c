// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IShareTrades} from "../interfaces/IShareTrades.sol";
import {IUniswapV2Factory, IUniswapV2Pair} from "../interfaces/IUniswapV2.sol";

/// @title ShareTrades
/// @notice See {IShareTrades}. Nobody owns it.
contract ShareTrades is IShareTrades {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    IUniswapV2Factory public immutable exchange;

    constructor(IERC20 token_, IUniswapV2Factory exchange_) {
        token = token_;
        exchange = exchange_;
    }

    /// @inheritdoc IShareTrades
    function buy(address shares, uint256 amount, uint256 least, uint256 deadline) external returns (uint256) {
        return _trade(token, IERC20(shares), _pairOf(shares), amount, least, deadline);
    }

    /// @inheritdoc IShareTrades
    function sell(address shares, uint256 amount, uint256 least, uint256 deadline) external returns (uint256) {
        return _trade(IERC20(shares), token, _pairOf(shares), amount, least, deadline);
    }

    /// @inheritdoc IShareTrades
    function quote(address shares, uint256 amount, bool buying) external view returns (uint256) {
        return _quote(_pairOf(shares), buying == (address(token) < shares), amount);
    }

    function _trade(
        IERC20 from,
        IERC20 to,
        IUniswapV2Pair pair,
        uint256 amount,
        uint256 least,
        uint256 deadline
    ) private returns (uint256 out) {
        if (block.timestamp > deadline) revert TradeExpired(deadline);
        bool paysFirst = address(from) < address(to);
        out = _quote(pair, paysFirst, amount);
        if (out < least) revert TradeTooLittle(out, least);
        from.safeTransferFrom(msg.sender, address(pair), amount);
        pair.swap(paysFirst ? 0 : out, paysFirst ? out : 0, msg.sender, "");
    }

    function _pairOf(address shares) private view returns (IUniswapV2Pair) {
        address pair = exchange.getPair(shares, address(token));
        if (pair == address(0)) revert TradeNoPair(shares);
        return IUniswapV2Pair(pair);
    }

    /// @dev Uniswap's own arithmetic: a fee of 0.3 % of what comes in, rounded down.
    function _quote(IUniswapV2Pair pair, bool paysFirst, uint256 amount) private view returns (uint256) {
        (uint256 first, uint256 second, ) = pair.getReserves();
        (uint256 inside, uint256 outside) = paysFirst ? (first, second) : (second, first);
        if (inside == 0) return 0;
        return (amount * 997 * outside) / (inside * 1000 + amount * 997);
    }
}
