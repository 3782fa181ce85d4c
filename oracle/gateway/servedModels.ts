import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { isFailedCall } from "../chain/revert.ts";
import { NotFoundError } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import { contributedTo } from "../jobs/contributedTo.ts";
import { loadWeights } from "../jobs/loadWeights.ts";
import { requireVersion } from "../jobs/requireVersion.ts";
import { openBaseOf } from "../jobs/trainingData.ts";
import { answersWithPassages, getManifest, quotesPassages, writesAnswers } from "../jobs/versionFiles.ts";
import { createAnswerPredictor } from "./answerPredictor.ts";
import { createChatPredictor } from "./chatPredictor.ts";
import { createPredictor, type Predictor } from "./predictor.ts";
import { createQuotesPredictor } from "./quotesPredictor.ts";

/** What a provider sells now: answers of a model's active version. */
export interface ModelOffer {
  readonly modelId: bigint;
  readonly versionId: bigint;
  /** OPEN wei for an answer. */
  readonly price: bigint;
  /** Where the payment goes. */
  readonly till: Address;
}

/** The models whose provider a key is. */
export interface ServedModels {
  /** @throws NotFoundError for a model that this provider does not serve, or that has no active version */
  offerOf(modelId: bigint): Promise<ModelOffer>;
  /** What a payment to this till is for. @throws NotFoundError for another address */
  offerAt(till: string): Promise<ModelOffer>;
  /** What can be asked now, in the order of the ids. */
  offers(): Promise<ModelOffer[]>;
  tillOf(modelId: bigint): Promise<Address>;
  /** The version's weights, loaded at the first call. */
  predictorOf(versionId: bigint): Promise<Predictor>;
}

/** An agent whose actions are sold like a model's answers. It is a model without data, whose versions have no index. */
export interface ServedAgent {
  readonly modelId: bigint;
  readonly versionId: bigint;
  readonly predictor: Predictor;
  /** Whether its owner lets it act with this key. */
  isRunning(): Promise<boolean>;
}

/** How old an offer may be, in milliseconds: as old as the newest block often is. */
const OFFER_AGE_MS = 1_000;

/** @param clock milliseconds since 1970 */
export function createServedModels(
  context: Context,
  provider: string,
  agent?: ServedAgent,
  clock: () => number = Date.now,
): ServedModels {
  const { contracts, view } = context;
  const read = new Map<bigint, { readonly at: number; readonly offer: Promise<ModelOffer> }>();
  const predictors = new Map<bigint, Promise<Predictor>>();
  const tills = new Map<bigint, Promise<Address>>();

  function remembered<T>(cache: Map<bigint, Promise<T>>, id: bigint, make: () => Promise<T>): Promise<T> {
    const known = cache.get(id) ?? make();
    cache.set(id, known);
    known.catch(() => cache.delete(id));
    return known;
  }
  const tillOf = (modelId: bigint) =>
    remembered(tills, modelId, async () => asAddress(await contracts.InferenceMarket.tillOf(modelId)));

  function offerOf(modelId: bigint): Promise<ModelOffer> {
    const known = read.get(modelId);
    if (known !== undefined && clock() - known.at < OFFER_AGE_MS) return known.offer;
    const offer = readOffer(modelId);
    read.set(modelId, { at: clock(), offer });
    // whoever invents models is not remembered
    offer.catch(() => read.delete(modelId));
    return offer;
  }

  async function readOffer(modelId: bigint): Promise<ModelOffer> {
    const epoch = await contracts.EpochClock.current();
    const [versionId, operator, model, till] = await Promise.all([
      agent?.modelId === modelId ? versionOfAgent(agent) : contracts.IndexRegistry.activeVersionOf(modelId, epoch),
      contracts.ModelRegistry.providerOf(modelId, epoch).catch(orUndefined),
      contracts.ModelRegistry.modelOf(modelId).catch(orUndefined),
      tillOf(modelId),
    ]);
    if (model === undefined || operator !== provider) {
      throw new NotFoundError("this provider does not serve the model", {
        value: modelId,
        limit: operator === undefined ? "a model that was minted" : `a model of ${provider}`,
        remedy: "GET /v1/models lists what it serves.",
      });
    }
    if (versionId === 0n) {
      throw new NotFoundError("the model has no active version", {
        value: modelId,
        remedy: "GET /v1/models lists those that have.",
      });
    }
    return { modelId, versionId, price: model.price, till };
  }

  async function offerAt(till: string): Promise<ModelOffer> {
    for (const { modelId } of await view.models()) {
      if ((await tillOf(modelId)) === till) return offerOf(modelId);
    }
    throw new NotFoundError("the address is the till of no model", {
      value: till,
      limit: "the till of a model that this provider serves",
      remedy: "GET /v1/models lists them.",
    });
  }

  return {
    offerOf,
    offerAt,
    offers: async () => {
      const all = await Promise.all(
        (await view.models()).map(({ modelId }) =>
          offerOf(modelId).catch((error: unknown) => {
            if (error instanceof NotFoundError) return undefined;
            throw error;
          }),
        ),
      );
      return all.filter((offer) => offer !== undefined);
    },
    tillOf,
    predictorOf: (versionId) =>
      remembered(predictors, versionId, async () => {
        if (agent?.versionId === versionId) return agent.predictor;
        const version = await requireVersion(context, versionId.toString());
        const manifest = await getManifest(context.content, version.uri);
        const models = await loadWeights(context, version, manifest);
        if (answersWithPassages(manifest)) return createAnswerPredictor(context, version, manifest, models);
        if (writesAnswers(manifest)) return createChatPredictor(context.content, manifest, models);
        if (quotesPassages(manifest)) {
          return createQuotesPredictor(context, await contributedTo(context, version), manifest, models);
        }
        return createPredictor(manifest.plan, models, await openBaseOf(manifest.plan, context, []));
      }),
  };
}

/** None while it is stopped. */
async function versionOfAgent(agent: ServedAgent): Promise<bigint> {
  return (await agent.isRunning()) ? agent.versionId : 0n;
}

/** What the registry does not know. */
function orUndefined(error: unknown): undefined {
  if (!isFailedCall(error)) throw error;
}
