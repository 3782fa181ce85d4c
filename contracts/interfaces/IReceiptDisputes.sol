// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SumTree} from "../libraries/SumTree.sol";
import {IInferenceMarket} from "./IInferenceMarket.sol";
import {IPaymentChannels} from "./IPaymentChannels.sol";

/// @title IReceiptDisputes
/// @notice Holds providers to their receipts by their compute stake. One part of a payment sold twice is proven by the two receipts.
/// What only a provider can show is demanded: it shows it in time, or loses.
/// @dev Whoever demands pays a fee, which is the provider's as soon as it has answered: an honest provider is paid for every demand,
/// and a demand that was wrong costs who made it. A receipt is a provider's if the provider signed it; a provider that is a contract
/// can be held only to what it still calls its signature (ERC-1271).
interface IReceiptDisputes {
    /// @notice What a demand costs and what falls; fixed for ever.
    struct Terms {
        /// OPEN wei.
        uint96 fee;
        /// Part of the compute stake that a double sale costs, in basis points.
        uint16 doubleSaleBps;
        /// Part of it that a demand without an answer costs.
        uint16 silenceBps;
    }

    /// @notice A demand that waits for its answer.
    struct Demand {
        address challenger;
        /// Last second in which it can be answered.
        uint64 deadline;
        address provider;
    }

    /// @notice A provider signed two receipts that own the same part of one payment.
    /// @param provider The provider.
    /// @param consumer Who paid.
    /// @param paymentId The payment.
    /// @param challenger Who proved it.
    /// @param reward OPEN wei that the challenger got.
    event DoubleSaleProven(
        address indexed provider,
        address indexed consumer,
        bytes32 indexed paymentId,
        address challenger,
        uint256 reward
    );
    /// @notice A provider has to include a receipt in what it commits to for an epoch, and show its place once the epoch is closed.
    /// @param demandId The demand.
    /// @param provider Who signed the receipt and commits for the epoch.
    /// @param modelId The model.
    /// @param epoch The epoch.
    /// @param challenger Who demands it.
    /// @param deadline Last second in which it can be answered.
    /// @param receipt The receipt.
    /// @param signature The provider's.
    event InclusionDemanded(
        bytes32 indexed demandId,
        address indexed provider,
        uint256 indexed modelId,
        uint64 epoch,
        address challenger,
        uint64 deadline,
        IInferenceMarket.Receipt receipt,
        bytes signature
    );
    /// @notice A provider has to show what it sold for a wei that it has claimed of a channel.
    /// @param demandId The demand.
    /// @param provider Who alone can claim of the channel.
    /// @param channelId The channel.
    /// @param point The wei, counted from 1.
    /// @param challenger Who demands it.
    /// @param deadline Last second in which it can be answered.
    event SaleDemanded(
        bytes32 indexed demandId,
        address indexed provider,
        bytes32 indexed channelId,
        uint128 point,
        address challenger,
        uint64 deadline
    );
    /// @notice A demand was answered; its fee is the provider's.
    /// @param demandId The demand.
    /// @param provider The provider.
    /// @param receipt What was shown.
    /// @param signature The provider's; empty where the receipt's place among the committed ones was shown.
    event DemandAnswered(
        bytes32 indexed demandId,
        address indexed provider,
        IInferenceMarket.Receipt receipt,
        bytes signature
    );
    /// @notice A demand was not answered in time; its fee went back.
    /// @param demandId The demand.
    /// @param provider The provider.
    /// @param challenger Who had demanded.
    /// @param reward OPEN wei that the challenger got beside the fee.
    event SilencePunished(
        bytes32 indexed demandId,
        address indexed provider,
        address indexed challenger,
        uint256 reward
    );

