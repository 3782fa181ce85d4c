// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Evidence} from "../attribution/Evidence.sol";
import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IDataBounties} from "../interfaces/IDataBounties.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {ExampleLabel} from "./ExampleLabel.sol";

/// @title DataBounties
/// @notice See {IDataBounties}. Nobody owns it.
contract DataBounties is IDataBounties {
    using SafeERC20 for IERC20;

    uint256 private constant BPS = 10_000;
    uint64 public constant MIN_PERIOD = 1 days;
    uint64 public constant MAX_PERIOD = 30 days;
    uint64 public constant MAX_LIFE = 730 days;
    /// @notice Time that training and attesting have at least, from the closing to the deadline.
    uint64 public constant MIN_TRAINING = 7 days;
    /// @notice Versions that are looked through for the judge. A model that was trained so often on old snapshots judges no more.
    uint256 public constant MOST_VERSIONS = 32;

    IERC20 public immutable token;
    IDatanetRegistry public immutable datanets;
    IContributionRegistry public immutable contributions;
    IModelRegistry public immutable models;
    IIndexRegistry public immutable indexes;

    /// @inheritdoc IDataBounties
    uint256 public bountyCount;
    mapping(uint256 bountyId => Bounty) private _bounties;
    mapping(uint256 bountyId => string) private _labels;
    /// @inheritdoc IDataBounties
    mapping(uint256 bountyId => mapping(uint256 contributionId => uint256)) public entryOf;

    constructor(
        IERC20 token_,
        IDatanetRegistry datanets_,
        IContributionRegistry contributions_,
        IModelRegistry models_,
        IIndexRegistry indexes_
    ) {
        token = token_;
        datanets = datanets_;
        contributions = contributions_;
        models = models_;
        indexes = indexes_;
    }

    /// @inheritdoc IDataBounties
    function create(
        Terms calldata terms,
        string calldata label,
        string calldata uri
    ) external returns (uint256 bountyId) {
        _check(terms);
        if (!ExampleLabel.isPlain(bytes(label))) revert BountyInvalidLabel(label);
        bountyId = ++bountyCount;
        Bounty storage bounty = _bounties[bountyId];
        bounty.funder = msg.sender;
        bounty.terms = terms;
        bounty.contributionsBefore = contributions.count();
        _labels[bountyId] = label;
        emit BountyCreated(bountyId, msg.sender, terms, label, uri);
        token.safeTransferFrom(msg.sender, address(this), terms.amount);
    }

    /// @inheritdoc IDataBounties
    function close(uint256 bountyId) external {
        Bounty storage bounty = _known(bountyId);
        if (block.timestamp < bounty.terms.closesAt) revert BountyTooEarly(bountyId, bounty.terms.closesAt);
        if (bounty.closedBlock != 0) revert BountyAlreadyClosed(bountyId);
        bounty.closedBlock = uint64(block.number);
        emit BountyClosed(bountyId, bounty.closedBlock);
    }

    /// @inheritdoc IDataBounties
    function enter(uint256 bountyId, uint256 versionId, IAttributionDisputes.IndexEvidence calldata row) external {
        Bounty storage bounty = _known(bountyId);
        uint256 total = Evidence.requireIndexLeaf(indexes.indexOf(versionId).partsHash, row);
        if (bounty.versionId == 0) _begin(bountyId, bounty, versionId, total >> 64);
        if (versionId != bounty.versionId) revert BountyNotJudge(bountyId, versionId, bounty.versionId);
        if (block.timestamp >= bounty.entriesEnd) revert BountyTooLate(bountyId, bounty.entriesEnd);

        uint256 contributionId = row.leaf.contributionId;
        bool eligible =
            contributionId > bounty.contributionsBefore &&
                entryOf[bountyId][contributionId] == 0 &&
                row.leaf.quality > 0 &&
                row.parts[row.part].datanetId == bounty.terms.datanetId &&
                _isAccepted(contributionId);
        if (!eligible) revert BountyNotEligible(bountyId, contributionId);
        uint256 quality = uint128(row.leaf.quality);
        entryOf[bountyId][contributionId] = quality;
        bounty.quality += quality;
        emit BountyEntered(bountyId, contributionId, versionId, quality);
    }

    /// @inheritdoc IDataBounties
    function refute(
        uint256 bountyId,
        uint256 contributionId,
        bytes calldata example,
        bytes32 salt,
        SumTree.Proof calldata proof
    ) external {
        Bounty storage bounty = _known(bountyId);
        uint256 quality = _entered(bountyId, contributionId);
        if (block.timestamp >= _paysFrom(bounty)) revert BountyTooLate(bountyId, _paysFrom(bounty));
        bytes memory label = bytes(_labels[bountyId]);
        if (label.length == 0 || ExampleLabel.isOf(example, label)) revert BountyLabelMatches(bountyId);

        IContributionRegistry.Contribution memory entered = contributions.contributionOf(contributionId);
        bytes32 leaf = Leaves.contentHash(entered.contributor, salt, sha256(example));
        Evidence.requireLeaf(entered.contentRoot, proof, leaf, 1);
        // Out for good: another entry would be refuted by the same example.
        delete entryOf[bountyId][contributionId];
        bounty.quality -= quality;
        emit BountyRefuted(bountyId, contributionId, msg.sender);
    }

    /// @inheritdoc IDataBounties
    function claim(uint256 bountyId, uint256 contributionId) external returns (uint256 amount) {
        Bounty storage bounty = _known(bountyId);
        uint256 quality = _entered(bountyId, contributionId);
        if (!bounty.settled) _settle(bountyId, bounty);
        // Of what is left, so that the last one takes the rounding: what is earned is paid to the wei.
        amount = Math.mulDiv(bounty.unpaid, quality, bounty.quality);
        delete entryOf[bountyId][contributionId];
        bounty.unpaid -= uint96(amount);
        bounty.quality -= quality;
        address to = _isAccepted(contributionId) ? contributions.ownerOf(contributionId) : bounty.funder;
        emit BountyPaid(bountyId, contributionId, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IDataBounties
    function settle(uint256 bountyId) external {
        Bounty storage bounty = _known(bountyId);
        if (bounty.settled) revert BountyAlreadySettled(bountyId);
        _settle(bountyId, bounty);
    }

    /// @inheritdoc IDataBounties
    function bountyOf(uint256 bountyId) external view returns (Bounty memory bounty, string memory label) {
        return (_known(bountyId), _labels[bountyId]);
    }

    /// @inheritdoc IDataBounties
    function judgeOf(uint256 bountyId) external view returns (uint256 versionId) {
        Bounty storage bounty = _known(bountyId);
        return bounty.versionId == 0 ? _findJudge(bounty) : bounty.versionId;
    }

    /// @dev The first entry names the judge.
    function _begin(uint256 bountyId, Bounty storage bounty, uint256 versionId, uint256 quality) private {
        if (block.timestamp >= bounty.terms.deadline) revert BountyTooLate(bountyId, bounty.terms.deadline);
        uint256 judge = _findJudge(bounty);
        if (judge == 0 || judge != versionId) revert BountyNotJudge(bountyId, versionId, judge);
        bounty.versionId = versionId;
        bounty.entriesEnd = uint64(block.timestamp) + bounty.terms.period;
        bounty.target = (quality * bounty.terms.targetBps) / BPS;
    }

    /// @dev Fixes what is earned and sends the rest back.
    function _settle(uint256 bountyId, Bounty storage bounty) private {
        uint256 from = bounty.versionId == 0 ? bounty.terms.deadline : _paysFrom(bounty);
        if (block.timestamp < from) revert BountyTooEarly(bountyId, from);
        uint256 amount = bounty.terms.amount;
        uint256 quality = bounty.quality;
        uint256 earned = quality == 0 ? 0 : Math.mulDiv(amount, quality, Math.max(quality, bounty.target));
        bounty.settled = true;
        bounty.unpaid = uint96(earned);
        emit BountySettled(bountyId, earned, amount - earned);
        token.safeTransfer(bounty.funder, amount - earned);
    }

    /// @dev An activated index is final.
    function _findJudge(Bounty storage bounty) private view returns (uint256) {
        uint64 closedBlock = bounty.closedBlock;
        if (closedBlock == 0) return 0;
        Terms storage terms = bounty.terms;
        uint256[] memory versionIds = indexes.activatedSince(terms.modelId, terms.closesAt, MOST_VERSIONS);
        for (uint256 i = 0; i < versionIds.length; ++i) {
            if (indexes.indexOf(versionIds[i]).splitsByExamples) continue;
            uint256[] memory snapshotIds = models.versionOf(versionIds[i]).snapshotIds;
            for (uint256 j = 0; j < snapshotIds.length; ++j) {
                (uint256 datanetId, uint64 blockNumber, , ) = models.snapshotOf(snapshotIds[j]);
                if (datanetId == terms.datanetId && blockNumber >= closedBlock) return versionIds[i];
            }
        }
        return 0;
    }

    function _known(uint256 bountyId) private view returns (Bounty storage bounty) {
        bounty = _bounties[bountyId];
        if (bounty.funder == address(0)) revert BountyUnknown(bountyId);
    }

    function _entered(uint256 bountyId, uint256 contributionId) private view returns (uint256 quality) {
        quality = entryOf[bountyId][contributionId];
        if (quality == 0) revert BountyNotEntered(bountyId, contributionId);
    }

    function _isAccepted(uint256 contributionId) private view returns (bool) {
        return contributions.contributionOf(contributionId).status == IContributionRegistry.Status.Accepted;
    }

    function _paysFrom(Bounty storage bounty) private view returns (uint256) {
        return uint256(bounty.entriesEnd) + bounty.terms.period;
    }

    function _check(Terms calldata terms) private view {
        datanets.ownerOf(terms.datanetId);
        _within(1, terms.modelId, 1, models.modelCount());
        _within(2, terms.amount, 1, type(uint96).max);
        _within(3, terms.targetBps, 1, BPS);
        _within(4, terms.closesAt, block.timestamp + 1, block.timestamp + MAX_LIFE);
        _within(5, terms.deadline, uint256(terms.closesAt) + MIN_TRAINING, block.timestamp + MAX_LIFE);
        _within(6, terms.period, MIN_PERIOD, MAX_PERIOD);
    }

    function _within(uint256 field, uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert BountyTermOutOfBounds(field, value, minimum, maximum);
    }
}
