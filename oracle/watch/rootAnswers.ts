import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import type { PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import type { SettlementInputs } from "../settlement/inputs.ts";
import type { Settlement } from "../settlement/settle.ts";
import { answer, sumProof, type RemedyCall } from "./calls.ts";
import { featureBytes, functionalBytes, indexLeafEvidence } from "./indexEvidence.ts";
import { accountTrees, entryEvidence, type AccountTrees } from "./publishedRoot.ts";
import type { Question } from "./questions.ts";

/** Levels of the payouts tree that one answer shows, as the contract fixes them. */
const PAYOUTS_LEVELS = 5;

/**
 * Answers demands about a root from the settlement that led to it.
 *
 * @param root as posted.
 * @param inputs what the settlement was computed from.
 * @returns the answer to a question; undefined for one that this root does not owe.
 */
export function createRootAnswers(root: ScoreRoot, inputs: SettlementInputs, settlement: Settlement) {
  const { pools, modelsTree, payoutsTree } = settlement;
  let trees: AccountTrees | undefined;
  let before: AccountTrees | undefined;
  const current = () => (trees ??= accountTrees(settlement.accounts));
  const previous = () => (before ??= accountTrees(inputs.previous.accounts));

  return (question: Question): RemedyCall | undefined => {
    switch (question.asks) {
      case "functional": {
        const p = placeOf(question);
        return p < 0 ? undefined : answer("answerFunctional", root, settlementAt(p), functionalOf(p));
      }
      case "score": {
        const p = placeOf(question);
        return p < 0 || question.i >= pools[p]!.scores.length ? undefined : scoreAt(p, question.i);
      }
      case "entry": {
        const entry = entryEvidence(current(), question.account, question);
        return entry && answer("answerEntry", root, entry);
      }
      case "entryAt": {
        const a = leafOf(payoutsTree, question.payoutHash);
        if (a === undefined) return undefined;
        const { account, entries } = settlement.accounts[a]!;
        const entry = entryEvidence(current(), account, entries[Math.min(question.i, entries.length - 1)]!);
        return answer("answerEntryAt", root, entry, question.i);
      }
      case "predecessor": {
        if (inputs.previous.accounts.length === 0) return undefined;
        const entry = entryEvidence(previous(), question.account, question);
        return entry && answer("answerPredecessor", root, entry);
      }
      case "payoutsNode":
        return nodesBelow(question);
      case "indexRow":
      case "quality":
        return undefined;
    }
  };

  function placeOf({ modelId, epoch }: { readonly modelId: bigint; readonly epoch: bigint }): number {
    return pools.findIndex(({ leaf }) => leaf.modelId === modelId && leaf.epoch === epoch);
  }

  function settlementAt(p: number) {
    return { settlement: pools[p]!.leaf, proof: sumProof(modelsTree, p) };
  }

  function functionalOf(p: number): string {
    return functionalBytes(inputs.pools[p]!.functional);
  }

  function scoreAt(p: number, i: number): RemedyCall {
    const { leaf, scores, scoresTree } = pools[p]!;
    const version = inputs.versions.find(({ versionId }) => versionId === leaf.versionId)!;
    const score = { leaf: { i, ...scores[i]! }, proof: sumProof(scoresTree, i) };
    const row = indexLeafEvidence(version, settlement.indexTrees.get(leaf.versionId)!, i);
    return answer("answerScore", root, settlementAt(p), score, row, featureBytes(version, i));
  }

  function nodesBelow({ node, depth }: { readonly node: Hash; readonly depth: number }): RemedyCall | undefined {
    const heap = heapOf(payoutsTree, node, depth);
    if (heap === undefined) return undefined;
    for (let levels = 0; ; levels++) {
      const width = 2 ** levels;
      const nodes = Array.from({ length: width }, (_, i) => heap * width + i);
      const at = nodes.findIndex((other) => other >= payoutsTree.size);
      if (at < 0 && levels < PAYOUTS_LEVELS) continue;
      const leaf = payoutsTree.payout(at < 0 ? 0 : 2 * payoutsTree.size - 1 - nodes[at]!);
      const hashes = nodes.map((other) => payoutsTree.node(other));
      return answer("answerPayoutsNode", root, depth, hashes, Math.max(at, 0), leaf);
    }
  }
}

/** Heap number of a node that is `depth` levels below the root. */
function heapOf(payouts: PayoutsTree, node: Hash, depth: number): number | undefined {
  const last = Math.min(2 ** (depth + 1), 2 * payouts.size);
  for (let heap = 2 ** depth; heap < last; heap++) if (payouts.node(heap) === node) return heap;
  return undefined;
}

/** Place of the account whose leaf has this hash. */
function leafOf(payouts: PayoutsTree, hash: Hash): number | undefined {
  for (let a = 0; a < payouts.size; a++) if (payouts.node(2 * payouts.size - 1 - a) === hash) return a;
  return undefined;
}
