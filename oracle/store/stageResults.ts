import type { z } from "zod";
import { NotYetError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import type { ChainEvents } from "./chainEvents.ts";
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

interface SubjectRow extends Record<string, unknown> {
  subject: string;
}

interface ForkRow extends Record<string, unknown> {
  number: string | number;
}

/**
 * What the planner asks at every look, the fork and the subjects, is kept: this process alone stores results, and they are
 * forgotten by `events` alone.
 */
export function createStageResults(db: Database, events: Pick<ChainEvents, "revision">): StageResults {
  const kept = new Map<string, unknown>();
  let changes = 0;
  let rollBacks = 0;

  /** The kept answer, or else what `read` gives. */
  async function remembered<T>(question: string, read: () => Promise<T>): Promise<T> {
    const present = events.revision().rollBacks;
    if (present !== rollBacks) forgetAll(present);
    if (kept.has(question)) return kept.get(question) as T;
    const before = changes;
    const answer = await read();
    // what was stored or forgotten in the meantime may be missing
    if (changes === before && events.revision().rollBacks === rollBacks) kept.set(question, answer);
    return answer;
  }

  function forgetAll(present: number): void {
    kept.clear();
    changes++;
    rollBacks = present;
  }

  const store = async (stage: string, subject: string, result: unknown, fork: number, known: string) => {
    try {
      await insert(stage, subject, result, fork, known);
    } finally {
      changes++;
      kept.delete(subjectsOf(stage));
    }
  };
  const insert = (stage: string, subject: string, result: unknown, fork: number, known: string) =>
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
    fork: () => remembered("fork", async () => Number((await db.query<ForkRow>("SELECT number FROM fork"))[0]!.number)),
    write: (stage, subject, result, fork) => store(stage, subject, result, fork, "NOTHING"),
    replace: (stage, subject, result, fork) =>
      store(stage, subject, result, fork, "UPDATE SET result = EXCLUDED.result"),
    subjects: async (stage) => [
      ...(await remembered(subjectsOf(stage), async () =>
        (
          await db.query<SubjectRow>("SELECT subject FROM stage_results WHERE stage = $1 ORDER BY finished_at", [stage])
        ).map((row) => row.subject),
      )),
    ],
  };
}

function subjectsOf(stage: string): string {
  return `subjects of ${stage}`;
}
