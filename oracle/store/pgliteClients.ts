import type { PGlite, Transaction } from "@electric-sql/pglite";
import type { runMigrations } from "bullmq";
import type { Database, Queryable, Row } from "./database.ts";

/** Runs a statement and describes its errors. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/** Queries and transactions of an embedded database. */
export function queriesOf(db: PGlite, guarded: Guard): Pick<Database, "query" | "transaction"> {
  const queryable = (on: PGlite | Transaction): Queryable => ({
    query: <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
      guarded(async () => (await on.query<R>(sql, [...parameters])).rows),
  });
  return {
    ...queryable(db),
    transaction: (work) => guarded(() => db.transaction((tx) => work(queryable(tx)))),
  };
}

/** What BullMQ makes its tables by: one connection of its own. */
export function queueClient(db: PGlite, guarded: Guard): Parameters<typeof runMigrations>[0] {
  const client = {
    query: (text: string, values: unknown[] = []) =>
      guarded(async () => {
        const result = values.length === 0 ? (await db.exec(text)).at(-1) : await db.query(text, values);
        return { rows: result?.rows ?? [], rowCount: result?.rows.length ?? 0 };
      }),
    release: () => {},
  };
  return client as unknown as Parameters<typeof runMigrations>[0];
}
