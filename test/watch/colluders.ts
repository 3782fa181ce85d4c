import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import type { Question } from "../../oracle/watch/questions.ts";
import { bytesOf, featuresOf, indexEvidence, type BuiltIndex, qualityAnswer } from "../attribution/builtIndex.ts";
import { type BuiltRoot } from "../attribution/builtRoot.ts";
import { accountEvidence, entryEvidence, scoreEvidence, settlementEvidence } from "../attribution/evidence.ts";

type Answer = readonly [method: string, args: readonly unknown[]];

/**
 * Operators who lie and hide their files, but answer what they can: from the trees that they committed to, with every
 * forged node. What comes back need not be an answer that the contract takes.
 */
export function answersOfLiars(built: BuiltRoot, first: BuiltRoot | undefined) {
  const { root, settlements, accounts, payouts } = built;
  const placeOf = ({ modelId, epoch }: { readonly modelId: bigint; readonly epoch: bigint }) =>
    settlements.findIndex(({ settlement }) => settlement.modelId === modelId && settlement.epoch === epoch);

  return (question: Question): Answer | undefined => {
    switch (question.asks) {
      case "functional": {
        const s = placeOf(question);
        if (s < 0) return undefined;
        const { queryHash } = settlements[s]!.settlement;
        const { functional } = settlements.find((settled) => hashInt16(settled.functional) === queryHash)!;
        return ["answerFunctional", [root, settlementEvidence(built, s), bytesOf(functional)]];
      }
      case "score": {
        const s = placeOf(question);
        const settled = settlements[s];
        if (settled?.rows[question.i] === undefined) return undefined;
        const { index } = settled;
        return [
          "answerScore",
          [
            root,
            settlementEvidence(built, s),
            scoreEvidence(settled, question.i),
            indexEvidence(index, question.i),
            featuresOf(index, question.i),
          ],
        ];
      }
      case "entry":
        return entryOf(built, question, "answerEntry");
      case "predecessor":
        return first && entryOf(first, question, "answerPredecessor");
      case "entryAt": {
        if (question.account >= payouts.size) return undefined;
        const leaf = payouts.payout(question.account);
        const a = accounts.findIndex(({ account }) => account === leaf.account);
        if (a < 0 || accounts[a]!.tree.root !== leaf.entriesRoot) return undefined;
        const i = Math.min(question.i, accounts[a]!.entries.length - 1);
        const evidence = { ...entryEvidence(built, a, i), account: accountEvidence(built, question.account) };
        return ["answerEntryAt", [root, evidence, question.i]];
      }
      case "payouts": {
        const { depth, position } = question;
        const levels = payouts.depth - depth;
        const siblings = payouts.proof(position, levels);
        if (levels > 5) {
          const nodes = Array.from({ length: 32 }, (_, i) => payouts.node(levels - 5, 32 * position + i));
          return ["answerPayoutsNodes", [root, position, nodes, siblings]];
        }
        const first = position * 2 ** levels;
        const count = Math.min(2 ** levels, payouts.size - first);
        const shown = Array.from({ length: count }, (_, i) => payouts.payout(first + i));
        return ["answerPayouts", [root, position, shown, siblings]];
      }
      case "indexRow":
      case "quality":
        return undefined;
    }
  };

  function entryOf(
    from: BuiltRoot,
    { account, modelId, contributionId }: { account: string; modelId: bigint; contributionId: bigint },
    method: string,
  ): Answer | undefined {
    const a = from.accounts.findIndex((other) => other.account === account);
    const i = (from.accounts[a]?.entries ?? []).findIndex(
      (entry) => entry.modelId === modelId && entry.contributionId === contributionId,
    );
    const place = Array.from({ length: from.payouts.size }, (_, at) => at).find(
      (at) => from.payouts.payout(at).account === account,
    );
    if (i < 0 || place === undefined) return undefined;
    return [method, [root, { ...entryEvidence(from, a, i), account: accountEvidence(from, place) }]];
  }
}

/** The same about an index. */
export function answersOfIndexLiars(index: BuiltIndex) {
  return (question: Question): Answer | undefined => {
    if (question.asks === "quality") return ["answerQuality", qualityAnswer(index, question.part)];
    if (question.asks !== "indexRow" || question.i >= index.rows.length) return undefined;
    const { i } = question;
    return ["answerIndexRow", [index.versionId, indexEvidence(index, i), featuresOf(index, i)]];
  };
}
