import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { runMigrations } from "bullmq";
import { withFileErrors } from "../common/fileErrors.ts";
import { lockProcess } from "../common/processLock.ts";
import type { Database, Queryable, Row } from "./database.ts";
import { describeEmbeddedError, hasStopped } from "./embeddedErrors.ts";
import { emptyCluster } from "./emptyCluster.ts";
import { createPglitePool } from "./pglitePool.ts";

/** What the database writes when it starts, at the least: with less room it ends in the middle of a page. */
const ROOM_BYTES = 1 << 20;

/**
 * Opens the embedded database, in memory without a directory. It also carries BullMQ's tables (schema `bullmq`); the
 * session's search path is set here because BullMQ leaves it alone on a pool that it did not make.
 *
 * @throws InUseError when another process has the directory; StorageError when it cannot be used or is damaged
 */
export async function openPglite(directory?: string): Promise<Database> {
  if (directory === undefined) return open(undefined, () => {});
  withFileErrors(directory, () => mkdirSync(directory, { recursive: true }));
  const lock = lockProcess(`${directory}.lock`, {
    what: `the embedded database ${directory}`,
    instead: "use another state directory",
  });
  try {
    withFileErrors(directory, () => requireRoom(directory));
    return await open(directory, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The database says nothing of why it cannot write. */
function requireRoom(directory: string): void {
  accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  const probe = join(directory, "..", `.room-${process.pid}`);
  try {
    writeFileSync(probe, Buffer.alloc(ROOM_BYTES));
  } finally {
    rmSync(probe, { force: true });
  }
}

async function inMemory(): Promise<PGlite> {
  return PGlite.create({ loadDataDir: await emptyCluster() });
}

/** A mark lies beside the directory while it is filled: what a process that was killed has left of a new one is made again. */
async function inDirectory(directory: string): Promise<PGlite> {
  const mark = `${directory}.new`;
  if (existsSync(mark)) rmSync(directory, { recursive: true, force: true });
  else if (readdirSync(directory).length > 0) return PGlite.create(directory);
  writeFileSync(mark, "");
  const db = await PGlite.create({ dataDir: directory, loadDataDir: await emptyCluster() });
  rmSync(mark);
  return db;
}

async function open(directory: string | undefined, onClosed: () => void): Promise<Database> {
  let stop: (reason: unknown) => void = () => {};
  const stopped = new Promise<never>((_, reject) => (stop = reject));
  // callers that wait for it get the rejection; without one it must not end the process as unhandled
  stopped.catch(() => {});

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const described = describeEmbeddedError(error, directory);
      if (hasStopped(error)) stop(described);
      throw described;
    }
  }

  const db = await guarded(() => (directory === undefined ? inMemory() : inDirectory(directory)));
  const pool = createPglitePool(db, guarded);
  const client = {
    query: (text: string, values: unknown[] = []) =>
      guarded(async () => {
        const result = values.length === 0 ? (await db.exec(text)).at(-1) : await db.query(text, values);
        return { rows: (result?.rows ?? []) as Row[], rowCount: result?.rows.length ?? 0 };
      }),
    release: () => {},
  };
  await runMigrations(client as unknown as Parameters<typeof runMigrations>[0]);
  await guarded(() => db.exec("SET search_path TO public, bullmq"));

  return {
    query: <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
      guarded(async () => (await db.query<R>(sql, [...parameters])).rows),
    transaction: (work) =>
      guarded(() =>
        db.transaction((tx) => {
          const queryable: Queryable = {
            query: <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
              guarded(async () => (await tx.query<R>(sql, [...parameters])).rows),
          };
          return work(queryable);
        }),
      ),
    close: async () => {
      try {
        await guarded(() => db.close());
      } finally {
        onClosed();
      }
    },
    queueConnection: pool,
    stopped,
  };
}
