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

/// @notice A stake manager with five operators, two of them validators, and three delegators, and plain books of what they have.
abstract contract StakeWorld {
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
    /// What each oracle ticket was worth when it was requested, and what each oracle pool was given and when.
    Leaving[] public leaving;
    Joined[] public joined;

    /// @dev Nothing but a slash, silence and time takes stake out of the denominator, whoever does what in one block.
    modifier keepsWhatCounts() {
        uint256 before = stakes.countedStake();
        _;
        require(stakes.countedStake() + 1 >= before, "the denominator shrank");
    }

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
    }

    /// @notice As the distributor hears of snapshots.
    function setQuorum(uint256 commitment) external {
        if (msg.sender == address(stakes)) heard = commitment;
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

    function _noteWorth(uint256 who, uint256 pool) internal {
        worth[who % 8][pool % 7] = worthOf(who, pool);
    }

    /// @dev Nothing signs under these any more.
    function _revoked() internal {
        for (uint256 i = 0; i < snapshots.length; ++i) {
            if (snapshots[i].signableUntil > block.timestamp) snapshots[i].signableUntil = block.timestamp;
        }
    }

    function _register(IStakePools.Role role, address operator) private {
        bytes memory agreement = Agreement.sign(stakes, ++_lastKey, operator, role);
        vm.prank(operator);
        stakes.register(role, vm.addr(_lastKey), 1_000, type(uint256).max, agreement);
    }

    function _makeLater(bytes memory call) internal {
        stakes.announce(call);
        vm.warp(block.timestamp + stakes.EXIT_DELAY());
        (bool done, ) = address(stakes).call(call);
        require(done, "refused after its delay");
    }

    function _parameters(uint256 choice) internal pure returns (IStakeManager.Parameters memory) {
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
