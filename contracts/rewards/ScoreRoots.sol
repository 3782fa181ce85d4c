// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ExitDelay} from "../access/ExitDelay.sol";
import {IDisputeHold} from "../interfaces/IDisputeHold.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {MAX_DISPUTE_PERIOD} from "../interfaces/IStakeManager.sol";
import {QuorumVerifier} from "../staking/QuorumVerifier.sol";

/// @title ScoreRoots
/// @notice The pools, and the roots that share them out: posted, disputed, finalized.
abstract contract ScoreRoots is IRewardDistributor, EIP712, Ownable, ExitDelay {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev One slot. Funded epochs form a list in ascending order that begins at epoch 0, so that posting meets them alone.
    struct Epoch {
        uint96 funded;
        /// When the clock closes the epoch, kept here to spare posting a call; 0 until the epoch is first funded.
        uint40 closesAt;
        /// The next epoch that was funded; 0 while there is none.
        uint64 next;
    }

    uint64 public constant MAX_CHALLENGE_WINDOW = 7 days;
    /// @notice Longest time that demands can hold a root up after its challenge window.
    uint64 public constant MAX_HOLD = MAX_DISPUTE_PERIOD - MAX_CHALLENGE_WINDOW;
    uint64 public constant MAX_PAUSE = 7 days;
    /// @notice Time after a pause in which there is no other.
    uint64 public constant MIN_TIME_BETWEEN_PAUSES = 28 days;
    /// @notice Most funded epochs that one root can settle: bounds the gas of posting.
    uint64 public constant MAX_EPOCHS = 32;

    bytes32 private constant SCORE_ROOT_TYPEHASH = keccak256(
        "ScoreRoot(uint64 firstEpoch,uint64 lastEpoch,bytes32 previousRoot,bytes32 payoutsRoot,uint256 payoutsTotal,uint32 accounts,bytes32 modelsRoot,bytes32 bundleHash,uint64 snapshotId)"
    );

    IERC20 public immutable token;
    IEpochClock public immutable clock;
    address public immutable stakeManager;
    /// @notice Shortest challenge window that governance can set.
    uint64 public immutable minChallengeWindow;

    /// @dev One slot, so that posting reads and writes it once: `uint40 pausedUntil << 216 | uint24 lastEpoch << 192 |
    /// uint96 payoutsTotal << 96 | uint96 pending`. Last epoch (enough for 31 years of epochs of a minute) and total are of the
    /// last finalized root; pending is `uint40 postedAt << 56 | uint24 snapshotId << 32 | uint32 signers`, 0 if no root is.
    uint256 private _state;
    /// @dev rootHash of the pending root, or of the finalized one if none is pending: one slot to check and replace.
    bytes32 private _latestRoot;
    bytes32 private _finalizedRoot;
    bytes32 internal _payoutsRoot;
    /// @dev One slot, which a claim reads and writes: `uint32 accounts << 192 | uint96 claimLimit << 96 | uint96 claimed`.
    /// Accounts are the leaves of the tree under `_payoutsRoot`. Never more is claimed in all than the limit, and the limit is
    /// never more than the finalized root's total.
    uint256 internal _books;
    /// @inheritdoc IRewardDistributor
    uint256 public quorum;

    mapping(uint64 epoch => Epoch) private _epochs;
    mapping(uint256 modelId => mapping(uint64 epoch => uint256)) private _pools;

    /// @inheritdoc IRewardDistributor
    uint64 public challengeWindow;
    /// @inheritdoc IRewardDistributor
    address public disputes;
    /// @inheritdoc IRewardDistributor
    address public guardian;
    /// @dev End of the list of funded epochs.
    uint64 private _lastFunded;
    /// @inheritdoc IRewardDistributor
    mapping(address account => bool) public isFunder;
    /// @inheritdoc IRewardDistributor
    mapping(bytes32 rootHash => bool) public isBarred;

    /// @inheritdoc IRewardDistributor
    function fund(uint256 modelId, uint256 amount) external {
        if (!isFunder[msg.sender]) revert DistributorUnauthorized(msg.sender);
        // Nothing makes no epoch a funded one: a root settles only so many of them.
        if (amount == 0) return;
        uint64 epochId = clock.current();

        Epoch storage epoch = _epochs[epochId];
        if (epoch.closesAt == 0) {
            // The end of an epoch that has begun never moves.
            epoch.closesAt = (clock.endOf(epochId) + clock.receiptsGrace()).toUint40();
            _epochs[_lastFunded].next = epochId;
            _lastFunded = epochId;
        }
        epoch.funded += amount.toUint96();
        _pools[modelId][epochId] += amount;

        emit Funded(modelId, epochId, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IRewardDistributor
    function post(ScoreRoot calldata root, bytes calldata proof) external {
        uint256 state = _state;
        bytes32 previous = _latestRoot;
        if (block.timestamp < state >> 216) revert DistributorPaused(state >> 216);
        if (uint96(state) != 0) revert DistributorRootPending(previous);
        if (root.previousRoot != previous) revert DistributorWrongPreviousRoot(root.previousRoot, previous);
        if (root.payoutsRoot == 0 || root.accounts == 0) revert DistributorEmptyRoot();
        uint256 total = uint96(state >> 96) + _fundedThrough(root, uint24(state >> 192));
        if (root.payoutsTotal != total) revert DistributorWrongTotal(root.payoutsTotal, total);
        (bytes32 rootHash, bytes32 structHash) = _hashes(root, QuorumVerifier.snapshotOf(proof));
        if (isBarred[rootHash]) revert DistributorRootBarred(rootHash);
        (uint64 snapshotId, uint32 signers) = QuorumVerifier.verify(quorum, _hashTypedDataV4(structHash), proof);

        _latestRoot = rootHash;
        _state = state | (block.timestamp << 56) | (uint256(uint24(snapshotId)) << 32) | signers;
        _emitPosted(rootHash, root);
    }

    /// @inheritdoc IRewardDistributor
    function finalize(ScoreRoot calldata root) external {
        uint256 state = _state;
        (bytes32 rootHash, ) = _hashes(root, 0);
        if (uint96(state) == 0 || rootHash != _latestRoot) revert DistributorRootNotPending(rootHash);
        uint256 windowEnd = uint40(state >> 56) + challengeWindow;
        if (block.timestamp < windowEnd) revert DistributorWindowOpen(windowEnd);
        IDisputeHold judge = IDisputeHold(disputes);
        if (block.timestamp < windowEnd + MAX_HOLD && judge.isHeld(rootHash)) revert DistributorRootHeld(rootHash);

        uint256 claimed = uint96(_books);
        uint256 total = root.payoutsTotal.toUint96();
        // What signers could have lost for this root bounds what it can move. The rest matures with later roots.
        uint256 cover = judge.coverOf(uint24(state >> 32), uint32(state));
        uint256 limit = cover < total - claimed ? claimed + cover : total;
        _finalizedRoot = rootHash;
        _payoutsRoot = root.payoutsRoot;
        _books = (uint256(root.accounts) << 192) | (limit << 96) | claimed;
        uint256 lastEpoch = uint256(root.lastEpoch).toUint24();
        _state = ((state >> 216) << 216) | (lastEpoch << 192) | (total << 96);
        emit RootFinalized(rootHash, root.payoutsRoot, root.lastEpoch, total, limit);
    }

    /// @inheritdoc IRewardDistributor
    function cancel(bytes32 rootHash, bool barred) external {
        if (msg.sender != disputes) revert DistributorUnauthorized(msg.sender);
        uint256 state = _state;
        if (uint96(state) == 0 || rootHash != _latestRoot) revert DistributorRootNotPending(rootHash);

        _state = (state >> 96) << 96;
        _latestRoot = _finalizedRoot;
        if (barred) isBarred[rootHash] = true;
        emit RootCancelled(rootHash, barred);
    }

    /// @inheritdoc IRewardDistributor
    function setQuorum(uint256 commitment) external {
        if (msg.sender != stakeManager) revert DistributorUnauthorized(msg.sender);
        quorum = commitment;
        emit QuorumSet(commitment);
    }

    /// @inheritdoc IRewardDistributor
    function pausePosts(uint64 duration) external {
        if (msg.sender != guardian) revert DistributorUnauthorized(msg.sender);
        if (duration == 0 || duration > MAX_PAUSE) revert DistributorOutOfBounds(duration, 1, MAX_PAUSE);
        uint256 last = _state >> 216;
        uint256 notBefore = last == 0 ? 0 : last + MIN_TIME_BETWEEN_PAUSES;
        if (block.timestamp < notBefore) revert DistributorPausedRecently(notBefore);
        _setPause(block.timestamp + duration);
    }

    /// @inheritdoc IRewardDistributor
    function resumePosts() external {
        if (msg.sender != guardian && msg.sender != owner()) revert DistributorUnauthorized(msg.sender);
        if (block.timestamp < _state >> 216) _setPause(block.timestamp);
    }

    /// @inheritdoc IRewardDistributor
    function wire(address disputes_, address[] calldata funders) external onlyOwner {
        if (disputes != address(0)) revert DistributorAlreadyWired(disputes);
        if (disputes_ == address(0)) revert DistributorInvalidAddress();
        disputes = disputes_;
        emit DisputesSet(disputes_);
        for (uint256 i = 0; i < funders.length; ++i) _setFunder(funders[i], true);
    }

    /// @inheritdoc IRewardDistributor
    function setFunder(address funder, bool allowed) external afterExit {
        _setFunder(funder, allowed);
    }

    /// @inheritdoc IRewardDistributor
    function setChallengeWindow(uint64 duration) external afterExit {
        if (uint96(_state) != 0) revert DistributorRootPending(_latestRoot);
        _setChallengeWindow(duration);
    }

    /// @inheritdoc IRewardDistributor
    function setGuardian(address guardian_) external onlyOwner {
        _setGuardian(guardian_);
    }

    /// @inheritdoc IRewardDistributor
    function poolOf(uint256 modelId, uint64 epoch) external view returns (uint256) {
        return _pools[modelId][epoch];
    }

    /// @inheritdoc IRewardDistributor
    function fundedIn(uint64 epoch) external view returns (uint256) {
        return _epochs[epoch].funded;
    }

    /// @inheritdoc IRewardDistributor
    function nextFunded(uint64 epoch) external view returns (uint64) {
        return _epochs[epoch].next;
    }

    /// @inheritdoc IRewardDistributor
    function pendingRoot() external view returns (PendingRoot memory pending) {
        uint256 word = uint96(_state);
        if (word != 0) {
            pending = PendingRoot(_latestRoot, uint64(word >> 56), uint24(word >> 32), uint32(word));
        }
    }

    /// @inheritdoc IRewardDistributor
    function finalizedRoot() external view returns (FinalizedRoot memory) {
        (uint256 state, uint256 books) = (_state, _books);
        return
            FinalizedRoot({
                rootHash: _finalizedRoot,
                payoutsRoot: _payoutsRoot,
                lastEpoch: uint24(state >> 192),
                payoutsTotal: uint96(state >> 96),
                accounts: uint32(books >> 192),
                claimLimit: uint96(books >> 96)
            });
    }

    /// @inheritdoc IRewardDistributor
    function totalClaimed() external view returns (uint256) {
        return uint96(_books);
    }

    /// @inheritdoc IRewardDistributor
    function pausedUntil() external view returns (uint256) {
        return _state >> 216;
    }

    /// @inheritdoc IRewardDistributor
    function scoreRootDigest(ScoreRoot calldata root, uint64 snapshotId) external view returns (bytes32) {
        (, bytes32 structHash) = _hashes(root, snapshotId);
        return _hashTypedDataV4(structHash);
    }

    /// @dev Emits {RootPosted}. The members that have upper bits were read before, so they are clean.
    function _emitPosted(bytes32 rootHash, ScoreRoot calldata root) private {
        bytes32 topic = RootPosted.selector;
        // Assembly because the event is lastEpoch and the last five members as they lie in calldata; emit checks and copies each.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, calldataload(add(root, 0x20)))
            calldatacopy(add(free, 0x20), add(root, 0x60), 0xa0)
            log2(free, 0xc0, topic, rootHash)
        }
    }

    function _setChallengeWindow(uint64 duration) internal {
        if (duration < minChallengeWindow || duration > MAX_CHALLENGE_WINDOW) {
            revert DistributorOutOfBounds(duration, minChallengeWindow, MAX_CHALLENGE_WINDOW);
        }
        challengeWindow = duration;
        emit ChallengeWindowSet(duration);
    }

    function _setGuardian(address guardian_) internal {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    function _setFunder(address funder, bool allowed) private {
        isFunder[funder] = allowed;
        emit FunderSet(funder, allowed);
    }

    function _setPause(uint256 until) private {
        _state = (until << 216) | uint216(_state);
        emit PostsPaused(until);
    }

    /// @inheritdoc ExitDelay
    function _checkAnnouncer() internal view override {
        _checkOwner();
    }

    /// @dev What the epochs of a root were funded with. It must settle all from the last settled one, `settled`, on, at most
    /// `MAX_EPOCHS` of them, and its own last must be one of them, and closed.
    function _fundedThrough(ScoreRoot calldata root, uint256 settled) private view returns (uint256 total) {
        uint256 last = root.lastEpoch;
        if (root.firstEpoch != settled + 1) {
            revert DistributorWrongEpochs(root.firstEpoch, root.lastEpoch, uint64(settled + 1));
        }
        // Mostly the very next epoch was funded, which spares looking up which one it was.
        uint256 id = settled + 1;
        Epoch storage epoch = _epochs[uint64(id)];
        if (epoch.closesAt == 0) {
            id = _epochs[uint64(settled)].next;
            epoch = _epochs[uint64(id)];
        }
        // Unchecked because sums of at most 32 amounts of 96 bits fit.
        unchecked {
            for (uint256 count = 1; ; ++count) {
                if (id == 0 || id > last) revert DistributorEpochNotFunded(uint64(last));
                if (count > MAX_EPOCHS) revert DistributorTooManyEpochs(MAX_EPOCHS);
                total += epoch.funded;
                if (id == last) break;
                id = epoch.next;
                epoch = _epochs[uint64(id)];
            }
        }
        if (block.timestamp < epoch.closesAt) revert DistributorEpochNotClosed(uint64(last));
    }

    /// @dev keccak256(abi.encode(root)), and the EIP-712 struct hash: the same between the type's hash and the snapshot.
    function _hashes(
        ScoreRoot calldata root,
        uint64 snapshotId
    ) private pure returns (bytes32 rootHash, bytes32 structHash) {
        bytes32 typeHash = SCORE_ROOT_TYPEHASH;
        // Assembly because abi.encode copies the struct twice, word by word. Writes only beyond the free memory pointer.
        // Dirty upper bits of a member give a hash of no root: whoever reads the member reverts on them.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), root, 0x100)
            mstore(add(free, 0x120), snapshotId)
            rootHash := keccak256(add(free, 0x20), 0x100)
            structHash := keccak256(free, 0x140)
        }
    }
}
