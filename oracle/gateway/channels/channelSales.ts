import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { type Receipt, receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, type Hash } from "@openledger/protocol/hex.ts";
import { toChainError } from "../../chain/revert.ts";
import type { LocalWallet } from "../../chain/wallet.ts";
import { ConflictError } from "../../common/errors.ts";
import type { Context } from "../../jobs/context.ts";
import { outputHash, requestHash, requestSchema } from "../../jobs/receiptFiles.ts";
import type { Channels, StoredChannel } from "../../store/channels.ts";
import type { Inferences, StoredInference } from "../../store/inferences.ts";
import { type PaidAnswer, paidAnswerSchema } from "../paidCall.ts";
import { signDigest } from "../recover.ts";
import type { ModelOffer, ServedModels } from "../servedModels.ts";
import type { StakeCover } from "../stakeCover.ts";
import { type ChannelTerms, requireVoucher } from "./channelTerms.ts";
import { createChannelTurns } from "./channelTurns.ts";
import type { ChannelState, ChannelView } from "./channelView.ts";
import type { Deposits } from "./deposits.ts";
import { type ChannelStatus, requireCovered, StaleVoucherError } from "./voucherProblems.ts";
import { inTime } from "./inTime.ts";
import type { VoucherCall } from "./voucherCall.ts";

/** An answer, and the channel after it was paid. */
export interface SoldAnswer {
  readonly paid: PaidAnswer;
  /** What this call has cost, in wei; 0 where the answer was paid for by another voucher before. */
  readonly charged: bigint;
  readonly channel: ChannelStatus;
}

/** Sells answers for vouchers of channels. */
export interface ChannelSales {
  /**
   * Answers one call of a channel after the other. The voucher and the answer are stored together before the answer is given: a
   * process that is killed has sold what it has stored, and nothing else. The same voucher for the same question gives the same
   * answer, and so does another voucher under the same identifier, which is then not charged.
   *
   * @throws PaymentError before anything is computed, where the voucher is not taken; NotYetError, and nothing is charged, for an answer
   * after the deadline; ConflictError where the identifier was
   * used for another question
   */
  sell(offer: ModelOffer, call: VoucherCall): Promise<SoldAnswer>;
}

export interface ChannelSalesParts {
  readonly channels: Channels;
  readonly inferences: Pick<Inferences, "findByIdentifier" | "findOfChannel">;
  readonly models: Pick<ServedModels, "predictorOf">;
  readonly cover: StakeCover;
  readonly view: ChannelView;
  readonly deposits: Deposits;
  readonly terms: ChannelTerms;
  readonly wallet: LocalWallet;
  /** An answer that takes longer is not sold. */
  readonly deadlineMs?: number | undefined;
}

/** The highest voucher of a channel as this process has it. */
type Book = Pick<StoredChannel, "charged" | "signature">;

