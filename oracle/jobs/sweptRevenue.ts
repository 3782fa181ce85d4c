import { isCountersigned } from "@openledger/protocol/eip712/statement.ts";
import { asAddress, asHash, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { AbiCoder, getAddress, keccak256 } from "ethers";
import { z } from "zod";
import type { Deployment } from "../chain/deployment.ts";
import type { SweptPayment } from "../settlement/ownedPayments.ts";
import type { ChainEvents } from "../store/chainEvents.ts";
import type { EventPlace, StoredEvent } from "../store/storedEvent.ts";

const uint = z.coerce.bigint();
const swept = z.object({ modelId: uint, epoch: uint, amount: uint });
const transfer = z.object({ from: z.string(), value: uint });
const authorised = z.object({ authorizer: z.string(), nonce: z.string() });
const created = z.object({
  channelId: z.string(),
  config: z.object({ payer: z.string(), payerAuthorizer: z.string(), salt: z.string() }),
});
const released = z.object({ jobId: uint, amount: uint });
const jobCreated = z.object({ jobId: uint, client: z.string() });
const claimed = z.object({ channelId: z.string(), amount: uint, totalClaimed: uint });

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
  { OpenToken: token, JobEscrow: escrow }: Pick<Deployment["addresses"], "OpenToken" | "JobEscrow">,
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
    ...(await jobPayments(events, till, escrow, blocks)),
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
  const transfers = await events.find({ contract, name: "Transfer", where: { to: getAddress(till) }, ...blocks });
  const after = new Map(transfers.map((event) => [placeOf({ ...event, logIndex: event.logIndex - 1 }), event]));
  const places = transfers.map(({ blockNumber, logIndex }) => ({ blockNumber, logIndex: logIndex - 1 }));
  return (await events.find({ contract, name: "AuthorizationUsed", places })).flatMap((arrival) => {
    const { authorizer, nonce } = authorised.parse(arrival.args);
    const { from, value } = transfer.parse(after.get(placeOf(arrival))!.args);
    if (from !== authorizer) return [];
    return [{ payment: { consumer: asAddress(authorizer), paymentId: asHash(nonce), amount: value }, arrival }];
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
  const payers = new Map<string, Pick<SweptPayment, "consumer" | "confirmers">>();
  const ours = { receiver: getAddress(till), token: getAddress(token) };
  for (const { args } of await events.find({ contract, name: "ChannelCreated", where: { config: ours }, upToBlock })) {
    const { channelId, config } = created.parse(args);
    const consumer = asAddress(config.payer);
    const confirmers = isCountersigned(config.salt) ? [consumer, asAddress(config.payerAuthorizer)] : undefined;
    payers.set(channelId, { consumer, ...(confirmers !== undefined && { confirmers }) });
  }
  if (payers.size === 0) return [];
  const settlements = await events.find({ contract, name: "Settled", where: ours, upToBlock });
  // a claim waits for a settlement, so it may be older than the payment that it becomes
  const before = settlements.findLast(({ blockNumber }) => blockNumber < fromBlock);
  const among = { argument: "channelId", values: [...payers.keys()] };
  const claims = { contract, name: "Claimed", among, fromBlock: before?.blockNumber ?? 0, upToBlock };
  return (await events.find(claims)).flatMap((claim) => {
    const { channelId, amount, totalClaimed } = claimed.parse(claim.args);
    const payer = payers.get(channelId);
    const arrival = settlements.find((settlement) => isAfter(settlement, claim));
    if (payer === undefined || arrival === undefined) return [];
    return [{ payment: { ...payer, paymentId: asHash(channelId), amount, after: totalClaimed - amount }, arrival }];
  });
}

/**
 * What an escrow paid to the till for jobs that were done. A job's receipts share its payment, as those of a channel do; its client confirms them, as a budget
 * binds no question.
 */
async function jobPayments(
  events: ChainEvents,
  till: Address,
  escrow: string,
  { fromBlock, upToBlock }: Blocks,
): Promise<ArrivedPayment[]> {
  const contract = "JobEscrow";
  const toTill = { provider: getAddress(till) };
  const paid = await events.find({ contract, name: "PaymentReleased", where: toTill, fromBlock, upToBlock });
  if (paid.length === 0) return [];
  const releases = paid.map((arrival) => ({ ...released.parse(arrival.args), arrival }));
  const among = { argument: "jobId", values: releases.map(({ jobId }) => jobId.toString()) };
  const jobs = (await events.find({ contract, name: "JobCreated", among, upToBlock })).map(({ args }) =>
    jobCreated.parse(args),
  );
  const clients = new Map(jobs.map(({ jobId, client }) => [jobId, asAddress(client)]));
  return releases.flatMap(({ jobId, amount, arrival }) => {
    const consumer = clients.get(jobId);
    if (consumer === undefined) return [];
    const paymentId = jobPaymentId(escrow, jobId);
    return [{ payment: { consumer, confirmers: [consumer], paymentId, amount, after: 0n }, arrival }];
  });
}

/** How receipts name the payment of a job; as the escrow has it. */
export function jobPaymentId(escrow: string, jobId: bigint): Hash {
  return asHash(keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [escrow, jobId])));
}

function placeOf({ blockNumber, logIndex }: EventPlace): string {
  return `${blockNumber}:${logIndex}`;
}

function isAfter(a: StoredEvent, b: StoredEvent): boolean {
  return a.blockNumber > b.blockNumber || (a.blockNumber === b.blockNumber && a.logIndex > b.logIndex);
}
