import { messageOf } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import type { Task } from "../jobs/plan.ts";
import type { Stage } from "../jobs/queue.ts";
import { scanStage } from "../jobs/stages/scan.ts";
import { JUDGEMENT, judgementSchema, type Judgement } from "./judgement.ts";
import { pendingJudgements } from "./watch.ts";

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
  const scan = scanStage(context, () => results.forgetAll());
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const tried = new Set<string>();
  const subjects = new Set<string>();
  for (;;) {
    await scan.run("chain");
    for (const { judgement } of await pendingJudgements(context)) subjects.add(judgement);
    const tasks = (await plan(context)).filter(([stage, subject]) => !tried.has(`${stage} ${subject}`));
    if (tasks.length === 0) break;
    for (const [stage, subject] of tasks) {
      tried.add(`${stage} ${subject}`);
      try {
        await byName.get(stage)!.run(subject);
      } catch (error) {
        log.warn({ stage, subject, reason: messageOf(error) }, "could not be done");
      }
    }
  }
  const judgements = [];
  const open = [];
  for (const subject of subjects) {
    const judgement = await results.read(JUDGEMENT, subject, judgementSchema);
    if (judgement === undefined) open.push(subject);
    else judgements.push({ subject, ...judgement });
  }
  return { judgements, open };
}
