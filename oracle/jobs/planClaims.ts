import { OPEN } from "@openledger/protocol/units.ts";
import { z } from "zod";
import type { Channels, StoredChannel } from "../store/channels.ts";
import type { Context } from "./context.ts";
import type { Task } from "./plan.ts";

/** Chain seconds before an epoch's end in which vouchers are claimed for the version that ends with it. */
const LAST_CALL = 600n;
/** How long vouchers wait in that time, in milliseconds. */
const LAST_CALL_WAIT_MS = 60_000;

const MILLION = 1_000_000;
const initiated = z.object({ channelId: z.string() });

/**
 * Models whose vouchers are due: they are worth enough, or wait long enough, or one of their payers has announced a withdrawal,
 * or another version answers from the next epoch on. Receipts count for the version of the epoch in which their payment is
 * swept.
 *
 * @param clock milliseconds since 1970
 */
export async function planClaims(
  { config, contracts, events }: Pick<Context, "config" | "contracts" | "events">,
  channels: Channels,
  clock: () => number = Date.now,
): Promise<Task[]> {
  const models = new Map<bigint, StoredChannel[]>();
  for (const channel of await channels.unclaimed()) {
    models.set(channel.modelId, [...(models.get(channel.modelId) ?? []), channel]);
  }
  if (models.size === 0) return [];
  const enough = BigInt(Math.round(config.OPENLEDGER_CLAIM_OPEN * MILLION)) * (OPEN / BigInt(MILLION));
  const withdrawals = await events.find({ contract: "PaymentChannels", name: "WithdrawInitiated" });
  const leaving = new Set(withdrawals.map(({ args }) => initiated.parse(args).channelId));

  async function versionEnds(modelId: bigint): Promise<boolean> {
    const { EpochClock, IndexRegistry } = contracts;
    const epoch = await EpochClock.current();
    const head = await events.head();
    if (head === undefined || (await EpochClock.endOf(epoch)) > BigInt(head.timestamp) + LAST_CALL) return false;
    const [now, next] = await Promise.all([epoch, epoch + 1n].map((of) => IndexRegistry.activeVersionOf(modelId, of)));
    return now !== next;
  }

  async function isDue(modelId: bigint, waiting: readonly StoredChannel[]): Promise<boolean> {
    const worth = waiting.reduce((sum, { charged, claimed }) => sum + charged - claimed, 0n);
    const age = clock() - Math.min(...waiting.map(({ waitingSince }) => waitingSince));
    return (
      worth >= enough ||
      age >= config.OPENLEDGER_CLAIM_AGE_S * 1_000 ||
      waiting.some(({ channelId }) => leaving.has(channelId)) ||
      (age >= LAST_CALL_WAIT_MS && (await versionEnds(modelId)))
    );
  }

  const due: Task[] = [];
  for (const [modelId, waiting] of models) {
    if (await isDue(modelId, waiting)) due.push(["claimVouchers", modelId.toString()]);
  }
  return due;
}
