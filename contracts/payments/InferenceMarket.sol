// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {UpgradeableAfterExit} from "../access/UpgradeableAfterExit.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {ITill} from "../interfaces/ITill.sol";
import {SignedReceipts} from "../libraries/SignedReceipts.sol";
import {RevenueSplit} from "./RevenueSplit.sol";
import {Till} from "./Till.sol";

/// @title InferenceMarket
/// @notice See {IInferenceMarket}. Holds nothing between transactions.
contract InferenceMarket is IInferenceMarket, EIP712Upgradeable, UpgradeableAfterExit {
    using Checkpoints for Checkpoints.Trace160;
    using SafeERC20 for IERC20;

    struct Receipts {
        bytes32 root;
        uint32 count;
    }

    /// @custom:storage-location erc7201:openledger.storage.InferenceMarket
    struct Market {
        /// What the tills are proxies of. Set once: their addresses follow from it.
        address tillImplementation;
        address treasury;
        Split split;
        address indexes;
        /// Distributors from an epoch on.
        Checkpoints.Trace160 distributors;
        mapping(uint256 modelId => mapping(uint64 epoch => Receipts)) receipts;
    }

    /// @notice Revenue of a model that nobody has activated a version of is swept from then on, without contributors to pay.
    uint256 public constant ACTIVATION_PERIOD = 90 days;
    bytes32 public constant RECEIPT_TYPEHASH = SignedReceipts.TYPEHASH;
    /// @dev keccak256(abi.encode(uint256(keccak256("openledger.storage.InferenceMarket")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MARKET_SLOT = 0xa4170553416a7dd17f919004da27dd5d6db7c094f002e3031410ddb8ccc22800;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IERC20 public immutable token;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IEpochClock public immutable clock;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IModelRegistry public immutable models;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IStakeManager public immutable stakes;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IERC20 token_, IEpochClock clock_, IModelRegistry models_, IStakeManager stakes_) {
        token = token_;
        clock = clock_;
        models = models_;
        stakes = stakes_;
        _disableInitializers();
    }

    function initialize(address owner, address treasury_, Split calldata split_) external initializer {
        __EIP712_init("OpenLedger", "2");
        __Ownable_init(owner);
        _setTreasury(treasury_);
        _setSplit(split_);
        _market().tillImplementation = address(new Till(token));
        token.forceApprove(address(stakes), type(uint256).max);
    }

    /// @inheritdoc IInferenceMarket
    function sweep(uint256 modelId) external returns (uint256 amount) {
        uint64 epoch = clock.current();
        (IModelRegistry.Model memory model, uint256 versionId) = _sweepable(modelId, epoch);
        amount = ITill(_deployedTill(modelId)).empty();
        if (amount == 0) revert MarketNothingToSweep(modelId);

        address[] memory curators = _curatorsOf(model, versionId);
        Parts memory parts = RevenueSplit.split(_market().split, model, curators.length, amount);
        emit Swept(modelId, epoch, versionId, amount, parts);
        address owner = models.ownerOf(modelId);
        _pay(treasury(), parts.protocol);
        _pay(owner, parts.owner);
        for (uint256 i = 0; i < parts.parents.length; ++i) _pay(tillOf(model.parents[i].modelId), parts.parents[i]);
        _pay(models.providerOf(modelId, epoch), parts.compute);
        for (uint256 i = 0; i < parts.curators.length; ++i) _pay(curators[i], parts.curators[i]);
        if (parts.stakers != 0) stakes.fundStakers(parts.stakers);
        if (model.base) _pay(owner, parts.contributors);
        else if (versionId == 0) _pay(treasury(), parts.contributors);
        else IRewardDistributor(distributorOf(epoch)).fund(modelId, parts.contributors);
    }

    /// @inheritdoc IInferenceMarket
    function commitReceipts(
        uint256 modelId,
        uint64 epoch,
        bytes32 receiptsRoot,
        uint32 count,
        string calldata uri
    ) external {
        if (receiptsRoot == 0) revert MarketEmptyReceiptsRoot();
        if (!clock.receiptsOpen(epoch)) revert MarketReceiptsClosed(epoch);
        if (models.providerOf(modelId, epoch) != msg.sender) revert MarketNotProvider(modelId, epoch, msg.sender);
        _market().receipts[modelId][epoch] = Receipts(receiptsRoot, count);
        emit ReceiptsCommitted(modelId, epoch, msg.sender, receiptsRoot, count, uri);
    }

    /// @inheritdoc IInferenceMarket
    function setSplit(Split calldata split_) external afterExit {
        _setSplit(split_);
    }

    /// @inheritdoc IInferenceMarket
    function setTreasury(address treasury_) external afterExit {
        _setTreasury(treasury_);
    }

    /// @inheritdoc IInferenceMarket
    function setCollaborators(address distributor_, address indexes_) external onlyOwner {
        if (_market().indexes != address(0)) revert MarketAlreadyConnected();
        if (indexes_ == address(0)) revert MarketInvalidAddress();
        _market().indexes = indexes_;
        emit CollaboratorsSet(distributor_, indexes_);
        _setDistributor(distributor_, 0);
    }

    /// @inheritdoc IInferenceMarket
    function setDistributor(address distributor_, uint64 fromEpoch) external afterExit {
        uint64 earliest = clock.current() + 1;
        if (fromEpoch < earliest) revert MarketEpochTooEarly(fromEpoch, earliest);
        _setDistributor(distributor_, fromEpoch);
    }

    /// @inheritdoc IInferenceMarket
    function split() external view returns (Split memory) {
        return _market().split;
    }

    /// @inheritdoc IInferenceMarket
    function partsOf(uint256 modelId, uint256 amount) external view returns (Parts memory) {
        (IModelRegistry.Model memory model, uint256 versionId) = _sweepable(modelId, clock.current());
        return RevenueSplit.split(_market().split, model, _curatorsOf(model, versionId).length, amount);
    }

    /// @inheritdoc IInferenceMarket
    function receiptsOf(uint256 modelId, uint64 epoch) external view returns (bytes32 receiptsRoot, uint32 count) {
        Receipts storage receipts = _market().receipts[modelId][epoch];
        return (receipts.root, receipts.count);
    }

    /// @inheritdoc IInferenceMarket
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32) {
        return _hashTypedDataV4(SignedReceipts.structHash(receipt));
    }

    /// @inheritdoc IInferenceMarket
    function indexes() external view returns (address) {
        return _market().indexes;
    }

    /// @notice What the tills are proxies of.
    function tillImplementation() external view returns (address) {
        return _market().tillImplementation;
    }

    /// @inheritdoc IInferenceMarket
    function distributorOf(uint64 epoch) public view returns (address) {
        return address(_market().distributors.upperLookupRecent(epoch));
    }

    /// @inheritdoc IInferenceMarket
    function treasury() public view returns (address) {
        return _market().treasury;
    }

    /// @inheritdoc IInferenceMarket
    function tillOf(uint256 modelId) public view returns (address) {
        return Clones.predictDeterministicAddress(_market().tillImplementation, bytes32(modelId));
    }

    /// @dev Reverts for a model whose revenue waits for a version of it to become active.
    function _sweepable(
        uint256 modelId,
        uint64 epoch
    ) private view returns (IModelRegistry.Model memory model, uint256 versionId) {
        address indexes_ = _market().indexes;
        if (indexes_ == address(0)) revert MarketNotConnected();
        model = models.modelOf(modelId);
        if (model.base) return (model, 0);
        versionId = IIndexRegistry(indexes_).activeVersionOf(modelId, epoch);
        uint256 until = model.mintedAt + ACTIVATION_PERIOD;
        if (versionId == 0 && block.timestamp < until) revert MarketNoActiveVersion(modelId, epoch, until);
    }

    function _curatorsOf(
        IModelRegistry.Model memory model,
        uint256 versionId
    ) private view returns (address[] memory curators) {
        if (versionId != 0 && !model.nonCommercial && _market().split.curatorBps != 0) {
            curators = models.curatorsOf(versionId);
        }
    }

    function _deployedTill(uint256 modelId) private returns (address till) {
        till = tillOf(modelId);
        if (till.code.length == 0) {
            Clones.cloneDeterministic(_market().tillImplementation, bytes32(modelId));
            emit TillDeployed(modelId, till);
        }
    }

    function _pay(address to, uint256 amount) private {
        if (amount != 0) token.safeTransfer(to, amount);
    }

    function _setSplit(Split calldata split_) private {
        RevenueSplit.check(split_);
        _market().split = split_;
        emit SplitSet(split_);
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert MarketInvalidAddress();
        _market().treasury = treasury_;
        emit TreasurySet(treasury_);
    }

    function _setDistributor(address distributor_, uint64 fromEpoch) private {
        if (distributor_ == address(0)) revert MarketInvalidAddress();
        // Epochs have fewer than 96 bits.
        _market().distributors.push(fromEpoch, uint160(distributor_));
        token.forceApprove(distributor_, type(uint256).max);
        emit DistributorSet(distributor_, fromEpoch);
    }

    function _market() private pure returns (Market storage market) {
        assembly ("memory-safe") {
            market.slot := MARKET_SLOT
        }
    }
}
