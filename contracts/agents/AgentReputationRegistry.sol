// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentIdentityRegistry} from "../interfaces/IAgentIdentityRegistry.sol";
import {IAgentReputationRegistry} from "../interfaces/IAgentReputationRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {SignedReceipts} from "../libraries/SignedReceipts.sol";
import {SumTree} from "../libraries/SumTree.sol";

/// @title AgentReputationRegistry
/// @notice See {IAgentReputationRegistry}.
contract AgentReputationRegistry is IAgentReputationRegistry {
    struct Feedback {
        int128 value;
        uint8 decimals;
        bool isRevoked;
        string tag1;
        string tag2;
    }

    /// @dev What a client says, in one place for a stack of sixteen.
    struct Given {
        Feedback feedback;
        string endpoint;
        string uri;
        bytes32 hash;
    }

    string private constant MODEL_KEY = "openledger.model";
    uint8 private constant DECIMALS = 18;

    IAgentIdentityRegistry public immutable identities;
    IOpenToken public immutable token;
    IEpochClock public immutable clock;
    IModelRegistry public immutable models;
    IInferenceMarket public immutable market;
    IPaymentChannels public immutable channels;

    mapping(bytes32 payment => bool) private _isUsed;
    mapping(bytes32 channelId => uint256 sum) private _redeemedOf;
    mapping(uint256 agentId => mapping(address client => uint256)) private _receipts;
    mapping(uint256 agentId => mapping(address client => Feedback[])) private _feedback;
    mapping(uint256 agentId => address[]) private _clients;

    constructor(
        IAgentIdentityRegistry identities_,
        IOpenToken token_,
        IEpochClock clock_,
        IModelRegistry models_,
        IInferenceMarket market_,
        IPaymentChannels channels_
    ) {
        identities = identities_;
        token = token_;
        clock = clock_;
        models = models_;
        market = market_;
        channels = channels_;
    }

    /// @inheritdoc IAgentReputationRegistry
    function redeem(
        uint256 agentId,
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        SumTree.Proof calldata proof
    ) external {
        _requireCommitted(_modelOf(agentId), epoch, receipt, proof);
        if (!token.authorizationState(receipt.consumer, receipt.paymentId)) {
            revert ReputationUnpaid(receipt.consumer, receipt.paymentId);
        }
        if (isRedeemed(receipt)) revert ReputationReceiptUsed(receipt.paymentId);
        _isUsed[_paymentOf(receipt)] = true;
        _entitle(agentId, receipt);
    }

    /// @inheritdoc IAgentReputationRegistry
    function redeemOfChannel(
        uint256 agentId,
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        SumTree.Proof calldata proof,
        IPaymentChannels.ChannelConfig calldata channel
    ) external {
        uint256 modelId = _modelOf(agentId);
        _requireCommitted(modelId, epoch, receipt, proof);
        bytes32 channelId = receipt.paymentId;
        bool isOfReceipt = channels.getChannelId(channel) == channelId && channel.payer == receipt.consumer;
        if (!isOfReceipt || channel.receiver != market.tillOf(modelId) || channel.token != address(token)) {
            revert ReputationForeignChannel(channelId);
        }
        (, uint128 claimed) = channels.channels(channelId);
        if (receipt.cumulative > claimed) revert ReputationUnpaid(receipt.consumer, channelId);
        if (isRedeemed(receipt)) revert ReputationReceiptUsed(channelId);
        _redeemedOf[channelId] = receipt.cumulative;
        _entitle(agentId, receipt);
    }

    /// @inheritdoc IAgentReputationRegistry
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external {
        Given memory given;
        given.feedback = Feedback(value, valueDecimals, false, tag1, tag2);
        given.endpoint = endpoint;
        given.uri = feedbackURI;
        given.hash = feedbackHash;
        _give(agentId, given);
    }

    /// @inheritdoc IAgentReputationRegistry
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external {
        Feedback storage given = _feedbackAt(agentId, msg.sender, feedbackIndex);
        if (given.isRevoked) revert ReputationNoFeedback(agentId, msg.sender, feedbackIndex);
        given.isRevoked = true;
        emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);
    }

    /// @inheritdoc IAgentReputationRegistry
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external {
        _feedbackAt(agentId, clientAddress, feedbackIndex);
        emit ResponseAppended(agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash);
    }

    /// @inheritdoc IAgentReputationRegistry
    function receiptsOf(uint256 agentId, address clientAddress) external view returns (uint256) {
        return _receipts[agentId][clientAddress];
    }

    /// @inheritdoc IAgentReputationRegistry
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64) {
        return uint64(_feedback[agentId][clientAddress].length);
    }

    /// @inheritdoc IAgentReputationRegistry
    function readFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    )
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked)
    {
        Feedback storage given = _feedbackAt(agentId, clientAddress, feedbackIndex);
        return (given.value, given.decimals, given.tag1, given.tag2, given.isRevoked);
    }

    /// @inheritdoc IAgentReputationRegistry
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals) {
        int256 sum = 0;
        for (uint256 i = 0; i < clientAddresses.length; ++i) {
            Feedback[] storage given = _feedback[agentId][clientAddresses[i]];
            for (uint256 j = 0; j < given.length; ++j) {
                if (given[j].isRevoked || !_matches(tag1, given[j].tag1) || !_matches(tag2, given[j].tag2)) continue;
                sum += _scaled(given[j].value, given[j].decimals);
                ++count;
            }
        }
        // A mean of values that fit into an int128 fits into one.
        return (count, count == 0 ? int128(0) : int128(sum / int256(uint256(count))), DECIMALS);
    }

    /// @inheritdoc IAgentReputationRegistry
    function getClients(uint256 agentId) external view returns (address[] memory) {
        return _clients[agentId];
    }

    /// @inheritdoc IAgentReputationRegistry
    function getIdentityRegistry() external view returns (address) {
        return address(identities);
    }

    /// @inheritdoc IAgentReputationRegistry
    function isRedeemed(IInferenceMarket.Receipt calldata receipt) public view returns (bool) {
        return _isUsed[_paymentOf(receipt)] || receipt.cumulative < receipt.fee + _redeemedOf[receipt.paymentId];
    }

    /// @dev One authorization gives one feedback, whatever else a provider commits to under its id.
    function _paymentOf(IInferenceMarket.Receipt calldata receipt) private pure returns (bytes32) {
        return keccak256(abi.encode(receipt.consumer, receipt.paymentId));
    }

    /// @dev The provider of the model committed to the receipt, which is for something.
    function _requireCommitted(
        uint256 modelId,
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        SumTree.Proof calldata proof
    ) private view {
        if (!clock.isClosed(epoch)) revert ReputationEpochOpen(epoch);
        if (receipt.fee == 0 || models.versionOf(receipt.versionId).modelId != modelId) {
            revert ReputationUnknownReceipt(receipt.paymentId);
        }
        (bytes32 root, ) = market.receiptsOf(modelId, epoch);
        (bool valid, , ) = SumTree.verify(root, proof, SignedReceipts.leafHash(receipt), receipt.fee);
        if (!valid) revert ReputationUnknownReceipt(receipt.paymentId);
    }

    function _entitle(uint256 agentId, IInferenceMarket.Receipt calldata receipt) private {
        ++_receipts[agentId][receipt.consumer];
        emit ReceiptRedeemed(agentId, receipt.consumer, receipt.paymentId);
    }

    function _give(uint256 agentId, Given memory given) private {
        if (identities.isAuthorizedOrOwner(msg.sender, agentId)) revert ReputationOwnAgent(agentId, msg.sender);
        Feedback memory said = given.feedback;
        if (said.decimals > DECIMALS) revert ReputationInvalidValue(said.value, said.decimals);
        int256 scaled = _scaled(said.value, said.decimals);
        if (scaled != int128(scaled)) revert ReputationInvalidValue(said.value, said.decimals);
        if (_receipts[agentId][msg.sender] == 0) revert ReputationNoReceipt(agentId, msg.sender);
        --_receipts[agentId][msg.sender];
        Feedback[] storage all = _feedback[agentId][msg.sender];
        if (all.length == 0) _clients[agentId].push(msg.sender);
        all.push(said);
        emit NewFeedback(
            agentId,
            msg.sender,
            uint64(all.length),
            said.value,
            said.decimals,
            said.tag1,
            said.tag1,
            said.tag2,
            given.endpoint,
            given.uri,
            given.hash
        );
    }

    /// @dev Somebody else's model does not become the agent's by being named.
    function _modelOf(uint256 agentId) private view returns (uint256 modelId) {
        address owner = identities.ownerOf(agentId);
        bytes memory named = identities.getMetadata(agentId, MODEL_KEY);
        if (named.length != 32) revert ReputationForeignModel(agentId, 0);
        modelId = abi.decode(named, (uint256));
        if (models.ownerOf(modelId) != owner) revert ReputationForeignModel(agentId, modelId);
    }

    function _feedbackAt(
        uint256 agentId,
        address client,
        uint64 feedbackIndex
    ) private view returns (Feedback storage) {
        Feedback[] storage given = _feedback[agentId][client];
        if (feedbackIndex == 0 || feedbackIndex > given.length) {
            revert ReputationNoFeedback(agentId, client, feedbackIndex);
        }
        return given[feedbackIndex - 1];
    }

    function _scaled(int128 value, uint8 decimals) private pure returns (int256) {
        return int256(value) * int256(10 ** (DECIMALS - decimals));
    }

    function _matches(string calldata asked, string storage tag) private pure returns (bool) {
        return bytes(asked).length == 0 || keccak256(bytes(asked)) == keccak256(bytes(tag));
    }
}
