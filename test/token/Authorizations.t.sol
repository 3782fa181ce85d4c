// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";

/// @notice Three people move the home token by themselves, by allowance, by permit and by ERC-3009 authorisations in both forms of
/// a signature; some are forged, early, late, used or cancelled. Balances and allowances are kept in plain books.
contract AuthorizationHandler {
    uint256 public constant PEOPLE = 3;
    uint256 private constant FIRST_KEY = 0xA3009;
    string private constant FIELDS =
        "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";

    /// @notice What an order is drawn from.
    struct Seed {
        uint256 from;
        uint256 to;
        uint256 value;
        uint8 nonce;
        uint8 flaw;
    }

    /// @notice What somebody signs, and whether it is to be followed.
    struct Order {
        uint256 key;
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        bool possible;
    }

    OpenToken public token = new OpenToken(address(this), address(0));
    address[PEOPLE] private _people;
    mapping(address account => uint256) public balance;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    mapping(address account => mapping(bytes32 nonce => bool)) private _used;

    constructor() {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _people[i] = vm.addr(FIRST_KEY + i);
            token.transfer(_people[i], 1e24);
            balance[_people[i]] = 1e24;
        }
    }

    function transfer(uint256 from, uint256 to, uint256 value) external {
        value %= balance[personAt(from)] + 2;
        bool possible = value <= balance[personAt(from)];
        vm.prank(personAt(from));
        if (!possible) vm.expectRevert();
        token.transfer(personAt(to), value);
        if (possible) _move(personAt(from), personAt(to), value);
    }

    function approve(uint256 owner, uint256 spender, uint256 value) external {
        vm.prank(personAt(owner));
        token.approve(personAt(spender), value);
        allowance[personAt(owner)][personAt(spender)] = value;
    }

    function transferFrom(uint256 by, uint256 owner, uint256 to, uint256 value) external {
        (address spender, address from) = (personAt(by), personAt(owner));
        value %= balance[from] + 2;
        uint256 allowed = allowance[from][spender];
        bool possible = value <= balance[from] && value <= allowed;
        vm.prank(spender);
        if (!possible) vm.expectRevert();
        token.transferFrom(from, personAt(to), value);
        if (!possible) return;
        if (allowed != type(uint256).max) allowance[from][spender] -= value;
        _move(from, personAt(to), value);
    }

    /// @dev Now and then late, with a nonce that is to come, or signed by somebody else.
    function permit(uint256 owner, uint256 spender, uint256 value, uint8 flaw) external {
        owner %= PEOPLE;
        (address from, address to) = (_people[owner], personAt(spender));
        uint256 deadline = flaw % 6 == 1 ? block.timestamp - 1 : block.timestamp;
        uint256 nonce = token.nonces(from) + (flaw % 6 == 2 ? 1 : 0);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                from,
                to,
                value,
                nonce,
                deadline
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = _sign(flaw % 6 == 3 ? owner + 1 : owner, structHash);
        bool possible = flaw % 6 == 0 || flaw % 6 > 3;
        if (!possible) vm.expectRevert();
        token.permit(from, to, value, deadline, v, r, s);
        if (possible) allowance[from][to] = value;
    }

    function transferWithAuthorization(Seed calldata seed, bool packed) external {
        Order memory o = _order(seed, true);
        (uint8 v, bytes32 r, bytes32 s) = _signOrder(o, "TransferWithAuthorization");
        bytes memory signature = abi.encodePacked(r, s, v);
        if (!o.possible) vm.expectRevert();
        if (packed) {
            token.transferWithAuthorization(o.from, o.to, o.value, o.validAfter, o.validBefore, o.nonce, signature);
        } else token.transferWithAuthorization(o.from, o.to, o.value, o.validAfter, o.validBefore, o.nonce, v, r, s);
        _book(o);
    }

    function receiveWithAuthorization(Seed calldata seed, bool packed, uint256 by) external {
        Order memory o = _order(seed, personAt(by) == personAt(seed.to));
        (uint8 v, bytes32 r, bytes32 s) = _signOrder(o, "ReceiveWithAuthorization");
        bytes memory signature = abi.encodePacked(r, s, v);
        vm.prank(personAt(by));
        if (!o.possible) vm.expectRevert();
        if (packed) {
            token.receiveWithAuthorization(o.from, o.to, o.value, o.validAfter, o.validBefore, o.nonce, signature);
        } else token.receiveWithAuthorization(o.from, o.to, o.value, o.validAfter, o.validBefore, o.nonce, v, r, s);
        _book(o);
    }

    function cancelAuthorization(uint256 whose, uint8 nonce, bool packed, bool forged) external {
        whose %= PEOPLE;
        bytes32 id = bytes32(uint256(nonce % 16));
        bytes32 typeHash = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");
        bytes32 structHash = keccak256(abi.encode(typeHash, _people[whose], id));
        (uint8 v, bytes32 r, bytes32 s) = _sign(forged ? whose + 1 : whose, structHash);
        bool possible = !forged && !_used[_people[whose]][id];
        if (!possible) vm.expectRevert();
        if (packed) token.cancelAuthorization(_people[whose], id, abi.encodePacked(r, s, v));
        else token.cancelAuthorization(_people[whose], id, v, r, s);
        if (possible) _used[_people[whose]][id] = true;
    }

    function wait(uint16 duration) external {
        vm.warp(block.timestamp + duration);
    }

    function personAt(uint256 which) public view returns (address) {
        return _people[which % PEOPLE];
    }

    function _order(Seed calldata seed, bool allowed) private view returns (Order memory o) {
        uint256 flaw = seed.flaw % 8;
        o.from = personAt(seed.from);
        o.to = personAt(seed.to);
        o.key = flaw == 1 ? (seed.from % PEOPLE) + 1 : seed.from % PEOPLE;
        o.value = seed.value % (balance[o.from] + 2);
        // Both ends of the time are outside.
        o.validAfter = flaw == 2 ? block.timestamp : block.timestamp - 1;
        o.validBefore = flaw == 3 ? block.timestamp : block.timestamp + 1;
        // Few, so that some are used again.
        o.nonce = bytes32(uint256(seed.nonce % 16));
        bool unused = !_used[o.from][o.nonce];
        o.possible = allowed && unused && (flaw == 0 || flaw > 3) && o.value <= balance[o.from];
    }

    function _signOrder(Order memory o, string memory name) private view returns (uint8, bytes32, bytes32) {
        bytes32 typeHash = keccak256(bytes.concat(bytes(name), bytes(FIELDS)));
        return
            _sign(o.key, keccak256(abi.encode(typeHash, o.from, o.to, o.value, o.validAfter, o.validBefore, o.nonce)));
    }

    function _sign(uint256 key, bytes32 structHash) private view returns (uint8, bytes32, bytes32) {
        bytes32 digest = MessageHashUtils.toTypedDataHash(token.DOMAIN_SEPARATOR(), structHash);
        return vm.sign(FIRST_KEY + (key % PEOPLE), digest);
    }

    function _book(Order memory o) private {
        if (!o.possible) return;
        _used[o.from][o.nonce] = true;
        _move(o.from, o.to, o.value);
    }

    function _move(address from, address to, uint256 value) private {
        balance[from] -= value;
        balance[to] += value;
    }
}

contract AuthorizationsInvariant {
    AuthorizationHandler internal handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new AuthorizationHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_NothingMovesButByWhomItBelongsToOrWhomTheySignedFor() public view {
        OpenToken token = handler.token();
        for (uint256 i = 0; i < handler.PEOPLE(); ++i) {
            address person = handler.personAt(i);
            require(token.balanceOf(person) == handler.balance(person), "balance");
            for (uint256 j = 0; j < handler.PEOPLE(); ++j) {
                address spender = handler.personAt(j);
                require(token.allowance(person, spender) == handler.allowance(person, spender), "allowance");
            }
        }
        require(token.totalSupply() == token.CAP(), "supply");
    }
}
