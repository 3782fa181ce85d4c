import { toJson } from "../common/json.ts";
import type { Database } from "./database.ts";

/** Receipts of a channel that its payer has confirmed. */
export interface StoredStatement {
  readonly channelId: string;
  /** Where the last of them ends, in wei of the channel. */
  readonly upto: bigint;
  /** Struct hash and fee of each, in their order. */
  readonly receipts: readonly (readonly [hash: string, fee: string])[];
  readonly signature: string;
}

export interface Statements {
  /** Stores a statement; returns false where the channel has one that ends there. */
  add(statement: StoredStatement): Promise<boolean>;
  /** In the order of their places in the channel. */
  ofChannel(channelId: string): Promise<StoredStatement[]>;
  /** Where the last statement about the channel ends; 0 where there is none. */
  lastOf(channelId: string): Promise<bigint>;
}

interface StatementRow extends Record<string, unknown> {
  channel_id: string;
  upto: string;
  receipts: StoredStatement["receipts"];
  signature: string;
}

export function createStatements(db: Database): Statements {
  return {
    add: async ({ channelId, upto, receipts, signature }) => {
      const rows = await db.query(
        `INSERT INTO statements (channel_id, upto, receipts, signature) VALUES ($1, $2, $3::jsonb, $4)
         ON CONFLICT DO NOTHING RETURNING channel_id`,
        [channelId, upto.toString(), toJson(receipts), signature],
      );
      return rows.length === 1;
    },
    ofChannel: async (channelId) =>
      (await db.query<StatementRow>("SELECT * FROM statements WHERE channel_id = $1 ORDER BY upto", [channelId])).map(
        (row) => ({
          channelId: row.channel_id,
          upto: BigInt(row.upto),
          receipts: row.receipts,
          signature: row.signature,
        }),
      ),
    lastOf: async (channelId) => {
      const [row] = await db.query<{ last: string }>(
        "SELECT coalesce(max(upto), 0)::text AS last FROM statements WHERE channel_id = $1",
        [channelId],
      );
      return BigInt(row!.last);
    },
  };
}
