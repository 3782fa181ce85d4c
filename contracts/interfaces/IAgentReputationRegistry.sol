// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SumTree} from "../libraries/SumTree.sol";
import {IInferenceMarket} from "./IInferenceMarket.sol";
import {IPaymentChannels} from "./IPaymentChannels.sol";

/// @title IAgentReputationRegistry
/// @notice What clients say of agents, with the functions and events of ERC-8004's reputation registry by which feedback is given
/// and read. Who has not paid the agent says nothing: each feedback takes one receipt of a closed epoch.
/// @dev The receipt is one that the agent's provider committed to, and whose payment its consumer signed: an authorization that the
/// token knows as used, or a voucher of a channel to the model's till that was claimed. So nobody speaks for somebody else, and no
/// honest provider's clients are made up. An owner who is also provider and client can make receipts up: readers name the clients whom
/// they trust, as the standard has it.
interface IAgentReputationRegistry {
    /// @notice A client may give one more feedback, because a receipt shows that it paid.
    /// @param agentId The agent.
    /// @param clientAddress Who paid.
    /// @param paymentId The receipt's payment.
    event ReceiptRedeemed(uint256 indexed agentId, address indexed clientAddress, bytes32 paymentId);
    /// @notice A client said something of an agent.
    /// @param agentId The agent.
    /// @param clientAddress Who said it.
    /// @param feedbackIndex Number of the client's feedback about the agent, from 1.
    /// @param value How good it was, in units of 10^-valueDecimals.
    /// @param valueDecimals Decimals of `value`.
    /// @param indexedTag1 The first tag, hashed.
    /// @param tag1 The first tag.
    /// @param tag2 The second tag.
    /// @param endpoint What was asked.
    /// @param feedbackURI More about it.
    /// @param feedbackHash Hash of what is there.
    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );
    /// @notice A client took a feedback back.
    /// @param agentId The agent.
    /// @param clientAddress Who said it.
    /// @param feedbackIndex Its number.
    event FeedbackRevoked(uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex);
    /// @notice Somebody answered a feedback.
    /// @param agentId The agent.
    /// @param clientAddress Who said it.
    /// @param feedbackIndex Its number.
    /// @param responder Who answered.
    /// @param responseURI The answer.
    /// @param responseHash Hash of what is there.
    event ResponseAppended(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed responder,
        string responseURI,
        bytes32 responseHash
    );

    /// @dev The agent's metadata names no model, or one of another owner.
    error ReputationForeignModel(uint256 agentId, uint256 modelId);
    /// @dev Receipts of the epoch can still be committed.
    error ReputationEpochOpen(uint64 epoch);
    /// @dev The receipt is for nothing, of another model, or not among those that the provider committed to.
    error ReputationUnknownReceipt(bytes32 paymentId);
    /// @dev The token does not know the receipt's payment as an authorization that was used, or the channel was not claimed so far.
    error ReputationUnpaid(address consumer, bytes32 paymentId);
    /// @dev The channel is not the receipt's: another id, payer, receiver or token.
    error ReputationForeignChannel(bytes32 paymentId);
    /// @dev The receipt gave its feedback already.
    error ReputationReceiptUsed(bytes32 paymentId);
    /// @dev The caller has no receipt left for a feedback about the agent.
    error ReputationNoReceipt(uint256 agentId, address client);
    /// @dev The caller acts for the agent's owner.
    error ReputationOwnAgent(uint256 agentId, address client);
    /// @dev The value with 18 decimals does not fit into an int128, or has more of them.
    error ReputationInvalidValue(int128 value, uint8 decimals);
    /// @dev The client gave no such feedback, or has taken it back.
    error ReputationNoFeedback(uint256 agentId, address client, uint64 feedbackIndex);

    /// @notice Shows that a client paid the agent; anybody may. The agent's metadata `openledger.model` is `abi.encode(modelId)`.
    /// @param agentId The agent.
    /// @param epoch Epoch for which the provider committed to the receipt.
    /// @param receipt The receipt.
    /// @param proof Its place in the tree of the receipts.
    function redeem(
        uint256 agentId,
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        SumTree.Proof calldata proof
    ) external;

    /// @notice {redeem} for a receipt that a channel paid. Receipts of one channel are redeemed in the order of its sums: each owns a
    /// part of the channel above those that were redeemed before.
    /// @param agentId The agent.
    /// @param epoch Epoch for which the provider committed to the receipt.
    /// @param receipt The receipt; its payment is the channel.
    /// @param proof Its place in the tree of the receipts.
    /// @param channel The channel, from its payer to the till of the agent's model.
    function redeemOfChannel(
        uint256 agentId,
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        SumTree.Proof calldata proof,
        IPaymentChannels.ChannelConfig calldata channel
    ) external;

    /// @notice Says something of an agent; takes one redeemed receipt of the caller.
    /// @param agentId The agent.
    /// @param value How good it was, in units of 10^-valueDecimals.
    /// @param valueDecimals Decimals of `value`, at most 18.
    /// @param tag1 What it is about.
    /// @param tag2 What it is about, further.
    /// @param endpoint What was asked.
    /// @param feedbackURI More about it.
    /// @param feedbackHash Hash of what is there.
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external;

    /// @notice Takes a feedback of the caller back. Its receipt stays used.
    /// @param agentId The agent.
    /// @param feedbackIndex The feedback's number.
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external;

    /// @notice Answers a feedback; anybody may.
    /// @param agentId The agent.
    /// @param clientAddress Who said it.
    /// @param feedbackIndex Its number.
    /// @param responseURI The answer.
    /// @param responseHash Hash of what is there.
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external;

    /// @notice Whether a receipt gave its feedback: its authorization was redeemed, or its channel beyond where the receipt begins.
    /// @param receipt The receipt.
    /// @return redeemed Whether it did.
    function isRedeemed(IInferenceMarket.Receipt calldata receipt) external view returns (bool redeemed);

    /// @notice Feedbacks that the client may still give about the agent.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @return receipts Redeemed receipts that gave none yet.
    function receiptsOf(uint256 agentId, address clientAddress) external view returns (uint256 receipts);

    /// @notice Number of the client's last feedback about the agent.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @return lastIndex Its number; 0 for none.
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64 lastIndex);

    /// @notice One feedback.
    /// @param agentId The agent.
    /// @param clientAddress Who said it.
    /// @param feedbackIndex Its number. Reverts for one that does not exist.
    /// @return value How good it was, in units of 10^-valueDecimals.
    /// @return valueDecimals Decimals of `value`.
    /// @return tag1 The first tag.
    /// @return tag2 The second tag.
    /// @return isRevoked Whether it was taken back.
    function readFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    ) external view returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked);

    /// @notice Mean of what some clients said of an agent: whom a reader trusts, it names itself.
    /// @param agentId The agent.
    /// @param clientAddresses The clients.
    /// @param tag1 Only with this first tag; empty: with any.
    /// @param tag2 Only with this second tag; empty: with any.
    /// @return count Feedbacks that were not taken back.
    /// @return summaryValue Their mean, in units of 10^-summaryValueDecimals, rounded towards zero.
    /// @return summaryValueDecimals 18.
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice Whoever gave feedback about the agent.
    /// @param agentId The agent.
    /// @return clients In the order of their first feedback.
    function getClients(uint256 agentId) external view returns (address[] memory clients);

    /// @notice The registry of the agents.
    /// @return identities Its address.
    function getIdentityRegistry() external view returns (address identities);
}
