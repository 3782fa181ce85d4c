// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ContributionRegistry} from "../../contracts/datanet/ContributionRegistry.sol";
import {ContributionReview} from "../../contracts/datanet/ContributionReview.sol";
import {DatanetRegistry} from "../../contracts/datanet/DatanetRegistry.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IContributionReview} from "../../contracts/interfaces/IContributionReview.sol";
import {IDatanetRegistry} from "../../contracts/interfaces/IDatanetRegistry.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {announced} from "../access/announced.sol";
import {anyPrice, Registries} from "./Registries.sol";

/// @notice Submits as two contributors and votes as five accounts: three validators, one who is not listed, and one of the
/// contributors, who is listed too. Votes, stakes and payments are kept in plain books.
contract ReviewHandler {
    uint256 public constant VOTERS = 5;
    uint256 public constant STAKE = 1e21;
    uint96 public constant BOND = 1e18;
    uint96 public constant FEE = 3e17;
    uint64 private constant COMMIT_PERIOD = 2 hours;
    uint64 private constant REVEAL_PERIOD = 1 hours;
    uint64 private constant TIMEOUT = 1 days;
    uint16 private constant SLASH_BPS = 500;
    uint8 private constant VOTES_NEEDED = 2;

    struct Ballot {
        uint256 mask;
        bool committed;
        bool revealed;
    }

    struct Books {
        address contributor;
        uint256 size;
        uint256 submittedAt;
        /// 0: no round is open.
        uint256 revealsFrom;
        uint256 round;
        bool resolved;
        uint256 acceptedMask;
    }

    OpenToken public token;
    ContributionRegistry public contributions;
    ContributionReview public review;
    StakeManager public stakes;
    DatanetRegistry private _datanets;
    address private _datanetOwner;

    Books[] private _books;
    mapping(uint256 submissionId => mapping(uint256 round => mapping(uint256 voter => Ballot))) private _ballots;
    bool[VOTERS] private _listed = [true, true, true, false, true];
    mapping(uint256 voter => uint256) public stakeOf;
    mapping(address account => uint256) public balance;
    uint256 public openBonds;
    uint256 public openFees;

    constructor() {
        Registries registries = new Registries(BOND, FEE);
        (token, contributions) = (registries.token(), registries.contributions());
        (_datanets, _datanetOwner) = (registries.datanets(), address(registries));
        stakes = new StakeManager(token, registries.clock(), address(this), address(41), _parameters());
        review = ContributionReview(
            _proxy(
                address(new ContributionReview(contributions, _datanets, stakes)),
                abi.encodeCall(ContributionReview.initialize, (address(this), _policy(false)))
            )
        );
        registries.setReview(address(review));
        IStakeManager.Slasher[] memory slashers = new IStakeManager.Slasher[](1);
        slashers[0] = IStakeManager.Slasher(IStakePools.Role.Validator, address(review));
        // No oracle is here, so nobody is told of snapshots.
        stakes.seal(address(this), slashers);
        vm.startPrank(_datanetOwner);
        _datanets.setTerms(
            1,
            IDatanetRegistry.Terms(15, 0, IDatanetRegistry.Admission.Open, VOTES_NEEDED, BOND, FEE, 1)
        );
        for (uint256 i = 0; i < VOTERS; ++i) _datanets.setValidator(1, voterAt(i), _listed[i]);
        vm.stopPrank();
        for (uint256 i = 0; i < VOTERS; ++i) {
            registries.give(voterAt(i), 1e24);
            vm.startPrank(voterAt(i));
            token.approve(address(contributions), type(uint256).max);
            token.approve(address(stakes), type(uint256).max);
            stakes.register(IStakePools.Role.Validator, voterAt(i), 0, 0, "");
            stakes.stake(IStakePools.Role.Validator, voterAt(i), STAKE, 0, 0);
            vm.stopPrank();
            stakeOf[i] = STAKE;
            balance[voterAt(i)] = 1e24 - STAKE;
        }
    }

    function submit(bool second, uint8 size) external {
        // Few, so that all voters meet in some of them.
        if (_books.length > 4 && !_books[_books.length - 4].resolved) return;
        IContributionRegistry.Part[] memory parts = new IContributionRegistry.Part[](1 + (size % 3));
        for (uint256 i = 0; i < parts.length; ++i) {
            parts[i] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, bytes32(i + 1), 1);
        }
        // The fourth voter is no validator, the fifth one is.
        address contributor = voterAt(second ? 4 : 3);
        vm.prank(contributor);
        contributions.submit(1, parts, "", anyPrice());
        _books.push(Books(contributor, parts.length, block.timestamp, 0, 0, false, 0));
        openBonds += parts.length * BOND;
        openFees += parts.length * FEE;
        balance[contributor] -= parts.length * (uint256(BOND) + FEE);
    }

    /// @dev The salt of a ballot is its number: nobody here looks.
    function commit(uint256 voter, uint256 which, uint256 mask, bool empty) public {
        if (_books.length == 0) return;
        (voter, which) = (voter % VOTERS, which % _books.length);
        Books storage books = _books[which];
        mask %= 2 << books.size;
        bytes32 commitment = empty ? bytes32(0) : _commitment(voter, which, mask);
        bool mayOpen = books.revealsFrom == 0 && block.timestamp < books.submittedAt + _timeout();
        uint256 round = mayOpen ? books.round + 1 : books.round;
        bool possible =
            !empty &&
                !books.resolved &&
                _mayVote(voter, books) &&
                (mayOpen || (block.timestamp < books.revealsFrom && !_ballots[which][round][voter].committed));
        vm.prank(voterAt(voter));
        if (!possible) vm.expectRevert();
        review.commit(which + 1, commitment);
        if (!possible) return;
        if (mayOpen) {
            books.round = round;
            books.revealsFrom = block.timestamp + review.policy().commitPeriod;
        }
        _ballots[which][round][voter] = Ballot(mask, true, false);
    }

    /// @dev Now and then another mask than committed.
    function reveal(uint256 voter, uint256 which, uint8 lie) public {
        if (_books.length == 0) return;
        (voter, which) = (voter % VOTERS, which % _books.length);
        Books storage books = _books[which];
        Ballot storage ballot = _ballots[which][books.round][voter];
        bool possible =
            books.revealsFrom != 0 &&
                block.timestamp >= books.revealsFrom &&
                block.timestamp < books.revealsFrom + REVEAL_PERIOD &&
                ballot.committed &&
                !ballot.revealed &&
                lie % 8 != 1 &&
                ballot.mask >> books.size == 0;
        vm.prank(voterAt(voter));
        if (!possible) vm.expectRevert();
        review.reveal(which + 1, lie % 8 == 1 ? ballot.mask ^ 1 : ballot.mask, bytes32(voter));
        if (possible) ballot.revealed = true;
    }

    /// @dev Ballots of all who may vote, of which some are revealed in time.
    function vote(uint256 which, uint256 seed) external {
        if (_books.length == 0) return;
        for (uint256 v = 0; v < VOTERS; ++v) commit(v, which, (seed >> (8 * v)) % 2 ** 3, false);
        uint256 revealsFrom = _books[which % _books.length].revealsFrom;
        if (block.timestamp < revealsFrom) vm.warp(revealsFrom);
        for (uint256 v = 0; v < VOTERS; ++v) {
            if ((seed >> (64 + 8 * v)) % 4 != 0) reveal(v, which, 0);
        }
    }

    function resolve(uint256 which) external {
        if (_books.length == 0) return;
        which %= _books.length;
        Books storage books = _books[which];
        bool possible = books.revealsFrom != 0 && block.timestamp >= books.revealsFrom + REVEAL_PERIOD;
        if (!possible) vm.expectRevert();
        review.resolve(which + 1);
        if (!possible) return;
        books.revealsFrom = 0;
        uint256 revealed = 0;
        for (uint256 v = 0; v < VOTERS; ++v) {
            Ballot memory ballot = _ballots[which][books.round][v];
            if (ballot.revealed) ++revealed;
            else if (ballot.committed) stakeOf[v] -= (stakeOf[v] * SLASH_BPS + 9_999) / 10_000;
        }
        if (revealed >= VOTES_NEEDED) _decide(which, revealed);
    }

    /// @dev Also decided elsewhere or under review, when it is refused.
    function expire(uint256 which) external {
        if (_books.length == 0) return;
        which %= _books.length;
        Books storage books = _books[which];
        bool possible = !books.resolved && books.revealsFrom == 0 && block.timestamp >= books.submittedAt + _timeout();
        if (!possible) vm.expectRevert();
        review.expire(which + 1);
        if (!possible) return;
        books.resolved = true;
        _refund(books, books.size * (uint256(BOND) + FEE), books.size);
    }

    function setPolicy(bool longer, bool tooLong) external {
        IContributionReview.Policy memory policy = _policy(longer);
        if (tooLong) policy.reviewTimeout = 11 days;
        announced(address(review), abi.encodeCall(review.setPolicy, (policy)));
        if (tooLong) vm.expectRevert();
        review.setPolicy(policy);
    }

    function list(uint256 voter, bool allowed) external {
        vm.prank(_datanetOwner);
        _datanets.setValidator(1, voterAt(voter), allowed);
        _listed[voter % VOTERS] = allowed;
    }

    function unjail(uint256 voter) external {
        voter %= VOTERS;
        uint256 until = stakes.poolOf(IStakePools.Role.Validator, voterAt(voter)).jailedUntil;
        vm.prank(voterAt(voter));
        if (until == 0 || block.timestamp < until) vm.expectRevert();
        stakes.unjail(IStakePools.Role.Validator);
    }

    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 3 hours));
    }

    function voterAt(uint256 voter) public pure returns (address) {
        return address(uint160(501 + (voter % VOTERS)));
    }

    function requireDecisionsAsBooked() external view {
        for (uint256 i = 0; i < _books.length; ++i) {
            IContributionRegistry.Submission memory submission = contributions.submissionOf(i + 1);
            require(submission.resolved == _books[i].resolved, "resolved");
            require(submission.acceptedMask == _books[i].acceptedMask, "mask");
        }
    }

    /// @dev The plain majority, part by part, and what each of those who revealed earns: an equal share of the fee of every part
    /// that it saw as most did.
    function _decide(uint256 which, uint256 revealed) private {
        Books storage books = _books[which];
        uint256[VOTERS] memory agreed;
        uint256 accepted = 0;
        for (uint256 part = 0; part < books.size; ++part) {
            uint256 votes = 0;
            for (uint256 v = 0; v < VOTERS; ++v) if (_approves(which, v, part)) ++votes;
            bool yes = 2 * votes > revealed;
            if (yes) (books.acceptedMask, accepted) = (books.acceptedMask | (1 << part), accepted + 1);
            for (uint256 v = 0; v < VOTERS; ++v) if (_approves(which, v, part) == yes) ++agreed[v];
        }
        uint256 left = books.size * FEE;
        for (uint256 v = 0; v < VOTERS; ++v) {
            if (!_ballots[which][books.round][v].revealed) continue;
            uint256 reward = (FEE * agreed[v]) / revealed;
            balance[voterAt(v)] += reward;
            left -= reward;
        }
        books.resolved = true;
        _refund(books, left + (books.size - accepted) * BOND, books.size - accepted);
    }

    function _refund(Books storage books, uint256 amount, uint256 rejected) private {
        balance[books.contributor] += amount;
        openBonds -= rejected * BOND;
        openFees -= books.size * FEE;
    }

    function _approves(uint256 which, uint256 voter, uint256 part) private view returns (bool) {
        Ballot memory ballot = _ballots[which][_books[which].round][voter];
        return ballot.revealed && (ballot.mask >> part) & 1 == 1;
    }

    function _mayVote(uint256 voter, Books storage books) private view returns (bool) {
        bool jailed = stakes.poolOf(IStakePools.Role.Validator, voterAt(voter)).jailedUntil != 0;
        return _listed[voter] && voterAt(voter) != books.contributor && !jailed;
    }

    function _commitment(uint256 voter, uint256 which, uint256 mask) private pure returns (bytes32) {
        return keccak256(abi.encode(which + 1, voterAt(voter), mask, bytes32(voter)));
    }

    function _timeout() private view returns (uint256) {
        return review.policy().reviewTimeout;
    }

    function _policy(bool longer) private pure returns (IContributionReview.Policy memory) {
        return
            IContributionReview.Policy({
                commitPeriod: longer ? 2 * COMMIT_PERIOD : COMMIT_PERIOD,
                revealPeriod: REVEAL_PERIOD,
                reviewTimeout: longer ? 2 * TIMEOUT : TIMEOUT,
                noRevealSlashBps: SLASH_BPS,
                minValidatorStake: 1
            });
    }

    function _parameters() private pure returns (IStakeManager.Parameters memory) {
        return
            IStakeManager.Parameters({
                minStake: 1,
                quorumFloor: 1,
                activationDelay: 1,
                unbondingPeriod: 30 days,
                snapshotLifetime: 10 days,
                snapshotInterval: 1 days,
                jailPeriod: 1 hours,
                minSigners: 1,
                challengerBps: 0
            });
    }

    function _proxy(address logic, bytes memory call) private returns (address) {
        return address(new ERC1967Proxy(logic, call));
    }
}

contract ContributionReviewInvariant {
    ReviewHandler internal handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new ReviewHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_OnlyWhoHidesItsVoteIsSlashedAndFeesGoToWhoVotedOrBack() public view {
        OpenToken token = handler.token();
        uint256 staked = 0;
        for (uint256 v = 0; v < handler.VOTERS(); ++v) {
            address voter = handler.voterAt(v);
            require(token.balanceOf(voter) == handler.balance(voter), "balance");
            uint256 assets = handler.stakes().poolOf(IStakePools.Role.Validator, voter).assets;
            require(assets == handler.stakeOf(v), "stake");
            staked += assets;
        }
        require(token.balanceOf(address(handler.stakes())) == staked, "stakes");
        uint256 held = token.balanceOf(address(handler.contributions()));
        require(held == handler.openBonds() + handler.openFees(), "bonds and fees");
        require(token.balanceOf(address(handler.review())) == 0, "the review holds nothing");
        handler.requireDecisionsAsBooked();
    }
}
