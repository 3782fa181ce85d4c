// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ExitDelay} from "../access/ExitDelay.sol";
import {IAttributionDemands} from "../interfaces/IAttributionDemands.sol";
import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {ISlashEscrow} from "../interfaces/ISlashEscrow.sol";

/// @title Bonds
/// @notice The life of a demand, whatever it asks: opened with a bond, answered or defaulted, and how long it holds up what
/// it is about.
abstract contract Bonds is IAttributionDemands, ExitDelay, Ownable {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev What demands are about: one posting of a root, or one attestation of an index.
    struct Subject {
        uint32 open;
        /// An answer is so young that it can still be acted on before this time.
        uint64 heldUntil;
        /// Version whose index it is; 0 for a root.
        uint256 versionId;
    }

    /// @notice Reveal windows of delay for which a fee is a whole bond.
    uint256 public constant ROUNDS_PER_BOND = 4;
    /// @notice Most bonds that are paid for a demand which nobody answered, or operators would ask about their own fault first
    /// and have their slash back. The treasury gets the rest.
    uint256 public constant REWARD_BONDS = 64;
    /// @notice Longest time that demands hold a root or index up after its challenge window, as distributor and index
    /// registry allow it.
    uint64 public constant MAX_HOLD = 7 days;

    uint32 public constant MIN_REVEAL_WINDOW = 1 hours;
    /// @notice Short enough for the dozen rounds that find a hidden leaf in the deepest payouts tree within `MAX_HOLD`.
    uint32 public constant MAX_REVEAL_WINDOW = 12 hours;

    IERC20 public immutable token;
    IIndexRegistry public immutable indexes;
    IRewardDistributor public immutable distributor;
    /// @inheritdoc IAttributionDemands
    address public immutable treasury;

    Policy private _policy;
    mapping(bytes32 subject => Subject) private _subjects;
    /// @dev Of one that was answered, and not asked again since, the subject is left.
    mapping(bytes32 demandId => Demand) private _demands;

    constructor(
        IERC20 token_,
        IIndexRegistry indexes_,
        IRewardDistributor distributor_,
        address treasury_,
        address owner,
        Policy memory policy_
    ) Ownable(owner) {
        require(treasury_ != address(0), DemandNoTreasury());
        treasury = treasury_;
        token = token_;
        indexes = indexes_;
        distributor = distributor_;
        _setPolicy(policy_);
    }

    /// @inheritdoc IAttributionDemands
    function setPolicy(Policy calldata policy_) external afterExit {
        _setPolicy(policy_);
    }

    /// @inheritdoc IAttributionDemands
    function defaultDemand(bytes32 demandId) external {
        Demand memory demand = _demands[demandId];
        require(demand.challenger != address(0), DemandUnknown(demandId));
        require(block.timestamp > demand.deadline, DemandAnswerDue(demand.deadline));
        uint256 versionId = _subjects[demand.subject].versionId;
        require(demand.subject == _pendingSubject(versionId), DemandNotPending(demand.subject));

        _close(demandId, demand.subject);
        emit Defaulted(demandId, demand.subject);
        ISlashEscrow.Silence memory silence = ISlashEscrow.Silence(demandId, demand.subject);
        uint256 reward =
            versionId == 0
                ? IAttributionDisputes(distributor.disputes()).cancelRoot(demand.challenger, silence)
                : IAttributionDisputes(indexes.disputes()).cancelIndex(versionId, demand.challenger, silence);
        uint256 paid = Math.min(reward, REWARD_BONDS * demand.bond);
        token.safeTransfer(demand.challenger, uint256(demand.bond) + demand.fee + paid);
        if (reward > paid) token.safeTransfer(treasury, reward - paid);
    }

    /// @inheritdoc IAttributionDemands
    function reclaimBond(bytes32 demandId) external {
        Demand memory demand = _demands[demandId];
        require(demand.challenger != address(0), DemandUnknown(demandId));
        bytes32 pending = _pendingSubject(_subjects[demand.subject].versionId);
        require(demand.subject != pending, DemandStillPending(demand.subject));

        _close(demandId, demand.subject);
        emit BondReclaimed(demandId, demand.challenger, demand.bond);
        token.safeTransfer(demand.challenger, uint256(demand.bond) + demand.fee);
    }

    /// @inheritdoc IAttributionDemands
    function isRootHeld(bytes32 rootHash) external view returns (bool) {
        return _isHeld(rootSubject(rootHash, distributor.pendingRoot().postedAt));
    }

    /// @inheritdoc IAttributionDemands
    function isIndexHeld(uint256 versionId) external view returns (bool) {
        return _isHeld(_indexSubjectOf(versionId, indexes.indexOf(versionId)));
    }

    /// @inheritdoc IAttributionDemands
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IAttributionDemands
    function priceOf(uint256 versionId) external view returns (uint96 bond, uint96 fee) {
        return _price(versionId == 0 ? _rootChallengeEnds() : indexes.indexOf(versionId).challengeEnds);
    }

    /// @inheritdoc IAttributionDemands
    function demandOf(bytes32 demandId) external view returns (Demand memory) {
        return _demands[demandId];
    }

    /// @inheritdoc IAttributionDemands
    function wasAnswered(bytes32 demandId) external view returns (bool) {
        Demand storage demand = _demands[demandId];
        return demand.challenger == address(0) && demand.subject != 0;
    }

    /// @inheritdoc IAttributionDemands
    function rootSubject(bytes32 rootHash, uint64 postedAt) public pure returns (bytes32) {
        return keccak256(abi.encode(rootHash, postedAt));
    }

    /// @inheritdoc IAttributionDemands
    function indexSubject(uint256 versionId, bytes32 partsHash, uint64 challengeEnds) public pure returns (bytes32) {
        return keccak256(abi.encode(versionId, partsHash, challengeEnds));
    }

    /// @dev Reverts unless an index is attested and not final.
    function _requirePendingIndex(uint256 versionId) internal view returns (IIndexRegistry.Index memory) {
        require(!indexes.isFinal(versionId), DemandIndexNotPending(versionId));
        return indexes.indexOf(versionId);
    }

    function _demandOfRoot(
        IRewardDistributor.ScoreRoot calldata root,
        bytes memory question
    ) internal returns (bytes32) {
        return _open(_requirePending(root), 0, _rootChallengeEnds(), question);
    }

    function _demandOfIndex(
        uint256 versionId,
        IIndexRegistry.Index memory index,
        bytes memory question
    ) internal returns (bytes32) {
        return _open(_indexSubjectOf(versionId, index), versionId, index.challengeEnds, question);
    }

    function _answerOfRoot(IRewardDistributor.ScoreRoot calldata root, bytes memory question) internal {
        _answer(_requirePending(root), question);
    }

    function _answerOfIndex(uint256 versionId, IIndexRegistry.Index memory index, bytes memory question) internal {
        _answer(_indexSubjectOf(versionId, index), question);
    }

    /// @dev Demands are taken within the challenge window, and after it to follow up on others; the last ones so early that
    /// there is time for the answer, and as much again to act on it or on its absence.
    function _open(
        bytes32 subject,
        uint256 versionId,
        uint64 challengeEnds,
        bytes memory question
    ) private returns (bytes32 demandId) {
        uint64 revealWindow = _policy.revealWindow;
        uint64 until = challengeEnds;
        if (_isHeld(subject)) until += MAX_HOLD - 2 * revealWindow;
        require(block.timestamp < until, DemandTooLate(until));
        demandId = _demandId(subject, question);
        require(_demands[demandId].challenger == address(0), DemandAlreadyOpen(demandId));

        (uint96 bond, uint96 fee) = _price(challengeEnds);
        uint64 deadline = uint64(block.timestamp) + revealWindow;
        _demands[demandId] = Demand(msg.sender, bond, deadline, fee, subject);
        Subject storage state = _subjects[subject];
        ++state.open;
        state.versionId = versionId;
        emit Demanded(demandId, subject, msg.sender, bond, fee, deadline, question);
        token.safeTransferFrom(msg.sender, address(this), uint256(bond) + fee);
    }

    function _answer(bytes32 subject, bytes memory question) private {
        bytes32 demandId = _demandId(subject, question);
        Demand memory demand = _demands[demandId];
        require(demand.challenger != address(0), DemandUnknown(demandId));
        require(block.timestamp <= demand.deadline, DemandAnswerLate(demand.deadline));

        _close(demandId, subject);
        _demands[demandId].subject = subject;
        _subjects[subject].heldUntil = uint64(block.timestamp) + _policy.revealWindow;
        emit Answered(demandId, msg.sender, demand.bond);
        token.safeTransfer(msg.sender, demand.bond);
        // whoever answers may be whoever asked, to hold things up
        if (demand.fee != 0) token.safeTransfer(treasury, demand.fee);
    }

    /// @dev The fee grows with the longest delay that a demand of this moment can cause: until its deadline, and a reveal window after
    /// an answer. A demand that can delay nothing costs none.
    function _price(uint64 challengeEnds) private view returns (uint96 bond, uint96 fee) {
        Policy memory policy_ = _policy;
        bond = policy_.bond;
        uint256 until = block.timestamp + 2 * uint256(policy_.revealWindow);
        if (until <= challengeEnds) return (bond, 0);
        uint256 rounds = Math.ceilDiv(until - challengeEnds, policy_.revealWindow);
        fee = ((bond * rounds) / ROUNDS_PER_BOND).toUint96();
    }

    function _rootChallengeEnds() private view returns (uint64) {
        return distributor.pendingRoot().postedAt + distributor.challengeWindow();
    }

    function _close(bytes32 demandId, bytes32 subject) private {
        delete _demands[demandId];
        --_subjects[subject].open;
    }

    function _isHeld(bytes32 subject) private view returns (bool) {
        Subject storage state = _subjects[subject];
        return state.open != 0 || block.timestamp < state.heldUntil;
    }

    /// @dev The subject that is pending, of roots or of this version; a value that is no subject if nothing is.
    function _pendingSubject(uint256 versionId) private view returns (bytes32) {
        if (versionId == 0) {
            IRewardDistributor.PendingRoot memory pending = distributor.pendingRoot();
            return pending.rootHash == 0 ? bytes32(0) : rootSubject(pending.rootHash, pending.postedAt);
        }
        try indexes.isFinal(versionId) returns (bool isFinal) {
            return isFinal ? bytes32(0) : _indexSubjectOf(versionId, indexes.indexOf(versionId));
        } catch {
            return 0;
        }
    }

    function _indexSubjectOf(uint256 versionId, IIndexRegistry.Index memory index) private pure returns (bytes32) {
        return indexSubject(versionId, index.partsHash, index.challengeEnds);
    }

    function _requirePending(IRewardDistributor.ScoreRoot calldata root) private view returns (bytes32 subject) {
        bytes32 rootHash = keccak256(abi.encode(root));
        IRewardDistributor.PendingRoot memory pending = distributor.pendingRoot();
        require(pending.rootHash == rootHash, DemandRootNotPending(rootHash));
        return rootSubject(rootHash, pending.postedAt);
    }

    /// @inheritdoc ExitDelay
    function _checkAnnouncer() internal view override {
        _checkOwner();
    }

    function _setPolicy(Policy memory policy_) private {
        require(
            policy_.revealWindow >= MIN_REVEAL_WINDOW && policy_.revealWindow <= MAX_REVEAL_WINDOW,
            DemandOutOfBounds(policy_.revealWindow, MIN_REVEAL_WINDOW, MAX_REVEAL_WINDOW)
        );
        require(policy_.bond != 0, DemandOutOfBounds(0, 1, type(uint96).max));
        _policy = policy_;
        emit PolicySet(policy_);
    }

    function _demandId(bytes32 subject, bytes memory question) private pure returns (bytes32) {
        return keccak256(abi.encode(subject, question));
    }
}
