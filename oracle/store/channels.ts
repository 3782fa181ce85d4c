import { createGroupCommit } from "../common/groupCommit.ts";
import { toJson } from "../common/json.ts";
import type { Database } from "./database.ts";
import type { StoredInference } from "./inferences.ts";

/** A channel with the highest voucher that was taken of it. The JSON holds what was validated before. */
export interface StoredChannel {
  readonly channelId: string;
  readonly modelId: bigint;
  readonly config: unknown;
  /** What the answers cost that it has paid, in wei: the voucher is for so much. */
  readonly charged: bigint;
  readonly signature: string;
  /** What the chain was seen to have of it, in wei. */
  readonly claimed: bigint;
  /** When the first voucher came in that is not claimed, in milliseconds since 1970. */
  readonly waitingSince: number;
}

/** An answer, and the voucher that pays for it and for all before it. */
export interface Sale {
  readonly channel: Omit<StoredChannel, "claimed" | "waitingSince">;
  readonly inference: Pick<StoredInference, "consumer" | "versionId" | "identifier" | "request"> & {
    readonly outcome: NonNullable<StoredInference["outcome"]>;
  };
}

export interface Channels {
  find(channelId: string): Promise<StoredChannel | undefined>;
  /**
   * Stores the answer and the voucher, both or none: sales that come in together are one write.
   *
   * @throws an error of the database where another process has sold the same part of the channel, or the identifier is used
   */
  record(sale: Sale): Promise<void>;
  /** Those of which less was claimed than was taken. */
  unclaimed(): Promise<StoredChannel[]>;
  setClaimed(channelId: string, claimed: bigint): Promise<void>;
}

interface ChannelRow extends Record<string, unknown> {
  channel_id: string;
  model_id: string;
  config: unknown;
  charged: string;
  signature: string;
  claimed: string;
  waiting_since: string | number;
}

/** @param clock milliseconds since 1970 */
export function createChannels(db: Database, clock: () => number = Date.now): Channels {
  const write = async (sales: readonly Sale[]) => {
    const rows = sales.map(({ channel, inference: { outcome, ...inference } }) => ({
      channel_id: channel.channelId,
      model_id: channel.modelId,
      config: channel.config,
      charged: channel.charged,
      voucher: channel.signature,
      consumer: inference.consumer.toLowerCase(),
      version_id: inference.versionId,
      identifier: inference.identifier,
      request: inference.request,
      ...outcome,
      at: clock(),
    }));
    await db.query(
      `WITH sold AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS sale(
           channel_id text, model_id numeric, config jsonb, charged numeric, voucher text, consumer text, version_id numeric,
           identifier text, request jsonb, answer jsonb, receipt jsonb, signature text, transaction text, at bigint)
       ), answered AS (
         INSERT INTO inferences (payment_id, consumer, cumulative, model_id, version_id, identifier, request, answer, receipt,
                                 signature, transaction_hash)
         SELECT channel_id, consumer, charged, model_id, version_id, identifier, request, answer, receipt, signature, transaction
         FROM sold
       )
       INSERT INTO channels (channel_id, model_id, config, charged, signature, waiting_since)
       SELECT channel_id, model_id, config, charged, voucher, at FROM sold
       ON CONFLICT (channel_id) DO UPDATE SET
         charged = excluded.charged,
         signature = excluded.signature,
         waiting_since =
           CASE WHEN channels.charged > channels.claimed THEN channels.waiting_since ELSE excluded.waiting_since END
       WHERE channels.charged < excluded.charged`,
      [toJson(rows)],
    );
  };
  const select = async (condition: string, parameters: readonly unknown[]) =>
    (await db.query<ChannelRow>(`SELECT * FROM channels WHERE ${condition}`, parameters)).map(toChannel);
  return {
    find: async (channelId) => (await select("channel_id = $1", [channelId]))[0],
    record: createGroupCommit(write),
    unclaimed: () => select("charged > claimed ORDER BY channel_id", []),
    setClaimed: async (channelId, claimed) => {
      await db.query("UPDATE channels SET claimed = $2 WHERE channel_id = $1", [channelId, claimed.toString()]);
    },
  };
}

function toChannel(row: ChannelRow): StoredChannel {
  return {
    channelId: row.channel_id,
    modelId: BigInt(row.model_id),
    config: row.config,
    charged: BigInt(row.charged),
    signature: row.signature,
    claimed: BigInt(row.claimed),
    waitingSince: Number(row.waiting_since),
  };
}
