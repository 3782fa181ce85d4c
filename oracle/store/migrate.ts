import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { OpenLedgerError } from "../common/errors.ts";
import type { Database } from "./database.ts";

const DIRECTORY = new URL("./migrations/", import.meta.url);
const FILE_NAME = /^(\d{4})_[a-z_]+\.sql$/u;

/**
 * Applies the numbered migrations that the database lacks, each in its own transaction, and returns how many.
 *
 * @throws OpenLedgerError when an applied migration's text has changed since, or the database is newer than this code.
 */
export async function migrate(db: Pick<Database, "query" | "transaction">): Promise<number> {
  await db.query(
    "CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL)",
  );
  const applied = new Map(
    (await db.query<{ number: number; sha256: string }>("SELECT number, sha256 FROM migrations")).map((row) => [
      row.number,
      row.sha256,
    ]),
  );
  const files = migrationFiles();
  for (const number of applied.keys()) {
    if (!files.some((file) => file.number === number)) {
      throw new OpenLedgerError("the store was written by a newer version", {
        value: `migration ${number}`,
        limit: `migrations up to ${files.at(-1)?.number ?? 0}`,
        remedy: "Run that version, or use another state directory.",
      });
    }
  }
  let count = 0;
  for (const { number, name, sql } of files) {
    const sha256 = createHash("sha256").update(sql).digest("hex");
    const before = applied.get(number);
    if (before === sha256) continue;
    if (before !== undefined) {
      throw new OpenLedgerError(`migration ${name} has changed since it was applied`, {
        value: sha256,
        limit: before,
        remedy: "Applied migrations are never edited: add a new one, or use another state directory.",
      });
    }
    await db.transaction(async (tx) => {
      for (const statement of sql.split(/;\s*$/mu)) if (statement.trim() !== "") await tx.query(statement);
      await tx.query("INSERT INTO migrations (number, name, sha256) VALUES ($1, $2, $3)", [number, name, sha256]);
    });
    count++;
  }
  return count;
}

/** Changes with every migration. */
export function migrationsHash(): string {
  const hash = createHash("sha256");
  for (const { sql } of migrationFiles()) hash.update(sql);
  return hash.digest("hex").slice(0, 16);
}

function migrationFiles(): { number: number; name: string; sql: string }[] {
  return readdirSync(DIRECTORY)
    .filter((name) => FILE_NAME.test(name))
    .sort()
    .map((name) => ({ number: Number(name.slice(0, 4)), name, sql: readFileSync(new URL(name, DIRECTORY), "utf8") }));
}
