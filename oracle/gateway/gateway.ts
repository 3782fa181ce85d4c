import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { type Receipt, receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { blockTime } from "../chain/blockTime.ts";
import type { Sender } from "../chain/send.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { InputError } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import { loadWeights } from "../jobs/loadVersion.ts";
import { type InferenceAnswer, outputHash, requestHash, requestSchema } from "../jobs/receiptFiles.ts";
import { requireVersion } from "../jobs/requireVersion.ts";
import { getManifest } from "../jobs/versionFiles.ts";
import type { Inferences, StoredInference } from "../store/inferences.ts";
import { authorisationSchema, checkAuthorisation, tokenDomain } from "./authorisation.ts";
import { createPredictor, type Predictor } from "./predictor.ts";

/** What a consumer sends: what it asks, and the authorisation that pays for it. */
export const inferenceSchema = z.strictObject({ request: requestSchema, payment: authorisationSchema });
export type InferenceCall = z.output<typeof inferenceSchema>;

/** What a consumer gets: the answer, and the provider's signed receipt for it. */
export interface PaidAnswer {
  readonly answer: InferenceAnswer;
  readonly receipt: Receipt;
  readonly signature: string;
}

export interface Gateway {
  /** Takes the payment, answers, and signs the receipt. The same payment always gives the same answer and receipt. */
  infer(modelId: bigint, call: InferenceCall): Promise<PaidAnswer>;
  /** Finishes what was accepted before the process ended. */
  resume(): Promise<number>;
}

/** Cost of transferWithAuthorization with margin: skips an estimate per payment. */
const PAYMENT_GAS = 200_000n;

/** Serves paid inference for the models whose provider this key is. */
export async function createGateway(
  context: Context,
  inferences: Inferences,
  { wallet, sender }: { readonly wallet: LocalWallet; readonly sender: Sender },
): Promise<Gateway> {
  const { contracts, deployment, provider } = context;
  const domain = await tokenDomain(contracts.OpenToken);
  const market = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.InferenceMarket));
  const predictors = new Map<bigint, Promise<Predictor>>();
  const tills = new Map<bigint, Promise<string>>();

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
      return createPredictor(manifest.plan, await loadWeights(context, version, manifest));
    });

  async function accept(modelId: bigint, call: InferenceCall): Promise<StoredInference> {
    const { payment, request } = call;
    const known = await inferences.find(payment.from, payment.nonce);
    if (known !== undefined) return sameRequest(known, modelId, call);
    const epoch = await contracts.EpochClock.current();
    const versionId = await contracts.IndexRegistry.activeVersionOf(modelId, epoch);
    if (versionId === 0n) {
      throw new InputError("the model has no active version", {
        value: modelId,
        remedy: "GET /v1/models lists those that have.",
      });
    }
    const operator = await contracts.ModelRegistry.providerOf(modelId, epoch);
    if (operator !== wallet.address) {
      throw new InputError("this process is not the model's provider", { value: modelId, limit: operator });
    }
    const { price } = await contracts.ModelRegistry.modelOf(modelId);
    const to = asAddress(await tillOf(modelId));
    await checkAuthorisation(contracts.OpenToken, domain, payment, {
      to,
      price,
      now: await blockTime(provider, "latest"),
    });
    const inference = {
      consumer: payment.from,
      paymentId: payment.nonce,
      modelId,
      versionId,
      request: { request, payment },
    };
    // two calls with one payment: the first one's row stands
    if (await inferences.add(inference)) return { ...inference, outcome: undefined };
    return sameRequest((await inferences.find(payment.from, payment.nonce))!, modelId, call);
  }

  async function finish(inference: StoredInference): Promise<PaidAnswer> {
    const { request, payment } = inferenceSchema.parse(inference.request);
    const till = await tillOf(inference.modelId);
    const pay = sender.send({
      key: `pay:${payment.from}:${payment.nonce}`,
      kind: "pay for inference",
      to: deployment.addresses.OpenToken,
      data: contracts.OpenToken.interface.encodeFunctionData(
        "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
        [payment.from, till, payment.value, payment.validAfter, payment.validBefore, payment.nonce, payment.signature],
      ),
      gasLimit: PAYMENT_GAS,
    });
    // the authorisation was checked: the model works while the payment is mined, and nothing leaves before it is
    const answering = predictorOf(inference.versionId).then((predictor) => predictor.answer(request));
    const [mined, answer] = await Promise.all([pay, answering]);
    const receipt: Receipt = {
      versionId: inference.versionId,
      consumer: payment.from,
      requestHash: requestHash(request),
      outputHash: outputHash(answer),
      fee: payment.value,
      paymentId: payment.nonce,
      time: await blockTime(provider, mined.blockNumber),
    };
    const signature = wallet.signingKey.sign(digestOf(market, receiptType, receipt)).compactSerialized;
    await inferences.finish(payment.from, payment.nonce, { answer, receipt, signature });
    context.log.info({ modelId: `${inference.modelId}`, paymentId: payment.nonce }, "answered");
    return { answer, receipt, signature };
  }

  return {
    infer: async (modelId, call) => finish(await accept(modelId, call)),
    resume: async () => {
      const unfinished = await inferences.unfinished();
      await Promise.all(unfinished.map(finish));
      return unfinished.length;
    },
  };
}

function sameRequest(known: StoredInference, modelId: bigint, { request }: InferenceCall): StoredInference {
  const before = inferenceSchema.parse(known.request);
  if (known.modelId === modelId && requestHash(before.request) === requestHash(request)) return known;
  throw new InputError("the payment was used for another request", {
    value: known.paymentId,
    remedy: "Sign an authorisation with a new nonce.",
  });
}
