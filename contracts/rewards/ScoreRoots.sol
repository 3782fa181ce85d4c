// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDisputeHold} from "../interfaces/IDisputeHold.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {MAX_DISPUTE_PERIOD} from "../interfaces/IStakeManager.sol";
import {QuorumVerifier} from "../staking/QuorumVerifier.sol";

/// @title ScoreRoots
/// @notice The pools, and the roots that share them out: posted, disputed, finalized.
abstract contract ScoreRoots is IRewardDistributor, EIP712, Ownable {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Epoch {
        uint96 funded;
        /// When the clock closes the epoch, kept here to spare posting a call; 0 until the epoch is first funded.
        uint40 closesAt;
    }

    uint64 public constant MAX_CHALLENGE_WINDOW = 7 days;
    /// @notice Longest time that demands can hold a root up after its challenge window.
    uint64 public constant MAX_HOLD = MAX_DISPUTE_PERIOD - MAX_CHALLENGE_WINDOW;
    uint64 public constant MAX_PAUSE = 7 days;
    /// @notice Most epochs that one root can settle: bounds the gas of posting.
    uint64 public constant MAX_EPOCHS = 32;

    bytes32 private constant SCORE_ROOT_TYPEHASH = keccak256(
        "ScoreRoot(uint64 firstEpoch,uint64 lastEpoch,bytes32 previousRoot,bytes32 payoutsRoot,uint256 payoutsTotal,bytes32 modelsRoot,bytes32 bundleHash)"
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
    /// @inheritdoc IRewardDistributor
    uint256 public quorum;

    mapping(uint64 epoch => Epoch) private _epochs;
    mapping(uint256 modelId => mapping(uint64 epoch => uint256)) private _pools;

    /// @inheritdoc IRewardDistributor
    mapping(address account => bool) public isFunder;
    /// @inheritdoc IRewardDistributor
    uint64 public challengeWindow;
    /// @inheritdoc IRewardDistributor
    address public disputes;
    /// @inheritdoc IRewardDistributor
    address public guardian;

    /// @inheritdoc IRewardDistributor
    function fund(uint256 modelId, uint256 amount) external {
        if (!isFunder[msg.sender]) revert DistributorUnauthorized(msg.sender);
        uint64 epochId = clock.current();

        Epoch storage epoch = _epochs[epochId];
        // The end of an epoch that has begun never moves.
        if (epoch.closesAt == 0) epoch.closesAt = (clock.endOf(epochId) + clock.receiptsGrace()).toUint40();
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
        _checkEpochs(root, uint24(state >> 192), uint96(state >> 96));
        (bytes32 rootHash, bytes32 structHash) = _hashes(root);
        (uint64 snapshotId, uint32 signers) = QuorumVerifier.verify(quorum, _hashTypedDataV4(structHash), proof);

        _latestRoot = rootHash;
        _state = state | (block.timestamp << 56) | (uint256(uint24(snapshotId)) << 32) | signers;
        emit RootPosted(
            rootHash,
            root.lastEpoch,
            root.payoutsRoot,
            root.payoutsTotal,
            root.modelsRoot,
            root.bundleHash
        );
    }

    /// @inheritdoc IRewardDistributor
    function finalize(ScoreRoot calldata root) external {
        uint256 state = _state;
        (bytes32 rootHash, ) = _hashes(root);
        if (uint96(state) == 0 || rootHash != _latestRoot) revert DistributorRootNotPending(rootHash);
        uint256 windowEnd = uint40(state >> 56) + challengeWindow;
        if (block.timestamp < windowEnd) revert DistributorWindowOpen(windowEnd);
        if (block.timestamp < windowEnd + MAX_HOLD && IDisputeHold(disputes).isHeld(rootHash)) {
            revert DistributorRootHeld(rootHash);
        }

        _finalizedRoot = rootHash;
        _payoutsRoot = root.payoutsRoot;
        uint256 lastEpoch = uint256(root.lastEpoch).toUint24();
        _state = ((state >> 216) << 216) | (lastEpoch << 192) | (uint256(root.payoutsTotal.toUint96()) << 96);
        emit RootFinalized(rootHash, root.payoutsRoot, root.lastEpoch, root.payoutsTotal);
    }

    /// @inheritdoc IRewardDistributor
    function cancel(bytes32 rootHash) external {
        if (msg.sender != disputes) revert DistributorUnauthorized(msg.sender);
        uint256 state = _state;
        if (uint96(state) == 0 || rootHash != _latestRoot) revert DistributorRootNotPending(rootHash);

        _state = (state >> 96) << 96;
        _latestRoot = _finalizedRoot;
        emit RootCancelled(rootHash);
    }

    /// @inheritdoc IRewardDistributor
    function setQuorum(uint256 commitment) external {
        if (msg.sender != stakeManager) revert DistributorUnauthorized(msg.sender);
        quorum = commitment;
        emit QuorumSet(commitment);
    }

    /// @inheritdoc IRewardDistributor
    function pausePosts(uint64 duration) external {
        if (msg.sender != guardian && !(msg.sender == owner() && duration == 0)) {
            revert DistributorUnauthorized(msg.sender);
        }
        if (duration > MAX_PAUSE) revert DistributorOutOfBounds(duration, 0, MAX_PAUSE);
        uint256 until = block.timestamp + duration;
        _state = (until << 216) | uint216(_state);
        emit PostsPaused(until);
    }

    /// @inheritdoc IRewardDistributor
    function setChallengeWindow(uint64 duration) external onlyOwner {
        if (uint96(_state) != 0) revert DistributorRootPending(_latestRoot);
        _setChallengeWindow(duration);
    }

    /// @inheritdoc IRewardDistributor
    function setFunder(address funder, bool allowed) external onlyOwner {
        isFunder[funder] = allowed;
        emit FunderSet(funder, allowed);
    }

    /// @inheritdoc IRewardDistributor
    function setDisputes(address disputes_) external onlyOwner {
        if (disputes_ == address(0)) revert DistributorInvalidAddress();
        disputes = disputes_;
        emit DisputesSet(disputes_);
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
    function pendingRoot() external view returns (PendingRoot memory pending) {
        uint256 word = uint96(_state);
        if (word != 0) {
            pending = PendingRoot(_latestRoot, uint64(word >> 56), uint24(word >> 32), uint32(word));
        }
    }

    /// @inheritdoc IRewardDistributor
    function finalizedRoot() external view returns (FinalizedRoot memory) {
        uint256 state = _state;
        return FinalizedRoot(_finalizedRoot, _payoutsRoot, uint24(state >> 192), uint96(state >> 96));
    }

    /// @inheritdoc IRewardDistributor
    function pausedUntil() external view returns (uint256) {
        return _state >> 216;
    }

    /// @inheritdoc IRewardDistributor
    function scoreRootDigest(ScoreRoot calldata root) external view returns (bytes32) {
        (, bytes32 structHash) = _hashes(root);
        return _hashTypedDataV4(structHash);
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

    /// @dev The root must settle the epochs after the last finalized one, all closed, and pay out exactly their pools.
    /// @param total What was funded through `lastEpoch`.
    function _checkEpochs(ScoreRoot calldata root, uint256 lastEpoch, uint256 total) private view {
        uint256 first = root.firstEpoch;
        uint256 last = root.lastEpoch;
        // Unchecked because sums of at most 33 amounts of 96 bits fit, and if `last` is before `first` their difference wraps
        // to more than any bound.
        unchecked {
            if (first != lastEpoch + 1 || last - first >= MAX_EPOCHS) {
                revert DistributorWrongEpochs(uint64(first), uint64(last), uint64(lastEpoch + 1));
            }
            if (root.payoutsRoot == 0) revert DistributorEmptyRoot();

            uint256 closesAt;
            for (uint256 id = first; id <= last; ++id) {
                Epoch storage epoch = _epochs[uint64(id)];
                total += epoch.funded;
                closesAt = epoch.closesAt;
            }
            if (closesAt == 0 ? !clock.isClosed(uint64(last)) : block.timestamp < closesAt) {
                revert DistributorEpochNotClosed(uint64(last));
            }
        }
        if (root.payoutsTotal != total) revert DistributorWrongTotal(root.payoutsTotal, total);
    }

    /// @dev keccak256(abi.encode(root)), and its EIP-712 struct hash: the same with the type's hash in front.
    function _hashes(ScoreRoot calldata root) private pure returns (bytes32 rootHash, bytes32 structHash) {
        bytes32 typeHash = SCORE_ROOT_TYPEHASH;
        // Assembly because abi.encode copies the struct twice, word by word. Writes only beyond the free memory pointer.
        // Dirty upper bits of the epochs give a hash of no root: whoever reads an epoch reverts on them.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), root, 0xe0)
            rootHash := keccak256(add(free, 0x20), 0xe0)
            structHash := keccak256(free, 0x100)
        }
    }
}
