// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IAttributionDemands} from "../../contracts/interfaces/IAttributionDemands.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {vm} from "../Vm.sol";
import {announced} from "../access/announced.sol";
import {PlainPayoutsTree} from "../rewards/PlainPayoutsTree.sol";
import {Court} from "./Court.sol";

/// @notice A second root is pending after one that was finalized. Three challengers put every question there is about it, and an
/// honest operator answers some of them in time. Bonds, deadlines and what they hold up are kept in plain books.
contract Witness is Court {
    using PlainPayoutsTree for bytes32[][];
    using PlainPayoutsTree for IRewardDistributor.Payout[];

    uint64 private constant HOLD = 7 days;
    uint256 private constant START = 1e24;

    /// @notice A question and its answer, as calls.
    struct Question {
        bytes demand;
        bytes answer;
        /// Place of the first question that is the same.
        uint256 same;
    }

    struct Asked {
        bytes32 demandId;
        address challenger;
        uint256 bond;
        uint256 fee;
        uint256 deadline;
    }

    Question[] private _questions;
    /// Of the open demands, by question.
    mapping(uint256 question => Asked) private _asked;
    IRewardDistributor.ScoreRoot private _root;
    bool public pending = true;
    bool public defaulted;
    uint256 private _open;
    uint256 public openBonds;
    uint256 private _windowEnd;
    uint256 private _heldUntil;
    IAttributionDemands.Policy private _policy;
    mapping(address account => uint256) public balance;

    constructor() {
        token.approve(address(distributor), POOL);
        distributor.fund(1, POOL);
        Settled memory first = honest();
        _post(first.root);
        vm.warp(block.timestamp + 1 days);
        distributor.finalize(first.root);
        Settled memory second = _settleNext(first);
        _post(second.root);
        _root = second.root;
        _windowEnd = block.timestamp + distributor.challengeWindow();
        _policy = demands.policy();
        _ask(first, second);
        for (uint256 i = 0; i < 3; ++i) {
            token.transfer(challengerAt(i), START);
            balance[challengerAt(i)] = START;
            vm.prank(challengerAt(i));
            token.approve(address(demands), type(uint256).max);
        }
    }

    function demand(uint256 by, uint256 which) external {
        Question memory question = _questions[which % _questions.length];
        Asked storage asked = _asked[question.same];
        bool held = _isHeld();
        uint256 until = _windowEnd + (held ? HOLD - 2 * uint256(_policy.revealWindow) : 0);
        bool possible = pending && asked.challenger == address(0) && block.timestamp < until;
        address challenger = challengerAt(by);
        uint256 bond = _policy.bond;
        uint256 fee = _feeNow();
        vm.prank(challenger);
        (bool done, bytes memory result) = address(demands).call(question.demand);
        require(done == possible, "demand");
        if (!possible) return;
        bytes32 demandId = abi.decode(result, (bytes32));
        _asked[question.same] = Asked(demandId, challenger, bond, fee, block.timestamp + _policy.revealWindow);
        ++_open;
        openBonds += bond + fee;
        balance[challenger] -= bond + fee;
    }

    /// @dev An honest operator can answer whatever can be asked.
    function answer(uint256 which) external {
        Question memory question = _questions[which % _questions.length];
        Asked memory asked = _asked[question.same];
        bool possible = pending && asked.challenger != address(0) && block.timestamp <= asked.deadline;
        uint256 before = token.balanceOf(address(this));
        (bool done, ) = address(demands).call(question.answer);
        require(done == possible, "answer");
        if (!possible) return;
        require(token.balanceOf(address(this)) == before + asked.bond, "bond");
        _heldUntil = block.timestamp + _policy.revealWindow;
        _close(question.same);
    }

    /// @dev All that can still be answered.
    function answerAll() external {
        for (uint256 i = 0; i < _questions.length; ++i) {
            if (_asked[i].challenger != address(0)) this.answer(i);
        }
    }

    function defaultDemand(uint256 which) external {
        uint256 question = _questions[which % _questions.length].same;
        Asked memory asked = _asked[question];
        bool possible = pending && asked.challenger != address(0) && block.timestamp > asked.deadline;
        if (!possible) vm.expectRevert();
        demands.defaultDemand(asked.demandId);
        if (!possible) return;
        (pending, defaulted) = (false, true);
        // A tenth of half of the stake, of which the challenger is paid three tenths, but no more than 64 bonds.
        uint256 reward = ((STAKE / 20) * 3) / 10;
        if (reward > 64 * asked.bond) reward = 64 * asked.bond;
        balance[asked.challenger] += asked.bond + asked.fee + reward;
        _close(question);
    }

    function reclaimBond(uint256 which) external {
        uint256 question = _questions[which % _questions.length].same;
        Asked memory asked = _asked[question];
        bool possible = !pending && asked.challenger != address(0);
        if (!possible) vm.expectRevert();
        demands.reclaimBond(asked.demandId);
        if (!possible) return;
        balance[asked.challenger] += asked.bond + asked.fee;
        _close(question);
    }

    function finalize() external {
        bool possible =
            pending &&
                block.timestamp >= _windowEnd &&
                (block.timestamp >= _windowEnd + distributor.MAX_HOLD() || !_isHeld());
        if (!possible) vm.expectRevert();
        distributor.finalize(_root);
        if (possible) pending = false;
    }

    function setPolicy(uint32 revealWindow, uint96 bond) external {
        IAttributionDemands.Policy memory policy = IAttributionDemands.Policy(revealWindow % 13 hours, bond % 1e19);
        bool possible = policy.revealWindow >= 1 hours && policy.revealWindow <= 12 hours && policy.bond != 0;
        announced(address(demands), abi.encodeCall(demands.setPolicy, (policy)));
        if (!possible) vm.expectRevert();
        demands.setPolicy(policy);
        if (possible) _policy = policy;
    }

    /// @dev Now and then beyond the challenge window.
    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 16 == 0 ? 1 days : duration % 3 hours));
    }

    function challengerAt(uint256 i) public pure returns (address) {
        return address(uint160(601 + (i % 3)));
    }

    function isHeldAsBooked() external view returns (bool) {
        return !pending || demands.isRootHeld(keccak256(abi.encode(_root))) == _isHeld();
    }

    function _isHeld() private view returns (bool) {
        return _open != 0 || block.timestamp < _heldUntil;
    }

    /// @dev A quarter of the bond for each reveal window by which a demand of now could delay the root.
    function _feeNow() private view returns (uint256) {
        uint256 window = _policy.revealWindow;
        uint256 until = block.timestamp + 2 * window;
        if (until <= _windowEnd) return 0;
        return (uint256(_policy.bond) * ((until - _windowEnd + window - 1) / window)) / 4;
    }

    function _close(uint256 question) private {
        --_open;
        openBonds -= _asked[question].bond + _asked[question].fee;
        delete _asked[question];
    }

    /// @dev Epoch 2 pays as the first one did.
    function _settleNext(Settled memory first) private pure returns (Settled memory settled) {
        settled.scores = honestScores();
        seal(settled, 1);
        settled.settlement.epoch = 2;
        seal(settled, 3);
        for (uint256 a = 0; a < PEOPLE; ++a) settled.entries[a].cumulative += first.entries[a].cumulative;
        seal(settled, 4);
        (settled.root.firstEpoch, settled.root.lastEpoch) = (2, 2);
        settled.root.previousRoot = keccak256(abi.encode(first.root));
        settled.root.payoutsTotal = 2 * POOL;
    }

    function _ask(Settled memory first, Settled memory s) private {
        _push(
            abi.encodeCall(demands.demandFunctional, (s.root, 1, 2)),
            abi.encodeCall(demands.answerFunctional, (s.root, settlementEvidence(s), query()))
        );
        for (uint256 i = 0; i < ROWS; ++i) {
            _push(
                abi.encodeCall(demands.demandScore, (s.root, 1, 2, uint32(i))),
                abi.encodeCall(
                    demands.answerScore,
                    (s.root, settlementEvidence(s), scoreEvidence(s, i), indexEvidence(i), featuresOf(i))
                )
            );
        }
        for (uint256 a = 0; a < PEOPLE; ++a) _askAboutEntry(first, s, a);
        for (uint256 a = 0; a < PEOPLE; ++a) _askAboutAccount(s, a);
        // The top of the payouts tree, answered with all accounts; and its two children, the second of which has one.
        _push(
            abi.encodeCall(demands.demandPayouts, (s.root, 0, 0)),
            abi.encodeCall(demands.answerPayouts, (s.root, 0, s.payouts, new bytes32[](0)))
        );
        for (uint32 side = 0; side < 2; ++side) {
            _push(
                abi.encodeCall(demands.demandPayouts, (s.root, 1, side)),
                abi.encodeCall(
                    demands.answerPayouts,
                    (s.root, side, s.payouts.slice(2 * side, 2 - side), s.payouts.levelsOf().path(1, side))
                )
            );
        }
    }

    function _askAboutEntry(Settled memory first, Settled memory s, uint256 a) private {
        bytes memory answerCall = abi.encodeCall(demands.answerEntry, (s.root, entryEvidence(s, a)));
        _push(abi.encodeCall(demands.demandEntry, (s.root, a + 1, epochEvidence(s, a))), answerCall);
        _push(abi.encodeCall(demands.demandCarriedEntry, (s.root, entryEvidence(first, a))), answerCall);
        // Both ask for the same entry.
        _questions[_questions.length - 1].same = _questions.length - 2;
        _push(
            abi.encodeCall(demands.demandPredecessor, (s.root, entryEvidence(s, a))),
            abi.encodeCall(demands.answerPredecessor, (s.root, entryEvidence(first, a)))
        );
    }

    function _askAboutAccount(Settled memory s, uint256 a) private {
        // There is one entry: for a place beyond it, it shows that it is the last.
        for (uint32 i = 0; i < 2; ++i) {
            _push(
                abi.encodeCall(demands.demandEntryAt, (s.root, accountEvidence(s, a), i)),
                abi.encodeCall(demands.answerEntryAt, (s.root, entryEvidence(s, a), i))
            );
        }
        _push(
            abi.encodeCall(demands.demandPayouts, (s.root, 2, uint32(a))),
            abi.encodeCall(
                demands.answerPayouts,
                (s.root, uint32(a), s.payouts.slice(a, 1), accountEvidence(s, a).proof)
            )
        );
    }

    function _push(bytes memory demandCall, bytes memory answerCall) private {
        _questions.push(Question(demandCall, answerCall, _questions.length));
    }
}

contract AttributionDemandsInvariant {
    Witness internal witness;

    function setUp() public {
        witness = new Witness();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(witness);
    }

    function invariant_OnlySilenceCostsStakeAndEveryBondIsHeldOrWithWhomItBelongsTo() public view {
        require(witness.token().balanceOf(address(witness.demands())) == witness.openBonds(), "bonds");
        for (uint256 i = 0; i < 3; ++i) {
            address challenger = witness.challengerAt(i);
            require(witness.token().balanceOf(challenger) == witness.balance(challenger), "challenger");
        }
        uint256 stake = witness.stakes().poolOf(IStakePools.Role.Oracle, address(witness)).assets;
        require(stake == (witness.defaulted() ? witness.STAKE() / 2 : witness.STAKE()), "stake");
        require((witness.distributor().pendingRoot().rootHash != 0) == witness.pending(), "root");
        require(witness.isHeldAsBooked(), "held");
    }
}
