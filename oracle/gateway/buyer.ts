import { randomBytes } from "node:crypto";
import { asHash } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { hexlify } from "ethers";
import { requireModel } from "../actions/models.ts";
import { blockTime } from "../chain/blockTime.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { JsonRpcProvider } from "../chain/provider.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { DisagreementError, InputError, isRetryable, NotFoundError } from "../common/errors.ts";
import { retry } from "../common/retry.ts";
import type { InferenceRequest } from "../jobs/receiptFiles.ts";
import { askGateway } from "./askGateway.ts";
import { type BoughtAnswer, buyAnswer, type Offer, readOffer } from "./client.ts";
import type { Purse } from "./purse.ts";
import type { PaymentRequired } from "./x402/wire.ts";

/** What an answer to a question would cost, and where. */
export interface Quote {
  readonly offer: Offer;
  /** The gateway that serves the model. */
  readonly providerUrl: string;
  /** How it wants to be paid. */
  readonly required: PaymentRequired;
}

/** Buys answers for a program, within what it may spend. */
export interface Buyer {
  /**
   * What an answer costs. Pays and computes nothing.
   *
   * @throws NotFoundError for a model that does not exist, or that none of the gateways serves; InputError for a question that it
   * cannot read; DisagreementError where the gateway asks for something else than the chain says
   */
  quote(modelId: bigint, request: InferenceRequest): Promise<Quote>;
  /**
   * Pays for an answer. Whatever is refused for the question, the model, the price or the limits is refused before anything is
   * signed.
   *
   * @param most OPEN wei for this answer, where the caller sets a limit of its own
   * @throws as `quote`; InputError where the price exceeds a limit or the account's balance
   */
  buy(modelId: bigint, request: InferenceRequest, most?: bigint): Promise<BoughtAnswer>;
}

export interface BuyerOptions {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  readonly provider: JsonRpcProvider;
  readonly wallet: LocalWallet;
  readonly purse: Purse;
  /** The only addresses that are asked and paid, the preferred one first. */
  readonly gateways: readonly string[];
}

/** Chain seconds in which the provider may take the payment. */
const VALIDITY = 3_600n;
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 250;

export function createBuyer(options: BuyerOptions): Buyer {
  const { contracts, provider, wallet, purse } = options;
  const quote = createQuote(options);

  return {
    quote,
    buy: async (modelId, request, most) => {
      const { offer, providerUrl } = await quote(modelId, request);
      const { price } = offer;
      if (most !== undefined && price > most) {
        throw new InputError("the model is dearer than this call allows", {
          value: `${formatOpen(price)} OPEN`,
          limit: `${formatOpen(most)} OPEN`,
          remedy: "Raise the call's own limit, or use a cheaper model.",
        });
      }
      const balance = await contracts.OpenToken.balanceOf(wallet.address);
      if (balance < price) {
        throw new InputError("the account has too little OPEN", {
          value: `${formatOpen(balance)} OPEN in ${wallet.address}`,
          limit: `${formatOpen(price)} OPEN, the model's price`,
          remedy: "Have whoever runs this program send OPEN to the account.",
        });
      }
      const terms = {
        salt: asHash(hexlify(randomBytes(32))),
        validBefore: (await blockTime(provider, "latest")) + VALIDITY,
      };
      purse.take(price);
      // with the same salt the same payment: however often it is sent, it is taken once
      return retry(() => buyAnswer(providerUrl, offer, wallet, request, terms), {
        attempts: ATTEMPTS,
        firstDelayMs: FIRST_DELAY_MS,
        isRetryable,
      });
    },
  };
}

/** {@link Buyer.quote}, which needs no key. */
export function createQuote({
  contracts,
  deployment,
  gateways,
}: Pick<BuyerOptions, "contracts" | "deployment" | "gateways">): Buyer["quote"] {
  return async (modelId, request) => {
    await requireModel(contracts, modelId);
    const offer = await readOffer(contracts, deployment, modelId);
    const { providerUrl, required } = await findServing(gateways, modelId, request);
    const asked = required.accepts.some(
      ({ scheme, amount, payTo }) =>
        scheme === "exact" && amount === `${offer.price}` && payTo.toLowerCase() === offer.till,
    );
    if (asked) return { offer, providerUrl, required };
    throw new DisagreementError("the provider asks for something else than the model's owner does", {
      value: required.accepts.map(({ amount, payTo }) => `${amount} wei to ${payTo}`).join(", or "),
      limit: `${offer.price} wei to ${offer.till}`,
      remedy: "Nothing was paid. Use another provider.",
    });
  };
}

/** The first gateway that serves the model. */
async function findServing(
  gateways: readonly string[],
  modelId: bigint,
  request: InferenceRequest,
): Promise<Pick<Quote, "providerUrl" | "required">> {
  for (const providerUrl of gateways) {
    try {
      const reply = await askGateway(providerUrl, modelId, request);
      if (reply.kind === "unpaid") return { providerUrl, required: reply.required };
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  throw new NotFoundError("no provider that may be asked serves the model", {
    value: modelId,
    limit: gateways.join(", "),
    remedy: "Ask another model, or have whoever runs this program name its provider with --provider.",
  });
}
