import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { signerOf } from "@openledger/protocol/quorum/proof.ts";
import { hexlify, keccak256, toUtf8Bytes, type TypedDataDomain } from "ethers";
import { z } from "zod";
import { ChainError, DisagreementError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import type { Example } from "../../data/example.ts";
import { AUTHORISATION_TYPES, tokenDomain } from "../../gateway/authorisation.ts";
import {
  answerSchema,
  type InferenceRequest,
  outputHash,
  receiptSchema,
  requestHash,
} from "../../jobs/receiptFiles.ts";
import type { PublishedModel } from "./models.ts";
import type { Party } from "./party.ts";
import { chainTime, type Scene } from "./scene.ts";

const paidAnswer = z.object({ answer: answerSchema, receipt: receiptSchema, signature: z.string() });

export interface Consumption {
  readonly inferences: number;
  /** Share of the answers that are the example's label, 0 to 1. */
  readonly right: number;
  /** Wei paid. */
  readonly paid: bigint;
}

/** Requests in flight at a time. */
const CONCURRENCY = 32;
/** How long an authorisation is valid, in chain seconds. */
const VALIDITY = 3_600n;

/**
 * Has the consumers ask `count` questions, pay for each with a signed ERC-3009 authorisation, and check each signed receipt.
 * Which consumer asks what follows from the count alone.
 */
export async function consume(
  scene: Scene,
  providerUrl: string,
  model: PublishedModel,
  questions: readonly Example[],
  count: number,
  onAnswer: () => void,
): Promise<Consumption> {
  const { contracts, cast, deployment } = scene;
  const to = await contracts.InferenceMarket.tillOf(model.modelId);
  const { price } = await contracts.ModelRegistry.modelOf(model.modelId);
  const domain = await tokenDomain(contracts.OpenToken);
  const market = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.InferenceMarket));
  const now = await chainTime(scene.provider);
  const terms = { to, value: price, validAfter: 0n, validBefore: now + VALIDITY };
  let right = 0;
  let next = 0;

  async function ask(i: number): Promise<void> {
    // a step that is coprime to most sizes visits the questions in a mixed order
    const question = questions[(i * 7_919) % questions.length]!;
    const consumer = cast.consumers[i % cast.consumers.length]!;
    const request = requestOf(question);
    const payment = await authorise(consumer, domain, { ...terms, nonce: nonceOf(consumer, model, i) });
    const { answer, receipt, signature } = await post(providerUrl, model.modelId, { request, payment });
    const faithful =
      receipt.requestHash === requestHash(request) &&
      receipt.outputHash === outputHash(answer) &&
      receipt.paymentId === payment.nonce &&
      signerOf(digestOf(market, receiptType, receipt), signature) === asAddress(cast.provider.address);
    if (!faithful) throw new DisagreementError("a receipt is not for what was asked and answered", { value: receipt });
    if (answer.label === question.label) right++;
    onAnswer();
  }
  async function worker(): Promise<void> {
    while (next < count) await ask(next++);
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return { inferences: count, right: right / count, paid: price * BigInt(count) };
}

interface Terms {
  readonly to: string;
  readonly value: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: string;
}

async function authorise(consumer: Party, domain: TypedDataDomain, terms: Terms) {
  const message = { from: consumer.address, ...terms };
  const signature = await consumer.wallet.signTypedData(domain, AUTHORISATION_TYPES, message);
  const { to: _, ...payment } = message;
  return { ...payment, signature };
}

/** Unpredictable to others and the same after a restart, so that a resumed run pays nothing twice. */
function nonceOf({ wallet }: Party, { modelId }: PublishedModel, i: number): string {
  return keccak256(`${wallet.privateKey}${hexlify(toUtf8Bytes(`payment ${modelId} ${i}`)).slice(2)}`);
}

function requestOf(example: Example): InferenceRequest {
  if (example.kind === "text") return { kind: "text", input: example.input };
  const { width, height, channels, pixels } = example.input;
  return { kind: "image", width, height, channels, pixels: Buffer.from(pixels).toString("base64") };
}

async function post(providerUrl: string, modelId: bigint, body: unknown) {
  const response = await fetch(new URL(`/v1/models/${modelId}/infer`, providerUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: toJson(body),
  });
  const text = await response.text();
  if (!response.ok) throw new ChainError(`the provider refused an inference: ${text}`, { value: response.status });
  return paidAnswer.parse(JSON.parse(text));
}
