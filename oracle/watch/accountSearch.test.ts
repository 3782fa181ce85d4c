import { asAddress, type Hash, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import {
  buildPayoutsTree,
  buildUncheckedPayoutsTree,
  packPayouts,
  payoutHash,
  payoutsParent,
  type Payout,
  type PayoutsTree,
} from "@openledger/protocol/trees/payoutsTree.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainRoot } from "../../test/fixtures/plainPayouts.ts";
import { findFirstDifference, type FirstDifference, type NodePlace, PAYOUTS_LEVELS } from "./accountSearch.ts";
import { NOTHING_SHOWN, type Shown } from "./shown.ts";

/** 32 levels, five to a demand. */
const MOST_DEMANDS = 7;

/** A payouts tree as its operators hold it, and can show it. */
interface Theirs {
  readonly root: Hash;
  readonly accounts: number;
  readonly depth: number;
  node(level: number, index: number): Hash;
  payout(index: number): Payout;
}

const leafOf = (name: string, cumulative = 5n): Payout => ({
  account: asAddress(keccakText(name).slice(0, 42)),
  cumulative,
  entriesRoot: keccakText(`${name} entries`),
});
const ordered = (payouts: readonly Payout[]) => [...payouts].sort((a, b) => (a.account < b.account ? -1 : 1));
const honestTree = (payouts: readonly Payout[]): PayoutsTree => buildPayoutsTree(packPayouts(ordered(payouts)));

function theirsOf(payouts: readonly Payout[], accounts = payouts.length): Theirs {
  const { root, depth, node, payout } = buildUncheckedPayoutsTree(packPayouts(payouts));
  return { root, accounts, depth, node, payout };
}

/** The contract's answer to a demand. */
function answerTo(theirs: Theirs, { depth, position }: NodePlace, shown: Shown): Shown {
  const level = theirs.depth - depth;
  const siblings = Array.from({ length: depth }, (_, i) => {
    const at = Math.floor(position / 2 ** i);
    return theirs.node(level + i, at % 2 === 0 ? at + 1 : at - 1);
  });
  if (level > PAYOUTS_LEVELS) {
    const width = 2 ** PAYOUTS_LEVELS;
    const nodes = Array.from({ length: width }, (_, i) => theirs.node(level - PAYOUTS_LEVELS, position * width + i));
    return { ...shown, answerPayoutsNodes: [...shown.answerPayoutsNodes, { position, nodes, siblings }] };
  }
  const first = position * 2 ** level;
  const count = Math.min(2 ** level, theirs.accounts - first);
  const payouts = Array.from({ length: count }, (_, i) => theirs.payout(first + i));
  return { ...shown, answerPayouts: [...shown.answerPayouts, { position, payouts, siblings }] };
}

/** Demands, one after the other, until something is found. */
function search(honest: PayoutsTree, theirs: Theirs): { demands: number; found: FirstDifference } {
  let shown = NOTHING_SHOWN;
  for (let demands = 0; demands <= MOST_DEMANDS; demands++) {
    const found = findFirstDifference({ payoutsRoot: theirs.root, accounts: theirs.accounts }, honest, shown);
    if (found?.kind !== "hidden") return { demands, found };
    shown = answerTo(theirs, found.place, shown);
  }
  throw new Error(`Nothing was found in ${MOST_DEMANDS} demands.`);
}

function expectPaths(found: FirstDifference, root: Hash): void {
  if (found?.kind === "leaf") {
    for (const at of [found.leaf, ...(found.before === undefined ? [] : [found.before])]) {
      expect(plainRoot(payoutHash(at.payout), at.index, at.proof)).toBe(root);
    }
  }
  if (found?.kind === "misplaced") {
    expect(plainRoot(found.node.node, found.node.position, found.node.siblings)).toBe(root);
  }
}

describe("the search for an account that nobody was shown", () => {
  const people = Array.from({ length: 200 }, (_, i) => leafOf(`person ${i}`));
  const honest = honestTree(people);

  it("finds nothing in the honest tree, and asks for nothing", () => {
    expect(search(honest, theirsOf(ordered(people)))).toEqual({ demands: 0, found: undefined });
  });

  it("takes one demand for every five levels, wherever an account hides", () => {
    for (let i = 0; i < 5; i++) {
      const thief = leafOf(`thief ${i}`);
      const payouts = ordered([...people, thief]);
      const { demands, found } = search(honest, theirsOf(payouts));
      expect(found).toMatchObject({ kind: "leaf", leaf: { payout: thief, index: payouts.indexOf(thief) } });
      expect(demands).toBe(2);
    }
  });

  it("is not led astray by accounts that are worth nothing: seven demands for any number of them", () => {
    for (const place of [0, 1, 100, 199, 200]) {
      const theirs = crowd(honest, place, leafOf("thief"));
      const { demands, found } = search(honest, theirs);
      expect(found).toMatchObject({ kind: "leaf", leaf: { payout: leafOf("thief"), index: place } });
      expect(demands).toBe(7);
      expectPaths(found, theirs.root);
    }
  });

  it("sees who is left out at the end, by the number of accounts", () => {
    const all = ordered(people);
    const { found } = search(honest, theirsOf(all.slice(0, 128)));
    expect(found).toEqual({ kind: "missing", payout: all[128] });
  });

  it("sees an empty leaf among the accounts, and one behind them that is not empty", () => {
    const all = ordered(people);
    for (const accounts of [199, 201, 256]) {
      const theirs = theirsOf(all, accounts);
      const { demands, found } = search(honest, theirs);
      expect(demands).toBe(0);
      expect(found).toMatchObject({ kind: "misplaced", node: { position: Math.min(accounts, 200) } });
      expectPaths(found, theirs.root);
    }
    const later = leafOf("later");
    const gap: Theirs = sparse(honest, new Map([[230, later]]), 240);
    const { found } = search(honest, gap);
    expect(found).toMatchObject({ kind: "misplaced", node: { node: ZERO_HASH, position: 200 } });
    expectPaths(found, gap.root);
  });

  it("names the first leaf that differs, with proofs of it and of the leaf before, whatever was done", () => {
    const change = fc.record({
      how: fc.constantFrom("insert", "remove", "change", "repeat", "swap", "empty"),
      at: fc.nat({ max: 59 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.array(change, { maxLength: 3 }), (size, changes) => {
        const right = ordered(people.slice(0, size));
        const wrong = [...right];
        for (const { how, at } of changes) {
          const i = at % wrong.length;
          if (how === "insert") wrong.splice(i, 0, leafOf(`stranger ${at}`));
          if (how === "remove" && wrong.length > 1) wrong.splice(i, 1);
          if (how === "change") wrong[i] = { ...wrong[i]!, cumulative: wrong[i]!.cumulative + 1n };
          if (how === "repeat") wrong.splice(i, 0, wrong[i]!);
          if (how === "swap") [wrong[0], wrong[i]] = [wrong[i]!, wrong[0]!];
          if (how === "empty") wrong[i] = { ...wrong[i]!, cumulative: 0n };
        }
        const theirs = theirsOf(wrong);
        const { demands, found } = search(honestTree(right), theirs);
        expect(demands).toBeLessThanOrEqual(2);
        expectPaths(found, theirs.root);
        const at = wrong.findIndex((payout, i) => i >= right.length || payoutHash(payout) !== payoutHash(right[i]!));
        if (at >= 0) expect(found).toMatchObject({ kind: "leaf", leaf: { index: at, payout: wrong[at] } });
        else if (wrong.length === right.length) expect(found).toBeUndefined();
        else expect(found).toEqual({ kind: "missing", payout: right[wrong.length] });
      }),
    );
  });
});

/** 2^32 − 1 accounts: the honest ones before `place`, the thief there, and the same leaf everywhere behind it. */
function crowd(honest: PayoutsTree, place: number, thief: Payout): Theirs {
  const depth = 32;
  const junk = [payoutHash(leafOf("junk", 0n))];
  for (let level = 0; level < depth; level++) junk.push(payoutsParent(junk[level]!, junk[level]!));
  const node = (level: number, index: number): Hash => {
    const first = index * 2 ** level;
    if (first > place) return junk[level]!;
    if (first + 2 ** level <= place) return honest.node(level, index);
    if (level === 0) return payoutHash(thief);
    return payoutsParent(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
  };
  const payout = (i: number) => (i < place ? honest.payout(i) : i === place ? thief : leafOf("junk", 0n));
  return { root: node(depth, 0), accounts: 2 ** 32 - 1, depth, node, payout };
}

/** The honest leaves, and others behind a gap. */
function sparse(honest: PayoutsTree, others: ReadonlyMap<number, Payout>, accounts: number): Theirs {
  const node = (level: number, index: number): Hash => {
    if (level > 0) return payoutsParent(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
    const other = others.get(index);
    return other === undefined ? honest.node(0, index) : payoutHash(other);
  };
  return { root: node(honest.depth, 0), accounts, depth: honest.depth, node, payout: (i) => honest.payout(i) };
}
