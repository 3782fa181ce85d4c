import { toJson } from "../common/json.ts";
import type { Database } from "./database.ts";

/** A paid inference as the provider keeps it. JSON columns hold what was validated before. */
export interface StoredInference {
  readonly consumer: string;
  readonly paymentId: string;
  readonly modelId: bigint;
  readonly versionId: bigint;
  /** The consumer's own name for the call: under it, it is paid once. */
  readonly identifier?: string | undefined;
  /** The authorisation and the request, as they came in. */
  readonly request: unknown;
  /** Undefined until the payment is on the chain and the model has answered. */
  readonly outcome:
    | {
        readonly answer: unknown;
        readonly receipt: unknown;
        readonly signature: string;
        /** Hash of the transaction that paid. */
        readonly transaction: string;
      }
    | undefined;
  /** Why it can be neither paid for nor answered; undefined where nothing stands in the way. */
  readonly setAside: string | undefined;
}

export interface Inferences {
  /** What an authorisation of this nonce pays for. */
  find(consumer: string, paymentId: string): Promise<StoredInference | undefined>;
  /** What the part of a channel pays for that ends here. */
  findOfChannel(consumer: string, channelId: string, cumulative: bigint): Promise<StoredInference | undefined>;
  /** What was sold for a wei of a channel, counted from 1: nothing else owns it. */
  findAtPoint(channelId: string, point: bigint): Promise<StoredInference | undefined>;
  /** Answers of a channel whose parts end after this wei of it, in their order. */
  answeredAfter(channelId: string, cumulative: bigint, most: number): Promise<StoredInference[]>;
  findByIdentifier(consumer: string, identifier: string): Promise<StoredInference | undefined>;
  /** The first that was answered for a payment of this id; of a channel, for the part that ends at `cumulative`. */
  findAnswered(paymentId: string, cumulative?: bigint): Promise<StoredInference | undefined>;
  /** Stores an accepted request; returns false when the payment, or the consumer's identifier, was used before. */
  add(inference: Omit<StoredInference, "outcome" | "setAside">): Promise<boolean>;
  finish(consumer: string, paymentId: string, outcome: NonNullable<StoredInference["outcome"]>): Promise<void>;
  setAside(consumer: string, paymentId: string, problem: string): Promise<void>;
  /** Lets the consumer use the identifier for another payment. */
  releaseIdentifier(consumer: string, paymentId: string): Promise<void>;
  /** Accepted, not answered and not set aside: what a process that was killed left behind. */
  unfinished(): Promise<StoredInference[]>;
  finished(modelId: bigint): Promise<StoredInference[]>;
  /** What all answers cost whose receipts have this time or a later one, in wei. @param time chain seconds */
  feesSince(time: bigint): Promise<bigint>;
}

interface InferenceRow extends Record<string, unknown> {
  consumer: string;
  payment_id: string;
  model_id: string;
  version_id: string;
  request: unknown;
  answer: unknown;
  receipt: unknown;
  signature: string | null;
  identifier: string | null;
  transaction_hash: string | null;
  set_aside: string | null;
}

export function createInferences(db: Database): Inferences {
  const select = async (condition: string, parameters: readonly unknown[]) =>
    (await db.query<InferenceRow>(`SELECT * FROM inferences WHERE ${condition}`, parameters)).map(toInference);
  return {
    find: async (consumer, paymentId) =>
      (await select("consumer = $1 AND payment_id = $2 AND cumulative = 0", [consumer.toLowerCase(), paymentId]))[0],
    findOfChannel: async (consumer, channelId, cumulative) =>
      (
        await select("consumer = $1 AND payment_id = $2 AND cumulative = $3", [
          consumer.toLowerCase(),
          channelId,
          cumulative.toString(),
        ])
      )[0],
    findAtPoint: async (channelId, point) =>
      (
        await select(
          `payment_id = $1 AND cumulative >= $2 AND (receipt ->> 'cumulative')::numeric - (receipt ->> 'fee')::numeric < $2
           ORDER BY cumulative LIMIT 1`,
          [channelId, point.toString()],
        )
      )[0],
    answeredAfter: (channelId, cumulative, most) =>
      select("payment_id = $1 AND cumulative > $2 AND signature IS NOT NULL ORDER BY cumulative LIMIT $3", [
        channelId,
        cumulative.toString(),
        most,
      ]),
    findByIdentifier: async (consumer, identifier) =>
      (await select("consumer = $1 AND identifier = $2", [consumer.toLowerCase(), identifier]))[0],
    findAnswered: async (paymentId, cumulative) =>
      (
        await select(
          `payment_id = $1 AND signature IS NOT NULL AND cumulative = coalesce($2::numeric, cumulative)
           ORDER BY (receipt ->> 'time')::numeric, cumulative, consumer LIMIT 1`,
          [paymentId, cumulative?.toString() ?? null],
        )
      )[0],
    add: async ({ consumer, paymentId, modelId, versionId, identifier, request }) => {
      const ids = [modelId.toString(), versionId.toString(), identifier ?? null];
      const rows = await db.query(
        `INSERT INTO inferences (consumer, payment_id, model_id, version_id, identifier, request)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb) ON CONFLICT DO NOTHING RETURNING payment_id`,
        [consumer.toLowerCase(), paymentId, ...ids, toJson(request)],
      );
      return rows.length === 1;
    },
    finish: async (consumer, paymentId, { answer, receipt, signature, transaction }) => {
      await db.query(
        `UPDATE inferences SET answer = $3::jsonb, receipt = $4::jsonb, signature = $5, transaction_hash = $6, set_aside = NULL
         WHERE consumer = $1 AND payment_id = $2 AND signature IS NULL`,
        [consumer.toLowerCase(), paymentId, toJson(answer), toJson(receipt), signature, transaction],
      );
    },
    setAside: async (consumer, paymentId, problem) => {
      await db.query(
        "UPDATE inferences SET set_aside = $3 WHERE consumer = $1 AND payment_id = $2 AND signature IS NULL",
        [consumer.toLowerCase(), paymentId, problem],
      );
    },
    releaseIdentifier: async (consumer, paymentId) => {
      await db.query("UPDATE inferences SET identifier = NULL WHERE consumer = $1 AND payment_id = $2", [
        consumer.toLowerCase(),
        paymentId,
      ]);
    },
    unfinished: () => select("signature IS NULL AND set_aside IS NULL", []),
    feesSince: async (time) => {
      const [row] = await db.query<{ fees: string }>(
        `SELECT coalesce(sum((receipt ->> 'fee')::numeric), 0)::text AS fees FROM inferences
         WHERE signature IS NOT NULL AND (receipt ->> 'time')::numeric >= $1`,
        [time.toString()],
      );
      return BigInt(row!.fees);
    },
    finished: (modelId) => select("signature IS NOT NULL AND model_id = $1", [modelId.toString()]),
  };
}

function toInference(row: InferenceRow): StoredInference {
  const { answer, receipt, signature, transaction_hash: transaction } = row;
  return {
    consumer: row.consumer,
    paymentId: row.payment_id,
    modelId: BigInt(row.model_id),
    versionId: BigInt(row.version_id),
    identifier: row.identifier ?? undefined,
    request: row.request,
    // what was answered before the transaction was kept names none
    outcome: signature === null ? undefined : { answer, receipt, signature, transaction: transaction ?? "" },
    setAside: row.set_aside ?? undefined,
  };
}
