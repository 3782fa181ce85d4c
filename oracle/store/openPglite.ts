import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { runMigrations } from "bullmq";
import { withFileErrors } from "../common/fileErrors.ts";
import { lockProcess } from "../common/processLock.ts";
import type { Database } from "./database.ts";
import { describeEmbeddedError, hasStopped } from "./embeddedErrors.ts";
import { emptyCluster } from "./emptyCluster.ts";
import { queriesOf, queueClient } from "./pgliteClients.ts";
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

/**
 * The database sets aside 170 MiB for pages and connections unless it is told otherwise: the system keeps pages of its files as well, and
 * it has one session. What it sets aside for the log of a transaction stays: a full disk is met when that is written, not within it.
 */
const startParams = [
  ...PGlite.defaultStartParams,
  ...["shared_buffers=8MB", "max_connections=8", "wal_buffers=5MB"].flatMap((setting) => ["-c", setting]),
];

async function inMemory(): Promise<PGlite> {
  return PGlite.create({ startParams, loadDataDir: (await emptyCluster()).tar });
}

/** A mark lies beside the directory while it is filled: what a process that was killed has left of a new one is made again. */
async function inDirectory(directory: string): Promise<PGlite> {
  const mark = `${directory}.new`;
  if (existsSync(mark)) rmSync(directory, { recursive: true, force: true });
  else if (readdirSync(directory).length > 0) return PGlite.create({ startParams, dataDir: directory });
  writeFileSync(mark, "");
  const { tar, directory: files } = await emptyCluster();
  if (files !== undefined) copyFiles(files, directory);
  const db = await PGlite.create({
    ...{ startParams, dataDir: directory },
    ...(files === undefined ? { loadDataDir: tar } : {}),
  });
  rmSync(mark);
  return db;
}

/** Unlike `cpSync` with the system's own errors, such as that the disk is full. */
function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyFiles(source, target);
    else copyFileSync(source, target);
  }
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
  await runMigrations(queueClient(db, guarded));
  await guarded(() => db.exec("SET search_path TO public, bullmq"));

  return {
    ...queriesOf(db, guarded),
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
