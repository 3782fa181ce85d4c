// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";

/// @title IOptimismMintableERC20
/// @notice What the OP Stack's standard bridge expects of a token that it mints and burns.
/// @dev https://specs.optimism.io/protocol/bridges.html; the ERC-165 id is the xor of these four functions.
interface IOptimismMintableERC20 is IERC165 {
    /// @notice The token on the other chain that this token stands for.
    /// @return Its address there.
    function remoteToken() external view returns (address);

    /// @notice The bridge that mints and burns.
    /// @return Its address.
    function bridge() external returns (address);

    /// @notice Mints `amount` to `to`. Standard bridge only.
    /// @param to Who receives it.
    /// @param amount Wei.
    function mint(address to, uint256 amount) external;

    /// @notice Burns `amount` of `from`. Standard bridge only.
    /// @param from Whose tokens.
    /// @param amount Wei.
    function burn(address from, uint256 amount) external;
}