    /// @notice A part of stake lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error ReceiptTermsOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @notice The receipt is not signed by the provider.
    /// @param provider The provider.
    error ReceiptNotSigned(address provider);
    /// @notice The receipts are one, or own no part of one payment in common.
    error ReceiptsAgree();
    /// @notice The pair was used before.
    error ReceiptsAlreadyProven();
    /// @notice The provider has no compute stake that could be taken.
    /// @param provider The provider.
    error ReceiptProviderUnstaked(address provider);
    /// @notice Too little time is left in which the provider can commit to receipts of the epoch.
    /// @param epoch The epoch.
    /// @param until Last second in which that could be demanded.
    error ReceiptDemandTooLate(uint64 epoch, uint256 until);
    /// @notice Nobody commits to receipts of the epoch yet.
    /// @param epoch The epoch.
    error ReceiptEpochNotBegun(uint64 epoch);
    /// @notice The channel pays in another token or to no model's till.
    /// @param channelId The channel.
    error ReceiptForeignChannel(bytes32 channelId);
    /// @notice The wei was not claimed of the channel.
    /// @param point The wei, counted from 1.
    /// @param claimed How many were.
    error ReceiptNotClaimed(uint256 point, uint256 claimed);
    /// @notice The same is demanded already.
    /// @param demandId The demand.
    error ReceiptDemandOpen(bytes32 demandId);
    /// @notice There is no such demand, or it has ended.
    /// @param demandId The demand.
    error ReceiptDemandUnknown(bytes32 demandId);
    /// @notice The demand could be answered until `deadline`.
    /// @param deadline Last second in which it could be answered.
    error ReceiptAnswerLate(uint256 deadline);
    /// @notice The demand can be answered until `deadline`.
    /// @param deadline Last second in which it can be answered.
    error ReceiptAnswerDue(uint256 deadline);
    /// @notice Receipts of the epoch can still be committed: what is committed now need not stay.
    /// @param epoch The epoch.
    error ReceiptEpochOpen(uint64 epoch);
    /// @notice What was shown is not what was demanded.
    error ReceiptNotShown();

    /// @notice Takes stake of a provider that sold a part of a payment twice. Each pair of receipts once, in either order.
    /// @param provider Who signed both.
    /// @param a A receipt.
    /// @param signatureOfA The provider's.
    /// @param b Another one, of the same consumer and payment, that owns a part of what `a` owns.
    /// @param signatureOfB The provider's.
    function proveDoubleSale(
        address provider,
        IInferenceMarket.Receipt calldata a,
        bytes calldata signatureOfA,
        IInferenceMarket.Receipt calldata b,
        bytes calldata signatureOfB
    ) external;

    /// @notice Demands that the provider of the receipt's model commits to the receipt for an epoch, as long as it has `NOTICE` left for
    /// it. It can commit to whatever it signed, whether or not it counts there.
    /// @param epoch The epoch, in which the payment was swept.
    /// @param receipt The receipt.
    /// @param signature The provider's.
    /// @return demandId For {answerInclusion} or {punishSilence}.
    function demandInclusion(
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        bytes calldata signature
    ) external returns (bytes32 demandId);

    /// @notice Shows a receipt among those that were committed for the epoch, once it is closed. Anybody may; the provider gets the fee.
    /// @param epoch The epoch.
    /// @param receipt The receipt.
    /// @param proof Its place.
    function answerInclusion(
        uint64 epoch,
        IInferenceMarket.Receipt calldata receipt,
        SumTree.Proof calldata proof
    ) external;

    /// @notice Demands the receipt that owns a wei which was claimed of a channel to a till. Who shows different ones at different times
    /// has sold the wei twice.
    /// @param modelId The model whose till the channel pays.
    /// @param config The channel; its receiver authorizer is the provider.
    /// @param point The wei, counted from 1.
    /// @return demandId For {answerSale} or {punishSilence}.
    function demandSale(
        uint256 modelId,
        IPaymentChannels.ChannelConfig calldata config,
        uint128 point
    ) external returns (bytes32 demandId);

    /// @notice Shows the receipt that owns a wei of a channel. Anybody may; the provider gets the fee.
    /// @param config The channel.
    /// @param point The wei, counted from 1.
    /// @param receipt The receipt.
    /// @param signature The provider's.
    function answerSale(
        IPaymentChannels.ChannelConfig calldata config,
        uint128 point,
        IInferenceMarket.Receipt calldata receipt,
        bytes calldata signature
    ) external;

    /// @notice Takes stake of a provider that has not answered in time, and gives the fee back. Anybody may; the challenger gets the reward.
    /// @param demandId The demand.
    function punishSilence(bytes32 demandId) external;

    /// @notice What a demand costs and what falls.
    /// @return The terms.
    function terms() external view returns (Terms memory);

    /// @notice A demand that waits for its answer; all zero once it has ended.
    /// @param demandId The demand.
    /// @return The demand.
    function demandOf(bytes32 demandId) external view returns (Demand memory);
}
