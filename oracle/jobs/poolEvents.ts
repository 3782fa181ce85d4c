import { asAddress, asHash, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { SweptPayment } from "../settlement/receipts.ts";
import type { ChainEvents, StoredEvent } from "../store/chainEvents.ts";

const uint = z.coerce.bigint();
const funded = z.object({ modelId: uint, epoch: uint, amount: uint });
const swept = z.object({ modelId: uint, epoch: uint, amount: uint });
const activated = z.object({ modelId: uint, versionId: uint, fromEpoch: uint });
const committed = z.object({
  modelId: uint,
  epoch: uint,
  receiptsRoot: z.string(),
  count: z.coerce.number(),
  uri: z.string(),
});
const transfer = z.object({ from: z.string(), to: z.string(), value: uint });
const authorised = z.object({ authorizer: z.string(), nonce: z.string() });

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

/** What was swept from a till in an epoch, and the payments in it that a receipt can refer to. */
export interface SweptRevenue {
  /** Wei. */
  readonly revenue: bigint;
  readonly payments: readonly SweptPayment[];
}

/**
 * A payment is an ERC-3009 transfer to the till: the token emits `AuthorizationUsed` and right after it `Transfer`. It
 * belongs to the first sweep after it in the chain.
 */
export async function sweptRevenue(
  events: ChainEvents,
  modelId: bigint,
  epoch: bigint,
  till: Address,
): Promise<SweptRevenue> {
  const sweeps = await events.find({
    contract: "InferenceMarket",
    name: "Swept",
    where: { modelId: modelId.toString() },
  });
  const authorisations = await events.find({ contract: "OpenToken", name: "AuthorizationUsed" });
  const transfers = new Map(
    (await events.find({ contract: "OpenToken", name: "Transfer" })).map((event) => [placeOf(event), event]),
  );
  let revenue = 0n;
  for (const sweep of sweeps) {
    const { epoch: of, amount } = swept.parse(sweep.args);
    if (of === epoch) revenue += amount;
  }
  const payments: SweptPayment[] = [];
  for (const authorisation of authorisations) {
    const { authorizer, nonce } = authorised.parse(authorisation.args);
    const next = transfers.get(placeOf({ ...authorisation, logIndex: authorisation.logIndex + 1 }));
    const moved = next && transfer.parse(next.args);
    if (moved === undefined || asAddress(moved.to) !== till || moved.from !== authorizer) continue;
    const sweep = sweeps.find((candidate) => isAfter(candidate, authorisation));
    if (sweep === undefined || swept.parse(sweep.args).epoch !== epoch) continue;
    payments.push({ consumer: asAddress(authorizer), paymentId: asHash(nonce), amount: moved.value });
  }
  return { revenue, payments };
}

function placeOf({ blockNumber, logIndex }: Pick<StoredEvent, "blockNumber" | "logIndex">): string {
  return `${blockNumber}:${logIndex}`;
}

function isAfter(a: StoredEvent, b: StoredEvent): boolean {
  return a.blockNumber > b.blockNumber || (a.blockNumber === b.blockNumber && a.logIndex > b.logIndex);
}
