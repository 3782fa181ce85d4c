import type { SignedTransaction } from "../common/signedTransaction.ts";
import type { Database } from "./database.ts";

export interface TransactionQueue {
  find(key: string): Promise<SignedTransaction | undefined>;
  add(transaction: SignedTransaction): Promise<void>;
  setStatus(key: string, status: SignedTransaction["status"]): Promise<void>;
  /** Other bytes for the same purpose and nonce; the hash before is kept among the earlier ones. */
  replace(key: string, bytes: { readonly hash: string; readonly raw: string }): Promise<void>;
  /** The transaction that has this nonce, mined or not. */
  withNonce(sender: string, nonce: number): Promise<SignedTransaction | undefined>;
  /** The highest nonce of any transaction that is kept. */
  lastNonce(sender: string): Promise<number | undefined>;
  /** Signed, and not yet known to be mined, in nonce order. */
  unmined(sender: string): Promise<SignedTransaction[]>;
  /** Forgets a transaction that can never be mined, so that its key can be used again. */
  remove(key: string): Promise<void>;
}

interface TransactionRow extends Record<string, unknown> {
  key: string;
  kind: string;
  sender: string;
  nonce: string | number;
  hash: string;
  earlier_hashes: string[];
  raw: string;
  status: SignedTransaction["status"];
}

export function createTransactionQueue(db: Database): TransactionQueue {
  return {
    find: async (key) => {
      const rows = await db.query<TransactionRow>("SELECT * FROM transactions WHERE key = $1", [key]);
      return rows[0] === undefined ? undefined : toTransaction(rows[0]);
    },
    add: async (t) => {
      await db.query(
        "INSERT INTO transactions (key, kind, sender, nonce, hash, raw, status) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [t.key, t.kind, t.sender, t.nonce, t.hash, t.raw, t.status],
      );
    },
    setStatus: async (key, status) => {
      await db.query("UPDATE transactions SET status = $2 WHERE key = $1", [key, status]);
    },
    replace: async (key, { hash, raw }) => {
      await db.query(
        `UPDATE transactions SET earlier_hashes = array_append(earlier_hashes, hash), hash = $2, raw = $3
         WHERE key = $1 AND status = 'signed'`,
        [key, hash, raw],
      );
    },
    withNonce: async (sender, nonce) => {
      const rows = await db.query<TransactionRow>("SELECT * FROM transactions WHERE sender = $1 AND nonce = $2", [
        sender,
        nonce,
      ]);
      return rows[0] === undefined ? undefined : toTransaction(rows[0]);
    },
    lastNonce: async (sender) => {
      const rows = await db.query<{ last: string | number | null }>(
        "SELECT max(nonce) AS last FROM transactions WHERE sender = $1",
        [sender],
      );
      const last = rows[0]?.last ?? null;
      return last === null ? undefined : Number(last);
    },
    unmined: async (sender) =>
      (
        await db.query<TransactionRow>(
          "SELECT * FROM transactions WHERE sender = $1 AND status = 'signed' ORDER BY nonce",
          [sender],
        )
      ).map(toTransaction),
    remove: async (key) => {
      await db.query("DELETE FROM transactions WHERE key = $1", [key]);
    },
  };
}

function toTransaction({ earlier_hashes, ...row }: TransactionRow): SignedTransaction {
  return { ...row, earlierHashes: earlier_hashes, nonce: Number(row.nonce) };
}
