import { MAX_EPOCHS_PER_ROOT } from "@openledger/protocol/epochs.ts";
import { readEpochTimes } from "../store/epochTimes.ts";
import type { Context } from "./context.ts";
import { attestedIndex } from "./indexEvents.ts";
import { fundedPools } from "./poolEvents.ts";
import { postedRoots, rangeSubject } from "./rootEvents.ts";
import { resultOf } from "./results.ts";
import { askedForLife } from "./signsOfLife.ts";
import { escrowedTraining, trainingStep } from "./trainingEvents.ts";

/** A stage to run for a subject. */
export type Task = readonly [stage: string, subject: string];

/** The stages of a version that leave a result, in order. */
const VERSION_STAGES = ["snapshot", "fetch", "train", "index"] as const;

/**
 * What an operator can do next, from the store alone: the first unfinished stage of every version and of every root. A
 * process that was killed starts with the same plan as one that was not.
 */
export async function plan(context: Context): Promise<Task[]> {
  return [...(await lifeTasks(context)), ...(await versionTasks(context)), ...(await rootTasks(context))];
}

async function lifeTasks({ events, key }: Context): Promise<Task[]> {
  if (key === undefined) return [];
  const { times, owed } = await askedForLife(events, key.wallet.address);
  return owed ? [["showLife", times.toString()]] : [];
}

async function versionTasks(context: Context): Promise<Task[]> {
  const { view, results, events, key } = context;
  const done = new Map<string, Set<string>>();
  for (const stage of VERSION_STAGES) done.set(stage, new Set(await results.subjects(stage)));
  const now = BigInt((await events.head())?.timestamp ?? 0);
  const tasks: Task[] = [];
  for (const { versionId, snapshotIds } of await view.versions()) {
    // of a base model: nothing was trained on anybody's data
    if (snapshotIds.length === 0) continue;
    const subject = versionId.toString();
    if (key !== undefined && done.get("train")!.has(subject)) {
      const training = await escrowedTraining(events, versionId);
      const step = training && trainingStep(training, key.wallet.address, now);
      // who only compared the weights' hash has nothing to show for the fee
      const earns = step !== undefined && (await resultOf(context, "train", subject)).method === "retrained";
      if (earns) tasks.push(["earnTraining", subject]);
    }
    const next = VERSION_STAGES.find((stage) => !done.get(stage)!.has(subject));
    if (next !== undefined) {
      tasks.push([next, subject]);
      continue;
    }
    const index = await attestedIndex(events, versionId);
    if (index === undefined) tasks.push(["attest", subject]);
    else if (!index.activated && now >= index.challengeEnds && (await isPaid(events, versionId))) {
      tasks.push(["activate", subject]);
    }
  }
  return tasks;
}

/** Whether an operator was paid for training the version, or nobody had to be. */
async function isPaid(events: Context["events"], versionId: bigint): Promise<boolean> {
  const training = await escrowedTraining(events, versionId);
  return training === undefined || training.revealed.size > 0;
}

async function rootTasks(context: Context): Promise<Task[]> {
  const { events, results, contracts } = context;
  const now = BigInt((await events.head())?.timestamp ?? 0);
  const challengeWindow = await contracts.RewardDistributor.challengeWindow();
  const settled = new Set(await results.subjects("settle"));
  const tasks: Task[] = [];
  let firstEpoch = 1n;
  // an operator that starts late settles every root again before it signs a new one
  const standing = (await postedRoots(events)).filter(({ status }) => status !== "cancelled");
  for (const [i, { root, rootHash, postedAt, status }] of standing.entries()) {
    const subject = rangeSubject(root);
    if (!settled.has(subject)) return [...tasks, ["settle", subject]];
    if (i === standing.length - 1 && (await resultOf(context, "settle", subject)).rootHash !== rootHash) {
      return [...tasks, ["adopt", rootHash]];
    }
    if (status === "pending") return now < postedAt + challengeWindow ? tasks : [...tasks, ["finalize", rootHash]];
    firstEpoch = root.lastEpoch + 1n;
  }
  if (now === 0n) return tasks;
  const times = await readEpochTimes(events, await contracts.EpochClock.receiptsGrace());
  const pools = await fundedPools(events, firstEpoch, times.epochAt(now));
  const funded = [...new Set(pools.map(({ epoch }) => epoch))].sort((a, b) => Number(a - b));
  const closed = funded.filter((epoch) => times.isClosed(epoch, now)).slice(0, MAX_EPOCHS_PER_ROOT);
  const lastEpoch = closed.at(-1);
  if (lastEpoch === undefined) return tasks;
  const subject = rangeSubject({ firstEpoch, lastEpoch });
  return [...tasks, [settled.has(subject) ? "post" : "settle", subject]];
}
