import { travelTo } from "../../chain/localNode.ts";
import type { PostedRoot } from "../../jobs/rootEvents.ts";
import type { Scene } from "../cast/scene.ts";
import type { Running } from "../processes/processes.ts";
import { untilAllSettled, untilCommitted, untilRoot, type Watching } from "../processes/waitFor.ts";
import type { Sweep } from "./sweep.ts";

/** Ends the epoch of the sweeps, and the time in which receipts for it are committed. @returns the epoch */
export async function closeEpoch(
  { contracts, provider }: Scene,
  watching: Watching,
  sweeps: readonly Sweep[],
): Promise<bigint> {
  const { EpochClock } = contracts;
  const epoch = sweeps.reduce((last, sweep) => (sweep.epoch > last ? sweep.epoch : last), 0n);
  const ended = await EpochClock.endOf(epoch);
  await travelTo(provider, ended);
  await untilCommitted(watching, sweeps);
  await travelTo(provider, ended + (await EpochClock.receiptsGrace()));
  return epoch;
}

/** Waits until a root of the epoch is posted, and every operator has computed the same. */
export async function untilSettled(
  watching: Watching,
  operators: readonly Running[],
  epoch: bigint,
): Promise<PostedRoot> {
  const posted = await untilRoot(watching, epoch, "pending");
  await untilAllSettled(watching, operators, posted);
  return posted;
}

/** Waits out the time to dispute the root, and until it is final. */
export async function untilFinal(
  { contracts, provider }: Scene,
  watching: Watching,
  epoch: bigint,
): Promise<PostedRoot> {
  const { status, postedAt } = await untilRoot(watching, epoch, "pending");
  if (status === "pending") {
    await travelTo(provider, postedAt + (await contracts.RewardDistributor.challengeWindow()));
  }
  return untilRoot(watching, epoch, "finalized");
}
