// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IOpenPaymaster
/// @notice Pays the gas of user operations (ERC-4337, EntryPoint v0.7) in ETH and takes OPEN for it, before they run: from what their
/// sender has, or from the reward that is claimed for it in the same breath. What does not pay is not included, so that nothing that
/// fails later costs the paymaster anything.
/// @dev `paymasterData` is `abi.encode(uint256 amount, bytes signature, bytes claim)`. `signature` authorises OPEN's ERC-3009
/// `receiveWithAuthorization` of `amount` from the sender to this contract, valid from 0 to 2^256 - 1, with {nonceOf} as its nonce; it
/// is the most that the operation can cost. `claim` is empty or the arguments of {IRewardDistributor-claim}; whether it succeeds does
/// not matter, because the payment decides.
interface IOpenPaymaster {
    /// @notice A user operation was paid for.
    /// @param sender Whose it was.
    /// @param amount OPEN wei that it cost.
    /// @param openPerEth The price.
    event GasPaid(address indexed sender, uint256 amount, uint256 openPerEth);

    /// @notice What an ETH costs is another amount.
    /// @param openPerEth OPEN wei for an ETH.
    event PriceSet(uint256 openPerEth);

    /// @notice The price is outside of the bounds that were fixed at the deployment.
    /// @param openPerEth OPEN wei for an ETH.
    /// @param least The lowest price.
    /// @param most The highest price.
    error GasPriceOutOfBounds(uint256 openPerEth, uint256 least, uint256 most);
    /// @notice A price may differ by a quarter from the one before.
    /// @param openPerEth OPEN wei for an ETH.
    /// @param least The lowest price now.
    /// @param most The highest price now.
    error GasPriceTooFar(uint256 openPerEth, uint256 least, uint256 most);
    /// @notice The price was set less than a day ago.
    /// @param possibleAt When it can be set again, unix seconds.
    error GasPriceTooSoon(uint256 possibleAt);
    /// @notice The authorised OPEN is less than what the operation's gas limits can cost. Authorise more, or lower the limits.
    /// @param amount OPEN wei that are authorised.
    /// @param needed OPEN wei that it can cost.
    error GasUnderpaid(uint256 amount, uint256 needed);
    /// @notice The paymaster has spent what it may on a day. Wait for the next one, or pay the gas in ETH.
    /// @param cost Wei that the operation can cost.
    /// @param left Wei that are left for the day.
    error GasBudgetSpent(uint256 cost, uint256 left);
    /// @notice An address of the constructor is zero.
    error GasInvalidAddress();

    /// @notice Adds ETH to what the paymaster has in the EntryPoint. Anybody may.
    function deposit() external payable;

    /// @notice Sets the price. Only the owner, once a day, by at most a quarter, within the bounds.
    /// @param openPerEth OPEN wei for an ETH.
    function setPrice(uint256 openPerEth) external;

    /// @notice Takes ETH out of the EntryPoint. Only the owner.
    /// @param to Who gets it.
    /// @param amount Wei.
    function withdraw(address payable to, uint256 amount) external;

    /// @notice Pays out OPEN that was taken for gas. Only the owner.
    /// @param to Who gets it.
    /// @param amount OPEN wei.
    function withdrawOpen(address to, uint256 amount) external;

    /// @notice OPEN wei for an ETH.
    /// @return The price.
    function openPerEth() external view returns (uint256);

    /// @notice The lowest price that can be set.
    /// @return OPEN wei for an ETH.
    function leastOpenPerEth() external view returns (uint256);

    /// @notice The highest price that can be set.
    /// @return OPEN wei for an ETH.
    function mostOpenPerEth() external view returns (uint256);

    /// @notice Most that is paid for gas on a day: the most that a wrong price can cost in a day.
    /// @return Wei.
    function dailyBudget() external view returns (uint256);

    /// @notice What is left of the budget of today.
    /// @return Wei.
    function budgetLeft() external view returns (uint256);

    /// @notice The nonce of the authorisation that pays for an operation.
    /// @param sender The operation's sender.
    /// @param nonce The operation's nonce in the EntryPoint.
    /// @return The authorisation's nonce.
    function nonceOf(address sender, uint256 nonce) external pure returns (bytes32);
}
