import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { ChainEvents } from "../store/chainEvents.ts";

const uint = z.coerce.bigint();
const funded = z.object({ modelId: uint, epoch: uint, amount: uint });
const activated = z.object({ modelId: uint, versionId: uint, fromEpoch: uint });
const committed = z.object({
  modelId: uint,
  epoch: uint,
  receiptsRoot: z.string(),
  count: z.coerce.number(),
  uri: z.string(),
});

/** What was funded for one model in one epoch. Wei. */
export interface FundedPool {
  readonly modelId: bigint;
  readonly epoch: bigint;
  readonly amount: bigint;
}

/** Pools of the epochs that are not empty, ascending by (modelId, epoch). */
export async function fundedPools(events: ChainEvents, firstEpoch: bigint, lastEpoch: bigint): Promise<FundedPool[]> {
  const pools = new Map<string, FundedPool>();
  for (const event of await events.find({ contract: "RewardDistributor", name: "Funded" })) {
    const { modelId, epoch, amount } = funded.parse(event.args);
    if (epoch < firstEpoch || epoch > lastEpoch || amount === 0n) continue;
    const key = `${modelId}:${epoch}`;
    pools.set(key, { modelId, epoch, amount: amount + (pools.get(key)?.amount ?? 0n) });
  }
  return [...pools.values()].sort((a, b) => Number(a.modelId - b.modelId) || Number(a.epoch - b.epoch));
}

/** The version that was the model's active one in the epoch; undefined before the first activation. */
export async function activeVersion(events: ChainEvents, modelId: bigint, epoch: bigint): Promise<bigint | undefined> {
  const where = { modelId: modelId.toString() };
  let active: bigint | undefined;
  for (const event of await events.find({ contract: "IndexRegistry", name: "VersionActivated", where })) {
    const { versionId, fromEpoch } = activated.parse(event.args);
    if (fromEpoch <= epoch) active = versionId;
  }
  return active;
}

/** What a provider has committed to. */
export interface CommittedReceipts {
  readonly receiptsRoot: Hash;
  readonly count: number;
  readonly uri: string;
}

/** The last commitment of a model's receipts for an epoch; a zero root where there was none. */
export async function committedReceipts(
  events: ChainEvents,
  modelId: bigint,
  epoch: bigint,
): Promise<CommittedReceipts | undefined> {
  const where = { modelId: modelId.toString(), epoch: epoch.toString() };
  const last = (await events.find({ contract: "InferenceMarket", name: "ReceiptsCommitted", where })).at(-1);
  if (last === undefined) return undefined;
  const { receiptsRoot, count, uri } = committed.parse(last.args);
  return { receiptsRoot: asHash(receiptsRoot), count, uri };
}
