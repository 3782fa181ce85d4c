// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IUniswapV2Factory
/// @notice What is used of a Uniswap V2 factory.
interface IUniswapV2Factory {
    /// @notice Deploys the pair of two tokens. Anybody, once.
    /// @param tokenA One token, which need not exist.
    /// @param tokenB The other.
    /// @return pair The pair.
    function createPair(address tokenA, address tokenB) external returns (address pair);

    /// @notice The pair of two tokens; zero: there is none.
    /// @param tokenA One token.
    /// @param tokenB The other.
    /// @return pair The pair.
    function getPair(address tokenA, address tokenB) external view returns (address pair);

    /// @notice Who may turn the protocol's part of the trading fee on; nobody, where it is the zero address.
    /// @return setter The account.
    function feeToSetter() external view returns (address setter);
}

/// @title IUniswapV2Pair
/// @notice What is used of a Uniswap V2 pair.
interface IUniswapV2Pair {
    /// @notice Makes liquidity tokens of what was sent to the pair since its reserves were last updated.
    /// @param to Who gets them.
    /// @return liquidity How many.
    function mint(address to) external returns (uint256 liquidity);

    /// @notice Sends out what the pair holds beyond its reserves.
    /// @param to Who gets it.
    function skim(address to) external;

    /// @notice Makes what the pair holds its reserves.
    function sync() external;

    /// @notice Trades: sends out, and reverts unless enough came in.
    /// @param amount0Out Of the token with the lower address.
    /// @param amount1Out Of the other.
    /// @param to Who gets it.
    /// @param data Empty; otherwise `to` is called with it.
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;

    /// @notice What the pair prices by.
    /// @return reserve0 Of the token with the lower address.
    /// @return reserve1 Of the other.
    /// @return blockTimestampLast When they were last updated, modulo 2^32.
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);

    /// @notice Liquidity tokens there are.
    /// @return supply Wei.
    function totalSupply() external view returns (uint256 supply);

    /// @notice Liquidity tokens of an account.
    /// @param account The account.
    /// @return balance Wei.
    function balanceOf(address account) external view returns (uint256 balance);
}
