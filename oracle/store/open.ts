import { join } from "node:path";
import type { Config } from "../config/schema.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openPglite } from "./openPglite.ts";
import { openPostgres } from "./openPostgres.ts";

/** Opens the configured database and brings its tables up to date. */
export async function openStore(config: Pick<Config, "DATABASE_URL" | "OPENLEDGER_STATE_DIR">): Promise<Database> {
  const { DATABASE_URL: url, OPENLEDGER_STATE_DIR: directory } = config;
  const db =
    url === undefined
      ? await openPglite(directory === undefined ? undefined : join(directory, "database"))
      : await openPostgres(url);
  try {
    await migrate(db);
  } catch (error) {
    await db.close();
    throw error;
  }
  return db;
}
