import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { hexlify, keccak256, toUtf8Bytes } from "ethers";
import { blockTime } from "../../chain/blockTime.ts";
import { OpenLedgerError } from "../../common/errors.ts";
import { retry } from "../../common/retry.ts";
import { type AnyExample, isWritten } from "../../data/example.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import { buyAnswer, readOffer } from "../../gateway/client.ts";
import type { InferenceAnswer, InferenceRequest } from "../../jobs/receiptFiles.ts";
import type { PublishedModel } from "./models.ts";
import type { Party } from "./party.ts";
import { type Running, untilReady } from "./processes.ts";
import type { Scene } from "./scene.ts";

export interface Consumption {
  readonly inferences: number;
  /** Share of the answers that are the example's label, or begin with a passage of its, 0 to 1. */
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
  provider: Running,
  model: PublishedModel,
  questions: readonly AnyExample[],
  count: number,
  onAnswer: () => void,
): Promise<Consumption> {
  const offer = await readOffer(scene.contracts, scene.deployment, model.modelId);
  const validBefore = (await blockTime(scene.provider, "latest")) + VALIDITY;
  let right = 0;
  let paid = 0n;
  let next = 0;

  async function ask(i: number): Promise<void> {
    // a step that is coprime to most sizes visits the questions in a mixed order
    const question = questions[(i * 7_919) % questions.length]!;
    const consumer = scene.cast.consumers[i % scene.cast.consumers.length]!;
    const terms = { salt: saltOf(consumer, model, i), validBefore };
    const buy = async () => {
      await untilReady(provider);
      return buyAnswer(provider.url, offer, consumer.wallet, requestOf(question), terms);
    };
    const { answer, receipt } = await retry(buy, { attempts: 8, firstDelayMs: 250, isRetryable });
    if (isRight(answer, question)) right++;
    // what was paid before a restart was paid at the price of then
    paid += receipt.fee;
    onAnswer();
  }
  async function worker(): Promise<void> {
    while (next < count) await ask(next++);
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return { inferences: count, right: right / count, paid };
}

export function isRetryable(error: unknown): boolean {
  return error instanceof OpenLedgerError && error.retryable;
}

/** Unpredictable to others and the same after a restart, so that a resumed run pays nothing twice. */
export function saltOf({ wallet }: Party, { modelId }: Pick<PublishedModel, "modelId">, i: number): Hash {
  return asHash(keccak256(`${wallet.privateKey}${hexlify(toUtf8Bytes(`payment ${modelId} ${i}`)).slice(2)}`));
}

function isRight(answer: InferenceAnswer, asked: AnyExample): boolean {
  if ("label" in answer) return !isWritten(asked) && answer.label === asked.label;
  if (!("passages" in answer)) return false;
  const [first] = answer.passages;
  return first !== undefined && asked.kind === "pair" && overlaps(outlineOf(first.text), outlineOf(asked.passage));
}

function requestOf(example: AnyExample): InferenceRequest {
  if (example.kind === "pair") return { kind: "text", input: example.question };
  if (example.kind === "document") throw new TypeError("a document asks nothing");
  if (example.kind === "text") return { kind: "text", input: example.input };
  const { width, height, channels, pixels } = example.input;
  return { kind: "image", width, height, channels, pixels: Buffer.from(pixels).toString("base64") };
}
