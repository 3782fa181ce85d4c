import { readFileSync } from "node:fs";
import { getAddress, isAddress, parseEther, ZeroAddress } from "ethers";
import json5 from "json5";
import { z } from "zod";

/** A deployment file that cannot be used: which file, which field, what it must be. */
export class ParameterError extends Error {
  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.name = "ParameterError";
  }
}

const address = z
  .string()
  .refine((text) => isAddress(text), "must be an address: 0x and 40 hex digits")
  .transform(getAddress);
const seconds = z
  .int()
  .min(0)
  .max(365 * 86_400);
const bps = z.int().min(0).max(10_000);
const whole = z
  .string()
  .regex(/^\d{1,38}$/u, 'must be a whole number as a string, such as "1000000"')
  .transform(BigInt);
const open = z
  .string()
  .regex(/^\d+(\.\d{1,18})?$/u, 'must be an amount of OPEN as a string, such as "12.5"')
  .transform((text) => parseEther(text));

/** The fields of `deploy/parameters/<network>.json5`. Every amount and time ends in its unit: Seconds, Bps, Open, Wei. */
const schema = z.strictObject({
  chainId: z.int().positive(),
  token: z.strictObject({ mode: z.enum(["home", "bridged"]), remoteToken: address }),
  clock: z.strictObject({ epochLengthSeconds: seconds, receiptsGraceSeconds: seconds }),
  timelock: z.strictObject({
    minDelaySeconds: seconds,
    founder: z.union([z.literal("deployer"), address]),
  }),
  governance: z.strictObject({
    votingDelaySeconds: seconds,
    votingPeriodSeconds: seconds.min(1),
    proposalThresholdOpen: open,
    quorumPercent: z.int().min(0).max(100),
    quorumFloorOpen: open.refine((wei) => wei > 0n, "must be above 0: otherwise whoever wraps alone decides"),
    lateQuorumExtensionSeconds: seconds,
    guardian: z.union([z.literal("deployer"), address]),
    guardianTermSeconds: seconds,
  }),
  treasury: z.union([z.literal("timelock"), address]),
  staking: z.strictObject({
    minStakeOpen: open,
    quorumFloorOpen: open,
    activationDelaySeconds: seconds,
    unbondingPeriodSeconds: seconds,
    snapshotLifetimeSeconds: seconds,
    snapshotIntervalSeconds: seconds,
    jailPeriodSeconds: seconds,
    minSigners: z.int().min(1).max(32),
    challengerBps: bps,
  }),
  review: z.strictObject({
    commitPeriodSeconds: seconds,
    revealPeriodSeconds: seconds,
    reviewTimeoutSeconds: seconds,
    noRevealSlashBps: bps,
    minValidatorStakeOpen: open,
  }),
  contributions: z.strictObject({ bondCoolOffSeconds: seconds }),
  models: z.strictObject({ minParentShareBps: bps, royaltyBps: bps }),
  training: z.strictObject({
    baseOpen: open,
    perUnitWei: whole,
    maxWork: whole,
    workPerSecond: whole,
    commitWindowSeconds: seconds,
    revealWindowSeconds: seconds,
  }),
  market: z.strictObject({ protocolBps: bps, ownerBps: bps, computeBps: bps, stakersBps: bps, curatorBps: bps }),
  payments: z.strictObject({
    channels: z.enum(["place", "published"]),
    receiptDemandFeeOpen: open,
    doubleSaleSlashBps: bps.min(1),
    silenceSlashBps: bps.min(1),
  }),
  distributor: z.strictObject({
    minChallengeWindowSeconds: seconds,
    challengeWindowSeconds: seconds,
    guardian: z.union([z.literal("timelock"), address]),
  }),
  index: z.strictObject({ challengeWindowSeconds: seconds, certificateFloorBps: bps }),
  attribution: z.strictObject({
    harmToleranceBps: bps,
    harmJudges: z.int().min(1),
    harmFewestRows: z.int().min(1),
  }),
  disputes: z.strictObject({
    slashBps: bps,
    equivocationSlashBps: bps.min(1),
    revealWindowSeconds: seconds,
    demandBondOpen: open,
  }),
  liquidity: z.strictObject({
    exchange: z.union([z.literal("deploy"), address]),
    streamPeriodSeconds: seconds.min(3600),
    seaport: z.union([z.literal("deploy"), address]),
  }),
  gas: z.strictObject({
    nativeToken: z.enum(["ETH", "OPEN"]),
    entryPoint: z.enum(["place", "published"]),
    openPerEth: open,
    leastOpenPerEth: open,
    mostOpenPerEth: open,
    dailyBudgetEth: open,
  }),
});

/** What a deployment is made of, in wei, seconds and bps. */
export type Parameters = z.output<typeof schema>;

/**
 * Reads and checks a deployment file.
 *
 * @throws ParameterError naming every field that is missing, unknown or out of range.
 */
export function readParameters(file: string): Parameters {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new ParameterError(
      file,
      "no such file. Copy deploy/parameters/localhost.json5, or name one with --parameters.",
    );
  }
  let raw: unknown;
  try {
    raw = json5.parse(text);
  } catch (error) {
    throw new ParameterError(file, `not JSON5: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new ParameterError(file, z.prettifyError(parsed.error));
  const { token } = parsed.data;
  if ((token.mode === "home") !== (token.remoteToken === ZeroAddress)) {
    throw new ParameterError(
      file,
      'token: "home" has no remoteToken (the zero address), "bridged" names the token on the home chain.',
    );
  }
  const { gas } = parsed.data;
  if (gas.nativeToken === "OPEN" && gas.dailyBudgetEth !== 0n) {
    throw new ParameterError(
      file,
      'gas: where nativeToken is "OPEN" nobody needs the paymaster, and dailyBudgetEth has to be "0".',
    );
  }
  return parsed.data;
}
