import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../bytes.ts";
import { OrderError, OutOfRangeError } from "../errors.ts";
import { asAddress, fromHex, hashAt, toHex, ZERO_HASH, type Hash } from "../hex.ts";
import { keccak256, keccakBytes, keccakText } from "../keccak.ts";
import { buildPayoutsTree, packPayouts, type Payout, type PayoutRun } from "./payoutsTree.ts";

const payoutsOf = (size: number): Payout[] =>
  Array.from({ length: size }, (_, i) => ({
    account: asAddress(`0x${(BigInt(i + 1) * 0x1234567n).toString(16).padStart(40, "0")}`),
    cumulative: BigInt(i) * 10n ** 15n,
    entriesRoot: keccakText(`entries ${i}`),
  }));

const treeOf = (payouts: readonly Payout[]) => buildPayoutsTree(packPayouts(payouts));

const openZeppelin = (payouts: readonly Payout[]) =>
  StandardMerkleTree.of(
    payouts.map((payout) => [payout.account, payout.cumulative, payout.entriesRoot]),
    ["address", "uint256", "bytes32"],
    { sortLeaves: false },
  );

const hashPair = (a: Hash, b: Hash): Hash =>
  keccak256(a < b ? concatBytes(fromHex(a), fromHex(b)) : concatBytes(fromHex(b), fromHex(a)));
const leafHash = (payout: Payout): Hash => hashAt(keccakBytes(keccakBytes(packPayouts([payout]))), 0);

/** docs/protocol.md §2, Runs: what a contract does. Undefined unless one node remains and every sibling was used. */
function foldRun(run: PayoutRun): Hash | undefined {
  let { node } = run;
  let nodes = run.payouts.map(leafHash);
  const siblings = [...run.proof];
  const next = () => siblings.shift() ?? ZERO_HASH;
  while (node > 1n) {
    const parents: Hash[] = [];
    if (node % 2n === 0n) parents.push(hashPair(nodes.shift()!, next()));
    for (; nodes.length >= 2; nodes = nodes.slice(2)) parents.push(hashPair(nodes[0]!, nodes[1]!));
    if (nodes.length === 1) parents.push(hashPair(nodes[0]!, next()));
    nodes = parents;
    node >>= 1n;
  }
  return nodes.length === 1 && siblings.length === 0 ? nodes[0] : undefined;
}

describe("payouts tree", () => {
  it("refuses accounts that do not ascend, and no accounts at all", () => {
    const [a, b] = payoutsOf(2);
    expect(() => treeOf([b!, a!])).toThrow(OrderError);
    expect(() => treeOf([a!, a!])).toThrow(OrderError);
    expect(() => treeOf([])).toThrow(OutOfRangeError);
  });

  it("has OpenZeppelin's root and proofs", () => {
    for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 100]) {
      const payouts = payoutsOf(size);
      const tree = treeOf(payouts);
      const peer = openZeppelin(payouts);
      expect(tree.root).toBe(peer.root);
      for (let i = 0; i < size; i++) {
        expect(tree.proof(i)).toEqual(peer.getProof(i));
        expect(tree.payout(i)).toEqual(payouts[i]);
        expect(tree.indexOf(payouts[i]!.account)).toBe(i);
      }
      expect(tree.indexOf(asAddress(`0x${"ff".repeat(20)}`))).toBeUndefined();
    }
  });

  it("proves every run of every tree up to 20 leaves, and covers any range with at most two", () => {
    for (let size = 1; size <= 20; size++) {
      const payouts = payoutsOf(size);
      const tree = treeOf(payouts);
      for (let first = 0; first < size; first++) {
        for (let count = 1; count <= size - first; count++) {
          let covered = 0;
          let runs = 0;
          while (covered < count) {
            const run = tree.run(first + covered, count - covered);
            expect(foldRun(run)).toBe(tree.root);
            expect(run.payouts).toEqual(payouts.slice(first + covered, first + covered + run.payouts.length));
            covered += run.payouts.length;
            runs++;
          }
          expect(runs).toBeLessThanOrEqual(2);
        }
      }
    }
  });

  it("proves no run with a payout that is not in the tree, whatever node is claimed", () => {
    const cases = fc.record({
      size: fc.integer({ min: 1, max: 64 }),
      first: fc.nat(),
      count: fc.nat(),
      victim: fc.nat(),
      node: fc.option(fc.bigInt({ min: 1n, max: 200n })),
    });
    fc.assert(
      fc.property(cases, ({ size, first, count, victim, node }) => {
        const tree = treeOf(payoutsOf(size));
        const run = tree.run(first % size, 1 + (count % (size - (first % size))));
        const place = victim % run.payouts.length;
        const payouts = run.payouts.map((p, i) => (i === place ? { ...p, cumulative: p.cumulative + 1n } : p));
        expect(foldRun({ ...run, payouts, node: node ?? run.node })).not.toBe(tree.root);
      }),
    );
  });

  it("hands out perfect subtrees with the path of their top", () => {
    for (let size = 1; size <= 40; size++) {
      const payouts = payoutsOf(size);
      const tree = treeOf(payouts);
      let covered = 0;
      for (let height = 0; height <= 5; height++) {
        for (let first = 0; first < size; first++) {
          const subtree = tree.subtree(first, height);
          if (!subtree) continue;
          covered++;
          let nodes = subtree.payouts.map(leafHash);
          expect(nodes.length).toBe(2 ** height);
          for (
            ;
            nodes.length > 1;
            nodes = nodes.filter((_, i) => i % 2 === 0).map((node, i) => hashPair(node, nodes[2 * i + 1]!))
          );
          expect(subtree.proof.reduce(hashPair, nodes[0]!)).toBe(tree.root);
        }
      }
      expect(covered).toBeGreaterThanOrEqual(size);
    }
  });

  it("writes all proofs in blocks", () => {
    for (const size of [1, 2, 5, 8, 13]) {
      const tree = treeOf(payoutsOf(size));
      const bytes = concatBytes(...tree.proofBlocks(3));
      expect(bytes.length).toBe(size * tree.stride);
      for (let i = 0; i < size; i++) {
        const proof = tree.proof(i);
        const stored = toHex(bytes.subarray(i * tree.stride, (i + 1) * tree.stride));
        expect(stored).toBe(
          `0x${proof
            .map((hash) => hash.slice(2))
            .join("")
            .padEnd(2 * tree.stride, "0")}`,
        );
      }
    }
  });
});