export function createChannelSales(
  { deployment, log }: Pick<Context, "deployment" | "log">,
  { channels, inferences, models, cover, view, deposits, terms, wallet, deadlineMs }: ChannelSalesParts,
): ChannelSales {
  const market = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.InferenceMarket));
  const turns = createChannelTurns<Book>();

  function statusOf(channelId: Hash, state: ChannelState, { charged, signature }: Book): ChannelStatus {
    return { channelId, ...state, charged, signature };
  }

  async function stateAfterDeposit({ payment }: VoucherCall, state: ChannelState) {
    const { channelId, maxClaimableAmount } = payment.voucher;
    if (payment.type === "voucher" || maxClaimableAmount <= state.balance) return { state, transaction: "" };
    const transaction = await deposits.make(payment);
    view.forget(channelId);
    return { state: await view.stateOf(channelId), transaction };
  }

  async function answer(offer: ModelOffer, call: VoucherCall, transaction: string): Promise<PaidAnswer> {
    const { channelConfig, voucher } = call.payment;
    const predictor = await models.predictorOf(offer.versionId);
    const made = await inTime(() => predictor.answer(call.request), deadlineMs);
    const receipt: Receipt = {
      versionId: offer.versionId,
      consumer: channelConfig.payer,
      requestHash: requestHash(call.request),
      outputHash: outputHash(made),
      fee: offer.price,
      paymentId: voucher.channelId,
      cumulative: voucher.maxClaimableAmount,
      time: await view.time(),
    };
    const signature = signDigest(wallet.privateKey, digestOf(market, receiptType, receipt)).compactSerialized;
    return { answer: made, receipt, signature, transaction };
  }

  /** What was sold for this voucher and question, or under this name for the call. @throws ConflictError */
  async function soldBefore(offer: ModelOffer, call: VoucherCall, charged: bigint): Promise<PaidAnswer | undefined> {
    const { payment, identifier } = call;
    const { channelConfig, voucher } = payment;
    if (identifier !== undefined) {
      const named = await inferences.findByIdentifier(channelConfig.payer, identifier);
      if (named !== undefined) return soldUnderName(named, offer, call);
    }
    if (charged === 0n || voucher.maxClaimableAmount !== charged) return undefined;
    const sold = await inferences.findOfChannel(channelConfig.payer, voucher.channelId, charged);
    return sold !== undefined && isSame(sold, offer, call) ? paidAnswerSchema.parse(sold.outcome) : undefined;
  }

  async function sellCovered(
    offer: ModelOffer,
    call: VoucherCall,
    { chain, book }: { readonly chain: ChannelState; readonly book: Book },
  ) {
    const { voucher, channelConfig: config } = call.payment;
    const { channelId, maxClaimableAmount: charged, signature } = voucher;
    const { state, transaction } = await stateAfterDeposit(call, chain);
    requireCovered(statusOf(channelId, state, book), charged);
    const paid = await answer(offer, call, transaction);
    const { request, identifier } = call;
    await channels.record({
      channel: { channelId, modelId: offer.modelId, config, charged, signature },
      inference: {
        consumer: config.payer,
        versionId: offer.versionId,
        identifier,
        request: { request },
        outcome: paid,
      },
    });
    return { state, paid };
  }

  async function sellInTurn(offer: ModelOffer, call: VoucherCall, kept: Book | undefined) {
    const { channelId, maxClaimableAmount, signature } = call.payment.voucher;
    const stored = kept ?? (await channels.find(channelId));
    const chain = await view.stateOf(channelId);
    // what was claimed was owed, should this store have lost it
    const book: Book =
      stored !== undefined && stored.charged >= chain.totalClaimed
        ? stored
        : { charged: chain.totalClaimed, signature: "" };
    const status = statusOf(channelId, chain, book);
    const before = await soldBefore(offer, call, book.charged);
    if (before !== undefined) {
      const charged = maxClaimableAmount === before.receipt.cumulative ? before.receipt.fee : 0n;
      return { book, sold: { paid: before, charged, channel: status } };
    }
    if (maxClaimableAmount !== book.charged + offer.price)
      throw new StaleVoucherError(call.payment.voucher, offer.price, status);
    const sale = await cover.reserve(offer.price);
    const { state, paid } = await sellCovered(offer, call, { chain, book }).catch((error: unknown) => {
      sale.end(false);
      throw error;
    });
    sale.end(true);
    log.info({ modelId: `${offer.modelId}`, channelId, cumulative: `${maxClaimableAmount}` }, "answered");
    const after = { charged: maxClaimableAmount, signature };
    return { book: after, sold: { paid, charged: offer.price, channel: statusOf(channelId, state, after) } };
  }

  return {
    sell: async (offer, call) => {
      try {
        requireVoucher(terms, offer, call.payment);
        const { channelId } = call.payment.voucher;
        return await turns.run(channelId, (kept) => sellInTurn(offer, call, kept));
      } catch (error) {
        throw toChainError(error);
      }
    },
  };
}

function isSame({ modelId, request }: StoredInference, offer: ModelOffer, call: VoucherCall): boolean {
  return modelId === offer.modelId && requestHash(askedIn(request)) === requestHash(call.request);
}

function askedIn(request: unknown) {
  return requestSchema.parse((request as { readonly request: unknown }).request);
}

/** @throws ConflictError for an identifier of another question, or of another way to pay */
function soldUnderName(named: StoredInference, offer: ModelOffer, call: VoucherCall): PaidAnswer {
  // whoever else opens a channel in the consumer's name has another channel
  const isOurs = named.paymentId === call.payment.voucher.channelId && named.outcome !== undefined;
  if (isOurs && isSame(named, offer, call)) return paidAnswerSchema.parse(named.outcome);
  throw new ConflictError("the payment identifier was used for another request", {
    value: call.identifier,
    limit: "one question by one channel",
    remedy: "Take a new payment identifier.",
  });
}
