// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAttributionDemands} from "../interfaces/IAttributionDemands.sol";
import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {ISlashEscrow} from "../interfaces/ISlashEscrow.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {IStakePools} from "../interfaces/IStakePools.sol";
import {IStakeRewards} from "../interfaces/IStakeRewards.sol";
import {IndexContent} from "../libraries/IndexContent.sol";

/// @title SlashEscrow
/// @notice See {ISlashEscrow}. Nobody owns it and nothing in it can be changed.
/// @dev A slasher of oracle stake, and apart from the stake manager, so that no fault in it can reach stake that was not slashed. What
/// goes back is paid to the owners of the stake at the time of the slash, not into the pool: there, whoever joined since would have a
/// part of it, and whoever left would not.
contract SlashEscrow is ISlashEscrow {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @notice Part of the slash that silence costs for good, whatever becomes final: several times what a round of demands costs
    /// others, and no more than an outage should.
    uint256 public constant SILENCE_BPS = 1_000;
    /// @notice How long content can still become final: four times the longest dispute, so that it can be posted, go unanswered once
    /// more, be held up for as long as anything can, and still be in time.
    uint64 public constant HOLD_PERIOD = 56 days;
    uint256 private constant BPS = 10_000;

    IERC20 public immutable token;
    IStakeManager public immutable stakes;
    IStakeRewards public immutable rewards;
    IIndexRegistry public immutable indexes;
    IRewardDistributor public immutable distributor;
    IAttributionDemands public immutable demands;

    mapping(bytes32 demandId => Case) private _cases;
    mapping(bytes32 demandId => mapping(address operator => Part)) private _parts;
    mapping(bytes32 claimId => bool) private _isPaid;

    constructor(
        IERC20 token_,
        IStakeManager stakes_,
        IIndexRegistry indexes_,
        IRewardDistributor distributor_,
        IAttributionDemands demands_
    ) {
        token = token_;
        stakes = stakes_;
        rewards = IStakeRewards(stakes_.rewards());
        indexes = indexes_;
        distributor = distributor_;
        demands = demands_;
    }

    /// @inheritdoc ISlashEscrow
    function take(Silence calldata silence, uint256 versionId, address beneficiary) external returns (uint256 reward) {
        if (msg.sender != (versionId == 0 ? distributor.disputes() : indexes.disputes())) {
            revert EscrowUnauthorized(msg.sender);
        }
        (bytes32 content, uint64 snapshotId, uint256 signers) = _signed(versionId);
        Case storage held = _cases[silence.demandId];
        (held.content, held.subject, held.versionId) = (content, silence.subject, versionId);
        (held.heldAt, held.state) = (uint64(block.timestamp), State.Held);
        uint16 bps = IAttributionDisputes(msg.sender).slashBps();
        uint256 lost;
        // Reverts if a slash does: nobody may get a commitment cancelled and its signers off by sending too little gas.
        for (uint256 i; signers != 0; ++i) {
            if (signers & 1 != 0) lost += _seize(silence.demandId, stakes.operatorAt(snapshotId, i), bps);
            signers >>= 1;
        }
        reward = (lost * stakes.parameters().challengerBps) / BPS;
        token.safeTransfer(beneficiary, reward);
        token.safeTransfer(stakes.treasury(), lost - reward);
    }

    /// @inheritdoc ISlashEscrow
    function giveBack(bytes32 demandId, bytes calldata question, uint64 answeredOf) external {
        Case storage held = _heldCase(demandId);
        if (_demandId(held.subject, question) != demandId) revert EscrowWrongQuestion(demandId);
        (bytes32 content, uint256 versionId) = (held.content, held.versionId);
        bytes32 later;
        if (versionId == 0) {
            if (distributor.finalizedRoot().rootHash != content) revert EscrowNotFinal(content);
            later = demands.rootSubject(content, answeredOf);
        } else {
            IIndexRegistry.Index memory index = indexes.indexOf(versionId);
            if (IndexContent.hashOf(versionId, index) != content || !indexes.isFinal(versionId)) {
                revert EscrowNotFinal(content);
            }
            later = demands.indexSubject(versionId, index.partsHash, answeredOf);
        }
        bytes32 answered = _demandId(later, question);
        if (!demands.wasAnswered(answered)) revert EscrowNotAnswered(answered);
        held.state = State.Returned;
        emit Returned(demandId, held.assets);
    }

    /// @inheritdoc ISlashEscrow
    function forfeit(bytes32 demandId) external {
        Case storage held = _heldCase(demandId);
        uint256 until = held.heldAt + HOLD_PERIOD;
        bytes32 content = held.content;
        bool isWrong = held.versionId == 0 ? distributor.isBarred(content) : indexes.isBarred(content);
        if (!isWrong && block.timestamp < until) revert EscrowNotOver(demandId, until);
        held.state = State.Forfeited;
        uint256 assets = held.assets;
        emit Forfeited(demandId, assets);
        token.safeTransfer(stakes.treasury(), assets);
    }

    /// @inheritdoc ISlashEscrow
    function claim(bytes32 demandId, address operator) external returns (uint256 assets) {
        Part storage part = _parts[demandId][operator];
        uint256 shares = rewards.sharesAt(operator, msg.sender, part.slash);
        bytes32 claimId = keccak256(abi.encode(demandId, operator, msg.sender));
        return _pay(demandId, operator, claimId, part.active, shares, part.shares);
    }

    /// @inheritdoc ISlashEscrow
    function claimTicket(bytes32 demandId, uint256 ticketId) external returns (uint256 assets) {
        IStakePools.Ticket memory ticket = stakes.ticketOf(ticketId);
        Case storage held = _cases[demandId];
        if (
            ticket.owner != msg.sender ||
            ticket.role != IStakePools.Role.Oracle ||
            ticketId > held.lastTicketId ||
            (ticket.withdrawnAt != 0 && ticket.withdrawnAt <= held.heldAt)
        ) revert EscrowNothingOwed(demandId);
        Part storage part = _parts[demandId][ticket.operator];
        bytes32 claimId = keccak256(abi.encode(demandId, ticketId));
        return _pay(demandId, ticket.operator, claimId, part.unbonding, ticket.unbondingShares, part.unbondingShares);
    }

    /// @inheritdoc ISlashEscrow
    function caseOf(bytes32 demandId) external view returns (Case memory) {
        return _cases[demandId];
    }

    /// @inheritdoc ISlashEscrow
    function partOf(bytes32 demandId, address operator) external view returns (Part memory) {
        return _parts[demandId][operator];
    }

    /// @dev The pending root, or the index of a version, and who signed it.
    function _signed(uint256 versionId) private view returns (bytes32 content, uint64 snapshotId, uint256 signers) {
        if (versionId == 0) {
            IRewardDistributor.PendingRoot memory root = distributor.pendingRoot();
            return (root.rootHash, root.snapshotId, root.signers);
        }
        IIndexRegistry.Index memory index = indexes.indexOf(versionId);
        return (IndexContent.hashOf(versionId, index), index.snapshotId, index.signers);
    }

    /// @return lost What the operator's pool loses for good.
    function _seize(bytes32 demandId, address operator, uint16 bps) private returns (uint256 lost) {
        (uint256 active, uint256 unbonding, uint256 lastTicketId) = stakes.seize(operator, bps);
        lost = active + unbonding;
        active -= Math.ceilDiv(active * SILENCE_BPS, BPS);
        unbonding -= Math.ceilDiv(unbonding * SILENCE_BPS, BPS);
        lost -= active + unbonding;

        Case storage held = _cases[demandId];
        held.assets += (active + unbonding).toUint128();
        held.lastTicketId = lastTicketId;
        IStakePools.Pool memory pool = stakes.poolOf(IStakePools.Role.Oracle, operator);
        _parts[demandId][operator] = Part({
            active: active.toUint128(),
            unbonding: unbonding.toUint128(),
            shares: pool.shares.toUint208(),
            slash: rewards.slashesOf(operator),
            unbondingShares: pool.unbondingShares
        });
        emit Held(demandId, operator, lost, active, unbonding);
    }

    /// @dev Pays the caller the part of `assets` that these of all shares had.
    function _pay(
        bytes32 demandId,
        address operator,
        bytes32 claimId,
        uint256 assets,
        uint256 shares,
        uint256 allShares
    ) private returns (uint256 paid) {
        if (_cases[demandId].state == State.Returned && !_isPaid[claimId] && allShares != 0) {
            paid = Math.mulDiv(assets, shares, allShares);
        }
        if (paid == 0) revert EscrowNothingOwed(demandId);
        _isPaid[claimId] = true;
        emit PartClaimed(demandId, operator, msg.sender, paid);
        token.safeTransfer(msg.sender, paid);
    }

    function _heldCase(bytes32 demandId) private view returns (Case storage held) {
        held = _cases[demandId];
        if (held.state != State.Held) revert EscrowNotHeld(demandId);
    }

    /// @dev As the demands name a question about a subject.
    function _demandId(bytes32 subject, bytes calldata question) private pure returns (bytes32) {
        return keccak256(abi.encode(subject, question));
    }
}
