// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {vm} from "../Vm.sol";
import {KeyWallet} from "./KeyWallet.sol";

address constant STANDARD_BRIDGE = 0x4200000000000000000000000000000000000010;
address constant SUPERCHAIN_TOKEN_BRIDGE = 0x4200000000000000000000000000000000000028;

/// @notice Drives a bridged token through both bridges and transfers, and counts what should exist.
contract BridgeHandler {
    OpenToken public token = new OpenToken(address(0), address(1));
    uint256 public expectedSupply;
    address[3] internal _holders = [address(11), address(12), address(13)];

    function mint(uint256 amount, uint8 holder, bool interop) external {
        // Up to half of the cap, so that the cap is met.
        amount %= token.CAP() / 2;
        bool tooMuch = expectedSupply + amount > token.CAP();
        if (!tooMuch) expectedSupply += amount;
        vm.prank(interop ? SUPERCHAIN_TOKEN_BRIDGE : STANDARD_BRIDGE);
        if (tooMuch) vm.expectRevert();
        if (interop) token.crosschainMint(_holders[holder % 3], amount);
        else token.mint(_holders[holder % 3], amount);
    }

    function burn(uint256 amount, uint8 holder, bool interop) external {
        address from = _holders[holder % 3];
        amount = amount % (token.balanceOf(from) + 1);
        if (interop) {
            vm.prank(SUPERCHAIN_TOKEN_BRIDGE);
            token.crosschainBurn(from, amount);
        } else {
            vm.prank(STANDARD_BRIDGE);
            token.burn(from, amount);
        }
        expectedSupply -= amount;
    }

    function transfer(uint256 amount, uint8 from, uint8 to) external {
        address sender = _holders[from % 3];
        amount = amount % (token.balanceOf(sender) + 1);
        vm.prank(sender);
        token.transfer(_holders[to % 3], amount);
    }

    function sumOfBalances() external view returns (uint256) {
        return token.balanceOf(_holders[0]) + token.balanceOf(_holders[1]) + token.balanceOf(_holders[2]);
    }
}

contract OpenTokenInvariant {
    BridgeHandler internal _handler;

    function setUp() public {
        _handler = new BridgeHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_SupplyIsWhatTheBridgesMintedAndNeverAboveTheCap() public view {
        OpenToken token = _handler.token();
        require(token.totalSupply() == _handler.expectedSupply(), "supply");
        require(token.totalSupply() <= token.CAP(), "cap");
        require(token.totalSupply() == _handler.sumOfBalances(), "balances");
    }
}

contract OpenTokenFuzz {
    uint256 private constant KEY = 0xA11CE;
    OpenToken private _token;
    KeyWallet private _wallet;

    function setUp() public {
        _token = new OpenToken(address(this), address(0));
        _wallet = new KeyWallet(vm.addr(KEY));
        _token.transfer(address(_wallet), 1e24);
        vm.warp(1_000_000);
    }

    function testFuzz_ContractAccountAuthorisesByErc1271(uint256 value, bytes32 nonce, address to) public {
        vm.assume(to != address(0) && to != address(_wallet));
        value %= 1e24;
        uint256 before = _token.balanceOf(to);
        bytes memory signature = _sign(KEY, value, nonce, to);
        _token.transferWithAuthorization(address(_wallet), to, value, 0, type(uint64).max, nonce, signature);
        require(_token.balanceOf(to) == before + value, "paid");
        require(_token.totalSupply() == _token.CAP(), "supply");
    }

    function testFuzz_ContractAccountRefusesAnotherKey(uint256 value, bytes32 nonce, uint64 key) public {
        vm.assume(key != 0 && key != KEY);
        bytes memory signature = _sign(key, value, nonce, address(7));
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _token.transferWithAuthorization(address(_wallet), address(7), value, 0, type(uint64).max, nonce, signature);
    }

    function testFuzz_HomeSupplyIsConstant(address to, uint256 amount) public {
        vm.assume(to != address(0));
        _token.transfer(to, amount % (_token.balanceOf(address(this)) + 1));
        require(_token.totalSupply() == 1e27, "supply");
    }

    function _sign(uint256 key, uint256 value, bytes32 nonce, address to) private view returns (bytes memory) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
                ),
                address(_wallet),
                to,
                value,
                0,
                type(uint64).max,
                nonce
            )
        );
        bytes32 digest = MessageHashUtils.toTypedDataHash(_token.DOMAIN_SEPARATOR(), structHash);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
