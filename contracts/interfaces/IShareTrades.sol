// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IShareTrades
/// @notice Buys and sells shares in their Uniswap V2 pair in one transaction, at a price that the caller bounds. Keeps nothing.
interface IShareTrades {
    error TradeExpired(uint256 deadline);
    error TradeNoPair(address shares);
    /// @notice The pair gives `amount`, less than the caller wants at least.
    error TradeTooLittle(uint256 amount, uint256 least);

    /// @notice Buys shares with the caller's OPEN, which must be approved.
    /// @param shares The contract of shares.
    /// @param amount OPEN wei to spend.
    /// @param least Wei of shares to get at least.
    /// @param deadline Unix time after which it is not done.
    /// @return bought Wei of shares.
    function buy(address shares, uint256 amount, uint256 least, uint256 deadline) external returns (uint256 bought);

    /// @notice Sells the caller's shares, which must be approved, for OPEN.
    /// @param shares The contract of shares.
    /// @param amount Wei of shares to sell.
    /// @param least OPEN wei to get at least.
    /// @param deadline Unix time after which it is not done.
    /// @return paid OPEN wei.
    function sell(address shares, uint256 amount, uint256 least, uint256 deadline) external returns (uint256 paid);

    /// @notice What the pair gives now, after its fee.
    /// @param shares The contract of shares.
    /// @param amount OPEN wei to spend, or wei of shares to sell.
    /// @param buying Which of them.
    /// @return out Wei of shares, or OPEN wei.
    function quote(address shares, uint256 amount, bool buying) external view returns (uint256 out);
}
