// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IStakeManager, MAX_DISPUTE_PERIOD} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {ShareMath} from "../../contracts/staking/ShareMath.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";
import {vm} from "../Vm.sol";
import {Agreement} from "./Agreement.sol";
import {StakerHandler} from "./StakerHandler.sol";

/// @notice Calls every other function of the stake manager as operators, slasher, owner and anybody.
contract StakeHandler is StakerHandler {
    constructor() {
        for (uint256 i = 0; i < 5; ++i) stake(i, i, 5e21);
    }

    function slash(uint256 pool, uint16 bps, bool rewarded) external {
        (IStakePools.Role role, address operator) = poolAt(pool);
        bps = 1 + (bps % 10_000);
        IStakePools.Pool memory before = stakes.poolOf(role, operator);
        uint256 reward = stakes.slash(role, operator, bps, rewarded ? BENEFICIARY : address(0));
        IStakePools.Pool memory afterwards = stakes.poolOf(role, operator);

        uint256 active = before.assets - afterwards.assets;
        uint256 unbonding = before.unbondingAssets - afterwards.unbondingAssets;
        require(active * 10_000 >= uint256(before.assets) * bps, "active stake escaped");
        require(unbonding * 10_000 >= uint256(before.unbondingAssets) * bps, "unbonding stake escaped");
        require(reward <= (active + unbonding) / 2, "more than half to the challenger");
        paid += active + unbonding;
        for (uint256 who = 0; who < 8; ++who) _noteWorth(who, pool);
        if (role != IStakePools.Role.Oracle) return;
        lastSlash[operator] = block.timestamp;
        _revoked();
    }

    function unjail(uint256 pool) external {
        (IStakePools.Role role, address operator) = poolAt(pool);
        uint256 until = stakes.poolOf(role, operator).jailedUntil;
        vm.prank(operator);
        if (until == 0 || block.timestamp < until) vm.expectRevert();
        stakes.unjail(role);
    }

    function snapshotQuorum() external {
        try stakes.snapshotQuorum() returns (uint64 id) {
            snapshots.push(Snapshot(id, block.timestamp + stakes.parameters().snapshotLifetime));
            (, uint256 denominator, ) = stakes.quorumOf(id);
            require(denominator >= stakes.countedStake(), "whoever is left is the quorum");
        } catch {}
    }

    function rotateSigner(uint256 pool) external keepsWhatCounts {
        (IStakePools.Role role, address operator) = poolAt(pool);
        bytes memory agreement = Agreement.sign(stakes, ++_lastKey, operator, role);
        vm.prank(operator);
        stakes.rotateSigner(role, vm.addr(_lastKey), type(uint256).max, agreement);
    }

    function lowerCommission(uint256 pool, uint16 bps) external {
        (IStakePools.Role role, address operator) = poolAt(pool);
        uint256 current = stakes.poolOf(role, operator).commissionBps;
        vm.prank(operator);
        if (bps > current) vm.expectRevert();
        stakes.lowerCommission(role, bps);
    }

    function askForLife(uint256 pool) external keepsWhatCounts {
        (, address operator) = poolAt(pool % 5);
        (uint256 seenAt, uint256 askedAt) = stakes.lifeOf(operator);
        uint256 silentAt = seenAt + stakes.parameters().unbondingPeriod + MAX_DISPUTE_PERIOD;
        if (dormant(operator) || askedAt != 0 || block.timestamp < silentAt) vm.expectRevert();
        stakes.askForLife(operator);
    }

    function markDormant(uint256 pool) external {
        (, address operator) = poolAt(pool % 5);
        (, uint256 askedAt) = stakes.lifeOf(operator);
        if (dormant(operator) || askedAt == 0 || block.timestamp < askedAt + 7 days) vm.expectRevert();
        stakes.markDormant(operator);
    }

    function showLife(uint256 pool) external keepsWhatCounts {
        (, address operator) = poolAt(pool % 5);
        uint256 assets = stakes.poolOf(IStakePools.Role.Oracle, operator).assets;
        if (dormant(operator)) joined.push(Joined(operator, assets, block.timestamp));
        vm.prank(operator);
        stakes.showLife();
        (uint256 seenAt, uint256 askedAt) = stakes.lifeOf(operator);
        require(seenAt == block.timestamp && askedAt == 0 && !dormant(operator), "seen");
    }

    function takeSeat(uint256 pool, uint256 seat) external {
        (, address operator) = poolAt(pool % 5);
        // All have seats here: it must never give one away twice, and none to the dormant.
        vm.expectRevert();
        stakes.takeSeat(operator, seat % 5);
    }

    /// @dev Not at once: everybody can leave before.
    function setParameters(uint8 choice) external {
        bytes memory call = abi.encodeCall(stakes.setParameters, (_parameters(choice)));
        _makeLater(call);
        _revoked();
    }

    /// @dev Everybody here is a registered oracle, two are validators: nobody may be anything twice.
    function register(uint256 who, uint8 role) external {
        address operator = _operators[who % 5];
        IStakePools.Role as_ = IStakePools.Role(role % 3);
        bool possible = stakes.poolOf(as_, operator).signer == address(0);
        bytes memory agreement = Agreement.sign(stakes, ++_lastKey, operator, as_);
        vm.prank(operator);
        if (!possible) vm.expectRevert();
        stakes.register(as_, vm.addr(_lastKey), 1_000, type(uint256).max, agreement);
    }

    function setTreasury(bool other) external {
        _makeLater(abi.encodeCall(stakes.setTreasury, (other ? address(0x7EA6) : TREASURY)));
    }

    /// @dev Who loses the right to slash cannot, whatever it did before; of oracles, nobody loses or gains it.
    function setSlasher(uint256 pool, bool allowed) external {
        IStakePools.Role role = IStakePools.Role.Validator;
        _makeLater(abi.encodeCall(stakes.setSlasher, (role, address(this), allowed)));
        if (!allowed) {
            vm.expectRevert(abi.encodeWithSelector(IStakePools.StakeUnauthorized.selector, address(this)));
            stakes.slash(role, _operators[pool % 2], 1, BENEFICIARY);
            _makeLater(abi.encodeCall(stakes.setSlasher, (role, address(this), true)));
        }
        bytes memory call = abi.encodeCall(stakes.setSlasher, (IStakePools.Role.Oracle, address(this), allowed));
        stakes.announce(call);
        vm.warp(block.timestamp + stakes.EXIT_DELAY());
        vm.expectRevert(IStakeManager.StakeSealed.selector);
        stakes.setSlasher(IStakePools.Role.Oracle, address(this), allowed);
    }
}

