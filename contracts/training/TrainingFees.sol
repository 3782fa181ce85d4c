// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ExitDelay} from "../access/ExitDelay.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {ITrainingFees} from "../interfaces/ITrainingFees.sol";

/// @title TrainingFees
/// @notice See {ITrainingFees}. Not upgradeable: what was escrowed reaches operators or returns to its payer, and nobody else.
contract TrainingFees is ITrainingFees, ExitDelay, Ownable {
    using SafeERC20 for IERC20;

    struct Training {
        address payer;
        /// What is not claimed or refunded yet.
        uint96 fee;
        uint64 snapshotId;
        uint40 commitEnds;
        uint40 revealEnds;
        bool paid;
        /// Of the operators that revealed and have not claimed.
        uint96 weight;
    }

    /// @dev A commitment until it is revealed, a weight from then on until it is claimed.
    struct Work {
        bytes32 commitment;
        uint96 weight;
    }

    uint40 public constant MIN_WINDOW = 10 minutes;
    uint40 public constant MAX_WINDOW = 7 days;
    /// @notice A version cannot wait longer than this for its turn: what would is refused.
    uint256 public constant MAX_QUEUE = 30 days;

    IERC20 public immutable token;
    IStakeManager public immutable stakes;
    IModelRegistry public immutable models;

    /// @inheritdoc ITrainingFees
    uint256 public busyUntil;
    Prices private _prices;
    mapping(uint256 versionId => Training) private _trainings;
    mapping(uint256 versionId => mapping(address operator => Work)) private _work;

    constructor(
        IERC20 token_,
        IStakeManager stakes_,
        IModelRegistry models_,
        address owner,
        Prices memory prices_
    ) Ownable(owner) {
        token = token_;
        stakes = stakes_;
        models = models_;
        _setPrices(prices_);
    }

    /// @inheritdoc ITrainingFees
    function escrow(
        uint256 versionId,
        address payer,
        IModelRegistry.Size calldata size,
        uint256 maxFee
    ) external returns (uint256 fee) {
        if (msg.sender != address(models)) revert TrainingUnauthorized(msg.sender);
        fee = feeOf(size);
        if (fee > maxFee) revert TrainingFeeAboveMax(fee, maxFee);
        Training storage training = _trainings[versionId];
        training.payer = payer;
        if (fee == 0) {
            training.paid = true;
            return 0;
        }
        uint256 start = Math.max(busyUntil, block.timestamp);
        if (start > block.timestamp + MAX_QUEUE) revert TrainingQueueFull(start);
        uint64 snapshotId = stakes.latestSnapshot();
        if (snapshotId == 0) revert TrainingNoQuorum();
        Prices storage p = _prices;
        busyUntil = start + _workOf(size) / p.workPerSecond;
        training.fee = uint96(fee);
        training.snapshotId = snapshotId;
        training.commitEnds = uint40(busyUntil + p.commitWindow);
        training.revealEnds = training.commitEnds + p.revealWindow;
        emit TrainingEscrowed(versionId, payer, fee, snapshotId, training.commitEnds, training.revealEnds);
        token.safeTransferFrom(payer, address(this), fee);
    }

    /// @inheritdoc ITrainingFees
    function commit(uint256 versionId, bytes32 commitment) external {
        Training storage training = _trainings[versionId];
        if (block.timestamp >= training.commitEnds) revert TrainingCommitsClosed(versionId, training.commitEnds);
        if (commitment == 0) revert TrainingEmptyCommitment();
        Work storage work = _work[versionId][msg.sender];
        if (work.commitment != 0) revert TrainingAlreadyCommitted(versionId, msg.sender);
        work.commitment = commitment;
        emit TrainingCommitted(versionId, msg.sender, commitment);
    }

    /// @inheritdoc ITrainingFees
    function reveal(uint256 versionId, uint256 member, bytes32 digest, bytes32 salt) external {
        Training storage training = _trainings[versionId];
        if (block.timestamp < training.commitEnds || block.timestamp >= training.revealEnds) {
            revert TrainingRevealsClosed(versionId, training.commitEnds, training.revealEnds);
        }
        Work storage work = _work[versionId][msg.sender];
        if (work.weight != 0) revert TrainingAlreadyRevealed(versionId, msg.sender);
        if (work.commitment == 0 || work.commitment != keccak256(abi.encode(digest, salt, msg.sender))) {
            revert TrainingWrongReveal(versionId, msg.sender);
        }
        uint64 snapshotId = training.snapshotId;
        if (stakes.operatorAt(snapshotId, member) != msg.sender)
            revert TrainingNotMember(snapshotId, member, msg.sender);
        (uint256[] memory members, , ) = stakes.quorumOf(snapshotId);
        uint96 weight = uint96(members[member]);
        work.weight = weight;
        training.weight += weight;
        training.paid = true;
        emit TrainingRevealed(versionId, msg.sender, digest, weight);
    }

    /// @inheritdoc ITrainingFees
    function claim(uint256 versionId, address operator) external returns (uint256 amount) {
        Training storage training = _trainings[versionId];
        _checkEnded(versionId, training);
        Work storage work = _work[versionId][operator];
        uint96 weight = work.weight;
        if (weight == 0) revert TrainingNothingToClaim(versionId, operator);
        // The last one gets what rounding left.
        amount = Math.mulDiv(training.fee, weight, training.weight);
        work.weight = 0;
        training.weight -= weight;
        training.fee -= uint96(amount);
        emit TrainingClaimed(versionId, operator, amount);
        token.safeTransfer(operator, amount);
    }

    /// @inheritdoc ITrainingFees
    function refund(uint256 versionId) external returns (uint256 amount) {
        Training storage training = _trainings[versionId];
        _checkEnded(versionId, training);
        amount = training.fee;
        if (training.paid || amount == 0) revert TrainingNothingToRefund(versionId);
        training.fee = 0;
        emit TrainingRefunded(versionId, training.payer, amount);
        token.safeTransfer(training.payer, amount);
    }

    /// @inheritdoc ITrainingFees
    function setPrices(Prices calldata prices_) external afterExit {
        _setPrices(prices_);
    }

    /// @inheritdoc ITrainingFees
    function prices() external view returns (Prices memory) {
        return _prices;
    }

    /// @inheritdoc ITrainingFees
    function isPaid(uint256 versionId) external view returns (bool) {
        return _trainings[versionId].paid;
    }

    /// @inheritdoc ITrainingFees
    function trainingOf(
        uint256 versionId
    )
        external
        view
        returns (address payer, uint256 fee, uint64 snapshotId, uint256 commitEnds, uint256 revealEnds, uint256 weight)
    {
        Training storage t = _trainings[versionId];
        return (t.payer, t.fee, t.snapshotId, t.commitEnds, t.revealEnds, t.weight);
    }

    /// @inheritdoc ITrainingFees
    function workOf(uint256 versionId, address operator) external view returns (bytes32 commitment, uint256 weight) {
        Work storage work = _work[versionId][operator];
        return (work.commitment, work.weight);
    }

    /// @inheritdoc ITrainingFees
    function feeOf(IModelRegistry.Size calldata size) public view returns (uint256) {
        Prices storage p = _prices;
        uint256 work = _workOf(size);
        if (work == 0 || work > p.maxWork) revert TrainingSizeOutOfBounds(work, p.maxWork);
        // Below 2^96 for all prices that `_setPrices` takes.
        return p.base + work * p.perUnit;
    }

    function _checkEnded(uint256 versionId, Training storage training) private view {
        if (block.timestamp < training.revealEnds) revert TrainingNotEnded(versionId, training.revealEnds);
    }

    function _setPrices(Prices memory p) private {
        _checkBounds(0, p.base, 0, type(uint64).max);
        uint256 most = type(uint96).max - p.base;
        _checkBounds(2, p.maxWork, 1, p.perUnit == 0 ? type(uint128).max : most / p.perUnit);
        _checkBounds(3, p.workPerSecond, Math.ceilDiv(p.maxWork, MAX_QUEUE), type(uint128).max);
        _checkBounds(4, p.commitWindow, MIN_WINDOW, MAX_WINDOW);
        _checkBounds(5, p.revealWindow, MIN_WINDOW, MAX_WINDOW);
        _prices = p;
        emit PricesSet(p);
    }

    function _checkBounds(uint256 field, uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert TrainingPriceOutOfBounds(field, value, minimum, maximum);
    }

    /// @dev At most 64 + 64 + 32 + 16 bits.
    function _workOf(IModelRegistry.Size calldata size) private pure returns (uint256) {
        return uint256(size.rows) * size.parameters * size.epochs * size.members;
    }

    function _checkAnnouncer() internal view override {
        _checkOwner();
    }
}
