// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDisputeHold} from "../../contracts/interfaces/IDisputeHold.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {RewardDistributor} from "../../contracts/rewards/RewardDistributor.sol";
import {QuorumVerifier} from "../../contracts/staking/QuorumVerifier.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {PlainPayoutsTree} from "./PlainPayoutsTree.sol";

/// @notice Calls every function of the distributor as market, quorum, disputes, guardian, owner and anybody, and keeps plain
/// books beside it. The quorum lies: now and then it signs payouts that nobody earned, and nobody disputes them.
contract RewardHandler is IDisputeHold {
    using PlainPayoutsTree for bytes32[][];
    using PlainPayoutsTree for IRewardDistributor.Payout[];

    uint256 internal constant ACCOUNTS = 11;
    uint256 internal constant MEMBERS = 4;
    uint256 internal constant FIRST_KEY = 1000;

    OpenToken public token = new OpenToken(address(this), address(0));
    EpochClock public clock = new EpochClock(address(this), 1 days, 1 hours);
    RewardDistributor public distributor;

    /// Plain books.
    uint256 public funded;
    uint256 public paid;
    /// What the signers of the last final root could have lost for it, and what was paid before it.
    uint256 public coverOfRoot;
    uint256 public paidBeforeRoot;
    mapping(address account => uint256) public claimed;
    mapping(address account => address) public recipient;
    mapping(address recipient => uint256) public balance;

    /// Leaves of the finalized and the pending root.
    IRewardDistributor.Payout[] public finalized;
    IRewardDistributor.Payout[] internal _next;
    IRewardDistributor.ScoreRoot internal _root;
    bool internal _pending;
    bool internal _held;
    uint256 internal _cover = type(uint256).max;
    uint256 internal _pauseEnd;
    uint64 internal _snapshotId;
    uint256[] internal _members;

    constructor() {
        distributor = new RewardDistributor(
            token,
            clock,
            address(this),
            address(this),
            address(this),
            1 minutes,
            1 hours
        );
        address[] memory funders = new address[](1);
        funders[0] = address(this);
        distributor.wire(address(this), funders);
        token.approve(address(distributor), type(uint256).max);
        for (uint256 i = 1; i <= MEMBERS; ++i) {
            _members.push((uint256(uint160(vm.addr(i))) << 96) | 1e18);
        }
        snapshot();
    }

    function fund(uint256 modelId, uint256 amount) public {
        amount %= 1e24;
        if (token.balanceOf(address(this)) < amount) return;
        uint64 epoch = clock.current();
        uint256 pool = distributor.poolOf(modelId, epoch);
        distributor.fund(modelId, amount);
        funded += amount;
        require(distributor.poolOf(modelId, epoch) == pool + amount, "pool");
    }

    /// @param lie Every fourth time the payouts have nothing to do with the pools.
    function post(uint256 seed, uint256 lie) public {
        if (_pending) {
            bytes memory again = _sign(_root);
            vm.expectRevert();
            distributor.post(_root, again);
            return;
        }
        IRewardDistributor.FinalizedRoot memory last = distributor.finalizedRoot();
        (uint64 end, uint256 pools) = _closedAfter(last.lastEpoch);
        if (end == 0) return;

        delete _next;
        if (lie % 4 == 0) _invent(seed);
        else _share(seed, pools);
        _root = IRewardDistributor.ScoreRoot({
            firstEpoch: last.lastEpoch + 1,
            lastEpoch: end,
            previousRoot: last.rootHash,
            payoutsRoot: _next.rootOf(),
            payoutsTotal: last.payoutsTotal + pools,
            accounts: uint32(_next.length),
            modelsRoot: bytes32(seed),
            bundleHash: bytes32(seed)
        });
        bytes memory proof = _sign(_root);
        bool possible = block.timestamp >= _pauseEnd && !distributor.isBarred(keccak256(abi.encode(_root)));
        if (!possible) vm.expectRevert();
        distributor.post(_root, proof);
        _pending = possible;
    }

    function finalize() public {
        IRewardDistributor.PendingRoot memory pending = distributor.pendingRoot();
        uint256 windowEnd = pending.postedAt + distributor.challengeWindow();
        bool held = _held && block.timestamp < windowEnd + distributor.MAX_HOLD();
        bool possible = _pending && block.timestamp >= windowEnd && !held;
        if (!possible) vm.expectRevert();
        distributor.finalize(_root);
        if (!possible) return;
        _pending = false;
        finalized = _next;
        (coverOfRoot, paidBeforeRoot) = (_cover, paid);
    }

    function cancel(bool barred) external {
        bytes32 rootHash = distributor.pendingRoot().rootHash;
        if (!_pending) vm.expectRevert();
        distributor.cancel(rootHash, barred);
        if (!_pending) return;
        _pending = false;
        require(distributor.isBarred(rootHash) == barred, "barred");
        bytes memory again = _sign(_root);
        if (!barred && block.timestamp >= _pauseEnd) {
            distributor.post(_root, again);
            _pending = true;
            return;
        }
        vm.expectRevert();
        distributor.post(_root, again);
    }

    function claim(uint256 which) public {
        if (finalized.length == 0) return;
        which %= finalized.length;
        IRewardDistributor.Payout memory leaf = finalized[which];
        bytes32[] memory proof = _levels().path(0, which);
        bool possible = _due(leaf) != 0 && leaf.account != address(0);
        if (!possible) vm.expectRevert();
        uint256 amount = distributor.claim(uint32(which), leaf, proof);
        if (possible) require(amount == _book(leaf), "amount");
    }

    /// @dev A root whose leaves are worth more than its total becomes final, and everybody claims: calls at random rarely get this far.
    function claimALie(uint256 seed) external {
        if (_pending) return;
        fund(1, 1 + (seed % 1e20));
        vm.warp(clock.endOf(clock.current()) + clock.receiptsGrace());
        snapshot();
        post(seed, 0);
        if (!_pending) return;
        vm.warp(block.timestamp + distributor.challengeWindow() + distributor.MAX_HOLD());
        snapshot();
        finalize();
        for (uint256 which = 0; which < finalized.length; ++which) claim(which);
    }

    /// @dev Another amount, another place, or a place that is none.
    function claimWhatIsNotThere(uint256 which, uint96 more, uint32 shift) external {
        if (finalized.length == 0) return;
        which %= finalized.length;
        IRewardDistributor.Payout memory leaf = finalized[which];
        bytes32[] memory proof = _levels().path(0, which);
        uint32 index = uint32(which);
        if (more % 2 == 0) leaf.cumulative += 1 + more;
        else index += 1 + (shift % 1000);
        vm.expectRevert(IRewardDistributor.DistributorInvalidProof.selector);
        distributor.claim(index, leaf, proof);
    }

    /// @dev Now and then too late, or signed by somebody else.
    function claimWithSignature(uint256 which, uint256 to, uint256 flaw) external {
        if (finalized.length == 0) return;
        which %= finalized.length;
        IRewardDistributor.Payout memory leaf = finalized[which];
        address target = address(uint160(5000 + (to % 4)));
        bool wrong = flaw % 4 == 1 || flaw % 4 == 2;
        uint256 deadline = flaw % 4 == 1 ? block.timestamp - 1 : block.timestamp;
        bytes memory signature = _signClaim(FIRST_KEY + which + (flaw % 4 == 2 ? 1 : 0), leaf, target, deadline);
        bytes32[] memory proof = _levels().path(0, which);
        bool possible = _due(leaf) != 0 && leaf.account != address(0) && !wrong;
        if (!possible) vm.expectRevert();
        uint256 amount = distributor.claimWithSignature(uint32(which), leaf, proof, target, deadline, signature);
        if (possible) require(amount == _bookTo(leaf, target), "signed amount");
    }

    function claimBatch(uint256 first, uint256 count) external {
        if (finalized.length == 0) return;
        first %= finalized.length;
        count = 1 + (count % (finalized.length - first));
        IRewardDistributor.Payout[] memory run = finalized.slice(first, count);
        bytes32[] memory siblings = _levels().runSiblings(first, first + count - 1);
        uint256 amount = distributor.claimBatch(uint32(first), run, siblings);
        uint256 booked;
        for (uint256 i = 0; i < count; ++i) booked += _book(run[i]);
        require(amount == booked, "batch");
    }

    function setRecipient(uint256 which, uint256 to) external {
        address account = accountAt(1 + (which % (ACCOUNTS - 1)));
        address target = to % 3 == 0 ? address(0) : address(uint160(5000 + (to % 4)));
        vm.prank(account);
        distributor.setRecipient(target);
        recipient[account] = target;
    }

    /// @dev The owner, which this contract is too, may always end a pause, and begin none.
    function pausePosts(uint64 duration) external {
        duration %= 8 days;
        bool possible =
            distributor.guardian() == address(this) &&
                duration != 0 &&
                duration <= 7 days &&
                (_pauseEnd == 0 || block.timestamp >= _pauseEnd + 28 days);
        if (!possible) vm.expectRevert();
        distributor.pausePosts(duration);
        if (possible) _pauseEnd = block.timestamp + duration;
    }

    function resumePosts() external {
        distributor.resumePosts();
        if (_pauseEnd > block.timestamp) _pauseEnd = block.timestamp;
    }

    function setGuardian(bool other) external {
        distributor.setGuardian(other ? address(0) : address(this));
    }

    /// @dev The judge and the first funders are named once, later ones when everybody could have left.
    function govern(uint256 which, bool patient) external {
        vm.expectRevert();
        distributor.wire(address(1), new address[](0));
        bytes memory call =
            which % 2 == 0
                ? abi.encodeCall(distributor.setFunder, (address(1), true))
                : abi.encodeCall(distributor.setChallengeWindow, (uint64(1 minutes + (which % 1 days))));
        bool done;
        // An impatient call before has left its announcement, which is one.
        if (distributor.executableAt(keccak256(call)) == 0) {
            (done, ) = address(distributor).call(call);
            require(!done, "without notice");
        }
        distributor.announce(call);
        vm.warp(block.timestamp + (patient ? 60 days : 60 days - 1));
        snapshot();
        bool possible = patient && (which % 2 == 0 || !_pending);
        (done, ) = address(distributor).call(call);
        require(done == possible, "notice");
    }

    function hold(bool held) external {
        _held = held;
    }

    /// @dev What stands behind the quorum.
    function setCover(uint256 cover) external {
        _cover = cover % 3 == 0 ? type(uint256).max : cover % 1e24;
    }

    /// @dev As the stake manager does it.
    function snapshot() public {
        uint40 expiresAt = uint40(block.timestamp + 365 days);
        distributor.setQuorum(QuorumVerifier.commit(++_snapshotId, _denominator(), _members, 3, expiresAt));
    }

    /// @dev Often long enough for a challenge window, now and then for many epochs.
    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 8 == 0 ? duration % 50 days : duration % 3 days));
        snapshot();
    }

    /// @inheritdoc IDisputeHold
    function isHeld(bytes32) external view returns (bool) {
        return _held;
    }

    /// @inheritdoc IDisputeHold
    function coverOf(uint64 snapshotId, uint256 signers) external view returns (uint256) {
        require(snapshotId != 0 && snapshotId <= _snapshotId && signers == 2 ** MEMBERS - 1, "signers");
        return _cover;
    }

    /// @dev The first account is the zero address, which the token refuses to pay.
    function accountAt(uint256 which) public pure returns (address) {
        which %= ACCOUNTS;
        return which == 0 ? address(0) : vm.addr(FIRST_KEY + which);
    }

    /// @dev The last of at most 32 closed epochs after `settled` that were funded, 0 if there is none, and their pools.
    function _closedAfter(uint64 settled) private view returns (uint64 end, uint256 pools) {
        uint64 epoch = settled;
        for (uint256 i = 0; i < distributor.MAX_EPOCHS(); ++i) {
            epoch = distributor.nextFunded(epoch);
            if (epoch == 0 || !clock.isClosed(epoch)) return (end, pools);
            end = epoch;
            pools += distributor.fundedIn(epoch);
        }
    }

    /// @dev Adds `amount` to the cumulative amounts, in parts that add up; new accounts join from root to root.
    function _share(uint256 seed, uint256 amount) private {
        uint256 known = finalized.length;
        uint256 count = known + (seed % 4);
        if (count == 0) count = 1;
        if (count > ACCOUNTS) count = ACCOUNTS;
        for (uint256 i = 0; i < count; ++i) {
            uint256 part = i == count - 1 ? amount : uint256(keccak256(abi.encode(seed, i))) % (amount + 1);
            amount -= part;
            uint256 before = i < known ? finalized[i].cumulative : 0;
            _next.push(IRewardDistributor.Payout(accountAt(i), before + part, keccak256(abi.encode(seed, i, "e"))));
        }
    }

    /// @dev Up to 2^128 for everybody, more than there is.
    function _invent(uint256 seed) private {
        for (uint256 i = 0; i <= seed % ACCOUNTS; ++i) {
            uint256 amount = uint256(keccak256(abi.encode(seed, i))) >> (128 + (seed % 64));
            _next.push(IRewardDistributor.Payout(accountAt(i), amount, bytes32(seed)));
        }
    }

    function _sign(IRewardDistributor.ScoreRoot memory root) private view returns (bytes memory proof) {
        bytes32 digest = distributor.scoreRootDigest(root, _snapshotId);
        proof = abi.encodePacked(_snapshotId, _denominator(), uint32(2 ** MEMBERS - 1), uint32(0));
        for (uint256 i = 1; i <= MEMBERS; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(i, digest);
            proof = abi.encodePacked(proof, uint96(_members[i - 1]), r, (uint256(v - 27) << 255) | uint256(s));
        }
    }

    /// @dev All stake is the members'.
    function _denominator() private view returns (uint96 sum) {
        for (uint256 i = 0; i < MEMBERS; ++i) sum += uint96(_members[i]);
    }

    function _levels() private view returns (bytes32[][] memory) {
        IRewardDistributor.Payout[] memory leaves = finalized;
        return leaves.levelsOf();
    }

    /// @dev What the last root leaves to be paid for a leaf.
    function _due(IRewardDistributor.Payout memory leaf) private view returns (uint256 due) {
        if (leaf.cumulative <= claimed[leaf.account]) return 0;
        due = leaf.cumulative - claimed[leaf.account];
        uint256 left = distributor.finalizedRoot().payoutsTotal - paid;
        if (coverOfRoot < type(uint256).max && paidBeforeRoot + coverOfRoot - paid < left) {
            left = paidBeforeRoot + coverOfRoot - paid;
        }
        if (due > left) due = left;
    }

    function _book(IRewardDistributor.Payout memory leaf) private returns (uint256 amount) {
        return _bookTo(leaf, recipient[leaf.account] == address(0) ? leaf.account : recipient[leaf.account]);
    }

    function _bookTo(IRewardDistributor.Payout memory leaf, address to) private returns (uint256 amount) {
        if (to == address(0)) return 0;
        amount = _due(leaf);
        claimed[leaf.account] += amount;
        balance[to] += amount;
        paid += amount;
    }

    function _signClaim(
        uint256 key,
        IRewardDistributor.Payout memory leaf,
        address to,
        uint256 deadline
    ) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _claimDigest(leaf, to, deadline));
        return abi.encodePacked(r, s, v);
    }

    /// @dev The EIP-712 digest, written out.
    function _claimDigest(
        IRewardDistributor.Payout memory leaf,
        address to,
        uint256 deadline
    ) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("OpenLedger"),
                keccak256("2"),
                block.chainid,
                distributor
            )
        );
        bytes32 typeHash = keccak256("Claim(address account,address recipient,uint256 cumulative,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, leaf.account, to, leaf.cumulative, deadline));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}

/// @notice Whatever the quorum signs and the owner does: no root pays more than was funded, nor more than its signers could have
/// lost; and nobody but the payee's own choice redirects a payment.
contract RewardDistributorInvariant {
    RewardHandler internal handler;
    RewardDistributor internal distributor;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new RewardHandler();
        distributor = handler.distributor();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_ClaimedIsAtMostFinalizedIsAtMostFunded() public view {
        IRewardDistributor.FinalizedRoot memory root = distributor.finalizedRoot();
        require(distributor.totalClaimed() == handler.paid(), "total");
        require(handler.paid() <= root.claimLimit, "more claimed than the limit");
        require(root.claimLimit <= root.payoutsTotal, "a limit above the total");
        require(root.payoutsTotal <= handler.funded(), "more finalized than funded");
    }

    function invariant_NoRootMovesMoreThanItsSignersCouldHaveLost() public view {
        require(handler.paid() - handler.paidBeforeRoot() <= handler.coverOfRoot(), "more than the cover");
    }

    function invariant_HoldsExactlyWhatIsFundedAndNotClaimed() public view {
        uint256 held = handler.token().balanceOf(address(distributor));
        require(held == handler.funded() - handler.paid(), "balance");
    }

    /// @dev The plain books never lower a claim, so neither does the distributor.
    function invariant_EveryAccountHasClaimedWhatThePlainBooksSay() public view {
        for (uint256 i = 0; i < 11; ++i) {
            address account = handler.accountAt(i);
            require(distributor.claimedBy(account) == handler.claimed(account), "claimed");
        }
    }

    function invariant_RecipientsHoldWhatThePlainBooksSay() public view {
        for (uint256 i = 1; i < 11; ++i) {
            address account = handler.accountAt(i);
            require(handler.token().balanceOf(account) == handler.balance(account), "account");
        }
        for (uint160 to = 5000; to < 5004; ++to) {
            require(handler.token().balanceOf(address(to)) == handler.balance(address(to)), "recipient");
        }
    }
}
