import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Address } from "@openledger/protocol/hex.ts";
import { compareEntries, entryLeaf, type Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { solidityPacked } from "ethers";
import type { SettlementInputs } from "../settlement/inputs.ts";
import type { Settlement } from "../settlement/settle.ts";
import { findFirstDifference } from "./accountSearch.ts";
import { demand, proof, sumProof, type RemedyCall } from "./calls.ts";
import { createPartialTree } from "./partialTree.ts";
import type { ShownScores } from "./poolProofs.ts";
import { accountTrees, entryEvidence, type AccountTrees } from "./publishedRoot.ts";
import { rawEntriesTree } from "./rawTrees.ts";
import type { AccountEvidence, EntryEvidence, SettlementEvidence, Shown } from "./shown.ts";

/** Owner of a contribution at the start of an epoch, as the registry says; undefined for one that does not exist. */
export type PayeeOf = (contributionId: bigint, epoch: bigint) => Promise<Address | undefined>;

/** A pool whose scores are all known, and right. */
export interface SettledPool {
  readonly settlement: SettlementEvidence;
  readonly scores: ShownScores;
}

/** The accounts of a pending root, and what they should be. */
export interface AccountsInQuestion {
  readonly root: ScoreRoot;
  readonly inputs: SettlementInputs;
  /** The settlement by the functionals that the root commits to. */
  readonly right: Settlement;
  /** In the order of the settlement's pools. */
  readonly pools: readonly SettledPool[];
  readonly payeeOf: PayeeOf;
}

interface EntryKey {
  readonly modelId: bigint;
  readonly contributionId: bigint;
}

/** What cancels a root for accounts that its operators have published. Nothing when all are as they should be. */
export async function challengeLedger(at: AccountsInQuestion, theirs: AccountTrees): Promise<RemedyCall[]> {
  const { root, right } = at;
  const { accounts, payouts } = theirs;
  const accountAt = (a: number) => ({ payout: payouts.payout(a), index: a, proof: payouts.proof(a) });
  for (const [a, { account }] of accounts.entries()) {
    if (a > 0 && accounts[a - 1]!.account >= account) {
      return [proof("disputeAccountsOrder", root, accountAt(a - 1), accountAt(a))];
    }
    if (payouts.payout(a).cumulative === 0n) return [proof("disputeWorthlessAccount", root, accountAt(a))];
    const tree = theirs.entries[a]!;
    if (tree.disorder === undefined) continue;
    const [first, second] = [tree.disorder, tree.disorder + 1].map((i) => ({
      preimage: tree.preimage(i),
      proof: sumProof(tree, i),
    }));
    return [proof("disputeEntriesOrder", root, accountAt(a), first, second)];
  }
  const judge = createEntryJudge(at);
  for (const { account, entries } of accounts) {
    for (const entry of entries) {
      const call = await judge.shown(account, entry, () => entryEvidence(theirs, account, entry)!);
      if (call !== undefined) return [call];
    }
  }
  const there = new Map(accounts.map(({ account, entries }) => [account, entries]));
  for (const mine of right.accounts) {
    const missing = mine.entries.find((entry) => find(there.get(mine.account), entry) === undefined);
    const calls = missing === undefined ? [] : await judge.missing(mine.account, missing);
    if (calls.length > 0) return calls;
  }
  return [];
}

/** What leads to an account that nobody was shown, or cancels the root for it. */
export async function challengeHiddenAccounts(at: AccountsInQuestion, shown: Shown): Promise<RemedyCall[]> {
  const { root, right } = at;
  const judge = createEntryJudge(at);
  const difference = findFirstDifference(root, right.payoutsTree, shown);
  if (difference === undefined) return [];
  if (difference.kind === "hidden") {
    const { depth, position } = difference.place;
    return [demand("demandPayouts", root, depth, position)];
  }
  if (difference.kind === "misplaced") {
    const { node, position, siblings } = difference.node;
    return [proof("disputePayoutsNode", root, node, position, siblings)];
  }
  if (difference.kind === "missing") return judge.missingAccount(difference.payout.account);

  const { leaf, before } = difference;
  if (leaf.payout.cumulative === 0n) return [proof("disputeWorthlessAccount", root, leaf)];
  const entries = [...shown.answerEntry, ...shown.answerEntryAt].map(({ entry }) => entry);
  const others = [...(before === undefined ? [] : [before]), ...entries.map(({ account }) => account)];
  const disorder = disorderWith(leaf, others);
  if (disorder !== undefined) return [proof("disputeAccountsOrder", root, ...disorder)];
  // Whoever should stand here may be left out; otherwise who does should not, or not with this.
  const expected = leaf.index < right.accounts.length ? right.accounts[leaf.index] : undefined;
  if (expected !== undefined && expected.account < leaf.payout.account) return judge.missingAccount(expected.account);
  return challengeStranger(at, judge, leaf, entries);
}

/** An account with another amount or other entries than it should have, or one that should not be there. */
async function challengeStranger(
  { root, right }: AccountsInQuestion,
  judge: ReturnType<typeof createEntryJudge>,
  stranger: AccountEvidence,
  answered: readonly EntryEvidence[],
): Promise<RemedyCall[]> {
  const { payout } = stranger;
  const entries = answered
    .filter(({ account }) => account.index === stranger.index)
    .sort((a, b) => a.proof.index - b.proof.index);
  const demandAt = (i: number) => [demand("demandEntryAt", root, stranger, i)];
  if (entries.length === 0) return demandAt(0);
  for (const evidence of entries) {
    const call = await judge.shown(payout.account, evidence.entry, () => evidence);
    if (call !== undefined) return [call];
  }
  const disorder = entries.findIndex(
    ({ entry }, i) => i > 0 && compareEntries(entries[i - 1]!.entry, entry) >= 0 && !isSamePlace(entries, i),
  );
  if (disorder > 0) return disputeOrder(entries[disorder - 1]!, entries[disorder]!);

  const mine = right.accounts.find(({ account }) => account === payout.account)?.entries ?? [];
  const expected = rawEntriesTree(mine);
  const leaves = entries.map((entry) => ({ leaf: entryLeaf(entry.entry), proof: entry.proof }));
  const tree = createPartialTree(leaves, expected);
  const { size, top } = tree;
  if (top.sum !== payout.cumulative) {
    return [proof("disputeEntriesTree", root, stranger, { size, top, index: 0, pairs: [] }, "0x")];
  }
  if (tree.broken !== undefined) {
    const leaf = tree.broken.pairs.length === expected.depth ? expected.preimage(tree.broken.index) : "0x";
    return [proof("disputeEntriesTree", root, stranger, tree.broken, leaf)];
  }
  const wrong = entries.find(({ entry, proof: { index } }) => !isSameEntry(entry, mine[index]));
  const [hidden] = tree.next;
  if (hidden !== undefined && hidden < (wrong?.proof.index ?? Infinity)) return demandAt(hidden);
  if (wrong !== undefined) {
    // Everything to its left is right, and so is the entry itself: either another one is left out, or it stands there twice.
    const { index } = wrong.proof;
    const due = mine[index];
    if (due !== undefined && compareEntries(due, wrong.entry) < 0) return judge.missing(payout.account, due);
    const before = {
      ...wrong,
      entry: mine[index - 1]!,
      proof: { size, index: index - 1, siblings: tree.siblings(index - 1) },
    };
    return disputeOrder(before, wrong);
  }
  if (size > mine.length) return demandAt(mine.length);
  return size < mine.length ? judge.missing(payout.account, mine[size]!) : [];

  function disputeOrder(...pair: readonly [EntryEvidence, EntryEvidence]): RemedyCall[] {
    const [first, second] = pair.map(({ entry, proof: path }) => ({ preimage: preimageOf(entry), proof: path }));
    return [proof("disputeEntriesOrder", root, stranger, first, second)];
  }
}

/** Two accounts that do not ascend, one of them `leaf`. */
function disorderWith(
  leaf: AccountEvidence,
  others: readonly AccountEvidence[],
): [AccountEvidence, AccountEvidence] | undefined {
  for (const other of others) {
    const pair: [AccountEvidence, AccountEvidence] = other.index < leaf.index ? [other, leaf] : [leaf, other];
    if (other.index !== leaf.index && pair[0].payout.account >= pair[1].payout.account) return pair;
  }
  return undefined;
}

function isSamePlace(entries: readonly EntryEvidence[], i: number): boolean {
  return entries[i]!.proof.index === entries[i - 1]!.proof.index;
}

function isSameEntry(a: Entry, b: Entry | undefined): boolean {
  return b !== undefined && compareEntries(a, b) === 0 && a.cumulative === b.cumulative && a.earned === b.earned;
}

function find(entries: readonly Entry[] | undefined, key: EntryKey): Entry | undefined {
  return entries?.find((entry) => compareEntries(entry, key) === 0);
}

function preimageOf({ modelId, contributionId, cumulative, earned }: Entry): string {
  return solidityPacked(["uint256", "uint256", "uint128", "uint128"], [modelId, contributionId, cumulative, earned]);
}

/** Finds what is wrong about one entry. */
function createEntryJudge({ root, inputs, right, pools, payeeOf }: AccountsInQuestion) {
  const { accounts } = inputs.previous;
  const rightful = new Map(right.accounts.map(({ account, entries }) => [account, entries]));
  const earlier = new Map(accounts.map(({ account, entries }) => [account, entries]));
  let trees: AccountTrees | undefined;
  const evidenceBefore = (account: Address, key: EntryKey) =>
    earlier.has(account) ? entryEvidence((trees ??= accountTrees(accounts)), account, key) : undefined;

  return {
    /** An entry that is in the root. */
    async shown(account: Address, entry: Entry, evidence: () => EntryEvidence): Promise<RemedyCall | undefined> {
      const { cumulative, earned } = entry;
      const before = find(earlier.get(account), entry);
      const shouldEarn = find(rightful.get(account), entry)?.earned ?? 0n;
      const isRight = earned === shouldEarn && cumulative - earned === (before?.cumulative ?? 0n);
      if (isRight && cumulative > 0n) return undefined;
      const shown = evidence();
      if (cumulative === 0n) return proof("disputeWorthlessEntry", root, shown);
      if (earned > cumulative) return proof("disputeCarried", root, shown, shown);
      if (earned !== shouldEarn) return proof("disputeEarned", root, shown, await epochsOf(account, entry));
      if (before === undefined && accounts.length > 0) return demand("demandPredecessor", root, shown);
      return proof("disputeCarried", root, shown, evidenceBefore(account, entry) ?? shown);
    },

    /** An entry that is not in the root although it should be. */
    missing,

    /** An account that is not in the root, or not at its place, although it should be. */
    async missingAccount(account: Address): Promise<RemedyCall[]> {
      for (const entry of rightful.get(account) ?? []) {
        const calls = await missing(account, entry);
        if (calls.length > 0) return calls;
      }
      return [];
    },
  };

  async function missing(account: Address, key: EntryKey): Promise<RemedyCall[]> {
    const before = evidenceBefore(account, key);
    if (before !== undefined) return [demand("demandCarriedEntry", root, before)];
    const [first] = await epochsOf(account, key, true);
    return first === undefined ? [] : [demand("demandEntry", root, key.contributionId, first)];
  }

  /**
   * Evidence for every epoch whose version holds the contribution and in which the account was its payee.
   *
   * @param paying leaves out the epochs that pay nothing for it.
   */
  async function epochsOf(account: Address, { modelId, contributionId }: EntryKey, paying = false) {
    const shown = [];
    for (const [p, { settlement, scores }] of pools.entries()) {
      const { leaf, payouts } = right.pools[p]!;
      if (leaf.modelId !== modelId || (await payeeOf(contributionId, leaf.epoch)) !== account) continue;
      const i = scores.rows.findIndex((row) => row.contributionId === contributionId);
      if (i < 0 || (paying && payouts[i] === 0n)) continue;
      shown.push({ settlement, score: { leaf: { i, ...scores.rows[i]! }, proof: sumProof(scores.tree, i) } });
    }
    return shown;
  }
}
