import { readFileSync } from "node:fs";
import { formatOpen, parseOpen } from "@openledger/protocol/units.ts";
import json5 from "json5";
import { z } from "zod";
import type { Contracts } from "../chain/contracts.ts";
import { InputError, messageOf, NotFoundError, NotYetError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import type { Call } from "./call.ts";
import { approveNft, requireOwner } from "./shares.ts";

/** ILaunchpad.Status. */
export const LAUNCH_STATES = ["selling", "graduated", "failed"] as const;

/** IModelGrants.Check, as a file names it. */
const CHECKS = ["review", "versionActivated", "certifiedQuality", "contributions", "revenue"] as const;

const DAY = 86_400;

const open = z
  .string()
  .regex(/^\d+(\.\d{1,18})?$/u, 'an amount of OPEN as text, such as "12.5"')
  .transform(parseOpen);
const percent = z
  .number()
  .min(0)
  .max(100)
  .refine((value) => Number.isInteger(Math.round(value * 1e6) / 1e4), "a percentage with at most two decimals")
  .transform((value) => Math.round(value * 100));
const seconds = (least: number, most: number) =>
  z
    .number()
    .min(least)
    .max(most)
    .transform((days) => Math.round(days * DAY));

/** A launch as a JSON5 file describes it; the bounds are the contract's. */
const schema = z
  .strictObject({
    model: z.int().min(1),
    name: z.string().trim().min(1).max(64),
    symbol: z.string().trim().min(1).max(16),
    disclosure: z
      .string()
      .regex(/^0x(?!0{64})[0-9a-f]{64}$/u, "a 32-byte hash of what is disclosed, such as keccak256"),
    uri: z.string().default(""),
    softCap: open,
    hardCap: open,
    contributorsPercent: percent.refine((bps) => bps <= 8_000, "at most 80"),
    soldPercent: percent.refine((bps) => bps >= 1_000 && bps <= 6_000, "10 to 60"),
    saleDays: seconds(1, 60),
    cliffDays: seconds(0, 3_650),
    vestingDays: seconds(90, 3_650),
    deadlineDays: seconds(30, 3_650),
    reviewDays: seconds(3, 60),
    milestones: z
      .array(
        z.strictObject({
          check: z.enum(CHECKS),
          percent: percent.refine((bps) => bps > 0, "above 0"),
          streamDays: seconds(1 / DAY, 3_650),
          threshold: z.union([z.int().min(0), z.string().regex(/^\d+$/u)]).default(0),
        }),
      )
      .min(1)
      .max(16),
  })
  .refine(({ softCap }) => softCap >= 10n ** 18n, { path: ["softCap"], error: "at least 1 OPEN" })
  .refine(({ softCap, hardCap }) => hardCap >= softCap, { path: ["hardCap"], error: "at least the soft cap" })
  .refine(({ cliffDays, vestingDays }) => cliffDays <= vestingDays, {
    path: ["cliffDays"],
    error: "at most vestingDays",
  })
  .refine(({ milestones }) => milestones.reduce((sum, { percent: bps }) => sum + bps, 0) === 10_000, {
    path: ["milestones"],
    error: "percentages that add up to 100",
  })
  .refine(
    ({ milestones }) =>
      milestones.every(({ check, threshold }) => CHECKS.indexOf(check) > 1 === (BigInt(threshold) !== 0n)),
    { path: ["milestones"], error: "a threshold for certifiedQuality, contributions and revenue, and for no other" },
  );

export type LaunchPlan = z.output<typeof schema>;

type Launching = Pick<Contracts, "Launchpad" | "ModelRegistry" | "IndexRegistry" | "EpochClock">;

/** @throws InputError naming the file and every field that is missing, unknown or out of bounds */
export function readLaunch(file: string): LaunchPlan {
  let raw: unknown;
  try {
    raw = json5.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new InputError(`the launch cannot be read: ${messageOf(error)}`, { value: file, cause: error });
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new InputError(`the launch is not complete: ${z.prettifyError(parsed.error)}`, {
    value: file,
    remedy: "docs/liquidity.md has an example.",
  });
}

/**
 * @param now the chain's time
 * @throws AccessError when the model is somebody else's; InputError when contributors cannot come first in it
 */
export async function launch(
  contracts: Launching,
  { plan, account, now }: { readonly plan: LaunchPlan; readonly account: string; readonly now: bigint },
): Promise<Call[]> {
  const modelId = BigInt(plan.model);
  await requireOwner(contracts.ModelRegistry, "model", modelId, account);
  if (plan.contributorsPercent > 0) {
    const version = await contracts.IndexRegistry.activeVersionOf(modelId, await contracts.EpochClock.current());
    if (version === 0n) {
      throw new InputError("nobody's data is in an active version of the model", {
        value: `contributorsPercent ${plan.contributorsPercent / 100}`,
        limit: "0, or a model with an active version",
        remedy: "Launch it after its first version is active.",
      });
    }
  }
  const terms = {
    modelId,
    name: plan.name,
    symbol: plan.symbol,
    disclosure: plan.disclosure,
    uri: plan.uri,
    softCap: plan.softCap,
    hardCap: plan.hardCap,
    contributorsBps: plan.contributorsPercent,
    soldBps: plan.soldPercent,
    // the transaction is mined later than now
    endsAt: now + BigInt(plan.saleDays) + 60n,
    cliff: plan.cliffDays,
    vesting: plan.vestingDays,
    deadline: plan.deadlineDays,
    reviewPeriod: plan.reviewDays,
  };
  const milestones = plan.milestones.map(({ check, percent: bps, streamDays, threshold }) => ({
    check: CHECKS.indexOf(check),
    bps,
    duration: streamDays,
    threshold,
  }));
  return [
    approveNft("model", await contracts.Launchpad.getAddress(), modelId),
    { kind: "launch", contract: "Launchpad", method: "launch", args: [terms, milestones] },
  ];
}

/** @throws NotFoundError for an id that no launch has */
export async function requireLaunch({ Launchpad }: Pick<Contracts, "Launchpad">, launchId: bigint) {
  const count = await Launchpad.launchCount();
  if (launchId > count) {
    throw new NotFoundError("there is no such launch", {
      value: launchId,
      limit: count === 0n ? "none exists yet" : `1 to ${count}`,
      remedy: "npx openledger launch list",
    });
  }
  return Launchpad.launchOf(launchId);
}

/** @throws InputError when the sale is over, or a contribution is not the account's */
export async function deposit(
  contracts: Pick<Contracts, "Launchpad" | "ContributionRegistry">,
  {
    launchId,
    account,
    amount,
    contributionIds,
    now,
  }: {
    readonly launchId: bigint;
    readonly account: string;
    readonly amount: bigint;
    readonly contributionIds: readonly bigint[];
    readonly now: bigint;
  },
): Promise<Call> {
  const { endsAt, status, versionId } = await requireLaunch(contracts, launchId);
  if (status !== 0n || now >= endsAt) {
    throw new InputError("the sale is over", {
      value: `launch ${launchId}, chain time ${isoTime(now)}`,
      limit: `until ${isoTime(endsAt)}`,
    });
  }
  if (contributionIds.length > 0 && versionId === 0n) {
    throw new InputError("contributors do not come first in this launch", {
      value: contributionIds.join(", "),
      limit: "no contributions",
    });
  }
  for (const id of contributionIds) {
    const owner = await contracts.ContributionRegistry.ownerOf(id).catch(() => undefined);
    if (owner !== undefined && BigInt(owner) === BigInt(account)) continue;
    throw new InputError("the contribution is not yours", {
      value: `contribution ${id}, key of ${account}`,
      limit: owner === undefined ? "a contribution that exists" : `its owner, ${owner}`,
    });
  }
  return {
    kind: "deposit",
    contract: "Launchpad",
    method: "deposit",
    args: [launchId, amount, contributionIds],
  };
}

/**
 * Graduates a launch or lets it fail, whatever its sale came to.
 *
 * @throws NotYetError before its end; InputError after it was finished
 */
export async function finish(
  contracts: Pick<Contracts, "Launchpad">,
  { launchId, now }: { readonly launchId: bigint; readonly now: bigint },
): Promise<Call> {
  const { endsAt, status, softCap } = await requireLaunch(contracts, launchId);
  if (status !== 0n) {
    throw new InputError(`the launch has ${LAUNCH_STATES[Number(status)]} already`, { value: launchId });
  }
  if (now < endsAt) {
    throw new NotYetError("the sale goes on", {
      value: `chain time ${isoTime(now)}`,
      limit: `from ${isoTime(endsAt)} on`,
      remedy: "On a local chain, npx openledger time moves the clock.",
    });
  }
  const method = (await contracts.Launchpad.raised(launchId)) >= softCap ? "graduate" : "fail";
  return { kind: method, contract: "Launchpad", method, args: [launchId] };
}

/** @throws NotYetError before the launch is finished; InputError for who paid nothing or took it */
export async function collect(
  contracts: Pick<Contracts, "Launchpad">,
  { launchId, account }: { readonly launchId: bigint; readonly account: string },
): Promise<Call> {
  const { status, endsAt } = await requireLaunch(contracts, launchId);
  const { byRight, others, collected } = await contracts.Launchpad.depositOf(launchId, account);
  if (byRight + others === 0n || collected) {
    throw new InputError(collected ? "it was collected already" : "the account paid nothing in", {
      value: `launch ${launchId}, ${account}`,
    });
  }
  if (status === 0n) {
    throw new NotYetError("the launch is not finished", {
      value: `${formatOpen(byRight + others)} OPEN of ${account}`,
      limit: `from ${isoTime(endsAt)} on`,
      remedy: "npx openledger launch finish <id>, by anybody after the end.",
    });
  }
  return { kind: "collect", contract: "Launchpad", method: "collect", args: [launchId, account] };
}

/** @throws NotYetError when no share is vested that was not released */
export async function release(contracts: Pick<Contracts, "Launchpad">, launchId: bigint): Promise<Call> {
  const { released, graduatedAt, cliff, vesting, creatorShares } = await requireLaunch(contracts, launchId);
  if ((await contracts.Launchpad.vested(launchId)) <= released) {
    throw new NotYetError("no share is vested that was not released", {
      value: `${formatOpen(released)} of ${formatOpen(creatorShares)} shares released`,
      limit:
        graduatedAt === 0n
          ? "after the graduation"
          : `by the second from ${isoTime(graduatedAt + cliff)} to ${isoTime(graduatedAt + vesting)}`,
    });
  }
  return { kind: "release", contract: "Launchpad", method: "release", args: [launchId] };
}
