import type { StageResults } from "../store/stageResults.ts";

/** One stage of the work; what it does for a subject is idempotent. */
export interface Stage {
  readonly name: string;
  /** Takes minutes: at most `LONG_AT_ONCE` of them run, so that others, such as answers to demands, never wait for one. */
  readonly long?: boolean;
  /** Returns what it has found out, for the store; undefined when it changed the chain instead. */
  run(subject: string): Promise<unknown>;
}

/**
 * Runs a stage and stores what it has found out.
 *
 * @param fork of the chain on which the stage was planned
 * @throws NotYetError when the chain was reorganised since: nothing is stored, and the stage has to be planned again
 */
export async function runStage(
  results: Pick<StageResults, "write">,
  stage: Stage,
  subject: string,
  fork: number,
): Promise<void> {
  const result = await stage.run(subject);
  if (result !== undefined) await results.write(stage.name, subject, result, fork);
}
