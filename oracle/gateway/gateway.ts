import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { type Receipt, receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { blockTime } from "../chain/blockTime.ts";
import { toChainError } from "../chain/revert.ts";
import type { Sender } from "../chain/send.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { ConflictError, InputError, messageOf, NotYetError } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import { type InferenceRequest, outputHash, requestHash } from "../jobs/receiptFiles.ts";
import type { Inferences, StoredInference } from "../store/inferences.ts";
import { type Authorisation, checkAuthorisation, requireSigned, tokenDomain } from "./authorisation.ts";
import { requireBound } from "./boundPayment.ts";
import { asksSame, type PaidAnswer, paidAnswerSchema, type PaidCall, paidCallSchema } from "./paidCall.ts";
import { createPayments, type Paid } from "./payments.ts";
import { signDigest } from "./recover.ts";
import { createServedModels, type ModelOffer, type ServedAgent, type ServedModels } from "./servedModels.ts";
import { createStakeCover, type StakeCover } from "./stakeCover.ts";

export interface Gateway {
  readonly models: ServedModels;
  /** Who sells beside it, by channels, sells within the same stake. */
  readonly cover: StakeCover;
  /**
   * What an answer costs, for a request that the model's active version can read. Costs nothing and computes nothing.
   *
   * @throws NotFoundError for a model that is not served here; InputError for what its version cannot read
   */
  quote(modelId: bigint, request: InferenceRequest): Promise<ModelOffer>;
  /**
   * Answers, takes the payment, and signs the receipt. The same payment, and another under the same identifier of the same
   * consumer, always gives the same answer and receipt, and only the first is taken.
   *
   * @throws PaymentError where the payment is not taken; ConflictError where payment or identifier were for another request
   */
  infer(modelId: bigint, call: PaidCall): Promise<PaidAnswer>;
  /** Whether the payment would be taken now. @throws PaymentError with why not */
  verify(offer: ModelOffer, payment: Authorisation): Promise<void>;
  /** Takes a payment that nothing was asked for yet; who asks with it later is answered. @throws PaymentError */
  settle(offer: ModelOffer, payment: Authorisation): Promise<Paid>;
  /**
   * Finishes what was accepted before the process ended. What cannot be finished is set aside with its reason; what fails for
   * another reason is tried again at the next start.
   *
   * @returns how many were finished
   */
  resume(): Promise<number>;
}

/** A call that this process may answer. */
interface Accepted extends Pick<StoredInference, "modelId" | "versionId"> {
  readonly call: PaidCall;
  /** Least payment, in wei. */
  readonly price: bigint;
  /** It was accepted, and perhaps charged, before. */
  readonly stored: boolean;
}

/** A call that is being served. */
interface Running extends Pick<StoredInference, "modelId"> {
  readonly call: PaidCall;
  readonly answer: Promise<PaidAnswer>;
}

/** Serves paid inference for the models whose provider this key is, and for an agent that acts with it. */
export async function createGateway(
  context: Context,
  inferences: Inferences,
  { wallet, sender }: { readonly wallet: LocalWallet; readonly sender: Sender },
  agent?: ServedAgent,
): Promise<Gateway> {
  const { contracts, deployment, log, provider } = context;
  const domain = await tokenDomain(contracts.OpenToken);
  const market = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.InferenceMarket));
  const payments = createPayments(context, sender);
  const models = createServedModels(context, wallet.address, agent);
  const cover = createStakeCover({ contracts, provider: wallet.address, inferences });
  const running = new Map<string, Running>();

  /** Who asks again, for the same, gets what was made for the first payment: its key must have signed both. */
  async function requireSame(known: Pick<Running, "modelId" | "call">, modelId: bigint, call: PaidCall): Promise<void> {
    if (!asksSame(known, { modelId, call })) throw usedError(call);
    if (known.call.payment.signature === call.payment.signature) return;
    await requireSigned(contracts.OpenToken, domain, call.payment, await models.tillOf(modelId));
  }

  /** One at a time for each payment and identifier: who asks again gets the answer that is being made. */
  async function once(modelId: bigint, call: PaidCall, serve: () => Promise<PaidAnswer>): Promise<PaidAnswer> {
    const keys = keysOf(call);
    const known = keys.map((key) => running.get(key)).find((one) => one !== undefined);
    if (known !== undefined) {
      await requireSame(known, modelId, call);
      return known.answer;
    }
    const answer = serve().finally(() => {
      for (const key of keys) running.delete(key);
    });
    for (const key of keys) running.set(key, { call, modelId, answer });
    return answer;
  }

  async function accept(modelId: bigint, call: PaidCall): Promise<Accepted> {
    requireBound(modelId, call);
    const { versionId, price } = await models.offerOf(modelId);
    return { modelId, versionId, call, price, stored: false };
  }

  async function checkFor(offer: Pick<ModelOffer, "modelId" | "price">, payment: Authorisation) {
    const [to, now] = await Promise.all([models.tillOf(offer.modelId), blockTime(provider, "latest")]);
    return {
      to,
      payment: await checkAuthorisation(contracts.OpenToken, domain, payment, { to, price: offer.price, now }),
    };
  }

  /** Nothing is paid before there is an answer, and no answer leaves before it is paid. */
  async function answerPaid({ modelId, versionId, call, price, stored }: Accepted): Promise<PaidAnswer> {
    const { from: consumer, nonce: paymentId, value: fee } = call.payment;
    const predictor = await models.predictorOf(versionId);
    predictor.check(call.request);
    const { to, payment } = await checkFor({ modelId, price }, call.payment);
    let kept = stored;
    const store = async () => {
      const { identifier } = call;
      kept ||= await inferences.add({ consumer, paymentId, modelId, versionId, identifier, request: call });
      if (kept) return;
      throw new NotYetError("another process of this provider serves the payment", {
        value: paymentId,
        remedy: "Send the same payment again.",
      });
    };
    // what was accepted before is counted already; what was stored may have been charged
    const sale = stored ? undefined : await cover.reserve(fee);
    try {
      const { made: answer, paid } = await payments.charge(payment, to, {
        make: () => predictor.answer(call.request),
        isCostly: predictor.isCostly ?? false,
        ...(stored ? {} : { store }),
      });
      const receipt: Receipt = {
        versionId,
        consumer,
        requestHash: requestHash(call.request),
        outputHash: outputHash(answer),
        fee,
        paymentId,
        cumulative: fee,
        time: await blockTime(provider, paid.block),
      };
      const signature = signDigest(wallet.privateKey, digestOf(market, receiptType, receipt)).compactSerialized;
      const outcome = { answer, receipt, signature, transaction: paid.transaction };
      await inferences.finish(consumer, paymentId, outcome);
      log.info({ modelId: `${modelId}`, paymentId }, "answered");
      return outcome;
    } finally {
      sale?.end(kept);
    }
  }

  /** What cannot be finished, whenever it is tried, does not stand in the way of a start. */
  async function orSetAside(accepted: Accepted): Promise<PaidAnswer> {
    try {
      return await answerPaid(accepted);
    } catch (error) {
      const { from, nonce } = accepted.call.payment;
      if (error instanceof InputError) await inferences.setAside(from, nonce, messageOf(error));
      throw error;
    }
  }

  /** What was accepted before, under this payment or under this name for it. */
  async function acceptedBefore({ payment, identifier }: PaidCall): Promise<StoredInference | undefined> {
    const known = await inferences.find(payment.from, payment.nonce);
    if (known !== undefined || identifier === undefined) return known;
    return inferences.findByIdentifier(payment.from, identifier);
  }

  async function serve(modelId: bigint, call: PaidCall): Promise<PaidAnswer> {
    const known = await acceptedBefore(call);
    if (known === undefined) return orSetAside(await accept(modelId, call));
    const before = paidCallSchema.safeParse(known.request);
    if (!before.success) throw usedError(call);
    await requireSame({ modelId: known.modelId, call: before.data }, modelId, call);
    if (known.outcome !== undefined) return paidAnswerSchema.parse(known.outcome);
    try {
      // what was accepted, at the price of then: not what comes now under its nonce
      return await orSetAside({ modelId, versionId: known.versionId, call: before.data, price: 0n, stored: true });
    } catch (error) {
      if (known.paymentId === call.payment.nonce || !(error instanceof InputError)) throw error;
      // the first payment under this name cannot be taken: this one can take its place
      await inferences.releaseIdentifier(known.consumer, known.paymentId);
      return orSetAside(await accept(modelId, call));
    }
  }

  async function resume({ consumer, paymentId, modelId, request }: StoredInference): Promise<boolean> {
    try {
      const call = paidCallSchema.parse(request);
      await once(modelId, call, () => serve(modelId, call));
      return true;
    } catch (error) {
      // not a request any more, as rules go now
      if (error instanceof z.ZodError) await inferences.setAside(consumer, paymentId, messageOf(error));
      log.error({ err: error, consumer, paymentId }, `an inference could not be finished: ${messageOf(error)}`);
      return false;
    }
  }

  return {
    models,
    cover,
    quote: async (modelId, request) => {
      try {
        const offer = await models.offerOf(modelId);
        (await models.predictorOf(offer.versionId)).check(request);
        return offer;
      } catch (error) {
        throw toChainError(error);
      }
    },
    infer: async (modelId, call) => {
      try {
        return await once(modelId, call, () => serve(modelId, call));
      } catch (error) {
        throw toChainError(error);
      }
    },
    verify: async (offer, authorisation) => {
      try {
        const { to, payment } = await checkFor(offer, authorisation);
        await payments.rehearse(payment, to);
      } catch (error) {
        throw toChainError(error);
      }
    },
    settle: async (offer, authorisation) => {
      try {
        const { to, payment } = await checkFor(offer, authorisation);
        const sale = await cover.reserve(payment.value);
        try {
          return (await payments.charge(payment, to, { make: () => Promise.resolve() })).paid;
        } finally {
          sale.end(true);
        }
      } catch (error) {
        throw toChainError(error);
      }
    },
    resume: async () => (await Promise.all((await inferences.unfinished()).map(resume))).filter(Boolean).length,
  };
}

function keysOf({ payment: { from, nonce }, identifier }: PaidCall): string[] {
  const byPayment = `${from} ${nonce}`;
  return identifier === undefined ? [byPayment] : [byPayment, `${from} ${identifier}`];
}

function usedError({ payment, identifier }: PaidCall): ConflictError {
  return new ConflictError("the payment was used for another request", {
    value: payment.nonce,
    remedy: `Sign an authorization with a new nonce${identifier === undefined ? "" : " and take a new payment identifier"}.`,
  });
}
