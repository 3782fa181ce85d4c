import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { type ParamType, Result } from "ethers";
import { z } from "zod";
import { interfaceOf } from "../chain/artifacts.ts";

const hash = z.string().transform((value) => asHash(value.toLowerCase()));
const hex = z.string();
const count = z.bigint().transform(Number);
const node = z.object({ hash, sum: z.bigint() });
const proof = z.object({ size: count, index: count, siblings: z.array(node) });
const payout = z.object({
  account: z.string().transform((value) => asAddress(value.toLowerCase())),
  cumulative: z.bigint(),
  entriesRoot: hash,
});
const settlement = z.object({
  settlement: z.object({
    modelId: z.bigint(),
    epoch: z.bigint(),
    versionId: z.bigint(),
    indexHash: hash,
    queryHash: hash,
    scoresRoot: hash,
    totalWeight: z.bigint(),
    pool: z.bigint(),
    receiptsRoot: hash,
    receiptCount: count,
    fallbackSplit: z.boolean(),
  }),
  proof,
});
const score = z.object({
  leaf: z.object({ i: count, contributionId: z.bigint(), score: z.bigint(), weight: z.bigint() }),
  proof,
});
const parts = z.array(
  z.object({ datanetId: z.bigint(), root: hash, size: count, qualityHash: hash, harmfulRoot: hash }),
);
const index = z.object({
  parts,
  part: count,
  leaf: z.object({
    i: count,
    contributionId: z.bigint(),
    examples: count,
    scale: count,
    quality: z.bigint(),
    featuresHash: hash,
  }),
  proof,
});
const account = z.object({ payout, index: count, proof: z.array(hash) });
const entry = z.object({
  account,
  entry: z.object({ modelId: z.bigint(), contributionId: z.bigint(), cumulative: z.bigint(), earned: z.bigint() }),
  proof,
});

export type SettlementEvidence = z.output<typeof settlement>;
export type ScoreEvidence = z.output<typeof score>;
export type IndexEvidence = z.output<typeof index>;
export type AccountEvidence = z.output<typeof account>;
export type EntryEvidence = z.output<typeof entry>;

const FORMS = {
  answerIndexRow: z.object({ index, features: hex }),
  answerQuality: z.object({ part: count, functional: hex }),
  answerFunctional: z.object({ settlement, functional: hex }),
  answerScore: z.object({ settlement, score, index, features: hex }),
  answerEntry: z.object({ entry }),
  answerEntryAt: z.object({ entry }),
  answerPredecessor: z.object({ before: entry }),
  answerPayoutsNodes: z.object({ position: count, nodes: z.array(hash), siblings: z.array(hash) }),
  answerPayouts: z.object({ position: count, payouts: z.array(payout), siblings: z.array(hash) }),
} as const;

type Method = keyof typeof FORMS;

/** What answers have shown about one root or index, by the function that showed it. */
export type Shown = { readonly [M in Method]: readonly z.output<(typeof FORMS)[M]>[] };

/** The evidence in the calldata of answers. What is no answer is left out. */
export function readShown(calldata: readonly string[]): Shown {
  const shown: Record<Method, unknown[]> = {
    answerIndexRow: [],
    answerQuality: [],
    answerFunctional: [],
    answerScore: [],
    answerEntry: [],
    answerEntryAt: [],
    answerPredecessor: [],
    answerPayoutsNodes: [],
    answerPayouts: [],
  };
  for (const data of calldata) {
    const call = interfaceOf("AttributionDemands").parseTransaction({ data });
    const method = call?.name as Method | undefined;
    if (call === null || method === undefined || !(method in FORMS)) continue;
    shown[method].push(FORMS[method].parse(named(call.args, call.fragment.inputs)));
  }
  // every list holds what the schema of its method gives
  return shown as unknown as Shown;
}

export const NOTHING_SHOWN: Shown = readShown([]);

function named(values: Result, types: readonly ParamType[]): Record<string, unknown> {
  return Object.fromEntries(types.map((type, i) => [type.name, plain(values[i], type)]));
}

/** Structs as objects, arrays as arrays. */
function plain(value: unknown, type: ParamType): unknown {
  if (!(value instanceof Result)) return value;
  if (type.arrayChildren !== null) return [...value].map((item) => plain(item, type.arrayChildren!));
  return named(value, type.components ?? []);
}
