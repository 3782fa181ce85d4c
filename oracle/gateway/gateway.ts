import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { type Receipt, receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { blockTime } from "../chain/blockTime.ts";
import { toChainError } from "../chain/revert.ts";
import type { Sender } from "../chain/send.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { InputError, messageOf } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import { loadWeights } from "../jobs/loadWeights.ts";
import {
  answerSchema,
  type InferenceAnswer,
  outputHash,
  receiptSchema,
  requestHash,
  requestSchema,
} from "../jobs/receiptFiles.ts";
import { requireVersion } from "../jobs/requireVersion.ts";
import { answersWithPassages, getManifest } from "../jobs/versionFiles.ts";
import type { Inferences, StoredInference } from "../store/inferences.ts";
import { createAnswerPredictor } from "./answerPredictor.ts";
import { authorisationSchema, checkAuthorisation, hash32, tokenDomain } from "./authorisation.ts";
import { requireBound } from "./boundPayment.ts";
import { createPayments } from "./payments.ts";
import { createPredictor, type Predictor } from "./predictor.ts";

/**
 * What a consumer sends: what it asks, the authorisation that pays for it, and the salt of a nonce that binds the two. A payment
 * without a salt is taken as well; its receipt shows nobody that the consumer asked this.
 */
export const inferenceSchema = z.strictObject({
  request: requestSchema,
  payment: authorisationSchema,
  salt: hash32.optional(),
});
export type InferenceCall = z.output<typeof inferenceSchema>;

const paidSchema = z.object({ answer: answerSchema, receipt: receiptSchema, signature: z.string() });

/** What a consumer gets: the answer, and the provider's signed receipt for it. */
export interface PaidAnswer {
  readonly answer: InferenceAnswer;
  readonly receipt: Receipt;
  readonly signature: string;
}

export interface Gateway {
  /** Answers, takes the payment, and signs the receipt. The same payment always gives the same answer and receipt. */
  infer(modelId: bigint, call: InferenceCall): Promise<PaidAnswer>;
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
  readonly call: InferenceCall;
  /** Least payment, in wei. */
  readonly price: bigint;
  /** It was accepted, and perhaps charged, before. */
  readonly stored: boolean;
}

/** A call that is being served. */
interface Running extends Pick<StoredInference, "modelId"> {
  readonly call: InferenceCall;
  readonly answer: Promise<PaidAnswer>;
}

/** Serves paid inference for the models whose provider this key is. */
export async function createGateway(
  context: Context,
  inferences: Inferences,
  { wallet, sender }: { readonly wallet: LocalWallet; readonly sender: Sender },
): Promise<Gateway> {
  const { contracts, deployment, log, provider } = context;
  const domain = await tokenDomain(contracts.OpenToken);
  const market = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.InferenceMarket));
  const payments = createPayments(context, sender);
  const predictors = new Map<bigint, Promise<Predictor>>();
  const tills = new Map<bigint, Promise<Address>>();
  const running = new Map<string, Running>();

  function remembered<T>(cache: Map<bigint, Promise<T>>, id: bigint, make: () => Promise<T>): Promise<T> {
    const known = cache.get(id) ?? make();
    cache.set(id, known);
    known.catch(() => cache.delete(id));
    return known;
  }
  const tillOf = (modelId: bigint) =>
    remembered(tills, modelId, async () => asAddress(await contracts.InferenceMarket.tillOf(modelId)));
  const predictorOf = (versionId: bigint) =>
    remembered(predictors, versionId, async () => {
      const version = await requireVersion(context, versionId.toString());
      const manifest = await getManifest(context.content, version.uri);
      const models = await loadWeights(context, version, manifest);
      return answersWithPassages(manifest)
        ? createAnswerPredictor(context, version, manifest, models)
        : createPredictor(manifest.plan, models);
    });

  /** One at a time for each payment: who asks again with it gets the answer that is being made. */
  function once(modelId: bigint, call: InferenceCall, serve: () => Promise<PaidAnswer>): Promise<PaidAnswer> {
    const key = `${call.payment.from} ${call.payment.nonce}`;
    const known = running.get(key);
    if (known !== undefined) {
      requireSame(known, modelId, call);
      return known.answer;
    }
    const answer = serve().finally(() => running.delete(key));
    running.set(key, { call, modelId, answer });
    return answer;
  }

  async function accept(modelId: bigint, call: InferenceCall): Promise<Accepted> {
    requireBound(modelId, call);
    const epoch = await contracts.EpochClock.current();
    const [versionId, operator, { price }] = await Promise.all([
      contracts.IndexRegistry.activeVersionOf(modelId, epoch),
      contracts.ModelRegistry.providerOf(modelId, epoch),
      contracts.ModelRegistry.modelOf(modelId),
    ]);
    if (versionId === 0n) {
      throw new InputError("the model has no active version", {
        value: modelId,
        remedy: "GET /v1/models lists those that have.",
      });
    }
    if (operator !== wallet.address) {
      throw new InputError("this process is not the model's provider", { value: modelId, limit: operator });
    }
    return { modelId, versionId, call, price, stored: false };
  }

  /** Nothing is paid before there is an answer, and no answer leaves before it is paid. */
  async function answerPaid({ modelId, versionId, call, price, stored }: Accepted): Promise<PaidAnswer> {
    const { from: consumer, nonce: paymentId, value: fee } = call.payment;
    const [to, predictor, now] = await Promise.all([
      tillOf(modelId),
      predictorOf(versionId),
      blockTime(provider, "latest"),
    ]);
    predictor.check(call.request);
    const payment = await checkAuthorisation(contracts.OpenToken, domain, call.payment, { to, price, now });
    const store = async () => void (await inferences.add({ consumer, paymentId, modelId, versionId, request: call }));
    const { made: answer, block } = await payments.charge(payment, to, {
      make: () => predictor.answer(call.request),
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
      time: await blockTime(provider, block),
    };
    const signature = wallet.signingKey.sign(digestOf(market, receiptType, receipt)).compactSerialized;
    await inferences.finish(consumer, paymentId, { answer, receipt, signature });
    log.info({ modelId: `${modelId}`, paymentId }, "answered");
    return { answer, receipt, signature };
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

  async function serve(modelId: bigint, call: InferenceCall): Promise<PaidAnswer> {
    const known = await inferences.find(call.payment.from, call.payment.nonce);
    if (known === undefined) return orSetAside(await accept(modelId, call));
    const before = inferenceSchema.safeParse(known.request);
    if (!before.success) throw usedError(call);
    requireSame({ modelId: known.modelId, call: before.data }, modelId, call);
    if (known.outcome !== undefined) return paidSchema.parse(known.outcome);
    // what was accepted, at the price of then: not what comes now under its nonce
    return orSetAside({ modelId, versionId: known.versionId, call: before.data, price: 0n, stored: true });
  }

  async function resume({ consumer, paymentId, modelId, request }: StoredInference): Promise<boolean> {
    try {
      const call = inferenceSchema.parse(request);
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
    infer: async (modelId, call) => {
      try {
        return await once(modelId, call, () => serve(modelId, call));
      } catch (error) {
        throw toChainError(error);
      }
    },
    resume: async () => (await Promise.all((await inferences.unfinished()).map(resume))).filter(Boolean).length,
  };
}

function requireSame(known: Pick<Running, "modelId" | "call">, modelId: bigint, call: InferenceCall): void {
  const same = known.modelId === modelId && requestHash(known.call.request) === requestHash(call.request);
  if (!same) throw usedError(call);
}

function usedError({ payment }: InferenceCall): InputError {
  return new InputError("the payment was used for another request", {
    value: payment.nonce,
    remedy: "Sign an authorisation with a new nonce.",
  });
}
