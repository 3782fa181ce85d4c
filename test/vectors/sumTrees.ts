import { fromHex } from "@openledger/protocol/hex.ts";
import { buildSumTree, prefixOfProof } from "@openledger/protocol/trees/sumTree.ts";
import { fixedHash, fixedUint } from "./fixed.ts";

/** Roots, proofs and prefixes of trees of every shape (docs/protocol.md §2). Leaf i is the hash of its preimage. */
export function sumTreeVectors() {
  return [0, 1, 2, 3, 5, 8].map((size) => {
    const preimages = Array.from({ length: size }, (_, i) => fixedHash(`leaf ${size} ${i}`));
    const sums = preimages.map((_, i) => fixedUint(`sum ${size} ${i}`, 200));
    const tree = buildSumTree(
      size,
      (i) => fromHex(preimages[i]!),
      (i) => sums[i]!,
    );
    const proofs = preimages.map((_, i) => tree.proof(i)).map((proof) => ({ ...proof, prefix: prefixOfProof(proof) }));
    return { size, depth: tree.depth, total: tree.total, root: tree.root, preimages, sums, proofs };
  });
}
