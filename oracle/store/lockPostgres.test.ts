import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { InUseError } from "../common/processLock.ts";
import { lockPostgres } from "./lockPostgres.ts";
import { startPostgres } from "./testing/servers.ts";

const server = await startPostgres();
afterAll(() => server?.stop());

describe.runIf(server)("a database on a server", () => {
  const url = server?.url ?? "";

  /** Whether the lock is free; takes it for a moment. */
  async function isFree(): Promise<boolean> {
    try {
      await (await lockPostgres(url)).release();
      return true;
    } catch (error) {
      if (error instanceof InUseError) return false;
      throw error;
    }
  }

  /** Whether somebody has the lock; unlike {@link isFree} it never takes it from who is coming back for it. */
  async function isTaken(): Promise<boolean> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted");
    await client.end();
    return rows.length > 0;
  }

  async function terminateOthers(): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'openledger %'",
    );
    await client.end();
  }

  it("is refused to a second process, whose error names the first, until it is released", async () => {
    const lock = await lockPostgres(url);
    await expect(lockPostgres(url)).rejects.toThrow(
      new RegExp(`/postgres is in use by process ${process.pid} on `, "u"),
    );
    await lock.release();
    expect(await isFree()).toBe(true);
  });

  it("is taken again by the one that had it when the server was away", async () => {
    const lock = await lockPostgres(url);
    await server!.restart();
    while (!(await isTaken()));
    await lock.release();
  });

  it("is lost to a process that was quicker", async () => {
    const lock = await lockPostgres(url);
    await terminateOthers();
    const quicker = await lockPostgres(url);
    await expect(lock.lost).rejects.toThrow(InUseError);
    await quicker.release();
    await lock.release();
  });
});
