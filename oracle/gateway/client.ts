import { digestOf, type SigningDomain, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { paymentNonce } from "@openledger/protocol/paymentNonce.ts";
import type { TypedDataDomain } from "ethers";
import { z } from "zod";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { ChainError, DisagreementError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import { answerSchema, type InferenceRequest, outputHash, receiptSchema, requestHash } from "../jobs/receiptFiles.ts";
import { postQuestion, readRefusal } from "./askGateway.ts";
import { AUTHORISATION_TYPES, tokenDomain } from "./authorisation.ts";
import { keySignature } from "./signature.ts";
import { OPENLEDGER_RECEIPT } from "./x402/receiptExtension.ts";
import { exactRequirements, type PaidToken, paidToken, TIMEOUT } from "./x402/requirements.ts";
import { encodeHeader, X402_VERSION } from "./x402/wire.ts";

/** What a provider answers to who has paid. */
export const paidAnswer = z.object({ answer: answerSchema, receipt: receiptSchema, signature: z.string() });
/** HTTP status of a provider whose chain or database is away for the moment. */
const UNAVAILABLE = 503;

export type BoughtAnswer = z.output<typeof paidAnswer>;

/** What a model asks for an answer, and who must sign the receipt. */
export interface Offer {
  readonly modelId: bigint;
  /** OPEN wei. */
  readonly price: bigint;
  /** Where the payment goes. */
  readonly till: Address;
  readonly provider: Address;
  readonly payments: TypedDataDomain;
  readonly token: PaidToken;
  readonly receipts: SigningDomain;
}

/** A model's present offer, from the chain. */
export async function readOffer(contracts: Contracts, deployment: Deployment, modelId: bigint): Promise<Offer> {
  const { EpochClock, InferenceMarket, ModelRegistry, OpenToken } = contracts;
  const [{ price }, till, provider, payments] = await Promise.all([
    ModelRegistry.modelOf(modelId),
    InferenceMarket.tillOf(modelId),
    EpochClock.current().then((epoch) => ModelRegistry.providerOf(modelId, epoch)),
    tokenDomain(OpenToken),
  ]);
  const receipts = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.InferenceMarket));
  const token = paidToken(deployment.chainId, payments);
  return { modelId, price, till: asAddress(till), provider: asAddress(provider), payments, token, receipts };
}

/**
 * Pays for an answer by x402 with a signed ERC-3009 authorization, without asking for the price first: the chain has it. Then checks that the receipt is the provider's, for this request,
 * this answer and this payment. The payment's nonce binds model and request, so that nobody can pass another request off as what
 * was paid for. Asking again with the same salt gives the same answer and pays nothing twice.
 *
 * @param salt makes the nonce unpredictable
 * @param validBefore unix seconds until which the provider may take the payment.
 * @throws ChainError with what the provider says; DisagreementError for a receipt that is not for what was asked.
 */
export async function buyAnswer(
  providerUrl: string,
  offer: Offer,
  wallet: LocalWallet,
  request: InferenceRequest,
  { salt, validBefore }: { readonly salt: Hash; readonly validBefore: bigint },
): Promise<BoughtAnswer> {
  const nonce = paymentNonce(offer.modelId, requestHash(request), salt);
  const payment = { from: wallet.address, value: offer.price, validAfter: 0n, validBefore, nonce };
  const message = { ...payment, to: offer.till };
  const signature = await wallet.signTypedData(offer.payments, AUTHORISATION_TYPES, message);
  const paid = encodeHeader({
    x402Version: X402_VERSION,
    accepted: exactRequirements(offer.token, offer, TIMEOUT),
    payload: { authorization: message, signature },
    extensions: { [OPENLEDGER_RECEIPT]: { info: { salt } } },
  });
  const bought = await post(providerUrl, offer.modelId, request, paid);
  requireFaithful(bought, offer, { request, consumer: wallet.address, paymentId: nonce, cumulative: offer.price });
  return bought;
}

/** What a receipt has to say of a call. */
export interface Asked {
  readonly request: InferenceRequest;
  readonly consumer: string;
  readonly paymentId: Hash;
  /** Undefined for a call that was paid before, with another voucher. */
  readonly cumulative: bigint | undefined;
}

/** @throws DisagreementError for a receipt that is not the provider's, or not for this call and answer */
export function requireFaithful(
  { receipt, answer, signature }: BoughtAnswer,
  { price, provider, receipts }: Pick<Offer, "price" | "provider" | "receipts">,
  { request, consumer, paymentId, cumulative }: Asked,
): void {
  const faithful =
    receipt.requestHash === requestHash(request) &&
    receipt.outputHash === outputHash(answer) &&
    receipt.paymentId === paymentId &&
    (cumulative === undefined || (receipt.cumulative === cumulative && receipt.fee === price)) &&
    receipt.consumer === asAddress(consumer) &&
    keySignature(signature, digestOf(receipts, receiptType, receipt))?.signer === provider;
  if (faithful) return;
  throw new DisagreementError("the receipt is not for what was asked and answered", {
    value: toJson(receipt),
    limit: `request, answer, payment and signature of ${provider}`,
    remedy: "Keep the answer and the receipt, and use another provider.",
  });
}

async function post(
  providerUrl: string,
  modelId: bigint,
  request: InferenceRequest,
  payment: string,
): Promise<BoughtAnswer> {
  const { response, text } = await postQuestion(providerUrl, modelId, request, payment);
  return readAnswer(response.status, text);
}

/** What a provider answered. @throws ChainError with its refusal */
export function readAnswer(status: number, text: string): BoughtAnswer {
  if (status === 200) return paidAnswer.parse(JSON.parse(text));
  const { error, value = status, limit, remedy } = readRefusal(text);
  throw new ChainError(`the provider refused the inference: ${error}`, {
    value,
    ...(limit === undefined ? {} : { limit }),
    remedy: remedy ?? "Ask the provider: what was paid for gives the same answer again.",
    retryable: status === UNAVAILABLE,
  });
}
