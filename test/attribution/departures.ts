import { type Address } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { bytesOf, featuresOf, indexEvidence } from "./builtIndex.ts";
import { type BuiltRoot, type Cheat } from "./builtRoot.ts";
import { entryEvidence, epochsEvidence, scoreEvidence, settlementEvidence, settlementPreimage } from "./evidence.ts";
import { predecessorOf, type Town } from "./everyDispute.ts";

export interface Case {
  readonly name: string;
  readonly cheat: (town: Town) => Cheat;
  /** Undefined where this town has nothing to change in this way. */
  readonly proof: (town: Town, built: BuiltRoot, honest: BuiltRoot) => Promise<[string, unknown[]] | undefined>;
}

/** The first of the two that differs in the named field, as (settlement, row). */
function changedRow(built: BuiltRoot, honest: BuiltRoot): [number, number] | undefined {
  for (const [s, settled] of built.settlements.entries()) {
    const i = settled.rows.findIndex((row, j) => {
      const right = honest.settlements[s]!.rows[j]!;
      return row.score !== right.score || row.weight !== right.weight || row.contributionId !== right.contributionId;
    });
    if (i >= 0) return [s, i];
  }
  return undefined;
}

export const scoreProof: Case["proof"] = async (_, built, honest) => {
  const at = changedRow(built, honest);
  if (at === undefined) return undefined;
  const settled = built.settlements[at[0]]!;
  return [
    "disputeScore",
    [
      built.root,
      settlementEvidence(built, at[0]),
      scoreEvidence(settled, at[1]),
      indexEvidence(settled.index, at[1]),
      featuresOf(settled.index, at[1]),
      bytesOf(settled.functional),
    ],
  ];
};

export const weightProof: Case["proof"] = async (_, built, honest) => {
  const at = changedRow(built, honest);
  if (at === undefined) return undefined;
  const settled = built.settlements[at[0]]!;
  const evidence = [
    settlementEvidence(built, at[0]),
    scoreEvidence(settled, at[1]),
    indexEvidence(settled.index, at[1]),
  ];
  return ["disputeWeight", [built.root, ...evidence]];
};

export const settlementProof: Case["proof"] = async (_, built, honest) => {
  const s = built.settlements.findIndex(({ settlement }, i) => settlement !== honest.settlements[i]!.settlement);
  const changed = built.settlements.findIndex(
    ({ settlement }, i) => settlementPreimage(settlement) !== settlementPreimage(honest.settlements[i]!.settlement),
  );
  return s < 0 || changed < 0 ? undefined : ["disputeSettlement", [built.root, settlementEvidence(built, changed)]];
};

/** Changes one settlement. */
export const settlementCase = (
  name: string,
  change: (
    settlement: BuiltRoot["settlements"][number]["settlement"],
  ) => Partial<BuiltRoot["settlements"][number]["settlement"]>,
): Case => ({
  name,
  cheat: ({ town }) => {
    const pick = town.random();
    return {
      settlements: (settlements) => {
        const s = pick % settlements.length;
        settlements[s] = { ...settlements[s]!, ...change(settlements[s]!) };
      },
    };
  },
  proof: settlementProof,
});

/** Changes one row of scores. */
export const rowCase = (
  name: string,
  change: (rows: { contributionId: bigint; score: bigint; weight: bigint }[], i: number) => void,
  proof: Case["proof"],
): Case => ({
  name,
  cheat: ({ town }) => {
    const pick = town.random();
    return { rows: (rows, settlement) => settlement === 0 && change(rows, pick % rows.length) };
  },
  proof,
});

/** Changes the entries of one account; `to` has the position of the entry that is wrong afterwards. */
export const entryCase = (
  name: string,
  change: (entries: Entry[], i: number, town: Town) => Entry | undefined,
  dispute: "disputeEarned" | "disputeCarried",
): Case => {
  let wrong: Entry | undefined;
  let owner: Address | undefined;
  return {
    name,
    cheat: (town) => {
      const [a, pick] = [town.town.random(), town.town.random()];
      return {
        entries: (accounts) => {
          const all = [...accounts];
          const [account, entries] = all[a % all.length]!;
          owner = account;
          wrong = change(entries, pick % entries.length, town);
          entries.sort((x, y) => Number(x.modelId - y.modelId || x.contributionId - y.contributionId));
        },
      };
    },
    proof: async (town, built) => {
      if (wrong === undefined || owner === undefined) return undefined;
      const a = built.accounts.findIndex(({ account }) => account === owner);
      const i = built.accounts[a]!.entries.indexOf(wrong);
      const shown = entryEvidence(built, a, i);
      if (dispute === "disputeCarried") {
        const before = predecessorOf(town.first, owner, wrong);
        // Without a predecessor the demand for one decides; what earned more than it has is wrong by itself.
        if (before === undefined && wrong.earned <= wrong.cumulative) return undefined;
        return [dispute, [built.root, shown, before ?? shown]];
      }
      return [dispute, [built.root, shown, await epochsEvidence(town.deployment, built, owner, wrong)]];
    },
  };
};

export const replace = (entries: Entry[], i: number, change: Partial<Entry>): Entry =>
  (entries[i] = { ...entries[i]!, ...change });
