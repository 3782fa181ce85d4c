// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {DatanetRegistry} from "../../contracts/datanet/DatanetRegistry.sol";
import {IDatanetRegistry} from "../../contracts/interfaces/IDatanetRegistry.sol";
import {vm} from "../Vm.sol";
import {Erc721Handler} from "../token/Erc721Handler.sol";
import {Registries} from "./Registries.sol";

/// @notice Creates Datanets, and governs them as whoever, with terms and lists in plain books beside the registry.
contract DatanetHandler is Erc721Handler {
    DatanetRegistry public datanets;
    mapping(uint256 id => IDatanetRegistry.Terms) private _terms;
    mapping(uint256 id => mapping(address account => bool)) private _validators;
    mapping(uint256 id => mapping(address account => bool)) private _contributors;

    constructor() {
        Registries registries = new Registries(0, 0);
        datanets = registries.datanets();
        vm.prank(address(registries));
        datanets.transferFrom(address(registries), personAt(0), 1);
        holder[1] = personAt(0);
        _terms[1] = datanets.termsOf(1);
    }

    function create(uint256 by, uint8 name, uint8 tags, uint8 tag, uint256 wish) external {
        IDatanetRegistry.Terms memory terms = _near(wish);
        string[] memory words = new string[](tags % 10);
        for (uint256 i = 0; i < words.length; ++i) words[i] = string(new bytes(i == 1 ? tag % 40 : 1));
        bool tagsFit = words.length <= 8 && (words.length < 2 || (tag % 40 != 0 && tag % 40 <= 32));
        bool current = terms.licenceExpiry == 0 || terms.licenceExpiry > block.timestamp;
        bool possible = name % 70 != 0 && name % 70 <= 64 && tagsFit && current && _inBounds(terms);
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        uint256 id = datanets.create(string(new bytes(name % 70)), "uri", words, terms);
        if (!possible) return;
        holder[id] = personAt(by);
        _terms[id] = terms;
    }

    function setTerms(uint256 by, uint256 which, uint256 wish) external {
        uint256 id = _pick(which);
        IDatanetRegistry.Terms memory terms = _near(wish);
        IDatanetRegistry.Terms memory present = _terms[id];
        // Every right was there before, and none lasts longer.
        bool narrower =
            terms.licence | present.licence == present.licence &&
                _end(terms.licenceExpiry) <= _end(present.licenceExpiry);
        bool possible = _controls(personAt(by), id) && _inBounds(terms) && narrower;
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        datanets.setTerms(id, terms);
        if (possible) _terms[id] = terms;
    }

    function setUri(uint256 by, uint256 which, string calldata uri) external {
        uint256 id = _pick(which);
        bool possible = _controls(personAt(by), id);
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        datanets.setUri(id, uri);
        if (possible) require(keccak256(bytes(datanets.tokenURI(id))) == keccak256(bytes(uri)), "uri");
    }

    function list(uint256 by, uint256 which, uint256 whom, bool allowed, bool validator) external {
        uint256 id = _pick(which);
        address account = personAt(whom);
        bool possible = _controls(personAt(by), id);
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        if (validator) datanets.setValidator(id, account, allowed);
        else datanets.setContributor(id, account, allowed);
        if (!possible) return;
        if (validator) _validators[id][account] = allowed;
        else _contributors[id][account] = allowed;
    }

    function wait(uint32 duration) external {
        vm.warp(block.timestamp + duration);
    }

    function requireTermsAsBooked() external view {
        for (uint256 id = 1; id <= datanets.count(); ++id) {
            require(keccak256(abi.encode(datanets.termsOf(id))) == keccak256(abi.encode(_terms[id])), "terms");
        }
    }

    /// @dev Of the Datanet that was created last, for all people.
    function requireListsAsBooked() external view {
        uint256 id = datanets.count();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address account = personAt(i);
            bool open = _terms[id].admission == IDatanetRegistry.Admission.Open;
            require(datanets.isValidator(id, account) == _validators[id][account], "validator");
            require(datanets.isAdmitted(id, account) == (open || _contributors[id][account]), "admitted");
            require(datanets.isCurator(id, account) == (account == holder[id] || _validators[id][account]), "curator");
        }
    }

    /// @dev Terms of which some are just out of bounds, and some expired.
    function _near(uint256 wish) private view returns (IDatanetRegistry.Terms memory terms) {
        terms.licence = uint8(wish % 17);
        terms.votesNeeded = uint8((wish >> 8) % 33);
        terms.admission = IDatanetRegistry.Admission((wish >> 16) % 2);
        if ((wish >> 24) % 3 != 0) terms.licenceExpiry = uint64(block.timestamp + ((wish >> 32) % 100 days) - 1);
        (terms.bond, terms.reviewFee) = (uint96(wish >> 64), uint96(wish >> 160));
        terms.judgeModelId = wish % 5 == 0 ? uint64(wish >> 190) : uint32(wish >> 200);
    }

    function _inBounds(IDatanetRegistry.Terms memory terms) private pure returns (bool) {
        return
            terms.licence >= 1 &&
            terms.licence <= 15 &&
            terms.votesNeeded >= 1 &&
            terms.votesNeeded <= 31 &&
            terms.judgeModelId < 2 ** 32;
    }

    function _end(uint64 expiry) private pure returns (uint256) {
        return expiry == 0 ? type(uint256).max : expiry;
    }

    function _nft() internal view override returns (IERC721) {
        return datanets;
    }

    function _minted() internal view override returns (uint256) {
        return datanets.count();
    }
}

contract DatanetRegistryInvariant {
    DatanetHandler internal handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new DatanetHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev The books only ever take terms that are narrower than those before.
    function invariant_TermsOnlyNarrowAndOnlyWhoControlsADatanetChangesIt() public view {
        handler.requireTermsAsBooked();
        handler.requireListsAsBooked();
        handler.requireHeldAsBooked();
    }
}
