import { blockTime } from "../../chain/blockTime.ts";
import { isRetryable } from "../../common/errors.ts";
import { retry } from "../../common/retry.ts";
import { type AnyExample, isWritten } from "../../data/example.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import { buyByChannel } from "../../gateway/channels/buyByChannel.ts";
import { FIRST_CHANNEL } from "../../gateway/channels/channelConfig.ts";
import { createChannelPayer } from "../../gateway/channels/channelPayer.ts";
import { readOffer } from "../../gateway/client.ts";
import type { InferenceAnswer, InferenceRequest } from "../../jobs/receiptFiles.ts";
import type { Note } from "../stage.ts";
import type { PublishedModel } from "./models.ts";
import { type Running, untilReady } from "../processes/processes.ts";
import type { Scene } from "../cast/scene.ts";

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
/** Answers that a deposit pays for. */
const DEPOSIT = 100n;

/**
 * Has the consumers ask `count` questions, pay for each by a channel of their own, and check each signed receipt. Which consumer
 * asks what follows from the count alone, and so does the name of the call, so that a resumed run pays nothing twice.
 */
async function consume(
  scene: Scene,
  provider: Running,
  model: PublishedModel,
  questions: readonly AnyExample[],
  count: number,
  onAnswer: () => void,
): Promise<Consumption> {
  const offer = await readOffer(scene.contracts, scene.deployment, model.modelId);
  const payers = scene.cast.consumers.map(({ wallet }) =>
    createChannelPayer(scene.contracts, {
      providerUrl: provider.url,
      offer,
      wallet,
      deposit: DEPOSIT * offer.price,
      salt: FIRST_CHANNEL,
      validBefore: async () => (await blockTime(scene.provider, "latest")) + VALIDITY,
    }),
  );
  let right = 0;
  let paid = 0n;
  let next = 0;

  async function ask(i: number): Promise<void> {
    // a step that is coprime to most sizes visits the questions in a mixed order
    const question = questions[(i * 7_919) % questions.length]!;
    const { wallet } = scene.cast.consumers[i % payers.length]!;
    const buy = async (attempt: number) => {
      // it may have been killed, and be starting again
      if (attempt > 1) await untilReady(provider);
      const name = `question-${i}-to-model-${model.modelId}`;
      return buyByChannel(payers[i % payers.length]!, offer, wallet, requestOf(question), name);
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

/** Asks every model its share of all questions. @returns one row for each model */
export async function consumeAll(
  scene: Scene,
  provider: Running,
  models: readonly PublishedModel[],
  testOf: (m: number) => readonly AnyExample[],
  inferences: number,
  note: Note,
): Promise<Consumption[]> {
  await untilReady(provider);
  const rows: Consumption[] = [];
  let answered = 0;
  const share = Math.ceil(inferences / models.length);
  for (const [m, model] of models.entries()) {
    const count = Math.min(share, inferences - m * share);
    rows.push(await consume(scene, provider, model, testOf(m), count, () => note(`${++answered}/${inferences}`)));
  }
  return rows;
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
  if (example.kind === "row") return { kind: "row", input: example.input };
  const { width, height, channels, pixels } = example.input;
  return { kind: "image", width, height, channels, pixels: Buffer.from(pixels).toString("base64") };
}
