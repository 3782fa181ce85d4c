import { getBytes, solidityPacked } from "ethers";
import { asHash, type Address } from "@openledger/protocol/hex.ts";
import { keccak256 } from "@openledger/protocol/keccak.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { EMPTY } from "./disputes.ts";
import { bytesOf, featuresOf, indexEvidence } from "./builtIndex.ts";
import { HONEST } from "./builtRoot.ts";
import {
  accountEvidence,
  entryEvidence,
  entryPreimage,
  epochsEvidence,
  scoreEvidence,
  scorePreimage,
  settlementEvidence,
  settlementPreimage,
} from "./evidence.ts";
import { type Case, scoreProof, weightProof, settlementCase, rowCase, entryCase, replace } from "./departures.ts";
import type { Town } from "./everyDispute.ts";

/** Without weight and at position 9. */
const misplacedScore = solidityPacked(["uint32", "uint256", "int128", "uint128"], [9, 1, 0, 0]);
/** Of the contributions of the town that was loaded last. */
const examplesOf = new Map<bigint, bigint>();
let moved: { to: Address; entry: Entry } | undefined;

/** Everything that a false root can get wrong. */
export const CASES: readonly Case[] = [
  rowCase("a score", (rows, i) => (rows[i] = { ...rows[i]!, score: rows[i]!.score + 1n }), scoreProof),
  rowCase(
    "a score with the weight that follows from it",
    (rows, i) => (rows[i] = { ...rows[i]!, score: 10n ** 15n, weight: rows[i]!.weight && 10n ** 15n }),
    scoreProof,
  ),
  rowCase("a weight", (rows, i) => (rows[i] = { ...rows[i]!, weight: rows[i]!.weight + 1n }), weightProof),
  rowCase(
    "a weight taken away",
    (rows) => {
      const i = rows.findIndex(({ weight }) => weight > 0n);
      rows[i] = { ...rows[i]!, weight: 0n };
    },
    weightProof,
  ),
  rowCase(
    "whose score it is",
    (rows, i) => (rows[i] = { ...rows[i]!, contributionId: rows[i]!.contributionId + 1n }),
    weightProof,
  ),
  settlementCase("a pool", ({ pool }) => ({ pool: pool + 1n })),
  settlementCase("an epoch", () => ({ epoch: 900n })),
  settlementCase("an earlier epoch", () => ({ epoch: 1n })),
  settlementCase("a version", ({ versionId }) => ({ versionId: 3n - versionId })),
  settlementCase("an index", () => ({ indexHash: asHash(`0x${"11".repeat(32)}`) })),
  settlementCase("a receipts root", () => ({ receiptsRoot: asHash(`0x${"22".repeat(32)}`) })),
  settlementCase("a number of receipts", ({ receiptCount }) => ({ receiptCount: receiptCount + 1 })),
  settlementCase("a pool for nobody", () => ({ totalWeight: 0n })),
  {
    name: "a fallback without need",
    cheat: () => ({ fallback: () => true }),
    proof: async (_, built) => {
      for (const [s, settled] of built.settlements.entries()) {
        const i = settled.rows.findIndex(
          ({ score, weight }, j) => score > 0n && weight > 0n && settled.index.rows[j]!.quality >= 0n,
        );
        if (i < 0 || settled.index.certificateBps < 5_000) continue;
        const evidence = [scoreEvidence(settled, i), indexEvidence(settled.index, i)];
        return ["disputeWeight", [built.root, settlementEvidence(built, s), ...evidence]];
      }
      return undefined;
    },
  },
  {
    name: "a functional of another length",
    cheat: () => ({
      settlements: (settlements) => (settlements[0] = { ...settlements[0]!, queryHash: keccak256(new Uint8Array(30)) }),
    }),
    proof: async (_, built) => {
      const settled = built.settlements[0]!;
      const evidence = [scoreEvidence(settled, 0), indexEvidence(settled.index, 0), featuresOf(settled.index, 0)];
      return ["disputeScore", [built.root, settlementEvidence(built, 0), ...evidence, `0x${"00".repeat(30)}`]];
    },
  },
  {
    name: "a functional that nobody paid for",
    cheat: () => ({
      settlements: (settlements) => {
        const s = settlements.findIndex(({ receiptCount }) => receiptCount === 0);
        if (s >= 0) settlements[s] = { ...settlements[s]!, queryHash: keccak256(new Uint8Array(64)) };
      },
    }),
    proof: async (_, built) => {
      const s = built.settlements.findIndex(({ settlement }) => settlement.receiptCount === 0);
      if (s < 0) return undefined;
      const { stated, parts } = built.settlements[s]!.index;
      const functionals = parts.map(({ quality }) => bytesOf(quality));
      return ["disputeDirection", [built.root, settlementEvidence(built, s), stated, functionals]];
    },
  },
  {
    name: "a total of weights beside the tree's",
    cheat: () => ({
      settlements: (settlements) =>
        (settlements[0] = { ...settlements[0]!, totalWeight: settlements[0]!.totalWeight + 1n }),
    }),
    proof: async (_, built) => {
      const way = built.settlements[0]!.tree.descent(0, 0);
      return ["disputeScoresTree", [built.root, settlementEvidence(built, 0), way, "0x"]];
    },
  },
  {
    name: "the sum of a score",
    cheat: () => ({ scoresForgeries: ([leaf]) => [{ level: 0, index: 0, node: { ...leaf!, sum: leaf!.sum + 1n } }] }),
    proof: async (_, built) => {
      const settled = built.settlements[0]!;
      const evidence = [settlementEvidence(built, 0), settled.tree.descent(0), scorePreimage(settled, 0)];
      return ["disputeScoresTree", [built.root, ...evidence]];
    },
  },
  {
    name: "fewer scores than the index has rows",
    cheat: () => ({
      scoresForgeries: (leaves) => {
        leaves.pop();
        return [];
      },
    }),
    proof: async (_, built) => {
      const way = built.settlements[0]!.tree.descent(0, 0);
      return ["disputeScoresTree", [built.root, settlementEvidence(built, 0), way, "0x"]];
    },
  },
  {
    name: "a score left out",
    cheat: () => ({ scoresForgeries: (leaves) => [{ level: 0, index: leaves.length - 1, node: EMPTY }] }),
    proof: async (_, built) => {
      const settled = built.settlements[0]!;
      const way = settled.tree.descent(settled.rows.length - 1);
      return ["disputeScoresTree", [built.root, settlementEvidence(built, 0), way, "0x"]];
    },
  },
  {
    name: "a score that states another place",
    cheat: () => ({
      scoresForgeries: () => [
        { level: 0, index: 0, node: { sum: 0n, hash: keccak256(getBytes(`0x00${misplacedScore.slice(2)}`)) } },
      ],
    }),
    proof: async (_, built) => {
      const leaf = { preimage: misplacedScore, proof: built.settlements[0]!.tree.proof(0) };
      return ["disputeScorePlace", [built.root, settlementEvidence(built, 0), leaf]];
    },
  },
  {
    name: "no fallback in spite of a poor certificate",
    cheat: () => ({ fallback: () => false }),
    proof: async (_, built, honest) => {
      const s = honest.settlements.findIndex(({ index }) => index.certificateBps < 5_000);
      if (s < 0 || built.settlements[s]!.settlement.fallbackSplit) return undefined;
      return ["disputeSettlement", [built.root, settlementEvidence(built, s)]];
    },
  },
  {
    name: "examples of a revoked contribution",
    cheat: () => ({
      rows: (rows) => {
        const i = rows.findIndex(({ weight }) => weight === 0n);
        if (i >= 0) rows[i] = { ...rows[i]!, weight: 77n };
      },
    }),
    proof: async (_, built, honest) => {
      for (const [s, { rows, index }] of honest.settlements.entries()) {
        if (index.certificateBps >= 5_000) continue;
        const paid = rows.findIndex(({ weight }) => weight === 0n);
        if (paid < 0) continue;
        const settled = built.settlements[s]!;
        const evidence = [scoreEvidence(settled, paid), indexEvidence(index, paid)];
        return ["disputeWeight", [built.root, settlementEvidence(built, s), ...evidence]];
      }
      return undefined;
    },
  },
  {
    name: "examples of a revoked contribution as if all were revoked",
    cheat: () => ({
      rows: (rows) => {
        const i = rows.findIndex(({ weight }) => weight === 0n);
        if (i >= 0) rows[i] = { ...rows[i]!, weight: examplesOf.get(rows[i]!.contributionId)! };
      },
    }),
    proof: async (_, built, honest) => {
      for (const [s, { rows, index }] of honest.settlements.entries()) {
        if (index.certificateBps >= 5_000) continue;
        const paid = rows.findIndex(({ weight }) => weight === 0n);
        const witness = rows.findIndex(({ weight }) => weight !== 0n);
        if (paid < 0) continue;
        const settled = built.settlements[s]!;
        const evidence = [scoreEvidence(settled, paid), scoreEvidence(settled, witness)];
        return ["disputeFallback", [built.root, settlementEvidence(built, s), ...evidence]];
      }
      return undefined;
    },
  },
  {
    name: "the sum of a pool",
    cheat: () => ({ modelsForgeries: ([leaf]) => [{ level: 0, index: 0, node: { ...leaf!, sum: leaf!.sum + 1n } }] }),
    proof: async (_, built) => [
      "disputeModelsTree",
      [built.root, built.models.descent(0), settlementPreimage(built.settlements[0]!.settlement)],
    ],
  },
  {
    name: "the order of the settlements",
    cheat: () => ({ settlements: (settlements) => void settlements.reverse() }),
    proof: async (_, built) => {
      if (built.settlements.length < 2) return undefined;
      const leaf = (i: number) => ({
        preimage: settlementPreimage(built.settlements[i]!.settlement),
        proof: built.models.proof(i),
      });
      return ["disputeModelsOrder", [built.root, leaf(0), leaf(1)]];
    },
  },
  entryCase(
    "what an entry earned",
    (entries, i) => replace(entries, i, { cumulative: entries[i]!.cumulative + 1n, earned: entries[i]!.earned + 1n }),
    "disputeEarned",
  ),
  entryCase(
    "what an entry did not earn",
    (entries) => {
      const i = entries.findIndex(({ earned }) => earned > 0n);
      if (i < 0) return undefined;
      return replace(entries, i, { cumulative: entries[i]!.cumulative - 1n, earned: entries[i]!.earned - 1n });
    },
    "disputeEarned",
  ),
  entryCase(
    "an entry for somebody else's contribution or none",
    (entries, i) => {
      const entry = { ...entries[i]!, contributionId: 10_000n, cumulative: 5n, earned: 5n };
      entries.push(entry);
      return entry;
    },
    "disputeEarned",
  ),
  {
    name: "an entry moved to another account",
    cheat: () => ({
      entries: (accounts) => {
        const [[from, mine], [to, theirs]] = [...accounts] as [[Address, Entry[]], [Address, Entry[]]];
        moved = { to, entry: { ...mine[0]!, earned: mine[0]!.cumulative } };
        theirs.push(moved.entry);
        theirs.sort((x, y) => Number(x.modelId - y.modelId || x.contributionId - y.contributionId));
        mine.shift();
        if (mine.length === 0) accounts.delete(from);
      },
    }),
    proof: async (town, built) => {
      const a = built.accounts.findIndex(({ account }) => account === moved!.to);
      const shown = entryEvidence(built, a, built.accounts[a]!.entries.indexOf(moved!.entry));
      const epochs = await epochsEvidence(town.deployment, built, moved!.to, moved!.entry);
      return ["disputeEarned", [built.root, shown, epochs]];
    },
  },
  entryCase(
    "an entry for a model without a pool",
    (entries, i) => {
      const entry = { ...entries[i]!, modelId: 77n, cumulative: 5n, earned: 5n };
      entries.push(entry);
      return entry;
    },
    "disputeEarned",
  ),
  entryCase(
    "what an entry carries over",
    (entries, i) => replace(entries, i, { cumulative: entries[i]!.cumulative + 1n }),
    "disputeCarried",
  ),
  entryCase(
    "an entry that earned more than it has",
    (entries, i) => replace(entries, i, { earned: entries[i]!.cumulative + 1n }),
    "disputeCarried",
  ),
  {
    name: "the order of entries",
    cheat: () => ({ entries: (accounts) => [...accounts.values()].forEach((entries) => entries.reverse()) }),
    proof: async (_, built) => {
      const a = built.accounts.findIndex(({ entries }) => entries.length > 1);
      if (a < 0) return undefined;
      const { entries, tree } = built.accounts[a]!;
      const leaf = (i: number) => ({ preimage: entryPreimage(entries[i]!), proof: tree.proof(i) });
      return ["disputeEntriesOrder", [built.root, accountEvidence(built, a), leaf(0), leaf(1)]];
    },
  },
  {
    name: "an entry twice",
    cheat: () => ({ entries: (accounts) => [...accounts.values()].forEach((entries) => entries.unshift(entries[0]!)) }),
    proof: async (_, built) => {
      const { entries, tree } = built.accounts[0]!;
      const leaf = (i: number) => ({ preimage: entryPreimage(entries[i]!), proof: tree.proof(i) });
      return ["disputeEntriesOrder", [built.root, accountEvidence(built, 0), leaf(0), leaf(1)]];
    },
  },
  {
    name: "the sum of an entry",
    cheat: () => ({ entriesForgeries: ([leaf]) => [{ level: 0, index: 0, node: { ...leaf!, sum: leaf!.sum + 9n } }] }),
    proof: async (_, built) => {
      const { entries, tree } = built.accounts[0]!;
      const evidence = [accountEvidence(built, 0), tree.descent(0), entryPreimage(entries[0]!)];
      return ["disputeEntriesTree", [built.root, ...evidence]];
    },
  },
  {
    name: "what an account has in all",
    cheat: () => ({ payouts: (payouts) => (payouts[0] = { ...payouts[0]!, cumulative: payouts[0]!.cumulative + 1n }) }),
    proof: async (_, built) => [
      "disputeEntriesTree",
      [built.root, accountEvidence(built, 0), built.accounts[0]!.tree.descent(0, 0), "0x"],
    ],
  },
];

/** An honest root, one that departs from it, and the call that proves it, if this town can show it. */
export async function accuse(town: Town, { cheat, proof }: (typeof CASES)[number]) {
  const { first, lastEpoch } = town;
  const honest = await town.town.settle(first, lastEpoch, HONEST);
  for (const { contributionId, examples } of town.town.versions.flatMap(({ rows }) => rows)) {
    examplesOf.set(contributionId, BigInt(examples));
  }
  const built = await town.town.settle(first, lastEpoch, cheat(town));
  const call = await proof(town, built, honest);
  return { honest, built, call };
}
