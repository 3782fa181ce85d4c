// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {UpgradeableAfterExit} from "../access/UpgradeableAfterExit.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {IStakeManager} from "../interfaces/IStakeManager.sol";
import {ITill} from "../interfaces/ITill.sol";
import {Till} from "./Till.sol";

/// @title InferenceMarket
/// @notice See {IInferenceMarket}. Holds nothing between transactions.
contract InferenceMarket is IInferenceMarket, EIP712Upgradeable, UpgradeableAfterExit {
    using SafeERC20 for IERC20;

    struct Receipts {
        bytes32 root;
        uint32 count;
    }

    uint256 public constant BPS = 10_000;
    uint256 public constant MIN_CONTRIBUTORS_BPS = 3000;
    bytes32 public constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(uint256 versionId,address consumer,bytes32 requestHash,bytes32 outputHash,uint256 fee,bytes32 paymentId,uint64 time)"
    );

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IERC20 public immutable token;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IEpochClock public immutable clock;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IModelRegistry public immutable models;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IStakeManager public immutable stakes;

    /// @notice What the tills are proxies of. Set once: their addresses follow from it.
    address public tillImplementation;
    /// @inheritdoc IInferenceMarket
    address public treasury;
    Split private _split;
    IRewardDistributor public distributor;
    IIndexRegistry public indexes;
    mapping(uint256 modelId => mapping(uint64 epoch => Receipts)) private _receipts;

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
        tillImplementation = address(new Till(token));
        token.forceApprove(address(stakes), type(uint256).max);
    }

    /// @inheritdoc IInferenceMarket
    function sweep(uint256 modelId) external returns (uint256 amount) {
        uint64 epoch = clock.current();
        if (address(indexes) == address(0)) revert MarketNotConnected();
        uint256 versionId = indexes.activeVersionOf(modelId, epoch);
        if (versionId == 0) revert MarketNoActiveVersion(modelId, epoch);
        amount = ITill(_deployedTill(modelId)).empty();
        if (amount == 0) revert MarketNothingToSweep(modelId);

        (Parts memory parts, uint256 parentModelId) = _partsOf(modelId, amount);
        emit Swept(modelId, epoch, versionId, amount, parts);
        _pay(treasury, parts.protocol);
        _pay(models.ownerOf(modelId), parts.owner);
        _pay(models.providerOf(modelId, epoch), parts.compute);
        if (parts.parent != 0) _pay(tillOf(parentModelId), parts.parent);
        if (parts.stakers != 0) stakes.fundStakers(parts.stakers);
        distributor.fund(modelId, parts.contributors);
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
        _receipts[modelId][epoch] = Receipts(receiptsRoot, count);
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
        if (address(distributor) != address(0)) revert MarketAlreadyConnected();
        if (distributor_ == address(0) || indexes_ == address(0)) revert MarketInvalidAddress();
        distributor = IRewardDistributor(distributor_);
        indexes = IIndexRegistry(indexes_);
        token.forceApprove(distributor_, type(uint256).max);
        emit CollaboratorsSet(distributor_, indexes_);
    }

    /// @inheritdoc IInferenceMarket
    function split() external view returns (Split memory) {
        return _split;
    }

    /// @inheritdoc IInferenceMarket
    function partsOf(uint256 modelId, uint256 amount) external view returns (Parts memory parts) {
        (parts, ) = _partsOf(modelId, amount);
    }

    /// @inheritdoc IInferenceMarket
    function receiptsOf(uint256 modelId, uint64 epoch) external view returns (bytes32 receiptsRoot, uint32 count) {
        Receipts storage receipts = _receipts[modelId][epoch];
        return (receipts.root, receipts.count);
    }

    /// @inheritdoc IInferenceMarket
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RECEIPT_TYPEHASH, receipt)));
    }

    /// @inheritdoc IInferenceMarket
    function tillOf(uint256 modelId) public view returns (address) {
        return Clones.predictDeterministicAddress(tillImplementation, bytes32(modelId));
    }

    /// @dev Every part is rounded down and contributors take the rest, so the parts add up to `amount`.
    function _partsOf(
        uint256 modelId,
        uint256 amount
    ) private view returns (Parts memory parts, uint256 parentModelId) {
        Split memory policy = _split;
        IModelRegistry.Model memory model = models.modelOf(modelId);
        parentModelId = model.parentModelId;
        uint256 ownerDown = (amount * policy.ownerBps) / BPS;
        parts.parent = (ownerDown * model.parentShareBps) / BPS;
        parts.owner = ownerDown - parts.parent;
        parts.protocol = (amount * policy.protocolBps) / BPS;
        parts.compute = (amount * policy.computeBps) / BPS;
        parts.stakers = (amount * policy.stakersBps) / BPS;
        parts.contributors = amount - ownerDown - parts.protocol - parts.compute - parts.stakers;
    }

    function _deployedTill(uint256 modelId) private returns (address till) {
        till = tillOf(modelId);
        if (till.code.length == 0) {
            Clones.cloneDeterministic(tillImplementation, bytes32(modelId));
            emit TillDeployed(modelId, till);
        }
    }

    function _pay(address to, uint256 amount) private {
        if (amount != 0) token.safeTransfer(to, amount);
    }

    function _setSplit(Split calldata split_) private {
        uint256 others = uint256(split_.protocolBps) + split_.ownerBps + split_.computeBps + split_.stakersBps;
        if (others > BPS - MIN_CONTRIBUTORS_BPS)
            revert MarketSplitOutOfBounds(others < BPS ? BPS - others : 0, MIN_CONTRIBUTORS_BPS);
        _split = split_;
        emit SplitSet(split_);
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert MarketInvalidAddress();
        treasury = treasury_;
        emit TreasurySet(treasury_);
    }
}
