// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IUniswapV2Factory} from "../../contracts/interfaces/IUniswapV2.sol";
import {vm} from "../Vm.sol";

/// @notice The Uniswap V2 factory of the npm package, as it is deployed everywhere.
function deployExchange() returns (IUniswapV2Factory factory) {
    string memory artifact = vm.readFile("node_modules/@uniswap/v2-core/build/UniswapV2Factory.json");
    string memory hexadecimal = string.concat("0x", vm.parseJsonString(artifact, ".bytecode"));
    bytes memory code = abi.encodePacked(vm.parseBytes(hexadecimal), abi.encode(address(0)));
    assembly ("memory-safe") {
        factory := create(0, add(code, 32), mload(code))
    }
    require(address(factory).code.length != 0, "no factory");
}
