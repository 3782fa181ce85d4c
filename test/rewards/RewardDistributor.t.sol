// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDisputeHold} from "../../contracts/interfaces/IDisputeHold.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {RewardDistributor} from "../../contracts/rewards/RewardDistributor.sol";
import {QuorumVerifier} from "../../contracts/staking/QuorumVerifier.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {PlainPayoutsTree} from "./PlainPayoutsTree.sol";

/// @notice Holds nothing up.
contract Elsewhere is IDisputeHold {
    /// @inheritdoc IDisputeHold
    function isHeld(bytes32) external pure returns (bool) {
        return false;
    }
}

/// @notice Calls every function of the distributor as market, quorum, disputes, guardian, owner and anybody, and keeps plain
/// books beside it.
contract RewardHandler is IDisputeHold {
    using PlainPayoutsTree for bytes32[];
    using PlainPayoutsTree for IRewardDistributor.Payout[];

    uint256 internal constant ACCOUNTS = 11;
    uint256 internal constant MEMBERS = 4;
    uint256 internal constant FIRST_KEY = 1000;

    OpenToken public token = new OpenToken(address(this), address(0));
    EpochClock public clock = new EpochClock(address(this), 1 days, 1 hours);
    RewardDistributor public distributor;
    Elsewhere private _elsewhere = new Elsewhere();

    /// Plain books.
    uint256 public funded;
    uint256 public paid;
    mapping(address account => uint256) public claimed;
    mapping(address account => address) public recipient;
    mapping(address recipient => uint256) public balance;

    /// Leaves of the finalized and the pending root.
    IRewardDistributor.Payout[] public finalized;
    IRewardDistributor.Payout[] internal _next;
    IRewardDistributor.ScoreRoot internal _root;
    bool internal _pending;
    bool internal _held;
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
        distributor.setFunder(address(this), true);
        distributor.setDisputes(address(this));
        token.approve(address(distributor), type(uint256).max);
        for (uint256 i = 1; i <= MEMBERS; ++i) {
            _members.push((uint256(uint160(vm.addr(i))) << 96) | 1e18);
        }
        snapshot();
    }

    function fund(uint256 modelId, uint256 amount) external {
        amount %= 1e24;
        if (token.balanceOf(address(this)) < amount) return;
        uint64 epoch = clock.current();
        uint256 pool = distributor.poolOf(modelId, epoch);
        distributor.fund(modelId, amount);
        funded += amount;
        require(distributor.poolOf(modelId, epoch) == pool + amount, "pool");
    }

    function post(uint256 seed) external {
        if (_pending) {
            bytes memory again = _sign(distributor.scoreRootDigest(_root));
            vm.expectRevert();
            distributor.post(_root, again);
            return;
        }
        IRewardDistributor.FinalizedRoot memory last = distributor.finalizedRoot();
        uint64 first = last.lastEpoch + 1;
        // The last closed epoch, at most 32 from the first.
        uint64 end = first;
        while (end < first + 32 && clock.isClosed(end)) ++end;
        if (end == first) return;
        --end;
        uint256 total = last.payoutsTotal;
        for (uint64 epoch = first; epoch <= end; ++epoch) total += distributor.fundedIn(epoch);

        delete _next;
        _share(seed, total - last.payoutsTotal);
        _root = IRewardDistributor.ScoreRoot({
            firstEpoch: first,
            lastEpoch: end,
            previousRoot: last.rootHash,
            payoutsRoot: _next.nodesOf()[1],
            payoutsTotal: total,
            modelsRoot: bytes32(seed),
            bundleHash: bytes32(seed)
        });
        bytes memory proof = _sign(distributor.scoreRootDigest(_root));
        bool paused = block.timestamp < distributor.pausedUntil();
        if (paused) vm.expectRevert();
        distributor.post(_root, proof);
        _pending = !paused;
    }

    function finalize() external {
        IRewardDistributor.PendingRoot memory pending = distributor.pendingRoot();
        uint256 windowEnd = pending.postedAt + distributor.challengeWindow();
        bool held = _judges() && _held && block.timestamp < windowEnd + distributor.MAX_HOLD();
        bool possible = _pending && block.timestamp >= windowEnd && !held;
        if (!possible) vm.expectRevert();
        distributor.finalize(_root);
        if (!possible) return;
        _pending = false;
        finalized = _next;
    }

    function cancel() external {
        bytes32 rootHash = distributor.pendingRoot().rootHash;
        bool possible = _pending && _judges();
        if (!possible) vm.expectRevert();
        distributor.cancel(rootHash);
        if (possible) _pending = false;
    }

    function claim(uint256 which) external {
        if (finalized.length == 0) return;
        which %= finalized.length;
        IRewardDistributor.Payout memory leaf = finalized[which];
        bytes32[] memory proof = _nodes().path(2 * finalized.length - 1 - which);
        bool possible = leaf.cumulative > claimed[leaf.account] && leaf.account != address(0);
        if (!possible) vm.expectRevert();
        uint256 amount = distributor.claim(leaf.account, leaf.cumulative, leaf.entriesRoot, proof);
        if (possible) require(amount == _book(leaf), "amount");
    }

    function claimTooMuch(uint256 which, uint96 more) external {
        if (finalized.length == 0) return;
        which %= finalized.length;
        IRewardDistributor.Payout memory leaf = finalized[which];
        bytes32[] memory proof = _nodes().path(2 * finalized.length - 1 - which);
        vm.expectRevert(IRewardDistributor.DistributorInvalidProof.selector);
        distributor.claim(leaf.account, leaf.cumulative + 1 + more, leaf.entriesRoot, proof);
    }

    /// @dev Now and then too late, or signed by somebody else.
    function claimWithSignature(uint256 which, uint256 to, uint256 flaw) external {
        if (finalized.length == 0) return;
        which %= finalized.length;
        IRewardDistributor.Payout memory leaf = finalized[which];
        bytes32[] memory proof = _nodes().path(2 * finalized.length - 1 - which);
        address target = address(uint160(5000 + (to % 4)));
        (bool late, bool forged) = (flaw % 4 == 1, flaw % 4 == 2);
        uint256 deadline = late ? block.timestamp - 1 : block.timestamp;
        uint256 key = FIRST_KEY + which + (forged ? 1 : 0);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _claimDigest(leaf, target, deadline));
        bool possible = leaf.cumulative > claimed[leaf.account] && leaf.account != address(0) && !late && !forged;
        if (!possible) vm.expectRevert();
        uint256 amount = distributor.claimWithSignature(leaf, proof, target, deadline, abi.encodePacked(r, s, v));
        if (possible) require(amount == _bookTo(leaf, target), "signed amount");
    }

    function claimBatch(uint256 first, uint256 count) external {
        if (finalized.length == 0) return;
        uint256 n = finalized.length;
        first %= n;
        count = 1 + (count % PlainPayoutsTree.roomFrom(n, first));
        uint256 node = 2 * n - 1 - first;
        IRewardDistributor.Payout[] memory run = finalized.slice(first, count);
        bytes32[] memory siblings = _nodes().runSiblings(node, node + 1 - count);
        uint256 amount = distributor.claimBatch(node, run, siblings);
        require(amount == _bookAll(run), "batch");
    }

    function distribute(uint256 at, uint8 height) external {
        if (finalized.length == 0) return;
        uint256 n = finalized.length;
        uint256 count = 1 << (height % 4);
        uint256 above = 1 + (at % (2 * n - 1));
        if (above * count < n || above * count + count > 2 * n) return;
        IRewardDistributor.Payout[] memory leaves = finalized.slice(2 * n - above * count - count, count);
        uint256 amount = distributor.distribute(leaves, _nodes().path(above));
        require(amount == _bookAll(leaves), "distribution");
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
        duration = duration % 3 == 0 ? 0 : duration % 2 days;
        if (distributor.guardian() != address(this) && duration != 0) vm.expectRevert();
        distributor.pausePosts(duration);
    }

    function setGuardian(bool other) external {
        distributor.setGuardian(other ? address(0) : address(this));
    }

    /// @dev Who may not fund any more cannot.
    function setFunder(bool allowed) external {
        distributor.setFunder(address(this), allowed);
        if (allowed) return;
        vm.expectRevert();
        distributor.fund(1, 0);
        distributor.setFunder(address(this), true);
    }

    /// @dev Who judged before cannot cancel any more, nor does what it holds count.
    function setDisputes(bool other) external {
        distributor.setDisputes(other ? address(_elsewhere) : address(this));
    }

    function setChallengeWindow(uint64 duration) external {
        if (_pending) vm.expectRevert();
        distributor.setChallengeWindow(1 minutes + (duration % 1 days));
    }

    function hold(bool held) external {
        _held = held;
    }

    /// @dev As the stake manager does it.
    function snapshot() public {
        uint40 expiresAt = uint40(block.timestamp + 365 days);
        distributor.setQuorum(QuorumVerifier.commit(++_snapshotId, _members, 3, expiresAt));
    }

    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 3 days));
        snapshot();
    }

    /// @inheritdoc IDisputeHold
    function isHeld(bytes32) external view returns (bool) {
        return _held;
    }

    /// @dev The first account is the zero address, which the token refuses to pay.
    function accountAt(uint256 which) public pure returns (address) {
        which %= ACCOUNTS;
        return which == 0 ? address(0) : vm.addr(FIRST_KEY + which);
    }

    function finalizedCount() external view returns (uint256) {
        return finalized.length;
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

    function _sign(bytes32 digest) private view returns (bytes memory proof) {
        proof = abi.encodePacked(_snapshotId, uint32(2 ** MEMBERS - 1), uint32(0));
        for (uint256 i = 1; i <= MEMBERS; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(i, digest);
            proof = abi.encodePacked(proof, uint96(_members[i - 1]), r, (uint256(v - 27) << 255) | uint256(s));
        }
    }

    function _judges() private view returns (bool) {
        return distributor.disputes() == address(this);
    }

    function _nodes() private view returns (bytes32[] memory) {
        IRewardDistributor.Payout[] memory leaves = finalized;
        return leaves.nodesOf();
    }

    function _bookAll(IRewardDistributor.Payout[] memory leaves) private returns (uint256 total) {
        for (uint256 i = 0; i < leaves.length; ++i) total += _book(leaves[i]);
    }

    function _book(IRewardDistributor.Payout memory leaf) private returns (uint256 amount) {
        return _bookTo(leaf, recipient[leaf.account] == address(0) ? leaf.account : recipient[leaf.account]);
    }

    function _bookTo(IRewardDistributor.Payout memory leaf, address to) private returns (uint256 amount) {
        if (to == address(0) || leaf.cumulative <= claimed[leaf.account]) return 0;
        amount = leaf.cumulative - claimed[leaf.account];
        claimed[leaf.account] = leaf.cumulative;
        balance[to] += amount;
        paid += amount;
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

/// @notice No root pays more than was funded, no claim more than its root, and nobody but the payee's own choice redirects it.
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
        uint256 total = distributor.finalizedRoot().payoutsTotal;
        require(handler.paid() <= total, "more claimed than finalized");
        require(total <= handler.funded(), "more finalized than funded");
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
            if (i >= handler.finalizedCount()) continue;
            (, uint256 cumulative, ) = handler.finalized(i);
            require(distributor.claimedBy(account) <= cumulative, "more than the largest cumulative");
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
