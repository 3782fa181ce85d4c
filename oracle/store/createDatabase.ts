import pg from "pg";
import { ChainError, messageOf } from "../common/errors.ts";

/**
 * Makes an empty database beside the one of `url` and returns the URL of it; with `keep`, one that is there stays as it is.
 *
 * @throws ChainError when the server cannot be reached or does not allow it
 */
export async function createDatabase(url: string, name: string, keep: boolean): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    const exists = rowCount === 1;
    if (exists && !keep) await client.query(`DROP DATABASE ${client.escapeIdentifier(name)} WITH (FORCE)`);
    if (!exists || !keep) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    throw new ChainError(`the database ${name} cannot be made: ${messageOf(error)}`, {
      value: new URL(url).host,
      limit: "a PostgreSQL 15+ server and a user that may create databases",
      remedy: "Check DATABASE_URL and grant CREATEDB, or unset it to use the embedded database.",
      cause: error,
    });
  } finally {
    await client.end();
  }
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
