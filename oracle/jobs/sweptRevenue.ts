import { asAddress, asHash, type Address } from "@openledger/protocol/hex.ts";
import { getAddress } from "ethers";
import { z } from "zod";
import type { SweptPayment } from "../settlement/ownedPayments.ts";
import type { ChainEvents } from "../store/chainEvents.ts";
import type { StoredEvent } from "../store/storedEvent.ts";

const uint = z.coerce.bigint();
const swept = z.object({ modelId: uint, epoch: uint, amount: uint });
const transfer = z.object({ from: z.string(), to: z.string(), value: uint });
const authorised = z.object({ authorizer: z.string(), nonce: z.string() });
const created = z.object({
  channelId: z.string(),
  config: z.object({ payer: z.string(), receiver: z.string(), token: z.string() }),
});
const claimed = z.object({ channelId: z.string(), amount: uint, totalClaimed: uint });
const settled = z.object({ receiver: z.string(), token: z.string() });

/** What was swept from a till in an epoch, and the payments in it that a receipt can refer to. */
export interface SweptRevenue {
  /** Wei. */
  readonly revenue: bigint;
  readonly payments: readonly SweptPayment[];
}

/** Where in the chain payments are looked for. */
interface Blocks {
  readonly fromBlock: number;
  readonly upToBlock: number;
}

/** A payment, and the event with which it was in the till. */
interface ArrivedPayment {
  readonly payment: SweptPayment;
  readonly arrival: StoredEvent;
}

/** A payment belongs to the first sweep after it in the chain. */
export async function sweptRevenue(
  events: ChainEvents,
  modelId: bigint,
  epoch: bigint,
  till: Address,
  token: string,
): Promise<SweptRevenue> {
  const where = { modelId: modelId.toString() };
  const sweeps = await events.find({ contract: "InferenceMarket", name: "Swept", where });
  const isOfEpoch = ({ args }: StoredEvent) => swept.parse(args).epoch === epoch;
  const [first, last] = [sweeps.findIndex(isOfEpoch), sweeps.findLast(isOfEpoch)];
  if (last === undefined) return { revenue: 0n, payments: [] };
  const revenue = sweeps.filter(isOfEpoch).reduce((sum, { args }) => sum + swept.parse(args).amount, 0n);
  // what the epoch's sweeps found in the till came after the sweep before them
  const blocks = { fromBlock: sweeps[first - 1]?.blockNumber ?? 0, upToBlock: last.blockNumber };
  const arrived = [
    ...(await authorisedPayments(events, till, blocks)),
    ...(await channelPayments(events, till, token, blocks)),
  ];
  const payments = arrived.filter(({ arrival }) => {
    const sweep = sweeps.find((candidate) => isAfter(candidate, arrival));
    return sweep !== undefined && swept.parse(sweep.args).epoch === epoch;
  });
  return { revenue, payments: payments.map(({ payment }) => payment) };
}

/** An ERC-3009 transfer to the till: the token emits `AuthorizationUsed` and right after it `Transfer`. */
async function authorisedPayments(events: ChainEvents, till: Address, blocks: Blocks): Promise<ArrivedPayment[]> {
  const contract = "OpenToken";
  const authorisations = await events.find({ contract, name: "AuthorizationUsed", ...blocks });
  const where = { to: getAddress(till) };
  const transfers = new Map(
    (await events.find({ contract, name: "Transfer", where, ...blocks })).map((event) => [placeOf(event), event]),
  );
  return authorisations.flatMap((arrival) => {
    const { authorizer, nonce } = authorised.parse(arrival.args);
    const next = transfers.get(placeOf({ ...arrival, logIndex: arrival.logIndex + 1 }));
    const moved = next && transfer.parse(next.args);
    if (moved === undefined || asAddress(moved.to) !== till || moved.from !== authorizer) return [];
    const payment = { consumer: asAddress(authorizer), paymentId: asHash(nonce), amount: moved.value };
    return [{ payment, arrival }];
  });
}

/** What was claimed of channels to the till. It arrives with the next settlement, which transfers all that was claimed. */
async function channelPayments(
  events: ChainEvents,
  till: Address,
  token: string,
  { fromBlock, upToBlock }: Blocks,
): Promise<ArrivedPayment[]> {
  const contract = "PaymentChannels";
  const payers = new Map<string, Address>();
  for (const { args } of await events.find({ contract, name: "ChannelCreated", upToBlock })) {
    const { channelId, config } = created.parse(args);
    const isOurs = asAddress(config.receiver) === till && asAddress(config.token) === asAddress(token);
    if (isOurs) payers.set(channelId, asAddress(config.payer));
  }
  if (payers.size === 0) return [];
  const settlements = (await events.find({ contract, name: "Settled", upToBlock })).filter(({ args }) => {
    const of = settled.parse(args);
    return asAddress(of.receiver) === till && asAddress(of.token) === asAddress(token);
  });
  // a claim waits for a settlement, so it may be older than the payment that it becomes
  const before = settlements.findLast(({ blockNumber }) => blockNumber < fromBlock);
  const claims = { contract, name: "Claimed", fromBlock: before?.blockNumber ?? 0, upToBlock };
  return (await events.find(claims)).flatMap((claim) => {
    const { channelId, amount, totalClaimed } = claimed.parse(claim.args);
    const consumer = payers.get(channelId);
    const arrival = settlements.find((settlement) => isAfter(settlement, claim));
    if (consumer === undefined || arrival === undefined) return [];
    return [{ payment: { consumer, paymentId: asHash(channelId), amount, after: totalClaimed - amount }, arrival }];
  });
}

function placeOf({ blockNumber, logIndex }: Pick<StoredEvent, "blockNumber" | "logIndex">): string {
  return `${blockNumber}:${logIndex}`;
}

function isAfter(a: StoredEvent, b: StoredEvent): boolean {
  return a.blockNumber > b.blockNumber || (a.blockNumber === b.blockNumber && a.logIndex > b.logIndex);
}
