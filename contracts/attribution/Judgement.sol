// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAttributionDemands} from "../interfaces/IAttributionDemands.sol";
import {IAttributionDisputes} from "../interfaces/IAttributionDisputes.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IDisputeHold} from "../interfaces/IDisputeHold.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {ISlashEscrow} from "../interfaces/ISlashEscrow.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {IStakePools} from "../interfaces/IStakePools.sol";

/// @title Judgement
/// @notice What a decision leads to: cancellation, slashing, reward.
abstract contract Judgement is IAttributionDisputes {
    /// @notice The contracts that are judged and those whose records are believed.
    struct References {
        IStakeManager stakes;
        IContributionRegistry contributions;
        IModelRegistry models;
        IIndexRegistry indexes;
        IInferenceMarket market;
        IRewardDistributor distributor;
        IAttributionDemands demands;
        ISlashEscrow escrow;
    }

    uint16 public constant MIN_SLASH_BPS = 1_000;
    uint256 private constant BPS = 10_000;

    IStakeManager public immutable stakes;
    IContributionRegistry public immutable contributions;
    IModelRegistry public immutable models;
    IIndexRegistry public immutable indexes;
    IInferenceMarket public immutable market;
    IRewardDistributor public immutable distributor;
    IAttributionDemands public immutable demands;
    ISlashEscrow public immutable escrow;

    /// @inheritdoc IAttributionDisputes
    uint16 public immutable slashBps;

    constructor(References memory references, uint16 slashBps_) {
        stakes = references.stakes;
        contributions = references.contributions;
        models = references.models;
        indexes = references.indexes;
        market = references.market;
        distributor = references.distributor;
        demands = references.demands;
        escrow = references.escrow;
        require(slashBps_ >= MIN_SLASH_BPS && slashBps_ <= BPS, DisputeOutOfBounds(slashBps_, MIN_SLASH_BPS, BPS));
        slashBps = slashBps_;
    }

    /// @inheritdoc IAttributionDisputes
    function cancelRoot(address challenger, ISlashEscrow.Silence calldata silence) external returns (uint256 reward) {
        require(msg.sender == address(demands), DisputeUnauthorized(msg.sender));
        bytes32 rootHash = distributor.pendingRoot().rootHash;
        reward = escrow.take(silence, 0, msg.sender);
        distributor.cancel(rootHash, false);
        emit RootDisputed(rootHash, challenger, reward);
    }

    /// @inheritdoc IAttributionDisputes
    function cancelIndex(
        uint256 versionId,
        address challenger,
        ISlashEscrow.Silence calldata silence
    ) external returns (uint256 reward) {
        require(msg.sender == address(demands), DisputeUnauthorized(msg.sender));
        reward = escrow.take(silence, versionId, msg.sender);
        indexes.cancel(versionId, false);
        emit IndexDisputed(versionId, challenger, reward);
    }

    /// @inheritdoc IDisputeHold
    function isHeld(bytes32 rootHash) external view returns (bool) {
        return demands.isRootHeld(rootHash);
    }

    /// @inheritdoc IDisputeHold
    function coverOf(uint64 snapshotId, uint256 signers) external view returns (uint256) {
        uint256 slashed = (stakes.stakeBehind(snapshotId, signers) * slashBps) / BPS;
        return (slashed * (BPS - stakes.parameters().challengerBps)) / BPS;
    }

    /// @inheritdoc IAttributionDisputes
    function isIndexHeld(uint256 versionId) external view returns (bool) {
        return demands.isIndexHeld(versionId);
    }

    /// @dev Reverts unless `root` is the pending root.
    function _requirePending(IRewardDistributor.ScoreRoot calldata root) internal view returns (bytes32 rootHash) {
        rootHash = keccak256(abi.encode(root));
        require(distributor.pendingRoot().rootHash == rootHash, DisputeRootNotPending(rootHash));
    }

    /// @dev Reverts unless an index is attested and not final.
    function _requirePendingIndex(uint256 versionId) internal view returns (IIndexRegistry.Index memory) {
        require(!indexes.isFinal(versionId), DisputeIndexNotPending(versionId));
        return indexes.indexOf(versionId);
    }

    /// @dev The verdict on the pending root.
    function _decideRoot(bool wrong) internal {
        require(wrong, DisputeRefuted());
        IRewardDistributor.PendingRoot memory pending = distributor.pendingRoot();
        distributor.cancel(pending.rootHash, true);
        emit RootDisputed(pending.rootHash, msg.sender, _slash(pending.snapshotId, pending.signers));
    }

    /// @dev The verdict on a pending index.
    function _decideIndex(uint256 versionId, bool wrong) internal {
        require(wrong, DisputeRefuted());
        IIndexRegistry.Index memory index = indexes.indexOf(versionId);
        indexes.cancel(versionId, true);
        emit IndexDisputed(versionId, msg.sender, _slash(index.snapshotId, index.signers));
    }

    /// @dev Reverts if a slash does: nobody may get a commitment cancelled and its signers off by sending too little gas.
    function _slash(uint64 snapshotId, uint256 signers) private returns (uint256 reward) {
        for (uint256 i; signers != 0; ++i) {
            if (signers & 1 != 0) {
                address operator = stakes.operatorAt(snapshotId, i);
                reward += stakes.slash(IStakePools.Role.Oracle, operator, slashBps, msg.sender);
            }
            signers >>= 1;
        }
    }
}
