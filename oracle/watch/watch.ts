import type { Context } from "../jobs/context.ts";
import { attestedIndex } from "../jobs/indexEvents.ts";
import { operatorStages } from "../jobs/operator.ts";
import { plan, type Task } from "../jobs/plan.ts";
import type { Stage } from "../jobs/stage.ts";
import { postedRoots } from "../jobs/rootEvents.ts";
import { contradictionPlan, contradictionStage } from "./contradictions.ts";
import { collectStage, ownDemands, unansweredDemands } from "./collect.ts";
import { indexSubject, readDemands, rootSubject } from "./demands.ts";
import { judgementOf } from "./judgement.ts";
import { attestationOf, watchIndexStage } from "./watchIndex.ts";
import { postingOf, watchRootStage } from "./watchRoot.ts";

/** What operators do with their signature or for everybody; a watchtower only computes. */
const OPERATORS_ALONE: ReadonlySet<string> = new Set(["attest", "activate", "post", "finalize"]);

/** The stages of a watchtower: an operator's computations, and then comparisons instead of signatures. */
export function watchStages(context: Context): Stage[] {
  const computing = operatorStages(context).filter(({ name }) => !OPERATORS_ALONE.has(name));
  return [
    ...computing,
    ...[watchIndexStage, watchRootStage, contradictionStage, collectStage].map((make) => make(context)),
  ];
}

/** What a watchtower can do next, from the store alone. */
export async function watchPlan(context: Context): Promise<Task[]> {
  const tasks = (await plan(context)).filter(([stage]) => !OPERATORS_ALONE.has(stage));
  for (const { stage, judgement } of await pendingJudgements(context)) {
    if (!(await context.results.has(stage, judgement))) tasks.push([stage, judgement]);
  }
  tasks.push(...(await contradictionPlan(context)));
  for (const demandId of await unansweredDemands(context)) tasks.push(["collect", demandId]);
  return tasks;
}

/** A judgement that is due about something pending: the first one, and one after each round of answers. */
export interface PendingJudgement {
  readonly stage: "watch-index" | "watch-root";
  readonly judgement: string;
}

/** Judgements about everything that is pending. While an own demand about it is open, the last one stands. */
export async function pendingJudgements(context: Context): Promise<PendingJudgement[]> {
  const { events, results, view } = context;
  const demands = await readDemands(events);
  const waiting = new Set((await ownDemands(context)).map(({ subject }) => subject));
  const pending: PendingJudgement[] = [];
  const add = (stage: PendingJudgement["stage"], subject: string, demandSubject: string) => {
    if (waiting.has(demandSubject)) return;
    const answered = demands.filter((demand) => demand.subject === demandSubject && demand.status === "answered");
    pending.push({ stage, judgement: judgementOf(subject, answered.length) });
  };
  const indexed = new Set(await results.subjects("index"));
  for (const { versionId } of await view.versions()) {
    const index = await attestedIndex(events, versionId);
    if (index === undefined || index.activated || !indexed.has(`${versionId}`)) continue;
    const subject = indexSubject(versionId, index.partsHash, index.challengeEnds);
    add("watch-index", attestationOf(versionId, index), subject);
  }
  for (const root of await postedRoots(events)) {
    if (root.status === "pending") add("watch-root", postingOf(root), rootSubject(root.rootHash, root.postedAt));
  }
  return pending;
}
