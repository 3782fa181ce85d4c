// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ContributionRegistry} from "../../contracts/datanet/ContributionRegistry.sol";
import {DatanetRegistry} from "../../contracts/datanet/DatanetRegistry.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IDatanetRegistry} from "../../contracts/interfaces/IDatanetRegistry.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {KeyWallet} from "../token/KeyWallet.sol";

/// @notice A token, a clock and the registries, with one open Datanet.
contract Registries {
    OpenToken public token = new OpenToken(address(this), address(0));
    EpochClock public clock = new EpochClock(address(this), 1 days, 1 hours);
    DatanetRegistry public datanets;
    ContributionRegistry public contributions;

    constructor(uint96 bond, uint96 reviewFee) {
        datanets = DatanetRegistry(
            address(
                new ERC1967Proxy(
                    address(new DatanetRegistry()),
                    abi.encodeCall(DatanetRegistry.initialize, (address(this)))
                )
            )
        );
        contributions = ContributionRegistry(
            address(
                new ERC1967Proxy(
                    address(new ContributionRegistry(token, clock, datanets)),
                    abi.encodeCall(ContributionRegistry.initialize, (address(this), 1 days))
                )
            )
        );
        contributions.setReview(msg.sender);
        datanets.create(
            "n",
            "",
            new string[](0),
            IDatanetRegistry.Terms(15, 0, IDatanetRegistry.Admission.Open, 1, bond, reviewFee)
        );
    }

    function give(address to, uint256 amount) external {
        token.transfer(to, amount);
    }

    function setHarmCharges(address harmCharges) external {
        contributions.setHarmCharges(harmCharges);
    }
}

/// @notice Submits, decides, charges, revokes and withdraws at random, and keeps its own books.
contract BondHandler {
    uint96 private constant BOND = 1e18;
    uint96 private constant FEE = 3e17;

    Registries public registries;
    ContributionRegistry public contributions;
    OpenToken public token;
    uint256 public openFees;
    uint256 public paidIn;
    uint256 public time = 1_000_000;
    address[3] private _accounts = [address(21), address(22), address(23)];

    constructor() {
        vm.warp(time);
        registries = new Registries(BOND, FEE);
        contributions = registries.contributions();
        registries.setHarmCharges(address(this));
        token = registries.token();
        for (uint256 i = 0; i < 3; ++i) {
            registries.give(_accounts[i], 1e26);
            vm.prank(_accounts[i]);
            token.approve(address(contributions), type(uint256).max);
        }
    }

    function submit(uint8 account, uint8 size) external {
        IContributionRegistry.Part[] memory parts = new IContributionRegistry.Part[](1 + (size % 5));
        for (uint256 i = 0; i < parts.length; ++i) {
            parts[i] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, bytes32(i + 1), 1);
        }
        vm.prank(_accounts[account % 3]);
        contributions.submit(1, parts, "");
        openFees += parts.length * FEE;
        paidIn += parts.length * (uint256(BOND) + FEE);
    }

    function resolve(uint256 seed, uint256 mask, uint256 share) external {
        uint256 submissions = contributions.submissionCount();
        if (submissions == 0) return;
        uint256 submissionId = 1 + (seed % submissions);
        IContributionRegistry.Submission memory submission = contributions.submissionOf(submissionId);
        if (submission.resolved) return;
        uint256 fees = submission.size * FEE;
        address[] memory reviewers = new address[](2);
        uint256[] memory rewards = new uint256[](2);
        reviewers[0] = address(31);
        reviewers[1] = address(32);
        rewards[0] = share % (fees + 1);
        rewards[1] = seed % (fees - rewards[0] + 1);
        contributions.resolve(submissionId, mask % (1 << submission.size), reviewers, rewards);
        openFees -= fees;
    }

    function slash(uint256 seed, uint256 amount) external {
        uint256 id = _pick(seed);
        if (id == 0) return;
        IContributionRegistry.Contribution memory c = contributions.contributionOf(id);
        if (c.status != IContributionRegistry.Status.Accepted && c.status != IContributionRegistry.Status.Revoked)
            return;
        contributions.slashBond(id, amount % (c.bond + 1), address(33));
    }

    function revoke(uint256 seed) external {
        uint256 id = _pick(seed);
        if (id == 0 || contributions.contributionOf(id).status != IContributionRegistry.Status.Accepted) return;
        vm.warp(time);
        vm.prank(contributions.ownerOf(id));
        contributions.revoke(id);
    }

    function withdraw(uint256 seed) external {
        uint256 id = _pick(seed);
        if (id == 0 || contributions.contributionOf(id).status != IContributionRegistry.Status.Revoked) return;
        time += 3 days;
        vm.warp(time);
        contributions.withdrawBond(id);
    }

    function transfer(uint256 seed, uint8 to) external {
        uint256 id = _pick(seed);
        if (id == 0 || contributions.contributionOf(id).acceptedAt == 0) return;
        address owner = contributions.ownerOf(id);
        vm.warp(time);
        vm.prank(owner);
        contributions.transferFrom(owner, _accounts[to % 3], id);
    }

    function openBonds() external view returns (uint256 sum) {
        for (uint256 id = 1; id <= contributions.count(); ++id) sum += contributions.contributionOf(id).bond;
    }

    function acceptedAndOwned() external view returns (uint256 accepted, uint256 owned) {
        for (uint256 id = 1; id <= contributions.count(); ++id) {
            if (contributions.contributionOf(id).status == IContributionRegistry.Status.Accepted) ++accepted;
        }
        for (uint256 i = 0; i < 3; ++i) owned += contributions.balanceOf(_accounts[i]);
    }

    function spread() external view returns (uint256 sum) {
        sum = token.balanceOf(address(contributions));
        for (uint256 i = 0; i < 3; ++i) sum += token.balanceOf(_accounts[i]);
        for (uint160 i = 31; i <= 33; ++i) sum += token.balanceOf(address(i));
    }

    function _pick(uint256 seed) private view returns (uint256) {
        uint256 count = contributions.count();
        return count == 0 ? 0 : 1 + (seed % count);
    }
}

