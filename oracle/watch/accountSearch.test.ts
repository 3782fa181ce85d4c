import { asAddress, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import {
  buildPayoutsTree,
  packPayouts,
  type Payout,
  type PayoutsTree,
} from "@openledger/protocol/trees/payoutsTree.ts";
import { describe, expect, it } from "vitest";
import { type HiddenNode, searchPayouts } from "./accountSearch.ts";
import type { Shown } from "./shown.ts";

const LEVELS = 5;
const leafOf = (name: string, cumulative = 5n): Payout => ({
  account: asAddress(keccakText(name).slice(0, 42)),
  cumulative,
  entriesRoot: keccakText(`${name} entries`),
});
const treeOf = (payouts: readonly Payout[]): PayoutsTree =>
  buildPayoutsTree(packPayouts([...payouts].sort((a, b) => (a.account < b.account ? -1 : 1))));

/** The contract's answer to a demand for a node. */
function answerOf(tree: PayoutsTree, { node, path }: HiddenNode): Shown["answerPayoutsNode"][number] {
  const depth = path.length;
  for (let heap = 2 ** depth; heap < 2 * tree.size; heap++) {
    if (tree.node(heap) !== node) continue;
    for (let levels = 0; ; levels++) {
      const heaps = Array.from({ length: 2 ** levels }, (_, i) => heap * 2 ** levels + i);
      const at = heaps.findIndex((other) => other >= tree.size);
      if (at < 0 && levels < LEVELS) continue;
      const leaf = tree.payout(at < 0 ? 0 : 2 * tree.size - 1 - heaps[at]!);
      return { depth, nodes: heaps.map((other): Hash => tree.node(other)), at: Math.max(at, 0), leaf };
    }
  }
  throw new Error("no such node");
}

/** Demands, one after the other, until a stranger is shown. */
function demandsUntilFound(honest: PayoutsTree, theirs: PayoutsTree) {
  const answers: Shown["answerPayoutsNode"][number][] = [];
  for (;;) {
    const { strangers, next } = searchPayouts(theirs.root, honest, answers);
    if (strangers.length > 0) return { demands: answers.length, stranger: strangers[0]!.payout };
    answers.push(answerOf(theirs, next[0]!));
  }
}

describe("the search for an account that nobody was shown", () => {
  const people = Array.from({ length: 200 }, (_, i) => leafOf(`person ${i}`));
  const honest = treeOf(people);

  it("takes one demand for every five levels where one amount differs", () => {
    const theirs = treeOf([{ ...people[100]!, cumulative: 6n }, ...people.toSpliced(100, 1)]);
    const { demands, stranger } = demandsUntilFound(honest, theirs);
    expect(stranger.account).toBe(people[100]!.account);
    expect(demands).toBeLessThanOrEqual(3);
  });

  it("takes at most 1 + 32 demands in a tree of up to 1,024 accounts, wherever the account hides", () => {
    for (let i = 0; i < 3; i++) {
      const thief = leafOf(`thief ${i}`);
      const { demands, stranger } = demandsUntilFound(honest, treeOf([...people, thief]));
      expect(stranger.account).toBe(thief.account);
      expect(demands).toBeLessThanOrEqual(33);
    }
  });

  it("finds nothing in the honest tree, and asks for nothing", () => {
    expect(searchPayouts(honest.root, honest, [])).toMatchObject({ strangers: [], next: [] });
  });

  it("sees an account that is missing as a tree in which everything is known", () => {
    const theirs = treeOf(people.slice(0, 40));
    const all = treeOf(people.slice(0, 41));
    const answers: Shown["answerPayoutsNode"][number][] = [];
    for (;;) {
      const { strangers, known, next } = searchPayouts(theirs.root, all, answers);
      expect(strangers).toEqual([]);
      if (next.length === 0) {
        expect(known.length).toBeLessThanOrEqual(40);
        break;
      }
      answers.push(answerOf(theirs, next[0]!));
    }
    expect(answers.length).toBeLessThanOrEqual(5);
  });
});
