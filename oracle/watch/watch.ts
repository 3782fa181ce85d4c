import type { Context } from "../jobs/context.ts";
import { attestedIndex } from "../jobs/indexEvents.ts";
import { operatorStages } from "../jobs/operator.ts";
import { plan, type Task } from "../jobs/plan.ts";
import type { Stage } from "../jobs/queue.ts";
import { postedRoots } from "../jobs/rootEvents.ts";
import { collectStage, unansweredDemands } from "./collect.ts";
import { JUDGEMENT } from "./judgement.ts";
import { attestationOf, watchIndexStage } from "./watchIndex.ts";
import { postingOf, watchRootStage } from "./watchRoot.ts";

/** What operators do with their signature or for everybody; a watchtower only computes. */
const OPERATORS_ALONE: ReadonlySet<string> = new Set(["attest", "activate", "post", "finalise"]);

/** The stages of a watchtower: an operator's computations, and then comparisons instead of signatures. */
export function watchStages(context: Context): Stage[] {
  const computing = operatorStages(context).filter(({ name }) => !OPERATORS_ALONE.has(name));
  return [...computing, ...[watchIndexStage, watchRootStage, collectStage].map((make) => make(context))];
}

/** What a watchtower can do next, from the store alone. */
export async function watchPlan(context: Context): Promise<Task[]> {
  const { events, results, view } = context;
  const tasks = (await plan(context)).filter(([stage]) => !OPERATORS_ALONE.has(stage));
  const judged = new Set(await results.subjects(JUDGEMENT));
  const indexed = new Set(await results.subjects("index"));
  for (const { versionId } of await view.versions()) {
    const index = await attestedIndex(events, versionId);
    if (index === undefined || index.activated || !indexed.has(`${versionId}`)) continue;
    const subject = attestationOf(versionId, index);
    if (!judged.has(subject)) tasks.push(["watch-index", subject]);
  }
  for (const root of await postedRoots(events)) {
    if (root.status === "pending" && !judged.has(postingOf(root))) tasks.push(["watch-root", postingOf(root)]);
  }
  for (const demandId of await unansweredDemands(context)) tasks.push(["collect", demandId]);
  return tasks;
}
