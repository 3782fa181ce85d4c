import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { SettlementInputs } from "../settlement/inputs.ts";
import type { Settlement } from "../settlement/settle.ts";
import { type NodePlace, PAYOUTS_LEVELS } from "./accountSearch.ts";
import { answer, sumProof, type RemedyCall } from "./calls.ts";
import { featureBytes, functionalBytes, rowEvidence } from "../settlement/rowEvidence.ts";
import { accountTrees, entryEvidence, type AccountTrees } from "./publishedRoot.ts";
import type { Question } from "./questions.ts";

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
        const owner = settlement.accounts[question.account];
        if (owner === undefined) return undefined;
        const { account, entries } = owner;
        const entry = entryEvidence(current(), account, entries[Math.min(question.i, entries.length - 1)]!);
        return answer("answerEntryAt", root, entry, question.i);
      }
      case "predecessor": {
        if (inputs.previous.accounts.length === 0) return undefined;
        const entry = entryEvidence(previous(), question.account, question);
        return entry && answer("answerPredecessor", root, entry);
      }
      case "payouts":
        return payoutsBelow(question);
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
    const row = rowEvidence(version, settlement.indexTrees.get(leaf.versionId)!, i);
    return answer("answerScore", root, settlementAt(p), score, row, featureBytes(version, i));
  }

  function payoutsBelow({ depth, position }: NodePlace): RemedyCall | undefined {
    const levels = payoutsTree.depth - depth;
    const first = position * 2 ** levels;
    if (levels < 0 || first >= payoutsTree.size) return undefined;
    const siblings = payoutsTree.proof(position, levels);
    if (levels > PAYOUTS_LEVELS) {
      const width = 2 ** PAYOUTS_LEVELS;
      const nodes = Array.from({ length: width }, (_, i) =>
        payoutsTree.node(levels - PAYOUTS_LEVELS, position * width + i),
      );
      return answer("answerPayoutsNodes", root, position, nodes, siblings);
    }
    const { payouts } = payoutsTree.run(first, Math.min(2 ** levels, payoutsTree.size - first));
    return answer("answerPayouts", root, position, payouts, siblings);
  }
}
