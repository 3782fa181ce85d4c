// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDemands} from "../../contracts/interfaces/IAttributionDemands.sol";
import {IIndexRegistry} from "../../contracts/interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {ISlashEscrow} from "../../contracts/interfaces/ISlashEscrow.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {IndexContent} from "../../contracts/libraries/IndexContent.sol";
import {SlashEscrow} from "../../contracts/staking/SlashEscrow.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {Agreement} from "./Agreement.sol";

/// @notice Three operators sign three roots and three indexes, are silent about them, and come and go with three delegators. Of each
/// three the first is a lie, which never becomes final, and may be proven; of the others, only what was shown does. The handler stands
/// for the courts, the registries and the demands; stake, its shares and the escrow are real.
contract EscrowHandler {
    struct Silent {
        bytes32 demandId;
        uint256 which;
        uint256 heldAt;
        bool isOver;
    }

    uint256 private constant ACTORS = 6;
    uint256 private constant CONTENTS = 6;
    uint16 public constant slashBps = 5_000;
    address public constant TREASURY = address(0x7EA5);
    address public constant BENEFICIARY = address(0xBEEF);

    OpenToken public token = new OpenToken(address(this), address(0));
    EpochClock public clock = new EpochClock(address(this), 7 days, 1 days);
    StakeManager public stakes;
    SlashEscrow public escrow;

    /// What the registries and the demands say.
    address public disputes = address(this);
    mapping(bytes32 content => bool) public isBarred;
    mapping(bytes32 demandId => bool) public wasAnswered;
    uint256 private _pending;
    uint32 private _signers;
    bytes32 private _finalRoot;
    uint256 private _finalIndexes;
    mapping(uint256 which => bool) private _answered;

    Silent[] public silences;
    uint256[] private _tickets;
    uint256 public held;
    uint256 public claimed;
    uint256 public forfeited;
    /// What an actor's shares and tickets lost of a silence, less what is lost for good, and what it got back.
    mapping(uint256 silence => mapping(uint256 operator => mapping(uint256 actor => uint256))) private _lost;
    mapping(uint256 silence => mapping(uint256 ticketId => uint256)) private _ticketLost;
    mapping(uint256 silence => uint256) public claimedOf;

    constructor() {
        IStakeManager.Parameters memory parameters = IStakeManager.Parameters({
            minStake: 1e20,
            quorumFloor: 1e20,
            activationDelay: 1,
            unbondingPeriod: 20 days,
            snapshotLifetime: 4 days,
            snapshotInterval: 1 days,
            jailPeriod: 1 days,
            minSigners: 3,
            challengerBps: 3_000
        });
        stakes = new StakeManager(token, clock, address(this), TREASURY, parameters);
        escrow = new SlashEscrow(
            token,
            stakes,
            IIndexRegistry(address(this)),
            IRewardDistributor(address(this)),
            IAttributionDemands(address(this))
        );
        IStakeManager.Slasher[] memory slashers = new IStakeManager.Slasher[](2);
        slashers[0] = IStakeManager.Slasher(IStakePools.Role.Oracle, address(escrow));
        slashers[1] = IStakeManager.Slasher(IStakePools.Role.Oracle, address(this));
        stakes.seal(address(this), slashers);
        for (uint256 i = 0; i < ACTORS; ++i) {
            token.transfer(actorAt(i), 1e26);
            vm.prank(actorAt(i));
            token.approve(address(stakes), type(uint256).max);
            if (i >= 3) continue;
            bytes memory agreement = Agreement.sign(stakes, 1000 + i, actorAt(i), IStakePools.Role.Oracle);
            vm.prank(actorAt(i));
            stakes.register(IStakePools.Role.Oracle, vm.addr(1000 + i), 0, type(uint256).max, agreement);
            stake(i, i, 5e21);
            stake(3 + i, i, 3e21);
        }
        vm.warp(block.timestamp + 1 hours);
    }

    /// @dev Not in the constructor: this contract is told, as the distributor.
    function begin() external {
        if (stakes.latestSnapshot() == 0) stakes.snapshotQuorum();
    }

    function stake(uint256 who, uint256 pool, uint256 assets) public {
        vm.prank(actorAt(who));
        // Slashed to nothing more than once, a pool takes no more.
        try stakes.stake(IStakePools.Role.Oracle, actorAt(pool % 3), 1 + (assets % 1e22), 0, 0) {} catch {}
    }

    function requestUnbond(uint256 who, uint256 pool, uint256 part) external {
        uint256 shares = stakes.sharesOf(IStakePools.Role.Oracle, actorAt(pool % 3), actorAt(who));
        if (shares == 0) return;
        vm.prank(actorAt(who));
        try stakes.requestUnbond(IStakePools.Role.Oracle, actorAt(pool % 3), 1 + (part % shares)) returns (uint256 id) {
            _tickets.push(id);
        } catch {}
    }

    function withdraw(uint256 which) external {
        if (_tickets.length == 0) return;
        uint256 ticketId = _tickets[which % _tickets.length];
        vm.prank(stakes.ticketOf(ticketId).owner);
        try stakes.withdraw(ticketId) {} catch {}
    }

    /// @dev Another fault, of which nothing is held.
    function slash(uint256 pool, uint16 bps) external {
        stakes.slash(IStakePools.Role.Oracle, actorAt(pool % 3), 1 + (bps % 5_000), BENEFICIARY);
    }

    function beSilent(uint256 which, uint256 signers) external {
        which %= CONTENTS;
        signers = 1 + (signers % 7);
        uint256 number = silences.length;
        bytes32 subject = keccak256(abi.encode("posting", number));
        bytes32 demandId = keccak256(abi.encode(subject, questionOf(which)));
        uint256[3][2] memory before;
        for (uint256 i = 0; i < 3; ++i) {
            IStakePools.Pool memory pool = stakes.poolOf(IStakePools.Role.Oracle, actorAt(i));
            (before[0][i], before[1][i]) = (pool.assets, pool.unbondingAssets);
        }
        uint256 inEscrow = token.balanceOf(address(escrow));
        uint256 rewarded = token.balanceOf(BENEFICIARY);
        uint256 inStakes = token.balanceOf(address(stakes));
        (_pending, _signers) = (which, uint32(signers));
        ISlashEscrow.Silence memory silence = ISlashEscrow.Silence(demandId, subject);
        uint256 reward = escrow.take(silence, versionOf(which), BENEFICIARY);
        uint256 taken = inStakes - token.balanceOf(address(stakes));
        uint256 kept = token.balanceOf(address(escrow)) - inEscrow;
        require(kept <= (taken * 9) / 10 && kept + 12 >= (taken * 9) / 10, "a tenth is lost");
        require(token.balanceOf(BENEFICIARY) - rewarded == reward && reward == ((taken - kept) * 3) / 10, "reward");
        held += kept;
        silences.push(Silent(demandId, which, block.timestamp, false));
        for (uint256 i = 0; i < 3; ++i) _noteLosses(number, i, before[0][i], before[1][i]);
    }

    /// @dev The question about an honest content is answered, in whichever posting of it.
    function answer(uint256 which, uint64 time) external {
        which %= CONTENTS;
        if (_isLie(which)) return;
        bytes32 subject =
            versionOf(which) == 0
                ? rootSubject(contentOf(which), time % 2)
                : indexSubject(versionOf(which), _indexOf(which).partsHash, time % 2);
        wasAnswered[keccak256(abi.encode(subject, questionOf(which)))] = true;
        _answered[which] = true;
    }

    function becomeFinal(uint256 which) external {
        which %= CONTENTS;
        if (_isLie(which)) return;
        if (versionOf(which) == 0) _finalRoot = contentOf(which);
        else _finalIndexes |= 1 << which;
    }

    function proveWrong(uint256 which) external {
        which %= CONTENTS;
        if (_isLie(which)) isBarred[contentOf(which)] = true;
    }

    function giveBack(uint256 number, uint64 time) external {
        if (silences.length == 0) return;
        number %= silences.length;
        Silent storage silent = silences[number];
        uint256 before = token.balanceOf(address(escrow));
        try escrow.giveBack(silent.demandId, questionOf(silent.which), time % 2) {
            require(!silent.isOver && !_isLie(silent.which), "a lie, or twice");
            require(_isFinalNow(silent.which), "not final");
            require(_answered[silent.which], "not answered");
            silent.isOver = true;
        } catch {}
        require(token.balanceOf(address(escrow)) == before, "paid before anybody claimed");
    }

    /// @dev Once it was answered for and is final, an honest content's owners have all back but a wei each.
    function returnAll(uint256 number) external {
        if (silences.length == 0) return;
        number %= silences.length;
        Silent storage silent = silences[number];
        if (silent.isOver || _isLie(silent.which)) return;
        this.answer(silent.which, 0);
        this.becomeFinal(silent.which);
        this.giveBack(number, 0);
        require(silent.isOver, "kept from its owners");
        this.claimAll(number);
    }

    function forfeit(uint256 number) external {
        if (silences.length == 0) return;
        Silent storage silent = silences[number % silences.length];
        uint256 before = token.balanceOf(TREASURY);
        bool isDue = isBarred[contentOf(silent.which)] || block.timestamp >= silent.heldAt + escrow.HOLD_PERIOD();
        if (silent.isOver || !isDue) vm.expectRevert();
        escrow.forfeit(silent.demandId);
        if (silent.isOver || !isDue) return;
        silent.isOver = true;
        forfeited += token.balanceOf(TREASURY) - before;
    }

    /// @dev Whoever asks gets to the wei what its shares lost, once, when it is given back, and nobody else anything.
    function claim(uint256 number, uint256 pool, uint256 who) public {
        if (silences.length == 0) return;
        (number, pool, who) = (number % silences.length, pool % 3, who % ACTORS);
        uint256 due = _lost[number][pool][who];
        if (escrow.caseOf(silences[number].demandId).state != ISlashEscrow.State.Returned) due = 0;
        vm.prank(actorAt(who));
        if (due == 0) vm.expectRevert();
        uint256 paid = escrow.claim(silences[number].demandId, actorAt(pool));
        _lost[number][pool][who] -= due;
        if (due != 0) _count(number, paid, due);
    }

    function claimTicket(uint256 number, uint256 which) public {
        if (silences.length == 0 || _tickets.length == 0) return;
        number %= silences.length;
        uint256 ticketId = _tickets[which % _tickets.length];
        uint256 due = _ticketLost[number][ticketId];
        IStakePools.Ticket memory ticket = stakes.ticketOf(ticketId);
        // In the second of the slash the order of both is not known.
        if (ticket.withdrawnAt == silences[number].heldAt) return;
        if (escrow.caseOf(silences[number].demandId).state != ISlashEscrow.State.Returned) due = 0;
        vm.prank(ticket.owner);
        if (due == 0) vm.expectRevert();
        uint256 paid = escrow.claimTicket(silences[number].demandId, ticketId);
        _ticketLost[number][ticketId] -= due;
        if (due != 0) _count(number, paid, due);
    }

    function claimAll(uint256 number) external {
        for (uint256 pool = 0; pool < 3; ++pool) {
            for (uint256 who = 0; who < ACTORS; ++who) claim(number, pool, who);
        }
        for (uint256 which = 0; which < _tickets.length; ++which) claimTicket(number, which);
    }

    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 16 == 0 ? 30 days : duration % 3 days));
    }

    // ---------------------------------------------------------------- what stands for others

    function setQuorum(uint256) external {}

    function pendingRoot() external view returns (IRewardDistributor.PendingRoot memory) {
        return IRewardDistributor.PendingRoot(contentOf(_pending), 0, 1, _signers);
    }

    function finalizedRoot() external view returns (IRewardDistributor.FinalizedRoot memory root) {
        root.rootHash = _finalRoot;
    }

    function rootSubject(bytes32 rootHash, uint64 postedAt) public pure returns (bytes32) {
        return keccak256(abi.encode(rootHash, postedAt));
    }

    function indexSubject(uint256 versionId, bytes32 partsHash, uint64 challengeEnds) public pure returns (bytes32) {
        return keccak256(abi.encode(versionId, partsHash, challengeEnds));
    }

    function indexOf(uint256 versionId) external view returns (IIndexRegistry.Index memory index) {
        index = _indexOf(versionId + 2);
        (index.snapshotId, index.signers) = (1, _signers);
    }

    function isFinal(uint256 versionId) external view returns (bool) {
        return _isFinalNow(versionId + 2);
    }

    // ---------------------------------------------------------------- names

    function actorAt(uint256 who) public pure returns (address) {
        return address(uint160(101 + (who % ACTORS)));
    }

    function silenceCount() external view returns (uint256) {
        return silences.length;
    }

    /// @dev 0 for the three roots; 1, 2 and 3 for the indexes.
    function versionOf(uint256 which) public pure returns (uint256) {
        return which < 3 ? 0 : which - 2;
    }

    function contentOf(uint256 which) public pure returns (bytes32) {
        return which < 3 ? keccak256(abi.encode("root", which)) : IndexContent.hashOf(which - 2, _indexOf(which));
    }

    function questionOf(uint256 which) public pure returns (bytes memory) {
        return abi.encode("question", which);
    }

    function _isFinalNow(uint256 which) private view returns (bool) {
        return versionOf(which) == 0 ? _finalRoot == contentOf(which) : (_finalIndexes >> which) & 1 != 0;
    }

    function _isLie(uint256 which) private pure returns (bool) {
        return which % 3 == 0;
    }

    function _indexOf(uint256 which) private pure returns (IIndexRegistry.Index memory index) {
        index.partsHash = keccak256(abi.encode("parts", which));
        index.size = 1;
    }

    function _count(uint256 number, uint256 paid, uint256 due) private {
        require(paid == due, "not what was lost");
        require(!_isLie(silences[number].which), "paid to a liar");
        claimed += paid;
        claimedOf[number] += paid;
    }

    /// @dev Before anybody touches anything: who had which part of what was taken.
    function _noteLosses(uint256 number, uint256 operator, uint256 assets, uint256 unbondingAssets) private {
        IStakePools.Pool memory pool = stakes.poolOf(IStakePools.Role.Oracle, actorAt(operator));
        uint256 active = ((assets - pool.assets) * 9) / 10;
        uint256 unbonding = ((unbondingAssets - pool.unbondingAssets) * 9) / 10;
        for (uint256 who = 0; who < ACTORS; ++who) {
            uint256 shares = stakes.sharesOf(IStakePools.Role.Oracle, actorAt(operator), actorAt(who));
            if (pool.shares != 0) _lost[number][operator][who] = (active * shares) / pool.shares;
        }
        for (uint256 i = 0; i < _tickets.length; ++i) {
            IStakePools.Ticket memory ticket = stakes.ticketOf(_tickets[i]);
            if (ticket.operator != actorAt(operator) || ticket.withdrawnAt != 0) continue;
            _ticketLost[number][_tickets[i]] = (unbonding * ticket.unbondingShares) / pool.unbondingShares;
        }
    }
}

contract SlashEscrowInvariant {
    EscrowHandler internal handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new EscrowHandler();
        handler.begin();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev What was held is there, was paid back, or went to the treasury, to the wei.
    function invariant_WhatIsHeldIsThereOrReturnedOrForfeited() public view {
        uint256 there = handler.token().balanceOf(address(handler.escrow()));
        require(handler.held() == there + handler.claimed() + handler.forfeited(), "flows");
    }

    /// @dev Of no silence is more paid back than was held, and of a lie nothing: see {EscrowHandler-claim} for each owner.
    function invariant_NoMoreReturnsThanWasTakenAndNothingToALiar() public view {
        for (uint256 i = 0; i < handler.silenceCount(); ++i) {
            (bytes32 demandId, uint256 which, , ) = handler.silences(i);
            ISlashEscrow.Case memory held = handler.escrow().caseOf(demandId);
            require(handler.claimedOf(i) <= held.assets, "more than was taken");
            if (which % 3 == 0) require(handler.claimedOf(i) == 0 && held.state != ISlashEscrow.State.Returned, "lie");
        }
    }
}
