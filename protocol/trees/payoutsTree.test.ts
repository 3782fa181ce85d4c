import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainLeaf, plainLevels, plainRoot, plainRootOfRun } from "../../test/fixtures/plainPayouts.ts";
import { concatBytes } from "../bytes.ts";
import { OrderError, OutOfRangeError } from "../errors.ts";
import { asAddress, toHex } from "../hex.ts";
import { keccakText } from "../keccak.ts";
import {
  buildPayoutsTree,
  buildUncheckedPayoutsTree,
  packPayouts,
  payoutHash,
  type Payout,
  type PayoutsTree,
} from "./payoutsTree.ts";

const payoutsOf = (size: number): Payout[] =>
  Array.from({ length: size }, (_, i) => ({
    account: asAddress(`0x${(BigInt(i + 1) * 0x1234567n).toString(16).padStart(40, "0")}`),
    cumulative: BigInt(i + 1) * 10n ** 15n,
    entriesRoot: keccakText(`entries ${i}`),
  }));

const treeOf = (payouts: readonly Payout[]): PayoutsTree => buildPayoutsTree(packPayouts(payouts));

describe("payouts tree", () => {
  it("refuses accounts that do not ascend or are worth nothing, and no accounts at all", () => {
    const [a, b] = payoutsOf(2);
    expect(() => treeOf([b!, a!])).toThrow(OrderError);
    expect(() => treeOf([a!, a!])).toThrow(OrderError);
    expect(() => treeOf([a!, { ...b!, cumulative: 0n }])).toThrow(OutOfRangeError);
    expect(() => treeOf([])).toThrow(OutOfRangeError);
    expect(() => buildPayoutsTree(new Uint8Array(95))).toThrow(OutOfRangeError);
  });

  it("can be built of leaves that break the rules, as somebody else may have done", () => {
    const [a, b] = payoutsOf(2);
    const payouts = [b!, a!, { ...a!, cumulative: 0n }];
    expect(buildUncheckedPayoutsTree(packPayouts(payouts)).root).toBe(plainLevels(payouts).at(-1)[0]);
  });

  it("has the nodes, proofs and places of the plain tree", () => {
    for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 100]) {
      const payouts = payoutsOf(size);
      const tree = treeOf(payouts);
      const levels = plainLevels(payouts);
      expect(tree.depth).toBe(levels.length - 1);
      expect(tree.root).toBe(levels.at(-1)[0]);
      for (const [level, nodes] of levels.entries()) {
        for (const [i, node] of nodes.entries()) {
          expect(tree.node(level, i)).toBe(node);
          expect(plainRoot(node, i, tree.proof(i, level))).toBe(tree.root);
        }
      }
      for (const [i, payout] of payouts.entries()) {
        expect(tree.payout(i)).toEqual(payout);
        expect(payoutHash(payout)).toBe(plainLeaf(payout));
        expect(tree.indexOf(payout.account)).toBe(i);
      }
      expect(tree.indexOf(asAddress(`0x${"ff".repeat(20)}`))).toBeUndefined();
      expect(() => tree.payout(size)).toThrow(OutOfRangeError);
      expect(() => tree.node(0, 2 ** tree.depth)).toThrow(OutOfRangeError);
    }
  });

  it("proves every run of every tree up to 20 leaves", () => {
    for (let size = 1; size <= 20; size++) {
      const payouts = payoutsOf(size);
      const tree = treeOf(payouts);
      for (let first = 0; first < size; first++) {
        for (let count = 1; count <= size - first; count++) {
          const run = tree.run(first, count);
          expect(run.payouts).toEqual(payouts.slice(first, first + count));
          expect(plainRootOfRun(first, run.payouts, run.proof, tree.depth)).toBe(tree.root);
        }
      }
    }
  });

  it("proves no run with a payout that is not in the tree, or at another place", () => {
    const cases = fc.record({
      size: fc.integer({ min: 2, max: 64 }),
      first: fc.nat(),
      count: fc.nat(),
      victim: fc.nat(),
      place: fc.option(fc.integer({ min: 0, max: 63 })),
    });
    fc.assert(
      fc.property(cases, ({ size, first, count, victim, place }) => {
        const tree = treeOf(payoutsOf(size));
        const at = first % size;
        const run = tree.run(at, 1 + (count % (size - at)));
        const changed = victim % run.payouts.length;
        const payouts = run.payouts.map((p, i) => (i === changed ? { ...p, cumulative: p.cumulative + 1n } : p));
        expect(plainRootOfRun(place ?? at, payouts, run.proof, tree.depth)).not.toBe(tree.root);
        // Places count modulo the width of the tree: whoever takes a proof compares the place with the number of leaves.
        if (place === null || place % 2 ** tree.depth === at) return;
        expect(plainRootOfRun(place, run.payouts, run.proof, tree.depth)).not.toBe(tree.root);
      }),
    );
  });

  it("writes all proofs in blocks", () => {
    for (const size of [1, 2, 5, 8, 13]) {
      const tree = treeOf(payoutsOf(size));
      const bytes = concatBytes(...tree.proofBlocks(3));
      const stride = 32 * tree.depth;
      expect(bytes.length).toBe(size * stride);
      for (let i = 0; i < size; i++) {
        const expected = tree.proof(i).map((hash) => hash.slice(2));
        expect(toHex(bytes.subarray(i * stride, (i + 1) * stride))).toBe(`0x${expected.join("")}`);
      }
    }
  });
});
