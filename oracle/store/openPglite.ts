import { mkdirSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { runMigrations } from "bullmq";
import type { Database, Queryable, Row } from "./database.ts";
import { createPglitePool } from "./pglitePool.ts";

/**
 * Opens the embedded database, in memory without a directory. It also carries BullMQ's tables (schema `bullmq`); the
 * session's search path is set here because BullMQ leaves it alone on a pool that it did not make.
 */
export async function openPglite(directory?: string): Promise<Database> {
  if (directory !== undefined) mkdirSync(directory, { recursive: true });
  const db = await PGlite.create(directory);
  const pool = createPglitePool(db);
  const client = { query: (text: string, values?: unknown[]) => runOn(text, values), release: () => {} };
  async function runOn(text: string, values: unknown[] = []) {
    const result = values.length === 0 ? (await db.exec(text)).at(-1) : await db.query(text, values);
    return { rows: (result?.rows ?? []) as Row[], rowCount: result?.rows.length ?? 0 };
  }
  await runMigrations(client as unknown as Parameters<typeof runMigrations>[0]);
  await db.exec("SET search_path TO public, bullmq");

  return {
    query: async <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
      (await db.query<R>(sql, [...parameters])).rows,
    transaction: (work) =>
      db.transaction((tx) => {
        const queryable: Queryable = {
          query: async <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
            (await tx.query<R>(sql, [...parameters])).rows,
        };
        return work(queryable);
      }),
    close: () => db.close(),
    queueConnection: pool,
  };
}
