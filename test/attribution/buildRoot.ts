import { ethers } from "ethers";
import { asAddress, asHash, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { dot } from "@openledger/protocol/score/dot.ts";
import { directionOf } from "@openledger/protocol/score/direction.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { weightsOf } from "@openledger/protocol/score/weight.ts";
import { payoutsOf } from "@openledger/protocol/score/payout.ts";
import { entryLeaf, type Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { modelLeaf, type ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import { buildUncheckedPayoutsTree, packPayouts } from "@openledger/protocol/trees/payoutsTree.ts";
import { scoreLeaf } from "@openledger/protocol/trees/scoresTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { createRandom } from "../fixtures/settlement.ts";
import type { BuiltIndex } from "./builtIndex.ts";
import type { Deployment } from "./deployDisputes.ts";
import { forgeableTree } from "./forgeableTree.ts";

import { type BuiltRoot, type BuiltSettlement, type BuiltAccount, type Cheat, HONEST } from "./builtRoot.ts";
import { entryPreimage } from "./evidence.ts";

/** Settles the epochs after the last finalized root, honestly but for `cheat`. */
export async function buildRoot(
  deployment: Deployment,
  { versions, seed, k }: { versions: readonly BuiltIndex[]; seed: number; k: number },
  previous: BuiltRoot | undefined,
  lastEpoch: bigint,
  cheat: Cheat = HONEST,
): Promise<BuiltRoot> {
  const { distributor, contributions, indexes, market } = deployment;
  const finalized = await distributor.finalizedRoot();
  const firstEpoch = finalized.lastEpoch + 1n;
  const drafts: Omit<BuiltSettlement, "settlement">[] = [];
  const settled: ModelSettlement[] = [];
  const carried = previous?.accounts.flatMap(({ account, entries }) =>
    entries.map((entry) => [account, { ...entry, earned: 0n }] as const),
  );
  const accounts = new Map<Address, Entry[]>();
  for (const [account, entry] of carried ?? []) accounts.set(account, [...(accounts.get(account) ?? []), entry]);

  for (const index of versions) {
    for (let epoch = firstEpoch; epoch <= lastEpoch; epoch++) {
      const pool = await distributor.poolOf(index.versionId, epoch);
      if (pool > 0n) await settlePool(index, epoch, pool);
    }
  }
  cheat.entries?.(accounts);
  cheat.settlements?.(settled);
  const modelLeaves = settled.map(modelLeaf);
  const models = forgeableTree(modelLeaves, cheat.modelsForgeries?.(modelLeaves));
  const built = [...accounts]
    .sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
    .map(([account, entries]): BuiltAccount => {
      const leaves = entries.map(forgedEntryLeaf);
      const tree = forgeableTree(leaves, cheat.entriesForgeries?.(leaves, account));
      return { account, entries, tree, cumulative: tree.top.sum };
    });
  const leaves = built.map(({ account, cumulative, tree }) => ({
    account,
    cumulative,
    entriesRoot: asHash(tree.root),
  }));
  cheat.payouts?.(leaves);
  leaves.sort((a, b) => (BigInt(a.account) < BigInt(b.account) ? -1 : 1));
  cheat.leaves?.(leaves);
  const payouts = buildUncheckedPayoutsTree(packPayouts(leaves));
  let payoutsTotal = finalized.payoutsTotal;
  for (let epoch = firstEpoch; epoch <= lastEpoch; epoch++) payoutsTotal += await distributor.fundedIn(epoch);
  const root: ScoreRoot = {
    firstEpoch,
    lastEpoch,
    previousRoot: asHash(finalized.rootHash),
    payoutsRoot: payouts.root,
    payoutsTotal,
    accounts: cheat.size?.(payouts.size) ?? payouts.size,
    modelsRoot: asHash(models.root),
    bundleHash: keccakText("bundle"),
  };
  const settlements = drafts.map((draft, i) => ({ ...draft, settlement: settled[i]! }));
  return { root, settlements, models, accounts: built, payouts };

  async function settlePool(index: BuiltIndex, epoch: bigint, pool: bigint) {
    const local = createRandom(seed * 7_919 + Number(epoch) * 31 + Number(index.versionId));
    const [receiptsRoot, receiptCount] = await market.receiptsOf(index.versionId, epoch);
    const direction = directionOf(
      index.parts.map(({ quality }) => quality),
      k,
    );
    // What was paid for draws away from what the Datanets want; without receipts there is nothing else.
    const drawn = Int16Array.from(direction, (g) => Math.trunc(g / 2) + ((local() << 18) >> 18));
    const functional = receiptCount === 0n ? direction : drawn;
    const accrues = await Promise.all(
      index.rows.map(({ contributionId }) => contributions.accruesIn(contributionId, epoch)),
    );
    const facts = index.rows.map((row, i) => ({
      examples: row.examples,
      quality: row.quality,
      score: BigInt(dot(functional, index.features[i]!) * row.scale),
      accrues: accrues[i]!,
    }));
    const { splitsByExamples } = await indexes.indexOf(index.versionId);
    const chosen = weightsOf(facts, splitsByExamples);
    const fallbackSplit = cheat.fallback?.(chosen.fallbackSplit) ?? chosen.fallbackSplit;
    const weights = fallbackSplit === chosen.fallbackSplit ? chosen.weights : weightsOf(facts, fallbackSplit).weights;
    const rows = index.rows.map(({ contributionId }, i) => ({
      contributionId,
      score: facts[i]!.score,
      weight: weights[i]!,
    }));
    cheat.rows?.(rows, drafts.length);
    const leaves = rows.map((row, i) => scoreLeaf(i, row));
    const tree = forgeableTree(leaves, cheat.scoresForgeries?.(leaves));
    const payouts = payoutsOf(
      pool,
      rows.map(({ weight }) => weight),
    );
    for (const [i, earned] of payouts.entries()) {
      if (earned === 0n) continue;
      const { contributionId } = rows[i]!;
      const payee = asAddress(await contributions.payeeOf(contributionId, epoch));
      credit(payee, index.versionId, contributionId, earned);
    }
    settled.push({
      modelId: index.versionId,
      epoch,
      versionId: index.versionId,
      indexHash: index.hash,
      queryHash: hashInt16(functional),
      scoresRoot: asHash(tree.root),
      totalWeight: tree.top.sum,
      pool,
      receiptsRoot: asHash(receiptsRoot),
      receiptCount: Number(receiptCount),
      fallbackSplit,
    });
    drafts.push({ index, functional, rows, tree });
  }

  function credit(account: Address, modelId: bigint, contributionId: bigint, amount: bigint) {
    const entries = accounts.get(account) ?? [];
    const at = entries.findIndex((entry) => entry.modelId === modelId && entry.contributionId === contributionId);
    const before = entries[at] ?? { modelId, contributionId, cumulative: 0n, earned: 0n };
    const entry = { ...before, cumulative: before.cumulative + amount, earned: before.earned + amount };
    if (at < 0) entries.push(entry);
    else entries[at] = entry;
    entries.sort((a, b) => Number(a.modelId - b.modelId || a.contributionId - b.contributionId));
    accounts.set(account, entries);
  }
}

/** The leaf of an entry, also of one that earned more than it has. */
function forgedEntryLeaf(entry: Entry): SumNode {
  if (entry.earned <= entry.cumulative) return entryLeaf(entry);
  return { hash: leafHash(entryPreimage(entry)), sum: entry.cumulative };
}

const leafHash = (preimage: string): Hash => asHash(ethers.keccak256(ethers.concat(["0x00", preimage])));
