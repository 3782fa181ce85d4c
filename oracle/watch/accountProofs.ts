import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Address } from "@openledger/protocol/hex.ts";
import { compareEntries, entryLeaf, type Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { solidityPacked } from "ethers";
import type { SettlementInputs } from "../settlement/inputs.ts";
import type { AccountSettlement } from "../settlement/ledger.ts";
import type { Settlement } from "../settlement/settle.ts";
import { searchPayouts } from "./accountSearch.ts";
import { demand, proof, sumProof, type RemedyCall } from "./calls.ts";
import { placesAround } from "./indexEvidence.ts";
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
  const seen = new Map<Address, number>();
  const accountAt = (a: number) => ({ payout: theirs.payouts.payout(a), proof: theirs.payouts.proof(a) });
  for (const [a, { account }] of theirs.accounts.entries()) {
    const before = seen.get(account);
    if (before !== undefined) return [proof("disputeAccounts", root, accountAt(before), accountAt(a))];
    seen.set(account, a);
    const tree = theirs.entries[a]!;
    if (tree.disorder === undefined) continue;
    const [first, second] = [tree.disorder, tree.disorder + 1].map((i) => ({
      preimage: tree.preimage(i),
      proof: sumProof(tree, i),
    }));
    return [proof("disputeEntriesOrder", root, accountAt(a), first, second)];
  }
  const judge = createEntryJudge(at);
  for (const { account, entries } of theirs.accounts) {
    for (const entry of entries) {
      const call = await judge.shown(account, entry, () => entryEvidence(theirs, account, entry)!);
      if (call !== undefined) return [call];
    }
  }
  for (const mine of right.accounts) {
    const there = theirs.accounts[seen.get(mine.account) ?? -1]?.entries ?? [];
    const missing = mine.entries.find((entry) => find(there, entry) === undefined);
    const call = missing && (await judge.missing(mine.account, missing));
    if (call !== undefined) return [call];
  }
  return [];
}

/** What leads to an account that nobody was shown, or cancels the root for it: one proof, or demands. */
export async function challengeHiddenAccounts(at: AccountsInQuestion, shown: Shown): Promise<RemedyCall[]> {
  const { root, right } = at;
  const { strangers, known, next } = searchPayouts(root.payoutsRoot, right.payoutsTree, shown.answerPayoutsNode);
  const impossible = impossiblePair([...strangers, ...known]);
  if (impossible !== undefined) return [proof("disputeAccounts", root, ...impossible)];
  const judge = createEntryJudge(at);
  const entries = [...shown.answerEntry, ...shown.answerEntryAt].map(({ entry }) => entry);
  const asked: RemedyCall[] = [];
  for (const stranger of strangers) {
    const calls = await challengeStranger(at, judge, stranger, entries);
    if (calls[0]?.contract === "AttributionDisputes") return calls;
    asked.push(...calls);
  }
  if (asked.length > 0) return asked;
  if (next.length > 0) return next.map(({ node, path }) => demand("demandPayoutsNode", root, node, path));
  // Everything was shown, and nothing that was is wrong: somebody is missing.
  const present = new Set(known.map(({ payout }) => payout.account));
  for (const mine of right.accounts) {
    if (present.has(mine.account)) continue;
    for (const entry of mine.entries) {
      const call = await judge.missing(mine.account, entry);
      if (call !== undefined) return [call];
    }
  }
  return [];
}

/** Two leaves for one account, or on levels that no tree of OpenZeppelin's shape has together. */
function impossiblePair(accounts: readonly AccountEvidence[]): [AccountEvidence, AccountEvidence] | undefined {
  const byAccount = new Map<Address, AccountEvidence>();
  for (const account of accounts) {
    const other = byAccount.get(account.payout.account);
    if (other !== undefined && !sameLeaf(other, account)) return [other, account];
    byAccount.set(account.payout.account, account);
  }
  const byDepth = [...accounts].sort((a, b) => a.proof.length - b.proof.length);
  const [highest, deepest] = [byDepth[0], byDepth.at(-1)];
  if (highest === undefined || deepest === undefined) return undefined;
  return deepest.proof.length > highest.proof.length + 1 ? [highest, deepest] : undefined;
}

