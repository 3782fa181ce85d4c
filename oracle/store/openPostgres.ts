import pg from "pg";
import { ChainError, messageOf } from "../common/errors.ts";
import { StorageError } from "../common/fileErrors.ts";
import { InUseError } from "../common/processLock.ts";
import type { Database, Row } from "./database.ts";
import { lockPostgres, type PostgresLock } from "./lockPostgres.ts";

/**
 * Connects to a PostgreSQL server. BullMQ gets the connection string and keeps its own pool and schema.
 *
 * @throws InUseError when another process works on the database; ChainError when the server cannot be reached
 */
export async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  let lock: PostgresLock;
  try {
    await pool.query("SELECT 1");
    lock = await lockPostgres(url);
  } catch (error) {
    await pool.end();
    if (error instanceof InUseError) throw error;
    throw new ChainError(`the database cannot be reached: ${messageOf(error)}`, {
      remedy: "Check DATABASE_URL and that the server runs, or unset it to use the embedded database.",
      retryable: true,
      cause: error,
    });
  }
  // an idle connection that drops is replaced by the pool; without a listener it would end the process
  pool.on("error", () => {});

  return {
    query: async <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
      whileUp(async () => (await pool.query<R>(sql, [...parameters])).rows),
    transaction: (work) =>
      whileUp(async () => {
        const client = await pool.connect();
        let broken = false;
        try {
          await client.query("BEGIN");
          const result = await work({
            query: async <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
              (await client.query<R>(sql, [...parameters])).rows,
          });
          await client.query("COMMIT");
          return result;
        } catch (error) {
          broken = isOutage(error);
          if (!broken) await client.query("ROLLBACK");
          throw error;
        } finally {
          // a broken connection is closed, not returned
          client.release(broken);
        }
      }),
    close: async () => {
      await pool.end();
      await lock.release();
    },
    stopped: lock.lost,
    queueConnection: url,
  };
}

/** Lets callers ask again when the server was away: every stage can be run twice. */
async function whileUp<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as { code?: unknown };
    // SQLSTATE classes 53 (disk full, too many connections) and 58 (system error), and a server that is a read-only copy
    if (/^(53...|58...|25006)$/u.test(String(code))) {
      throw new StorageError(`the database server cannot do its work: ${messageOf(error)}`, {
        remedy: "Give the server what it lacks; the work goes on by itself.",
        retryable: true,
        cause: error,
      });
    }
    if (!isOutage(error)) throw error;
    throw new ChainError(`the database does not answer: ${messageOf(error)}`, {
      remedy: "Start the server that DATABASE_URL names; the work goes on by itself.",
      retryable: true,
      cause: error,
    });
  }
}

/** Connection exceptions (class 08), shutdown and start-up (57P0x), and what the socket or the driver says of them. */
function isOutage(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return (
    /^(08...|57P0[1-3]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/u.test(String(code)) ||
    /Connection terminated/iu.test(messageOf(error))
  );
}
