import { type Address } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { NOTHING, type settleTwoOfThree } from "./disputes.ts";
import { bytesOf, featuresOf, indexEvidence } from "./builtIndex.ts";
import { type BuiltRoot } from "./builtRoot.ts";
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

/** A town that two of three operators settle. */
export type Town = Awaited<ReturnType<typeof settleTwoOfThree>>;

/** Every way of calling a dispute about everything that a root holds, with evidence that is what it says it is. */
export async function everyDispute({ deployment, first }: Town, built: BuiltRoot): Promise<[string, unknown[]][]> {
  const { root, settlements, accounts } = built;
  const calls: [string, unknown[]][] = [];
  for (const [s, settled] of settlements.entries()) {
    const settlement = settlementEvidence(built, s);
    const functional = bytesOf(settled.functional);
    calls.push(["disputeSettlement", [root, settlement]]);
    const { stated, parts } = settled.index;
    const wanted = parts.map(({ quality }) => bytesOf(quality));
    if (settled.settlement.receiptCount === 0) calls.push(["disputeDirection", [root, settlement, stated, wanted]]);
    calls.push(["disputeModelsTree", [root, built.models.descent(s), settlementPreimage(settled.settlement)]]);
    const model = (i: number) => ({
      preimage: settlementPreimage(settlements[i]!.settlement),
      proof: built.models.proof(i),
    });
    calls.push(["disputeModelsOrder", [root, model(s), s + 1 < settlements.length ? model(s + 1) : NOTHING]]);
    for (const i of settled.rows.keys()) {
      const score = scoreEvidence(settled, i);
      const index = indexEvidence(settled.index, i);
      const leaf = (j: number) => ({ preimage: scorePreimage(settled, j), proof: settled.tree.proof(j) });
      calls.push(["disputeScore", [root, settlement, score, index, featuresOf(settled.index, i), functional]]);
      calls.push(["disputeWeight", [root, settlement, score, index]]);
      calls.push(["disputeScoresTree", [root, settlement, settled.tree.descent(i), scorePreimage(settled, i)]]);
      calls.push(["disputeScorePlace", [root, settlement, leaf(i)]]);
      for (const j of settled.rows.keys()) {
        calls.push(["disputeFallback", [root, settlement, score, scoreEvidence(settled, j)]]);
      }
    }
  }
  for (const [a, { account, entries, tree }] of accounts.entries()) {
    const evidence = accountEvidence(built, a);
    for (let b = 0; b < a; b++) calls.push(["disputeAccountsOrder", [root, accountEvidence(built, b), evidence]]);
    calls.push(["disputeWorthlessAccount", [root, evidence]]);
    for (const [i, entry] of entries.entries()) {
      const shown = entryEvidence(built, a, i);
      const leaf = (j: number) => ({ preimage: entryPreimage(entries[j]!), proof: tree.proof(j) });
      calls.push(["disputeEarned", [root, shown, await epochsEvidence(deployment, built, account, entry)]]);
      calls.push(["disputeWorthlessEntry", [root, shown]]);
      calls.push(["disputeCarried", [root, shown, predecessorOf(first, account, entry) ?? shown]]);
      calls.push(["disputeEntriesTree", [root, evidence, tree.descent(i), entryPreimage(entry)]]);
      const next = i + 1 < entries.length ? leaf(i + 1) : NOTHING;
      calls.push(["disputeEntriesOrder", [root, evidence, leaf(i), next]]);
    }
  }
  const { payouts } = built;
  for (let level = 0; level <= payouts.depth; level++) {
    for (let position = 0; position < 2 ** (payouts.depth - level); position++) {
      const node = [payouts.node(level, position), position, payouts.proof(position, level)];
      calls.push(["disputePayoutsNode", [root, ...node]]);
    }
  }
  return calls;
}

export function predecessorOf(first: BuiltRoot, account: Address, { modelId, contributionId }: Entry) {
  const a = first.accounts.findIndex((other) => other.account === account);
  const entries = first.accounts[a]?.entries ?? [];
  const i = entries.findIndex((entry) => entry.modelId === modelId && entry.contributionId === contributionId);
  return i < 0 ? undefined : entryEvidence(first, a, i);
}

/** A departure from the rules, and the call that proves it. */
