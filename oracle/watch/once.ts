import { messageOf } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import type { Task } from "../jobs/plan.ts";
import { runStage, type Stage } from "../jobs/stage.ts";
import { scanStage } from "../jobs/stages/scan.ts";
import { judgementSchema, type Judgement } from "./judgement.ts";
import { pendingJudgements, type PendingJudgement } from "./watch.ts";

/** What one look at the chain came to. */
export interface Findings {
  readonly judgements: readonly (Judgement & { readonly subject: string })[];
  /** Pending subjects that could not be judged, because something they need is not there. */
  readonly open: readonly string[];
}

/** Does everything that can be done now, once, and says what was found about everything that is or was pending. */
export async function watchOnce(
  context: Context,
  stages: readonly Stage[],
  plan: (context: Context) => Promise<Task[]>,
): Promise<Findings> {
  const { log, results } = context;
  const scan = scanStage(context);
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const tried = new Set<string>();
  const pending = new Map<string, PendingJudgement["stage"]>();
  for (;;) {
    await scan.run("chain");
    for (const { judgement, stage } of await pendingJudgements(context)) pending.set(judgement, stage);
    const fork = await results.fork();
    const tasks = (await plan(context)).filter(([stage, subject]) => !tried.has(`${stage} ${subject}`));
    if (tasks.length === 0) break;
    for (const [stage, subject] of tasks) {
      tried.add(`${stage} ${subject}`);
      try {
        await runStage(results, byName.get(stage)!, subject, fork);
      } catch (error) {
        log.warn({ stage, subject, reason: messageOf(error) }, "could not be done");
      }
    }
  }
  const judgements = [];
  const open = [];
  for (const [subject, stage] of pending) {
    const judgement = await results.read(stage, subject, judgementSchema);
    if (judgement === undefined) open.push(subject);
    else judgements.push({ subject, ...judgement });
  }
  return { judgements, open };
}
