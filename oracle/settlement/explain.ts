import type { Address } from "@openledger/protocol/hex.ts";
import { dot } from "@openledger/protocol/score/dot.ts";
import { payoutOf } from "@openledger/protocol/score/payout.ts";
import { placeInParts } from "@openledger/protocol/trees/indexParts.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { InputError } from "../common/errors.ts";
import type { SettlementInputs, VersionIndex } from "./inputs.ts";
import type { CountedReceipt } from "./receipts.ts";
import type { Settlement } from "./settle.ts";

/** One step of a calculation: what is computed, from which numbers, and what comes out. */
export interface Step {
  readonly name: "quality" | "score" | "weight" | "payout";
  /** As in docs/protocol.md §3. */
  readonly formula: string;
  /** The formula with its numbers. */
  readonly numbers: string;
  readonly value: bigint;
}

/** How a contribution fared in one pool. */
export interface Explanation {
  readonly modelId: bigint;
  readonly epoch: bigint;
  readonly versionId: bigint;
  readonly contributionId: bigint;
  readonly datanetId: bigint;
  readonly examples: number;
  /** Place in the index and scores trees. */
  readonly index: number;
  readonly payee: Address;
  readonly accrues: boolean;
  readonly fallbackSplit: boolean;
  /** Wei. */
  readonly pool: bigint;
  /** Wei. */
  readonly payout: bigint;
  readonly steps: readonly Step[];
}

/** What an account has, entry by entry. */
export interface AccountExplanation {
  readonly account: Address;
  readonly cumulative: bigint;
  readonly earned: bigint;
  readonly entries: readonly (Entry & {
    /** The payments of this root that `earned` is the sum of. */
    readonly payments: readonly Explanation[];
  })[];
}

/** What a paid inference did. */
export interface ReceiptExplanation {
  readonly receipt: Receipt;
  /** Wei of the fee that count. */
  readonly counted: bigint;
  /** Contributions by their influence on the output, the most helpful first: `<ψ/‖ψ‖, features> · scale`. */
  readonly influences: readonly {
    readonly contributionId: bigint;
    readonly index: number;
    readonly influence: number;
  }[];
}

/** How a contribution fared in every pool of a settlement. Empty for a contribution that is in no index. */
export function explainContribution(
  inputs: SettlementInputs,
  settlement: Settlement,
  contributionId: bigint,
): Explanation[] {
  return inputs.pools.flatMap((pool, p) => {
    const version = versionOf(inputs, pool.versionId);
    const index = version.rows.findIndex((row) => row.contributionId === contributionId);
    return index < 0 ? [] : [explainPayment(inputs, settlement, p, version, index)];
  });
}

/**
 * What an account has and why.
 *
 * @throws InputError for an account that has nothing.
 */
export function explainAccount(inputs: SettlementInputs, settlement: Settlement, account: Address): AccountExplanation {
  const place = settlement.payoutsTree.indexOf(account);
  if (place === undefined) {
    throw new InputError("This account has not earned anything", { value: account, remedy: "check the address" });
  }
  const { entries, cumulative, earned } = settlement.accounts[place]!;
  return {
    account,
    cumulative,
    earned,
    entries: entries.map((entry) => {
      const candidates = entry.earned > 0n ? explainContribution(inputs, settlement, entry.contributionId) : [];
      const mine = (payment: Explanation) => payment.modelId === entry.modelId && payment.payee === account;
      return { ...entry, payments: candidates.filter((payment) => mine(payment) && payment.payout > 0n) };
    }),
  };
}

/**
 * Which contributions an output owes most to.
 *
 * @param psi the output's query feature, k components.
 * @param top how many contributions to name at most.
 */
export function explainReceipt(
  { receipt, counted }: Pick<CountedReceipt, "receipt" | "counted">,
  psi: Float32Array | Float64Array,
  version: VersionIndex,
  top: number,
): ReceiptExplanation {
  let square = 0;
  for (const component of psi) square += component * component;
  const norm = Math.sqrt(square);
  const influences = version.rows.map(({ contributionId, scale }, index) => {
    let product = 0;
    for (let j = 0; j < version.k; j++) product += psi[j]! * version.features[index * version.k + j]!;
    return { contributionId, index, influence: norm === 0 ? 0 : (product / norm) * scale };
  });
  influences.sort((a, b) => b.influence - a.influence || a.index - b.index);
  return { receipt, counted, influences: influences.slice(0, top) };
}

function explainPayment(
  inputs: SettlementInputs,
  settlement: Settlement,
  p: number,
  version: VersionIndex,
  index: number,
): Explanation {
  const { functional, parties } = inputs.pools[p]!;
  const { leaf, scores, scoresTree } = settlement.pools[p]!;
  const { contributionId, score, weight } = scores[index]!;
  const { examples, scale, quality } = version.rows[index]!;
  const { payee, accrues } = parties[index]!;
  const { modelId, epoch, versionId, pool, totalWeight, fallbackSplit } = leaf;
  const at = index * version.k;
  const { part } = placeInParts(version.parts, index);
  const { datanetId } = version.parts[part]!;
  const product = (vector: Int16Array) => dot(vector, version.features, at);
  const prefix = scoresTree.prefix(index);
  const payout = payoutOf(pool, prefix, weight, totalWeight);
  const steps: Step[] = [
    {
      name: "quality",
      formula: "<G, features> · scale",
      numbers: `${product(version.parts[part]!.quality)} · ${scale}`,
      value: quality,
    },
    { name: "score", formula: "<F, features> · scale", numbers: `${product(functional)} · ${scale}`, value: score },
    { name: "weight", ...weightStep({ accrues, fallbackSplit, examples, score, quality }), value: weight },
    {
      name: "payout",
      formula: "⌊pool · (prefix + weight) / total⌋ − ⌊pool · prefix / total⌋",
      numbers: `⌊${pool} · (${prefix} + ${weight}) / ${totalWeight}⌋ − ⌊${pool} · ${prefix} / ${totalWeight}⌋`,
      value: payout,
    },
  ];
  const whose = { modelId, epoch, versionId, contributionId, datanetId, examples, index, payee };
  return { ...whose, accrues, fallbackSplit, pool, payout, steps };
}

function weightStep(facts: {
  accrues: boolean;
  fallbackSplit: boolean;
  examples: number;
  score: bigint;
  quality: bigint;
}): Pick<Step, "formula" | "numbers"> {
  if (facts.fallbackSplit)
    return { formula: "examples, if it accrues or nothing does", numbers: String(facts.examples) };
  if (!facts.accrues) return { formula: "0: does not accrue in this epoch", numbers: "0" };
  if (facts.quality < 0n) return { formula: "0: negative quality", numbers: "0" };
  return { formula: "max(0, score)", numbers: `max(0, ${facts.score})` };
}

function versionOf(inputs: SettlementInputs, versionId: bigint): VersionIndex {
  const version = inputs.versions.find((candidate) => candidate.versionId === versionId);
  if (!version) throw new InputError("The settlement does not have this version", { value: versionId });
  return version;
}