contract ContributionRegistryInvariant {
    BondHandler internal _handler;

    function setUp() public {
        _handler = new BondHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_HoldsExactlyTheOpenBondsAndFees() public view {
        uint256 balance = _handler.token().balanceOf(address(_handler.contributions()));
        require(balance == _handler.openBonds() + _handler.openFees(), "bonds and fees");
    }

    function invariant_NothingIsLostOnTheWay() public view {
        require(_handler.spread() == 3e26, "every wei is with somebody who may have it");
    }

    function invariant_CountsMatch() public view {
        (uint256 accepted, uint256 owned) = _handler.acceptedAndOwned();
        (, uint32 counted) = _handler.contributions().accumulatorOf(1);
        require(accepted == counted, "accepted");
        require(owned == _handler.contributions().count(), "owned");
    }
}

contract ConsentFuzz {
    uint256 private constant KEY = 0xC0FFEE;
    Registries private _registries;
    ContributionRegistry private _contributions;
    KeyWallet private _wallet;

    function setUp() public {
        _registries = new Registries(1e18, 0);
        _contributions = _registries.contributions();
        _wallet = new KeyWallet(vm.addr(KEY));
        _registries.give(address(this), 1e20);
        _registries.token().approve(address(_contributions), type(uint256).max);
    }

    function testFuzz_ContractAccountConsentsByErc1271(bytes32 contentRoot, uint32 examples, uint64 key) public {
        vm.assume(contentRoot != 0 && examples != 0 && key != 0 && key != KEY);
        IContributionRegistry.Part[] memory parts = new IContributionRegistry.Part[](1);
        parts[0] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, contentRoot, examples);
        bytes memory forged = _sign(key, parts);
        vm.expectRevert(
            abi.encodeWithSelector(IContributionRegistry.ContributionInvalidConsent.selector, address(_wallet))
        );
        _contributions.submitFor(address(_wallet), 1, parts, "", type(uint64).max, forged);
        (, uint256 id) = _contributions.submitFor(address(_wallet), 1, parts, "", type(uint64).max, _sign(KEY, parts));
        require(_contributions.ownerOf(id) == address(_wallet), "owner");
        require(_contributions.submissionOf(1).sponsor == address(this), "sponsor");
    }

    function _sign(uint256 key, IContributionRegistry.Part[] memory parts) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("OpenLedger"),
                keccak256("1"),
                block.chainid,
                address(_contributions)
            )
        );
        bytes32 structHash = keccak256(
            abi.encode(
                _contributions.CONSENT_TYPEHASH(),
                address(_wallet),
                1,
                keccak256(abi.encode(parts)),
                keccak256(""),
                0,
                type(uint64).max
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, MessageHashUtils.toTypedDataHash(domain, structHash));
        return abi.encodePacked(r, s, v);
    }
}
