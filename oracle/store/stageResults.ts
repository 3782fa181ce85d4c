import type { z } from "zod";
import { toJson } from "../common/json.ts";
import type { Database } from "./database.ts";

export interface StageResults {
  /** The stored result, validated; undefined when the stage has not finished for this subject. */
  read<S extends z.ZodType>(stage: string, subject: string, schema: S): Promise<z.output<S> | undefined>;
  has(stage: string, subject: string): Promise<boolean>;
  /** Stores a result. A stage that runs twice stores the same thing; the first writing stays. */
  write(stage: string, subject: string, result: unknown): Promise<void>;
  subjects(stage: string): Promise<string[]>;
  /** Forgets everything, after a reorganisation: what was derived from replaced blocks may be wrong. */
  forgetAll(): Promise<void>;
}

export function createStageResults(db: Database): StageResults {
  return {
    read: async (stage, subject, schema) => {
      const rows = await db.query("SELECT result FROM stage_results WHERE stage = $1 AND subject = $2", [
        stage,
        subject,
      ]);
      return rows[0] === undefined ? undefined : schema.parse(rows[0]["result"]);
    },
    has: async (stage, subject) =>
      (await db.query("SELECT 1 FROM stage_results WHERE stage = $1 AND subject = $2", [stage, subject])).length > 0,
    write: async (stage, subject, result) => {
      await db.query(
        "INSERT INTO stage_results (stage, subject, result) VALUES ($1, $2, $3::jsonb) ON CONFLICT DO NOTHING",
        [stage, subject, toJson(result)],
      );
    },
    subjects: async (stage) =>
      (
        await db.query<{ subject: string }>("SELECT subject FROM stage_results WHERE stage = $1 ORDER BY finished_at", [
          stage,
        ])
      ).map((row) => row.subject),
    forgetAll: async () => {
      await db.query("DELETE FROM stage_results");
    },
  };
}
