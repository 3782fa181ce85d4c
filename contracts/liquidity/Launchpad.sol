// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {ILaunchpad} from "../interfaces/ILaunchpad.sol";
import {IModelGrants} from "../interfaces/IModelGrants.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IModelShares} from "../interfaces/IModelShares.sol";
import {IShareIssuer} from "../interfaces/IShareIssuer.sol";
import {IUniswapV2Factory, IUniswapV2Pair} from "../interfaces/IUniswapV2.sol";
import {LaunchTerms} from "./LaunchTerms.sol";

/// @title Launchpad
/// @notice See {ILaunchpad}. Nobody owns it.
contract Launchpad is ILaunchpad {
    using SafeERC20 for IERC20;

    struct Collaborators {
        IERC20 token;
        IEpochClock clock;
        IContributionRegistry contributions;
        IModelRegistry models;
        IIndexRegistry indexes;
        IShareIssuer issuer;
        IUniswapV2Factory exchange;
    }

    /// @notice Where the liquidity tokens are: nobody has its key.
    address public constant LOCK = 0x000000000000000000000000000000000000dEaD;
    uint256 private constant SUPPLY = 1_000_000e18;

    IERC20 public immutable token;
    IEpochClock public immutable clock;
    IContributionRegistry public immutable contributions;
    IModelRegistry public immutable models;
    IIndexRegistry public immutable indexes;
    IShareIssuer public immutable issuer;
    IUniswapV2Factory public immutable exchange;

    /// @inheritdoc ILaunchpad
    uint256 public launchCount;
    mapping(uint256 launchId => Launch) private _launches;
    mapping(uint256 launchId => Milestone[]) private _milestones;
    mapping(uint256 launchId => mapping(address buyer => Deposit)) private _deposits;
    mapping(uint256 launchId => mapping(uint256 contributionId => bool)) private _used;

    constructor(Collaborators memory with_) {
        token = with_.token;
        clock = with_.clock;
        contributions = with_.contributions;
        models = with_.models;
        indexes = with_.indexes;
        issuer = with_.issuer;
        exchange = with_.exchange;
    }

    /// @inheritdoc ILaunchpad
    function launch(Terms calldata terms, Milestone[] calldata milestones) external returns (uint256 launchId) {
        LaunchTerms.check(terms, milestones);
        if (models.ownerOf(terms.modelId) != msg.sender) revert LaunchNotOwner(terms.modelId, msg.sender);
        launchId = ++launchCount;
        Launch storage created = _launches[launchId];
        created.creator = msg.sender;
        created.endsAt = terms.endsAt;
        (created.softCap, created.hardCap) = (terms.softCap, terms.hardCap);
        (created.cliff, created.vesting) = (terms.cliff, terms.vesting);
        (created.deadline, created.reviewPeriod) = (terms.deadline, terms.reviewPeriod);
        created.sold = uint96((SUPPLY * terms.soldBps) / LaunchTerms.BPS);
        created.creatorShares = uint96(SUPPLY - created.sold - created.sold / 2);
        if (terms.contributorsBps != 0) _reserveRights(created, terms);
        for (uint256 i = 0; i < milestones.length; ++i) _milestones[launchId].push(milestones[i]);

        models.transferFrom(msg.sender, address(this), terms.modelId);
        models.approve(address(issuer), terms.modelId);
        address shares = issuer.issue(
            IShareIssuer.Issue({
                collection: address(models),
                tokenId: terms.modelId,
                name: terms.name,
                symbol: terms.symbol,
                manager: msg.sender,
                earns: false,
                minFloat: created.sold
            })
        );
        created.shares = shares;
        // Somebody may have made the pair of an address that was to come: it is as empty as any other.
        address pair = exchange.getPair(shares, address(token));
        if (pair == address(0)) pair = exchange.createPair(shares, address(token));
        IModelShares(shares).exclude(address(token));
        emit Launched(launchId, msg.sender, shares, pair, terms, milestones);
    }

    /// @inheritdoc ILaunchpad
    function deposit(uint256 launchId, uint96 amount, uint256[] calldata contributionIds) external {
        Launch storage known = _known(launchId);
        if (block.timestamp >= known.endsAt) revert LaunchClosed(launchId, known.endsAt);
        if (amount == 0) revert LaunchEmptyDeposit();
        uint256 right = 0;
        for (uint256 i = 0; i < contributionIds.length; ++i) {
            _useRight(launchId, known.versionId, contributionIds[i]);
            right += known.rightOfEach;
        }
        // Whatever a quorum attested as the number of contributions, no more is accepted by right than was reserved.
        right = Math.min(right, uint256(known.rightOfEach) * known.contributions - known.byRight);
        uint96 byRight = uint96(Math.min(amount, right));
        uint96 others = amount - byRight;
        Deposit storage paid = _deposits[launchId][msg.sender];
        paid.byRight += byRight;
        paid.others += others;
        known.byRight += byRight;
        known.others += others;
        emit Deposited(launchId, msg.sender, byRight, others);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc ILaunchpad
    function graduate(uint256 launchId) external {
        Launch storage known = _ended(launchId);
        uint256 money = _raised(known);
        if (money < known.softCap) revert LaunchSoftCapMissed(money, known.softCap);
        known.status = Status.Graduated;
        known.graduatedAt = uint64(block.timestamp);
        IModelShares shares = IModelShares(known.shares);
        uint256 liquidity = money / 2;

        IUniswapV2Pair pair = IUniswapV2Pair(exchange.getPair(address(shares), address(token)));
        // What somebody sent there is the shareholders', unless they made it a reserve: then the price opens higher, at their cost.
        pair.skim(address(shares));
        token.safeTransfer(address(pair), liquidity);
        IERC20(address(shares)).safeTransfer(address(pair), known.sold / 2);
        pair.mint(LOCK);

        known.grantId = _fund(launchId, known, shares, money - liquidity);
        emit Graduated(launchId, money, liquidity, known.grantId);
    }

    /// @inheritdoc ILaunchpad
    function fail(uint256 launchId) external {
        Launch storage known = _ended(launchId);
        uint256 money = _raised(known);
        if (money >= known.softCap) revert LaunchSoftCapReached(money, known.softCap);
        known.status = Status.Failed;
        emit LaunchFailed(launchId, uint256(known.byRight) + known.others);
        IModelShares(known.shares).redeem(known.creator);
    }

    /// @inheritdoc ILaunchpad
    function collect(uint256 launchId, address buyer) external {
        Launch storage known = _known(launchId);
        if (known.status == Status.Selling) revert LaunchWrongStatus(launchId, known.status);
        Deposit storage paid = _deposits[launchId][buyer];
        bool any = paid.byRight != 0 || paid.others != 0;
        if (!any || paid.collected) revert LaunchNothingToCollect(launchId, buyer);
        paid.collected = true;
        (uint256 shares, uint256 paidBack) = _outcome(known, paid);
        emit Collected(launchId, buyer, shares, paidBack);
        if (shares != 0) IERC20(known.shares).safeTransfer(buyer, shares);
        if (paidBack != 0) token.safeTransfer(buyer, paidBack);
    }

    /// @inheritdoc ILaunchpad
    function release(uint256 launchId) external returns (uint256 amount) {
        Launch storage known = _known(launchId);
        amount = vested(launchId) - known.released;
        if (amount == 0) revert LaunchNothingToCollect(launchId, known.creator);
        known.released += uint96(amount);
        emit Released(launchId, amount);
        IERC20(known.shares).safeTransfer(known.creator, amount);
    }

    /// @inheritdoc ILaunchpad
    function launchOf(uint256 launchId) external view returns (Launch memory) {
        return _known(launchId);
    }

    /// @inheritdoc ILaunchpad
    function milestoneOf(uint256 launchId, uint256 index) external view returns (Milestone memory) {
        return _milestones[launchId][index];
    }

    /// @inheritdoc ILaunchpad
    function depositOf(uint256 launchId, address buyer) external view returns (Deposit memory) {
        return _deposits[launchId][buyer];
    }

    /// @inheritdoc ILaunchpad
    function outcomeOf(uint256 launchId, address buyer) external view returns (uint256 shares, uint256 paidBack) {
        return _outcome(_known(launchId), _deposits[launchId][buyer]);
    }

    /// @inheritdoc ILaunchpad
    function raised(uint256 launchId) external view returns (uint256) {
        return _raised(_known(launchId));
    }

    /// @inheritdoc ILaunchpad
    function vested(uint256 launchId) public view returns (uint256) {
        Launch storage known = _known(launchId);
        if (known.status != Status.Graduated) return 0;
        uint256 passed = block.timestamp - known.graduatedAt;
        if (passed < known.cliff) return 0;
        return passed >= known.vesting ? known.creatorShares : (known.creatorShares * passed) / known.vesting;
    }

    function _reserveRights(Launch storage created, Terms calldata terms) private {
        uint256 versionId = indexes.activeVersionOf(terms.modelId, clock.current());
        if (versionId == 0) revert LaunchNoContributors(terms.modelId);
        uint32 count = indexes.indexOf(versionId).size;
        created.versionId = uint64(versionId);
        created.contributions = count;
        created.rightOfEach = uint96((uint256(terms.hardCap) * terms.contributorsBps) / LaunchTerms.BPS / count);
    }

    /// @dev The index has a row for exactly the contributions to train on in the version's snapshots.
    function _useRight(uint256 launchId, uint256 versionId, uint256 contributionId) private {
        if (versionId == 0 || _used[launchId][contributionId]) revert LaunchNoRight(contributionId);
        IContributionRegistry.Contribution memory contribution = contributions.contributionOf(contributionId);
        bool has =
            contribution.kind == IContributionRegistry.Kind.Train &&
                contribution.status == IContributionRegistry.Status.Accepted &&
                models.inVersion(versionId, contributionId) &&
                contributions.ownerOf(contributionId) == msg.sender;
        if (!has) revert LaunchNoRight(contributionId);
        _used[launchId][contributionId] = true;
    }

    function _fund(
        uint256 launchId,
        Launch storage known,
        IModelShares shares,
        uint256 proceeds
    ) private returns (uint256) {
        Milestone[] storage promised = _milestones[launchId];
        IModelGrants.Milestone[] memory milestones = new IModelGrants.Milestone[](promised.length);
        uint256 rest = proceeds;
        for (uint256 i = 0; i < promised.length; ++i) {
            Milestone memory milestone = promised[i];
            uint256 amount = i + 1 == promised.length ? rest : (proceeds * milestone.bps) / LaunchTerms.BPS;
            rest -= amount;
            milestones[i] = IModelGrants.Milestone(
                milestone.check,
                uint96(amount),
                milestone.duration,
                milestone.threshold
            );
        }
        token.forceApprove(address(shares), proceeds);
        return
            shares.fundGrant(
                known.creator,
                shares.tokenId(),
                known.reviewPeriod,
                uint64(block.timestamp) + known.deadline,
                milestones,
                ""
            );
    }

    function _known(uint256 launchId) private view returns (Launch storage known) {
        known = _launches[launchId];
        if (known.creator == address(0)) revert LaunchUnknown(launchId);
    }

    function _ended(uint256 launchId) private view returns (Launch storage known) {
        known = _known(launchId);
        if (known.status != Status.Selling) revert LaunchWrongStatus(launchId, known.status);
        if (block.timestamp < known.endsAt) revert LaunchOpen(launchId, known.endsAt);
    }

    function _raised(Launch storage known) private view returns (uint256) {
        uint256 all = uint256(known.byRight) + known.others;
        return all < known.hardCap ? all : known.hardCap;
    }

    /// @dev What is accepted is rounded up where money is given back, and down where shares are: neither can run out.
    function _outcome(
        Launch storage known,
        Deposit storage paid
    ) private view returns (uint256 shares, uint256 paidBack) {
        uint256 money = _raised(known);
        if (money < known.softCap) return (0, uint256(paid.byRight) + paid.others);
        uint256 accepted = paid.byRight;
        if (paid.others != 0) {
            uint256 product = paid.others * (money - known.byRight);
            accepted += product / known.others;
            paidBack = paid.others - (product + known.others - 1) / known.others;
        }
        shares = (known.sold * accepted) / money;
    }
}
