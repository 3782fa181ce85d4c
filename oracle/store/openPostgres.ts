import pg from "pg";
import { ChainError, messageOf } from "../common/errors.ts";
import type { Database, Row } from "./database.ts";

/** Connects to a PostgreSQL server. BullMQ gets the connection string and keeps its own pool and schema. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  try {
    await pool.query("SELECT 1");
  } catch (error) {
    await pool.end();
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
      (await pool.query<R>(sql, [...parameters])).rows,
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const result = await work({
          query: async <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
            (await client.query<R>(sql, [...parameters])).rows,
        });
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
    queueConnection: url,
  };
}
