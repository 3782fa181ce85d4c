// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ERC20Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/ERC20Upgradeable.sol";
import {ERC20PermitUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";
import {ERC20VotesUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20VotesUpgradeable.sol";
import {NoncesUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/NoncesUpgradeable.sol";
import {RevenueStream} from "./RevenueStream.sol";

/// @title ShareToken
/// @notice An ERC-20 of fixed supply with permit and votes, whose holders earn what arrives; those who cannot claim earn nothing.
/// @dev A transfer settles both sides before balances change, and moves nobody else's balance.
abstract contract ShareToken is RevenueStream, ERC20PermitUpgradeable, ERC20VotesUpgradeable {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice Shares of every model or Datanet, in wei.
    uint256 public constant SUPPLY = 1_000_000e18;

    uint256 internal _minFloat;
    mapping(address account => bool) private _excluded;
    /// @dev Shares that earn, by unix time.
    Checkpoints.Trace208 private _earning;

    /// @notice See ERC-6372.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice See ERC-6372.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20PermitUpgradeable
    function nonces(address owner) public view override(ERC20PermitUpgradeable, NoncesUpgradeable) returns (uint256) {
        return super.nonces(owner);
    }

    function isExcluded(address account) public view virtual returns (bool) {
        return _excluded[account];
    }

    // solhint-disable-next-line func-name-mixedcase
    function __ShareToken_init(
        string calldata name,
        string calldata symbol,
        address holder,
        bool earns,
        uint256 minFloat_
    ) internal onlyInitializing {
        __ERC20_init(name, symbol);
        __ERC20Permit_init(name);
        _minFloat = minFloat_;
        _excluded[address(this)] = true;
        if (!earns) _excluded[holder] = true;
        _mint(holder, SUPPLY);
    }

    /// @dev What the account had earned is revenue again.
    function _exclude(address account) internal {
        _advance();
        _settle(account);
        _flow.arriving += uint96(_owed[account]);
        _owed[account] = 0;
        _setEarning(_totalWeight() - balanceOf(account));
        _excluded[account] = true;
    }

    /// @dev What nobody earns any more, because all shares are burned, is given to one account.
    function _takeUnstreamed() internal returns (uint256 amount) {
        amount = uint256(_flow.arriving) + _flow.flowing - _flow.flowed;
        (_flow.arriving, _flow.flowing, _flow.flowed) = (0, 0, 0);
    }

    function _update(
        address from,
        address to,
        uint256 value
    ) internal override(ERC20Upgradeable, ERC20VotesUpgradeable) {
        _advance();
        _settle(from);
        _settle(to);
        super._update(from, to, value);
        uint256 earning = _totalWeight();
        uint256 changed = earning;
        if (from != address(0) && !_excluded[from]) changed -= value;
        if (to != address(0) && !_excluded[to]) changed += value;
        if (changed != earning) _setEarning(changed);
    }

    function _totalWeight() internal view override returns (uint256) {
        return _earning.latest();
    }

    function _minWeight() internal view override returns (uint256) {
        return _minFloat;
    }

    function _weightOf(address account) internal view override returns (uint256) {
        return _excluded[account] ? 0 : balanceOf(account);
    }

    function _earningBefore(uint256 timepoint) internal view returns (uint256) {
        return _earning.upperLookupRecent(uint48(timepoint));
    }

    function _setEarning(uint256 amount) private {
        _earning.push(clock(), uint208(amount));
    }
}
