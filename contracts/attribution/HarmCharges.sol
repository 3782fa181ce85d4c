// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IHarmCharges} from "../interfaces/IHarmCharges.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {PayoutMath} from "../libraries/PayoutMath.sol";
import {SumTree} from "../libraries/SumTree.sol";

/// @title HarmCharges
/// @notice See {IHarmCharges}.
/// @dev Holds OPEN only within a call.
contract HarmCharges is IHarmCharges, OwnableUpgradeable, UUPSUpgradeable {
    using SafeERC20 for IERC20;

    uint16 public constant MIN_TOLERANCE_BPS = 100;
    uint16 public constant MAX_TOLERANCE_BPS = 10_000;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IERC20 public immutable token;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IEpochClock public immutable clock;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IContributionRegistry public immutable contributions;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IModelRegistry public immutable models;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IIndexRegistry public immutable indexes;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IRewardDistributor public immutable distributor;

    /// @inheritdoc IHarmCharges
    uint16 public toleranceBps;
    /// @inheritdoc IHarmCharges
    mapping(uint256 versionId => mapping(uint256 contributionId => bool)) public isCharged;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(
        IERC20 token_,
        IEpochClock clock_,
        IContributionRegistry contributions_,
        IModelRegistry models_,
        IIndexRegistry indexes_,
        IRewardDistributor distributor_
    ) {
        token = token_;
        clock = clock_;
        contributions = contributions_;
        models = models_;
        indexes = indexes_;
        distributor = distributor_;
        _disableInitializers();
    }

    function initialize(address owner, uint16 toleranceBps_) external initializer {
        __Ownable_init(owner);
        _setTolerance(toleranceBps_);
    }

    /// @inheritdoc IHarmCharges
    function chargeHarm(
        uint256 versionId,
        Leaves.IndexLeaf calldata leaf,
        SumTree.Proof calldata proof
    ) external returns (uint256 harm) {
        uint256 contributionId = leaf.contributionId;
        require(!isCharged[versionId][contributionId], HarmAlreadyCharged(versionId, contributionId));
        harm = harmOf(versionId, leaf, proof);
        require(harm != 0, HarmNotChargeable(versionId, contributionId, leaf.quality));
        uint256 modelId = models.versionOf(versionId).modelId;
        uint64 epoch = clock.current();
        require(indexes.activeVersionOf(modelId, epoch) != 0, HarmNoActiveVersion(modelId, epoch));

        isCharged[versionId][contributionId] = true;
        emit HarmCharged(versionId, contributionId, modelId, harm);
        contributions.slashBond(contributionId, harm, address(this));
        token.forceApprove(address(distributor), harm);
        distributor.fund(modelId, harm);
    }

    /// @inheritdoc IHarmCharges
    function setTolerance(uint16 bps) external onlyOwner {
        _setTolerance(bps);
    }

    /// @inheritdoc IHarmCharges
    function harmOf(
        uint256 versionId,
        Leaves.IndexLeaf calldata leaf,
        SumTree.Proof calldata proof
    ) public view returns (uint256 harm) {
        require(indexes.isFinal(versionId), HarmIndexNotFinal(versionId));
        (bool valid, , uint256 indexTotal) = SumTree.verify(
            indexes.indexOf(versionId).indexRoot,
            proof,
            Leaves.indexHash(leaf),
            Leaves.indexSum(leaf.quality, leaf.examples)
        );
        require(valid, HarmInvalidProof(versionId, leaf.contributionId));
        IContributionRegistry.Contribution memory contribution = contributions.contributionOf(leaf.contributionId);
        if (contribution.judgeModelId != models.versionOf(versionId).modelId) return 0;
        return PayoutMath.harmDown(leaf.quality, leaf.examples, indexTotal, contribution.bond, toleranceBps);
    }

    function _setTolerance(uint16 bps) private {
        require(
            bps >= MIN_TOLERANCE_BPS && bps <= MAX_TOLERANCE_BPS,
            HarmOutOfBounds(bps, MIN_TOLERANCE_BPS, MAX_TOLERANCE_BPS)
        );
        toleranceBps = bps;
        emit ToleranceSet(bps);
    }

    /// @dev The owner, a timelock, decides on upgrades.
    function _authorizeUpgrade(address) internal override onlyOwner {}
}
