import { PGlite } from "@electric-sql/pglite";
import { runMigrations } from "bullmq";
import { migrate } from "./migrate.ts";
import { queriesOf, queueClient } from "./pgliteClients.ts";

/** Makes an empty database with the tables of the store and of the queue, and packs it. @param directory in memory without one */
export async function packCluster(directory?: string): Promise<Blob> {
  const db = await PGlite.create(directory);
  try {
    await runMigrations(queueClient(db, (work) => work()));
    await migrate(queriesOf(db, (work) => work()));
    return await db.dumpDataDir("none");
  } finally {
    await db.close();
  }
}
