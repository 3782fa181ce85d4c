// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Paymaster} from "@openzeppelin/contracts/account/paymaster/Paymaster.sol";
import {ERC4337Utils} from "@openzeppelin/contracts/account/utils/ERC4337Utils.sol";
import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {SafeERC20, IERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOpenPaymaster} from "../interfaces/IOpenPaymaster.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";

/// @title OpenPaymaster
/// @notice See {IOpenPaymaster}.
contract OpenPaymaster is IOpenPaymaster, Paymaster, Ownable {
    using ERC4337Utils for PackedUserOperation;
    using SafeERC20 for IERC20;

    /// @dev Gas of {_postOp} itself and of what the EntryPoint does after it, which `actualGasCost` does not have yet.
    uint256 private constant POST_OP_GAS = 45_000;
    /// @dev EntryPoint v0.7 takes a tenth of the execution gas that was asked for and not used, after {_postOp}.
    uint256 private constant PENALTY_DIVISOR = 10;
    uint256 private constant PRICE_PERIOD = 1 days;

    IOpenToken public immutable token;
    IRewardDistributor public immutable distributor;
    /// @inheritdoc IOpenPaymaster
    uint256 public immutable leastOpenPerEth;
    /// @inheritdoc IOpenPaymaster
    uint256 public immutable mostOpenPerEth;
    /// @inheritdoc IOpenPaymaster
    uint256 public immutable dailyBudget;

    /// @inheritdoc IOpenPaymaster
    uint256 public openPerEth;
    uint256 private _pricedAt;
    /// @dev `day << 192 | wei spent on it`.
    uint256 private _spending;

    /// @param owner_ The timelock.
    constructor(
        IOpenToken token_,
        IRewardDistributor distributor_,
        address owner_,
        uint256 openPerEth_,
        uint256 least,
        uint256 most,
        uint256 dailyBudget_
    ) Ownable(owner_) {
        if (address(token_) == address(0) || address(distributor_) == address(0)) revert GasInvalidAddress();
        if (least == 0 || openPerEth_ < least || openPerEth_ > most) {
            revert GasPriceOutOfBounds(openPerEth_, least, most);
        }
        token = token_;
        distributor = distributor_;
        leastOpenPerEth = least;
        mostOpenPerEth = most;
        dailyBudget = dailyBudget_;
        _setPrice(openPerEth_);
    }

    /// @inheritdoc IOpenPaymaster
    function deposit() external payable {
        _deposit(msg.value);
    }

    /// @inheritdoc IOpenPaymaster
    function setPrice(uint256 price) external onlyOwner {
        if (price < leastOpenPerEth || price > mostOpenPerEth) {
            revert GasPriceOutOfBounds(price, leastOpenPerEth, mostOpenPerEth);
        }
        uint256 before = openPerEth;
        uint256 step = before / 4;
        if (price < before - step || price > before + step) revert GasPriceTooFar(price, before - step, before + step);
        uint256 possibleAt = _pricedAt + PRICE_PERIOD;
        if (block.timestamp < possibleAt) revert GasPriceTooSoon(possibleAt);
        _setPrice(price);
    }

    /// @inheritdoc IOpenPaymaster
    function withdraw(address payable to, uint256 amount) external onlyOwner {
        _withdraw(to, amount);
    }

    /// @inheritdoc IOpenPaymaster
    function withdrawOpen(address to, uint256 amount) external onlyOwner {
        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IOpenPaymaster
    function budgetLeft() external view returns (uint256) {
        return dailyBudget - Math.min(_spentToday(), dailyBudget);
    }

    /// @inheritdoc IOpenPaymaster
    function nonceOf(address sender, uint256 nonce) public pure returns (bytes32) {
        return keccak256(abi.encode(entryPoint(), sender, nonce));
    }

    /// @inheritdoc Paymaster
    /// @dev v0.7 is preinstalled on every chain of the OP stack.
    function entryPoint() public pure override returns (IEntryPoint) {
        return ERC4337Utils.ENTRYPOINT_V07;
    }

    /// @dev Takes the most that the operation can cost. What reverts here is not included.
    function _validatePaymasterUserOp(
        PackedUserOperation calldata userOp,
        bytes32,
        uint256 maxCost
    ) internal override returns (bytes memory context, uint256 validationData) {
        uint256 price = openPerEth;
        uint256 amount = _take(userOp, _inOpen(maxCost, price));
        _spend(maxCost);
        uint256 penalty = (userOp.callGasLimit() + userOp.paymasterPostOpGasLimit()) / PENALTY_DIVISOR;
        return (abi.encode(userOp.sender, amount, price, maxCost, penalty), ERC4337Utils.SIG_VALIDATION_SUCCESS);
    }

    /// @dev Gives back what the operation did not cost. Where this reverts, or is given too little gas, all of it stays here.
    function _postOp(
        PostOpMode,
        bytes calldata context,
        uint256 actualGasCost,
        uint256 actualUserOpFeePerGas
    ) internal override {
        (address sender, uint256 amount, uint256 price, uint256 maxCost, uint256 penalty) = abi.decode(
            context,
            (address, uint256, uint256, uint256, uint256)
        );
        uint256 cost = Math.min(actualGasCost + (POST_OP_GAS + penalty) * actualUserOpFeePerGas, maxCost);
        _spending -= maxCost - cost;
        uint256 charged = _inOpen(cost, price);
        emit GasPaid(sender, charged, price);
        IERC20(token).safeTransfer(sender, amount - charged);
    }

    /// @dev Makes the claim that comes with an operation, and takes what the sender authorises.
    function _take(PackedUserOperation calldata userOp, uint256 needed) private returns (uint256 amount) {
        bytes memory signature;
        bytes memory claim;
        (amount, signature, claim) = abi.decode(userOp.paymasterData(), (uint256, bytes, bytes));
        if (amount < needed) revert GasUnderpaid(amount, needed);
        if (claim.length != 0) {
            // It fails where somebody has claimed for the account in between: then the account has the reward already.
            // solhint-disable-next-line avoid-low-level-calls
            (bool claimed, ) = address(distributor).call(bytes.concat(IRewardDistributor.claim.selector, claim));
            claimed;
        }
        token.receiveWithAuthorization(
            userOp.sender,
            address(this),
            amount,
            0,
            type(uint256).max,
            nonceOf(userOp.sender, userOp.nonce),
            signature
        );
    }

    function _spend(uint256 cost) private {
        uint256 spent = _spentToday();
        if (spent + cost > dailyBudget) revert GasBudgetSpent(cost, dailyBudget - spent);
        _spending = (_today() << 192) | (spent + cost);
    }

    function _spentToday() private view returns (uint256) {
        return _spending >> 192 == _today() ? uint192(_spending) : 0;
    }

    function _today() private view returns (uint256) {
        return block.timestamp / 1 days;
    }

    function _setPrice(uint256 price) private {
        openPerEth = price;
        _pricedAt = block.timestamp;
        emit PriceSet(price);
    }

    /// @dev Rounded up, so that nothing is free.
    function _inOpen(uint256 cost, uint256 price) private pure returns (uint256) {
        return Math.mulDiv(cost, price, 1 ether, Math.Rounding.Ceil);
    }
}
