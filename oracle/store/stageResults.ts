import type { z } from "zod";
import { NotYetError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import type { Database } from "./database.ts";

export interface StageResults {
  /** The stored result, validated; undefined when the stage has not finished for this subject. */
  read<S extends z.ZodType>(stage: string, subject: string, schema: S): Promise<z.output<S> | undefined>;
  has(stage: string, subject: string): Promise<boolean>;
  /** Number of the fork of the chain that the store follows. */
  fork(): Promise<number>;
  /**
   * Stores a result. A stage that runs twice stores the same thing; the first writing stays.
   *
   * @param fork on which the stage began: what it read may have been replaced since
   * @throws NotYetError on another fork; the stage has to run again
   */
  write(stage: string, subject: string, result: unknown, fork: number): Promise<void>;
  /** The same, in the place of what was stored: what others certified since has changed what the stage finds. */
  replace(stage: string, subject: string, result: unknown, fork: number): Promise<void>;
  subjects(stage: string): Promise<string[]>;
}

interface ForkRow extends Record<string, unknown> {
  number: string | number;
}

export function createStageResults(db: Database): StageResults {
  const store = (stage: string, subject: string, result: unknown, fork: number, known: string) =>
    db.transaction(async (tx) => {
      // the lock holds a reorganisation up until the result is stored, to be forgotten with the others
      const [present] = await tx.query<ForkRow>("SELECT number FROM fork FOR SHARE");
      if (Number(present!.number) !== fork) {
        throw new NotYetError("the chain was reorganised since the stage began", { value: `${stage} ${subject}` });
      }
      await tx.query(
        `INSERT INTO stage_results (stage, subject, result) VALUES ($1, $2, $3::jsonb)
         ON CONFLICT (stage, subject) DO ${known}`,
        [stage, subject, toJson(result)],
      );
    });
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
    fork: async () => Number((await db.query<ForkRow>("SELECT number FROM fork"))[0]!.number),
    write: (stage, subject, result, fork) => store(stage, subject, result, fork, "NOTHING"),
    replace: (stage, subject, result, fork) =>
      store(stage, subject, result, fork, "UPDATE SET result = EXCLUDED.result"),
    subjects: async (stage) =>
      (
        await db.query<{ subject: string }>("SELECT subject FROM stage_results WHERE stage = $1 ORDER BY finished_at", [
          stage,
        ])
      ).map((row) => row.subject),
  };
}
