import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrderError } from "../errors.ts";
import { keccak256 } from "../keccak.ts";
import { buildHarmfulTree } from "./harmfulTree.ts";
import { LEAF_PREFIX, rootOfProof } from "./sumTree.ts";

const ascending = fc
  .uniqueArray(fc.bigInt({ min: 1n, max: (1n << 256n) - 1n }), { maxLength: 40 })
  .map((ids) => ids.sort((a, b) => (a < b ? -1 : 1)));

describe("the tree of harmful contributions", () => {
  it("refuses an order in which one contribution could stand twice", () => {
    for (const ids of [
      [2n, 1n],
      [3n, 3n],
    ])
      expect(() => buildHarmfulTree(ids)).toThrow(OrderError);
  });

  it("counts them, and proves each by its id", () => {
    fc.assert(
      fc.property(ascending, (ids) => {
        const tree = buildHarmfulTree(ids);
        expect(tree.total).toBe(BigInt(ids.length));
        for (const [i, id] of ids.entries()) {
          const word = Uint8Array.from(Buffer.from(id.toString(16).padStart(64, "0"), "hex"));
          const proof = tree.proof(i);
          expect(proof.leafHash).toBe(keccak256(Uint8Array.of(LEAF_PREFIX, ...word)));
          expect(rootOfProof(proof)).toBe(tree.root);
        }
      }),
    );
  });
});