/** An account with another amount or other entries than it should have, or one that should not be there. */
async function challengeStranger(
  { root, right }: AccountsInQuestion,
  judge: ReturnType<typeof createEntryJudge>,
  stranger: AccountEvidence,
  shown: readonly EntryEvidence[],
): Promise<RemedyCall[]> {
  const { payout } = stranger;
  const entries = shown.filter(({ account }) => sameLeaf(account, stranger));
  const demandAt = (i: number) => demand("demandEntryAt", root, stranger, i);
  if (entries.length === 0) return [demandAt(0)];
  for (const evidence of entries) {
    const call = await judge.shown(payout.account, evidence.entry, () => evidence);
    if (call !== undefined) return [call];
  }
  const mine = right.accounts.find(({ account }) => account === payout.account);
  const expected = rawEntriesTree(mine?.entries ?? []);
  const leaves = entries.map((entry) => ({ leaf: entryLeaf(entry.entry), proof: entry.proof }));
  const { size, top, next, broken } = createPartialTree(leaves, expected);
  if (top.sum !== payout.cumulative) {
    return [proof("disputeEntriesTree", root, stranger, { size, top, index: 0, pairs: [] }, "0x")];
  }
  if (broken !== undefined) {
    const leaf = broken.pairs.length === expected.depth ? expected.preimage(broken.index) : "0x";
    return [proof("disputeEntriesTree", root, stranger, broken, leaf)];
  }
  const disorder = disorderAmong(entries);
  if (disorder !== undefined) return [proof("disputeEntriesOrder", root, stranger, ...disorder)];
  if (size === expected.size) return next.map(demandAt);
  const places = new Set(entries.map((entry) => entry.proof.index));
  const rest = Array.from({ length: size }, (_, i) => i).filter((i) => !places.has(i));
  if (rest.length > 0) return rest.map(demandAt);
  return missingOf(mine, entries, judge);
}

/** All entries of the account are shown and right: one that it should have is not among them. */
async function missingOf(
  mine: AccountSettlement | undefined,
  entries: readonly EntryEvidence[],
  judge: ReturnType<typeof createEntryJudge>,
): Promise<RemedyCall[]> {
  for (const entry of mine?.entries ?? []) {
    if (entries.some((other) => compareEntries(other.entry, entry) === 0)) continue;
    const call = await judge.missing(mine!.account, entry);
    if (call !== undefined) return [call];
  }
  return [];
}

function disorderAmong(entries: readonly EntryEvidence[]) {
  for (const first of entries) {
    const second = entries.find((other) => other.proof.index === first.proof.index + 1);
    if (second === undefined || compareEntries(first.entry, second.entry) < 0) continue;
    return [first, second].map(({ entry, proof: path }) => ({ preimage: preimageOf(entry), proof: path }));
  }
  return undefined;
}

function find(entries: readonly Entry[] | undefined, key: EntryKey): Entry | undefined {
  return entries?.find((entry) => compareEntries(entry, key) === 0);
}

function sameLeaf({ payout: a }: AccountEvidence, { payout: b }: AccountEvidence): boolean {
  return a.account === b.account && a.cumulative === b.cumulative && a.entriesRoot === b.entriesRoot;
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
      if (earned === shouldEarn && cumulative - earned === (before?.cumulative ?? 0n)) return undefined;
      const shown = evidence();
      if (earned > cumulative) return proof("disputeCarried", root, shown, shown);
      if (earned !== shouldEarn) return proof("disputeEarned", root, shown, await epochsOf(account, entry));
      if (before === undefined && accounts.length > 0) return demand("demandPredecessor", root, shown);
      return proof("disputeCarried", root, shown, evidenceBefore(account, entry) ?? shown);
    },

    /** An entry that is not in the root although it should be. */
    async missing(account: Address, key: EntryKey): Promise<RemedyCall | undefined> {
      const before = evidenceBefore(account, key);
      if (before !== undefined) return demand("demandCarriedEntry", root, before);
      const [first] = await epochsOf(account, key, true);
      return first && demand("demandEntry", root, key.contributionId, first);
    },
  };

  /**
   * Evidence for every epoch in which the account was the contribution's payee.
   *
   * @param paying leaves out the epochs that pay nothing for it.
   */
  async function epochsOf(account: Address, { modelId, contributionId }: EntryKey, paying = false) {
    const shown = [];
    for (const [p, { settlement, scores }] of pools.entries()) {
      const { leaf, payouts } = right.pools[p]!;
      if (leaf.modelId !== modelId || (await payeeOf(contributionId, leaf.epoch)) !== account) continue;
      const i = scores.rows.findIndex((row) => row.contributionId === contributionId);
      if (paying && (payouts[i] ?? 0n) === 0n) continue;
      const evidence = placesAround(scores.rows, contributionId).map((place) => ({
        leaf: { i: place, ...scores.rows[place]! },
        proof: sumProof(scores.tree, place),
      }));
      shown.push({ settlement, scores: evidence });
    }
    return shown;
  }
}
