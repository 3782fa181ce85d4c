// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {vm} from "../Vm.sol";

/// @notice Approves and moves tokens as anybody, with plain books of who holds what and who may move it.
abstract contract Erc721Handler {
    uint256 public constant PEOPLE = 3;
    uint256 internal constant FIRST_KEY = 0xE2C721;

    address[PEOPLE] private _people;
    mapping(uint256 id => address) public holder;
    mapping(uint256 id => address) internal _approved;
    mapping(address owner => mapping(address operator => bool)) internal _isOperator;

    constructor() {
        for (uint256 i = 0; i < PEOPLE; ++i) _people[i] = vm.addr(FIRST_KEY + i);
    }

    function approve(uint256 by, uint256 which, uint256 to) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        address caller = personAt(by);
        bool possible = caller == holder[id] || _isOperator[holder[id]][caller];
        vm.prank(caller);
        if (!possible) vm.expectRevert();
        _nft().approve(personAt(to), id);
        if (possible) _approved[id] = personAt(to);
    }

    function setApprovalForAll(uint256 by, uint256 to, bool allowed) external {
        vm.prank(personAt(by));
        _nft().setApprovalForAll(personAt(to), allowed);
        _isOperator[personAt(by)][personAt(to)] = allowed;
    }

    function transfer(uint256 by, uint256 which, uint256 to, bool safe) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        bool possible = _controls(personAt(by), id) && _isMovable(id);
        address from = holder[id];
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        if (safe) _nft().safeTransferFrom(from, personAt(to), id);
        else _nft().transferFrom(from, personAt(to), id);
        if (!possible) return;
        holder[id] = personAt(to);
        _approved[id] = address(0);
        _moved(id);
    }

    function personAt(uint256 which) public view returns (address) {
        return _people[which % PEOPLE];
    }

    function requireHeldAsBooked() external view {
        uint256 count = _minted();
        uint256[] memory held = new uint256[](PEOPLE);
        for (uint256 id = 1; id <= count; ++id) {
            require(_nft().ownerOf(id) == holder[id], "holder");
            for (uint256 i = 0; i < PEOPLE; ++i) if (personAt(i) == holder[id]) ++held[i];
        }
        for (uint256 i = 0; i < PEOPLE; ++i) require(_nft().balanceOf(personAt(i)) == held[i], "balance");
    }

    function _controls(address caller, uint256 id) internal view returns (bool) {
        return caller == holder[id] || caller == _approved[id] || _isOperator[holder[id]][caller];
    }

    /// @dev A token that exists; 0 if there is none.
    function _pick(uint256 which) internal view returns (uint256) {
        uint256 count = _minted();
        return count == 0 ? 0 : 1 + (which % count);
    }

    function _nft() internal view virtual returns (IERC721);

    /// @dev Ids run from 1.
    function _minted() internal view virtual returns (uint256);

    function _isMovable(uint256) internal view virtual returns (bool) {
        return true;
    }

    function _moved(uint256 id) internal virtual {}
}
