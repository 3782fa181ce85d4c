// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC20Wrapper} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Wrapper.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title GovernanceOpen
/// @notice OPEN that votes: wrapped one to one by {ERC20Wrapper-depositFor}, given back at any time by {ERC20Wrapper-withdrawTo}.
/// Votes count once they are delegated, to oneself as well ({Votes-delegate}).
/// @dev Nobody owns it and nothing in it can change. Staked OPEN does not vote: it is not in this contract.
contract GovernanceOpen is ERC20Permit, ERC20Votes, ERC20Wrapper {
    constructor(
        IERC20 open
    ) ERC20("Governance OpenLedger", "gOPEN") ERC20Permit("Governance OpenLedger") ERC20Wrapper(open) {}

    /// @notice Checkpoints are by unix time, as every period of the protocol is (ERC-6372).
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice See ERC-6372.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20Wrapper
    function decimals() public view override(ERC20, ERC20Wrapper) returns (uint8) {
        return super.decimals();
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
