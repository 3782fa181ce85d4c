import { formatOpen } from "@openledger/protocol/units.ts";
import type { Contracts } from "../chain/contracts.ts";
import { InputError, NotFoundError, NotYetError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import type { Entry } from "../jobs/bountyEvidence.ts";
import { noSuch } from "./assets.ts";
import type { Call } from "./call.ts";

type Reading = Pick<Contracts, "DataBounties">;

const DAY = 86_400n;
/** As the contract has them, in days. */
export const BOUNTY_BOUNDS = { period: [1, 30], life: 730, training: 7 } as const;

/** What a funder wants. */
export interface BountyWish {
  readonly datanetId: bigint;
  readonly modelId: bigint;
  /** OPEN wei. */
  readonly amount: bigint;
  /** Empty: any. */
  readonly label: string;
  /** Where the whole amount is earned. */
  readonly targetBps: number;
  /** Until it closes, from now on. */
  readonly days: number;
  /** Then, until it is paid back where nothing was entered. */
  readonly trainingDays: number;
  readonly periodDays: number;
  /** What is missing, in words. */
  readonly uri: string;
  /** The chain's time. */
  readonly now: bigint;
}

export type Bounty = Awaited<ReturnType<typeof requireBounty>>;

export type BountyState =
  "open" | "to be closed" | "waits for its judge" | "entries" | "refutations" | "paying" | "paid";

/** Escrows OPEN for data that is missing; it has to be allowed first. @throws InputError, NotFoundError */
export async function createBounty(
  { DatanetRegistry, ModelRegistry }: Pick<Contracts, "DatanetRegistry" | "ModelRegistry">,
  wish: BountyWish,
): Promise<Call> {
  const { datanetId, modelId, amount, label, targetBps, days, trainingDays, periodDays, uri, now } = wish;
  const within = (what: string, value: number, least: number, most: number, unit: string) => {
    if (value >= least && value <= most) return;
    throw new InputError(`${what} is out of bounds`, {
      value: `${value} ${unit}`,
      limit: `${least} to ${most} ${unit}`,
    });
  };
  const [shortest, longest] = BOUNTY_BOUNDS.period;
  within("the target", targetBps / 100, 0.01, 100, "%");
  within("the period for entries", periodDays, shortest, longest, "days");
  within("the time for training", trainingDays, BOUNTY_BOUNDS.training, BOUNTY_BOUNDS.life, "days");
  within("the bounty's life", days + trainingDays, 1, BOUNTY_BOUNDS.life - 1, "days");
  if (amount === 0n) throw new InputError("a bounty of nothing", { value: "0 OPEN", limit: "an amount above 0" });
  // what JSON escapes, the contract could not find again in an example
  if (Buffer.byteLength(label) > 128 || JSON.stringify(label) !== `"${label}"`) {
    throw new InputError("the label cannot be told from others by the chain", {
      value: label,
      limit: "at most 128 bytes, without quotes, backslashes and control characters",
      remedy: "Leave --label out, and say in --text what is missing.",
    });
  }
  await DatanetRegistry.ownerOf(datanetId).catch(() => {
    throw noSuch({ kind: "datanet", tokenId: datanetId });
  });
  const models = await ModelRegistry.modelCount();
  if (modelId > models) throw noSuch({ kind: "model", tokenId: modelId });
  // the transaction is mined later than now
  const closesAt = now + BigInt(days) * DAY + 60n;
  const deadline = closesAt + BigInt(trainingDays) * DAY;
  const terms = { datanetId, modelId, amount, targetBps, closesAt, deadline, period: BigInt(periodDays) * DAY };
  return { kind: "create bounty", contract: "DataBounties", method: "create", args: [terms, label, uri] };
}

/** @throws NotFoundError for an id that no bounty has */
export async function requireBounty({ DataBounties }: Reading, bountyId: bigint) {
  const count = await DataBounties.bountyCount();
  if (bountyId >= 1n && bountyId <= count) {
    const [bounty, label] = await DataBounties.bountyOf(bountyId);
    return { bountyId, bounty, label, judge: await DataBounties.judgeOf(bountyId) };
  }
  throw new NotFoundError("there is no such bounty", {
    value: bountyId,
    limit: count === 0n ? "nobody has created one yet" : `1 to ${count}`,
    remedy: "npx openledger bounty list",
  });
}

/** @param now the chain's time */
export function stateOf({ bounty }: Pick<Bounty, "bounty">, now: bigint): BountyState {
  const { terms, closedBlock, versionId, entriesEnd, settled, unpaid } = bounty;
  if (settled) return unpaid === 0n ? "paid" : "paying";
  if (versionId !== 0n) {
    if (now < entriesEnd) return "entries";
    return now < entriesEnd + terms.period ? "refutations" : "paying";
  }
  if (now >= terms.deadline) return "paying";
  if (closedBlock !== 0n) return "waits for its judge";
  return now < terms.closesAt ? "open" : "to be closed";
}

/** @throws NotYetError before its time; InputError for one that is closed */
export function closeBounty({ bountyId, bounty }: Bounty, now: bigint): Call {
  if (now < bounty.terms.closesAt) {
    throw new NotYetError("the bounty is still open", {
      value: bountyId,
      limit: `from ${isoTime(bounty.terms.closesAt)} on`,
    });
  }
  if (bounty.closedBlock !== 0n) {
    throw new InputError("the bounty is closed", { value: `bounty ${bountyId}, in block ${bounty.closedBlock}` });
  }
  return { kind: "close bounty", contract: "DataBounties", method: "close", args: [bountyId] };
}

/** @throws NotYetError without a judge; InputError when it is too late */
export function requireEntries({ bountyId, bounty, judge }: Bounty, now: bigint): void {
  if (judge === 0n) {
    throw new NotYetError("no version judges the bounty yet", {
      value: bountyId,
      limit: `a version of model ${bounty.terms.modelId}, trained on a snapshot after the bounty was closed, certified and activated`,
      remedy:
        bounty.closedBlock === 0n
          ? `npx openledger bounty close ${bountyId}, then a version of the model`
          : "Wait for the next version of the model.",
    });
  }
  const end = bounty.versionId === 0n ? bounty.terms.deadline : bounty.entriesEnd;
  if (now < end) return;
  throw new InputError("nothing can be entered any more", {
    value: `bounty ${bountyId}`,
    limit: `until ${isoTime(end)}`,
  });
}

/** Enters a contribution. @param entry its evidence, as `entriesNow` gives it */
export function enterContribution(bountyId: bigint, { contributionId, args }: Entry): Call {
  const kind = `enter contribution ${contributionId}`;
  return { kind, contract: "DataBounties", method: "enter", args: [bountyId, ...args] };
}

/** @throws InputError for what is not entered, too late, or has no label */
export async function requireRefutable(
  { DataBounties }: Reading,
  { bountyId, bounty, label }: Bounty,
  contributionId: bigint,
  now: bigint,
): Promise<void> {
  const value = `bounty ${bountyId}, contribution ${contributionId}`;
  if (label === "") throw new InputError("the bounty takes every label", { value });
  if ((await DataBounties.entryOf(bountyId, contributionId)) === 0n) {
    throw new InputError("the contribution is not entered", {
      value,
      remedy: `npx openledger bounty show ${bountyId}`,
    });
  }
  const end = bounty.entriesEnd + bounty.terms.period;
  if (now >= end) throw new InputError("it is too late", { value, limit: `until ${isoTime(end)}` });
}

/** Pays the owners of what was entered. @throws NotYetError before it pays; InputError where there is nothing to pay */
export async function claimBounty(
  { DataBounties }: Reading,
  known: Bounty,
  contributionIds: readonly bigint[],
  now: bigint,
): Promise<Call[]> {
  const { bountyId, bounty } = known;
  if (bounty.versionId === 0n) {
    throw new InputError("nothing was entered", {
      value: `bounty ${bountyId}`,
      remedy: `npx openledger bounty enter ${bountyId}`,
    });
  }
  requirePaying(known, now);
  const calls: Call[] = [];
  for (const contributionId of contributionIds) {
    if ((await DataBounties.entryOf(bountyId, contributionId)) === 0n) continue;
    const args = [bountyId, contributionId];
    calls.push({ kind: `claim bounty of ${contributionId}`, contract: "DataBounties", method: "claim", args });
  }
  if (calls.length > 0) return calls;
  throw new InputError("there is nothing to claim", {
    value: `bounty ${bountyId}, contributions ${contributionIds.join(", ") || "none"}`,
    limit: "what was entered, not refuted and not paid",
  });
}

/** Sends the funder back what nobody earned. @throws NotYetError before its time; InputError for one that did it */
export function refundBounty(known: Bounty, now: bigint): Call {
  const { bountyId, bounty } = known;
  if (bounty.settled) {
    throw new InputError("what nobody earned went back already", {
      value: `bounty ${bountyId}, ${formatOpen(bounty.unpaid)} OPEN still to be claimed`,
    });
  }
  requirePaying(known, now);
  return { kind: "refund bounty", contract: "DataBounties", method: "settle", args: [bountyId] };
}

function requirePaying({ bountyId, bounty }: Bounty, now: bigint): void {
  const { terms, versionId, entriesEnd } = bounty;
  const from = versionId === 0n ? terms.deadline : entriesEnd + terms.period;
  if (bounty.settled || now >= from) return;
  throw new NotYetError("the bounty does not pay yet", { value: bountyId, limit: `from ${isoTime(from)} on` });
}
