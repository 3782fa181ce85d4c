// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IStakeManager, MAX_DISPUTE_PERIOD} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {ShareMath} from "../../contracts/staking/ShareMath.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";
import {StakeRewards} from "../../contracts/staking/StakeRewards.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {Agreement} from "./Agreement.sol";

/// @notice Calls every function of the stake manager as five operators, three delegators, a slasher and the owner.
contract StakeHandler {
    struct Snapshot {
        uint64 id;
        uint256 signableUntil;
    }

    struct Leaving {
        uint256 ticketId;
        address operator;
        uint256 assets;
        uint256 shares;
        uint256 withdrawableAt;
    }

    struct Joined {
        address operator;
        uint256 assets;
        uint256 at;
    }

    /// @dev Nothing but a slash, silence and time takes stake out of the denominator, whoever does what in one block.
    modifier keepsWhatCounts() {
        uint256 before = stakes.countedStake();
        _;
        require(stakes.countedStake() + 1 >= before, "the denominator shrank");
    }

    OpenToken public token = new OpenToken(address(this), address(0));
    EpochClock public clock = new EpochClock(address(this), 7 days, 1 days);
    StakeManager public stakes;
    StakeRewards public rewards;
    address public constant TREASURY = address(0x7EA5);
    address public constant BENEFICIARY = address(0xBEEF);

    uint256 public received;
    uint256 public paid;
    uint256 public donated;
    /// Rewards that came in, and what the accounts got of them.
    uint256 public funded;
    uint256 public earned;
    mapping(address operator => uint256) public lastSlash;
    /// What an actor's shares of a pool were worth after its own last action there, or the last slash.
    mapping(uint256 who => mapping(uint256 pool => uint256)) public worth;
    Snapshot[] public snapshots;
    uint256[] public tickets;
    /// What the stake manager told this contract, as its distributor, last.
    uint256 public heard;

    address[5] internal _operators = [address(101), address(102), address(103), address(104), address(105)];
    address[3] internal _delegators = [address(201), address(202), address(203)];
    uint256 internal _lastKey = 1000;
    /// What each oracle ticket was worth when it was requested, and what each pool was given and when.
    Leaving[] public leaving;
    Joined[] public joined;

    constructor() {
        stakes = new StakeManager(token, clock, address(this), TREASURY, _parameters(0));
        rewards = StakeRewards(stakes.rewards());
        IStakeManager.Slasher[] memory slashers = new IStakeManager.Slasher[](2);
        slashers[0] = IStakeManager.Slasher(IStakePools.Role.Oracle, address(this));
        slashers[1] = IStakeManager.Slasher(IStakePools.Role.Validator, address(this));
        stakes.seal(address(this), slashers);
        for (uint256 i = 0; i < 5; ++i) {
            _register(IStakePools.Role.Oracle, _operators[i]);
            if (i < 2) _register(IStakePools.Role.Validator, _operators[i]);
        }
        for (uint256 i = 0; i < 8; ++i) {
            address actor = actorAt(i);
            token.transfer(actor, 1e25);
            vm.prank(actor);
            token.approve(address(stakes), type(uint256).max);
        }
        token.approve(address(stakes), type(uint256).max);
        for (uint256 i = 0; i < 5; ++i) stake(i, i, 5e21);
    }

    function stake(uint256 who, uint256 pool, uint256 assets) public keepsWhatCounts {
        (IStakePools.Role role, address operator) = poolAt(pool);
        assets = 1 + (assets % 1e22);
        vm.prank(actorAt(who));
        try stakes.stake(role, operator, assets, 0, 1_000) {
            received += assets;
            joined.push(Joined(operator, assets, block.timestamp));
            _noteWorth(who, pool);
        } catch (bytes memory reason) {
            // Slashed to nothing more than once.
            require(bytes4(reason) == IStakePools.StakePoolSpent.selector, "refused");
        }
    }

    function requestUnbond(uint256 who, uint256 pool, uint256 part) external keepsWhatCounts {
        (IStakePools.Role role, address operator) = poolAt(pool);
        address actor = actorAt(who);
        uint256 shares = stakes.sharesOf(role, operator, actor);
        if (shares == 0) return;
        shares = 1 + (part % shares);
        vm.prank(actor);
        // Shares worth nothing stay.
        uint256 before = stakes.poolOf(role, operator).unbondingAssets;
        try stakes.requestUnbond(role, operator, shares) returns (uint256 ticketId) {
            tickets.push(ticketId);
            IStakePools.Ticket memory ticket = stakes.ticketOf(ticketId);
            uint256 assets = stakes.poolOf(role, operator).unbondingAssets - before;
            if (role == IStakePools.Role.Oracle) {
                leaving.push(Leaving(ticketId, operator, assets, ticket.unbondingShares, ticket.withdrawableAt));
            }
            _noteWorth(who, pool);
        } catch {}
    }

    function withdraw(uint256 which) external keepsWhatCounts {
        if (tickets.length == 0) return;
        which %= tickets.length;
        IStakePools.Ticket memory ticket = stakes.ticketOf(tickets[which]);
        bool due = block.timestamp >= ticket.withdrawableAt;
        vm.prank(ticket.owner);
        if (!due) vm.expectRevert();
        uint256 assets = stakes.withdraw(tickets[which]);
        if (!due) return;
        paid += assets;
        tickets[which] = tickets[tickets.length - 1];
        tickets.pop();
    }

    function fundStakers(uint256 assets) external {
        assets %= 1e21;
        stakes.fundStakers(assets);
        funded += assets;
    }

    function claim(uint256 who, uint256 pool) external {
        (, address operator) = poolAt(pool % 5);
        vm.prank(actorAt(who));
        earned += rewards.claim(operator);
    }

    function claimAll() external {
        vm.warp(clock.endOf(clock.current()));
        for (uint256 pool = 0; pool < 5; ++pool) {
            for (uint256 who = 0; who < 8; ++who) {
                vm.prank(actorAt(who));
                earned += rewards.claim(_operators[pool]);
            }
        }
        require(token.balanceOf(address(rewards)) <= 1e6, "rewards were lost");
    }

    /// @dev A stake that comes and goes within an epoch earns nothing of what came in meanwhile, however large it is.
    function visit(uint256 pool, uint256 assets, uint256 revenue) external {
        (, address operator) = poolAt(pool % 5);
        address visitor = address(301);
        assets = 1e18 + (assets % 1e24);
        revenue %= 1e21;
        token.transfer(visitor, assets);
        vm.prank(visitor);
        token.approve(address(stakes), assets);
        vm.prank(visitor);
        try stakes.stake(IStakePools.Role.Oracle, operator, assets, 0, 10_000) returns (uint256 shares) {
            received += assets;
            joined.push(Joined(operator, assets, block.timestamp));
            stakes.fundStakers(revenue);
            funded += revenue;
            uint256 before = stakes.poolOf(IStakePools.Role.Oracle, operator).unbondingAssets;
            vm.prank(visitor);
            uint256 ticketId = stakes.requestUnbond(IStakePools.Role.Oracle, operator, shares);
            IStakePools.Ticket memory ticket = stakes.ticketOf(ticketId);
            tickets.push(ticketId);
            uint256 left = stakes.poolOf(IStakePools.Role.Oracle, operator).unbondingAssets - before;
            leaving.push(Leaving(ticketId, operator, left, ticket.unbondingShares, ticket.withdrawableAt));
            vm.warp(clock.endOf(clock.current()));
            vm.prank(visitor);
            require(rewards.claim(operator) == 0, "a visitor earned");
        } catch {}
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

    /// @notice As the distributor hears of snapshots.
    function setQuorum(uint256 commitment) external {
        if (msg.sender == address(stakes)) heard = commitment;
    }

    function donate(uint256 assets) external {
        assets %= 1e21;
        token.transfer(address(stakes), assets);
        donated += assets;
    }

    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 12 days));
    }

    function poolAt(uint256 pool) public view returns (IStakePools.Role, address) {
        pool %= 7;
        return
            pool < 5 ? (IStakePools.Role.Oracle, _operators[pool]) : (IStakePools.Role.Validator, _operators[pool - 5]);
    }

    function actorAt(uint256 who) public view returns (address) {
        who %= 8;
        return who < 5 ? _operators[who] : _delegators[who - 5];
    }

    function snapshotCount() external view returns (uint256) {
        return snapshots.length;
    }

    function dormant(address operator) public view returns (bool) {
        return stakes.poolOf(IStakePools.Role.Oracle, operator).dormant;
    }

    /// @notice What counts, added up ticket by ticket.
    function counted() external view returns (uint256 assets) {
        for (uint256 i = 0; i < 5; ++i) {
            if (!dormant(_operators[i])) assets += stakes.poolOf(IStakePools.Role.Oracle, _operators[i]).assets;
        }
        for (uint256 i = 0; i < leaving.length; ++i) {
            if (_stillSigns(leaving[i].withdrawableAt)) assets += leaving[i].assets;
        }
    }

    /// @notice What an operator weighs, added up ticket by ticket and stake by stake.
    function weighed(address operator) external view returns (uint256 weight) {
        IStakePools.Pool memory pool = stakes.poolOf(IStakePools.Role.Oracle, operator);
        if (pool.dormant) return 0;
        uint256 shares;
        for (uint256 i = 0; i < leaving.length; ++i) {
            if (leaving[i].operator == operator && _stillSigns(leaving[i].withdrawableAt)) shares += leaving[i].shares;
        }
        weight = pool.assets + ShareMath.toAssetsDown(shares, pool.unbondingAssets, pool.unbondingShares);
        uint256 fresh;
        uint256 delay = stakes.parameters().activationDelay;
        for (uint256 i = 0; i < joined.length; ++i) {
            if (joined[i].operator == operator && joined[i].at + delay > block.timestamp) fresh += joined[i].assets;
        }
        weight = weight > fresh ? weight - fresh : 0;
    }

    function _stillSigns(uint256 withdrawableAt) private view returns (bool) {
        return withdrawableAt >= block.timestamp + stakes.parameters().snapshotLifetime + MAX_DISPUTE_PERIOD;
    }

    function ticketCount() external view returns (uint256) {
        return tickets.length;
    }

    function worthOf(uint256 who, uint256 pool) public view returns (uint256) {
        (IStakePools.Role role, address operator) = poolAt(pool);
        return stakes.assetsOf(role, operator, stakes.sharesOf(role, operator, actorAt(who)));
    }

    function _noteWorth(uint256 who, uint256 pool) private {
        worth[who % 8][pool % 7] = worthOf(who, pool);
    }

    /// @dev Nothing signs under these any more.
    function _revoked() private {
        for (uint256 i = 0; i < snapshots.length; ++i) {
            if (snapshots[i].signableUntil > block.timestamp) snapshots[i].signableUntil = block.timestamp;
        }
    }

    function _register(IStakePools.Role role, address operator) private {
        bytes memory agreement = Agreement.sign(stakes, ++_lastKey, operator, role);
        vm.prank(operator);
        stakes.register(role, vm.addr(_lastKey), 1_000, type(uint256).max, agreement);
    }

    function _makeLater(bytes memory call) private {
        stakes.announce(call);
        vm.warp(block.timestamp + stakes.EXIT_DELAY());
        (bool done, ) = address(stakes).call(call);
        require(done, "refused after its delay");
    }

    function _parameters(uint256 choice) private pure returns (IStakeManager.Parameters memory) {
        uint40 lifetime = choice % 2 == 0 ? 20 days : 3 days;
        return
            IStakeManager.Parameters({
                minStake: 1e20,
                quorumFloor: 1e20,
                activationDelay: 1 hours,
                unbondingPeriod: lifetime + MAX_DISPUTE_PERIOD + 2 days,
                snapshotLifetime: lifetime,
                snapshotInterval: 1 days,
                jailPeriod: 2 days,
                minSigners: 2,
                challengerBps: 5_000
            });
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

contract ShareMathTest {
    /// @dev Going in and out never gains. Assets stay below the supply.
    function testFuzz_RoundTripsNeverGain(uint88 assets, uint88 totalAssets, uint160 totalShares) public pure {
        uint256 shares = ShareMath.toSharesDown(assets, totalAssets, totalShares);
        uint256 back = ShareMath.toAssetsDown(shares, uint256(totalAssets) + assets, totalShares + shares);
        require(back <= assets, "gain");
    }

    function testFuzz_SharesGrowWithAssets(uint96 a, uint96 b, uint96 totalAssets, uint160 totalShares) public pure {
        (uint256 low, uint256 high) = a < b ? (a, b) : (b, a);
        require(
            ShareMath.toSharesDown(low, totalAssets, totalShares) <=
                ShareMath.toSharesDown(high, totalAssets, totalShares),
            "order"
        );
    }

    /// @dev Who inflates an empty pool by a donation of rewards loses more than a later staker.
    function testFuzz_InflationCostsTheInflatorMore(uint96 first, uint96 donation, uint96 second) public pure {
        uint256 shares = ShareMath.toSharesDown(first, 0, 0);
        uint256 assets = uint256(first) + donation;
        uint256 victim = ShareMath.toSharesDown(second, assets, shares);
        uint256 victimLoss = second - ShareMath.toAssetsDown(victim, assets + second, shares + victim);
        uint256 own = ShareMath.toAssetsDown(shares, assets + second, shares + victim);
        uint256 spent = uint256(first) + donation;
        require(victimLoss == 0 || own <= spent || own - spent <= victimLoss, "made from nothing");
        // A victim loses at most one share's price: 1e-6 of what was donated, and a wei.
        require(victimLoss <= (assets + second) / 1e6 + 1, "inflation");
    }
}
