import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutOfRangeError, ProofError, SumOverflowError } from "../errors.ts";
import { fromHex, ZERO_HASH, type Hash } from "../hex.ts";
import { keccak256 } from "../keccak.ts";
import { buildSumTree, depthOf, parentOf, prefixOfProof, rootOf, rootOfProof, type SumNode } from "./sumTree.ts";

const MAX_UINT256 = (1n << 256n) - 1n;

/** The definition in docs/protocol.md §2, word for word: every level padded with empty leaves, nothing shared with the builder. */
function rootByDefinition(leaves: readonly SumNode[]): { root: Hash; total: bigint } {
  const hex = (value: bigint, bytes: number) => value.toString(16).padStart(2 * bytes, "0");
  const empty: SumNode = { hash: ZERO_HASH, sum: 0n };
  const depth = leaves.length === 0 ? 0 : Math.ceil(Math.log2(leaves.length));
  let level = [...leaves, ...Array<SumNode>(2 ** depth - leaves.length).fill(empty)];
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) => {
      const [l, r] = [level[2 * i]!, level[2 * i + 1]!];
      if (l.hash === ZERO_HASH && r.hash === ZERO_HASH) return empty;
      const preimage = `0x01${l.hash.slice(2)}${hex(l.sum, 32)}${r.hash.slice(2)}${hex(r.sum, 32)}`;
      return { hash: keccak256(fromHex(preimage)), sum: l.sum + r.sum };
    });
  }
  const top = level[0] ?? empty;
  const root = keccak256(fromHex(`0x02${hex(BigInt(leaves.length), 4)}${top.hash.slice(2)}${hex(top.sum, 32)}`));
  return { root, total: top.sum };
}

const preimageOf = (i: number) => Uint8Array.of(0, i >> 8, i);
const treeOf = (sums: readonly bigint[]) => buildSumTree(sums.length, preimageOf, (i) => sums[i]!);
const leavesOf = (sums: readonly bigint[]) => sums.map((sum, i) => ({ hash: keccak256(preimageOf(i)), sum }));

describe("sum tree", () => {
  it("refuses a total beyond 256 bits, at any level", () => {
    expect(() => treeOf([MAX_UINT256, 1n])).toThrow(SumOverflowError);
    expect(() => treeOf([1n, 0n, 0n, 0n, MAX_UINT256])).toThrow(SumOverflowError);
    expect(treeOf([1n, 0n, 0n, MAX_UINT256 - 1n]).total).toBe(MAX_UINT256);
  });

  it("refuses a sum that is not a uint256", () => {
    expect(() => treeOf([-1n])).toThrow(OutOfRangeError);
    expect(() => treeOf([MAX_UINT256 + 1n])).toThrow(OutOfRangeError);
  });

  it("refuses a proof for a leaf beyond its size", () => {
    expect(() => treeOf([1n, 2n, 3n]).proof(3)).toThrow(OutOfRangeError);
    expect(() => treeOf([]).proof(0)).toThrow(OutOfRangeError);
  });

  it("follows the definition at every size up to 70", () => {
    for (let size = 0; size <= 70; size++) {
      const sums = Array.from({ length: size }, (_, i) => BigInt(i * i));
      const tree = treeOf(sums);
      expect({ root: tree.root, total: tree.total }).toEqual(rootByDefinition(leavesOf(sums)));
    }
  });

  it("proves every leaf and its prefix", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 1n << 200n }), { minLength: 1, maxLength: 40 }), (sums) => {
        const tree = treeOf(sums);
        let prefix = 0n;
        sums.forEach((sum, i) => {
          const proof = tree.proof(i);
          expect(rootOfProof(proof)).toBe(tree.root);
          expect(prefixOfProof(proof)).toBe(prefix);
          expect(tree.prefix(i)).toBe(prefix);
          prefix += sum;
        });
        expect(tree.prefix(sums.length)).toBe(prefix);
      }),
    );
  });

  it("rejects a proof whose index, size, total or sibling was changed", () => {
    const tree = treeOf([5n, 6n, 7n, 8n, 9n]);
    const proof = tree.proof(2);
    expect(rootOfProof({ ...proof, index: 3 })).not.toBe(tree.root);
    expect(rootOfProof({ ...proof, size: 6 })).not.toBe(tree.root);
    expect(() => rootOfProof({ ...proof, size: 4 })).toThrow(ProofError);
    expect(() => rootOfProof({ ...proof, total: proof.total + 1n })).toThrow(ProofError);
    expect(() => rootOfProof({ ...proof, leafSum: proof.leafSum + 1n })).toThrow(ProofError);
    const [first, ...rest] = proof.siblings;
    const moved = { ...proof, siblings: [{ ...first!, sum: first!.sum + 1n }, ...rest], leafSum: proof.leafSum - 1n };
    expect(rootOfProof(moved)).not.toBe(tree.root);
  });

  it("has an empty parent for two empty nodes, and binds the size of a tree without leaves", () => {
    const empty: SumNode = { hash: ZERO_HASH, sum: 0n };
    expect(parentOf(empty, empty)).toEqual(empty);
    expect(treeOf([]).root).toBe(rootOf(0, empty));
    expect(treeOf([]).root).not.toBe(rootOf(1, empty));
    expect([0, 1, 2, 3, 4, 5, 8, 9, 2 ** 32 - 1].map(depthOf)).toEqual([0, 0, 1, 2, 2, 3, 3, 4, 32]);
  });
});