/// @notice Invariants 7 and 8 of the protocol, and what they rest on.
contract StakeManagerInvariant {
    StakeHandler internal handler;
    StakeManager internal stakes;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new StakeHandler();
        stakes = handler.stakes();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev What came in is in the pools, on its way out, or was paid, to the wei.
    function invariant_EveryWeiIsAccountedFor() public view {
        uint256 held = handler.token().balanceOf(address(stakes)) - handler.donated();
        require(held + handler.paid() == handler.received(), "flows");
        uint256 owed;
        for (uint256 i = 0; i < 7; ++i) {
            (IStakePools.Role role, address operator) = handler.poolAt(i);
            IStakePools.Pool memory pool = stakes.poolOf(role, operator);
            owed += uint256(pool.assets) + pool.unbondingAssets;
        }
        require(owed == held, "insolvent, or lost");
    }

    /// @dev Nobody is paid what did not come in; once an epoch is over and all have claimed, dust is all that is left ({claimAll}).
    function invariant_NoRewardIsPaidTwice() public view {
        require(handler.earned() <= handler.funded(), "more was paid than came in");
    }

    function invariant_SharesAddUp() public view {
        for (uint256 i = 0; i < 7; ++i) {
            (IStakePools.Role role, address operator) = handler.poolAt(i);
            IStakePools.Pool memory pool = stakes.poolOf(role, operator);
            uint256 shares;
            uint256 worth;
            for (uint256 a = 0; a < 8; ++a) {
                uint256 part = stakes.sharesOf(role, operator, handler.actorAt(a));
                shares += part;
                worth += ShareMath.toAssetsDown(part, pool.assets, pool.shares);
            }
            require(shares == pool.shares, "shares");
            require(worth <= pool.assets, "shares are worth more than the pool");

            uint256 unbonding;
            for (uint256 t = 0; t < handler.ticketCount(); ++t) {
                IStakePools.Ticket memory ticket = stakes.ticketOf(handler.tickets(t));
                if (ticket.role == role && ticket.operator == operator) unbonding += ticket.unbondingShares;
            }
            require(unbonding == pool.unbondingShares, "tickets");
        }
    }

    /// @dev Whatever others do, short of a slash, nobody's stake shrinks by a wei.
    function invariant_NobodyElseLowersAStake() public view {
        for (uint256 who = 0; who < 8; ++who) {
            for (uint256 pool = 0; pool < 7; ++pool) {
                require(handler.worthOf(who, pool) >= handler.worth(who, pool), "stake shrank");
            }
        }
    }

    /// @dev From a snapshot until the last dispute about anything signed under it, a slash reaches each member's weight.
    function invariant_WhatSignedCanBeSlashed() public view {
        for (uint256 s = 0; s < handler.snapshotCount(); ++s) {
            (uint64 id, uint256 signableUntil) = handler.snapshots(s);
            if (block.timestamp >= signableUntil + MAX_DISPUTE_PERIOD) continue;
            (uint256[] memory members, , uint256 takenAt) = stakes.quorumOf(id);
            for (uint256 i = 0; i < members.length; ++i) {
                address operator = stakes.operatorAt(id, i);
                if (handler.lastSlash(operator) >= takenAt) continue;
                IStakePools.Pool memory pool = stakes.poolOf(IStakePools.Role.Oracle, operator);
                uint256 reach = uint256(pool.assets) + pool.unbondingAssets;
                require(reach >= uint96(members[i]), "stake left before its dispute ended");
            }
        }
    }

    /// @dev What the distributor heard last, if it heard anything, is the latest snapshot or that it is revoked.
    function invariant_MembersAscendAndTheDistributorKnowsThem() public view {
        require(stakes.commitmentOf(stakes.latestSnapshot()) == handler.heard(), "another snapshot");
        uint256 count = handler.snapshotCount();
        if (count == 0) return;
        (uint64 id, ) = handler.snapshots(count - 1);
        (uint256[] memory members, uint256 total, ) = stakes.quorumOf(id);
        require(members.length >= 2 && members.length <= 5, "members");
        uint256 sum = uint96(members[0]);
        for (uint256 i = 1; i < members.length; ++i) {
            require(members[i - 1] >> 96 < members[i] >> 96, "order");
            sum += uint96(members[i]);
        }
        require(sum <= total && total >= stakes.parameters().quorumFloor, "denominator");
    }

    /// @dev What counts is all oracle stake that is there, unless it sleeps, or could still be slashed for what it signs now, in jail or not.
    function invariant_AllOracleStakeCounts() public view {
        require(stakes.countedStake() == handler.counted(), "counted");
        uint256 minStake = stakes.parameters().minStake;
        for (uint256 i = 0; i < 5; ++i) {
            (, address operator) = handler.poolAt(i);
            uint256 weight = handler.weighed(operator);
            require(stakes.weightOf(operator) == (weight < minStake ? 0 : weight), "weight");
        }
    }
}
