import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { InUseError } from "../common/processLock.ts";

/** Number of the advisory lock that the one process which works on a database holds. */
const LOCK = 1_330_662_733;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export interface PostgresLock {
  /** Rejects when another process has taken the database while the server was away. Never resolves. */
  readonly lost: Promise<never>;
  release(): Promise<void>;
}

/**
 * Makes this process the only one that works on the database, for as long as its connection lives. When the server goes away
 * and comes back, the lock is taken again.
 *
 * @throws InUseError with the other process's id
 */
export async function lockPostgres(url: string): Promise<PostgresLock> {
  let released = false;
  let client = await connectAndLock(url);
  const lost = keep();
  // callers that wait for it get the rejection; without one it must not end the process as unhandled
  lost.catch(() => {});

  async function keep(): Promise<never> {
    for (;;) {
      await ended(client);
      if (released) return new Promise(() => {});
      client = await again();
    }
  }

  async function again(): Promise<pg.Client> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      await sleep(pause, undefined, { ref: false });
      if (released) return client;
      try {
        return await connectAndLock(url);
      } catch (error) {
        if (error instanceof InUseError) throw error;
      }
    }
  }

  return {
    lost,
    release: async () => {
      released = true;
      await client.end();
    },
  };
}

function ended(client: pg.Client): Promise<void> {
  return new Promise((resolve) => client.once("end", resolve));
}

async function connectAndLock(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `openledger ${process.pid} on ${hostname()}`,
  });
  // the end of the connection is what counts, and comes after every error of it
  client.on("error", () => {});
  await client.connect();
  try {
    // a machine that lost its power says nothing: the server asks, and gives the lock back within a minute
    await client.query("SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3");
    const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [LOCK]);
    if (rows[0]!.locked) return client;
    const holders = await client.query<{ name: string }>(
      `SELECT application_name AS name FROM pg_stat_activity JOIN pg_locks USING (pid)
       WHERE locktype = 'advisory' AND objid = $1 AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [LOCK],
    );
    throw inUse(new URL(url), holders.rows[0]?.name ?? "unknown");
  } catch (error) {
    await client.end();
    throw error;
  }
}

function inUse(url: URL, name: string): InUseError {
  const holder = name.replace(/^openledger /u, "process ");
  return new InUseError(`the database ${url.host}${url.pathname} is in use by ${holder}`, {
    value: holder,
    limit: "one process at a time",
    remedy: "End that process first, or give this one a database of its own with DATABASE_URL.",
  });
}
