import { buildPayoutsTree, packPayouts } from "@openledger/protocol/trees/payoutsTree.ts";
import { fixedAddress, fixedHash, fixedUint } from "./fixed.ts";

/** Roots, proofs, runs and nodes of payouts trees (docs/protocol.md §2). */
export function payoutVectors() {
  return [1, 2, 3, 5, 8, 13].map((size) => {
    const payouts = Array.from({ length: size }, (_, i) => ({
      account: fixedAddress(`account ${size} ${i}`),
      cumulative: fixedUint(`cumulative ${size} ${i}`, 90),
      entriesRoot: fixedHash(`entriesRoot ${size} ${i}`),
    })).sort((a, b) => (a.account < b.account ? -1 : 1));
    const tree = buildPayoutsTree(packPayouts(payouts));
    const ranges = payouts.flatMap((_, first) => [1, 3, size - first].map((count) => ({ first, count })));
    const runs = ranges
      .filter(({ first, count }) => first + count <= size)
      .map(({ first, count }) => ({ first, count, proof: tree.run(first, count).proof }));
    const nodes = Array.from({ length: tree.depth + 1 }, (_, level) =>
      Array.from({ length: 2 ** (tree.depth - level) }, (_node, position) => ({
        node: tree.node(level, position),
        position,
        siblings: tree.proof(position, level),
      })),
    ).flat();
    return { size, root: tree.root, payouts, proofs: payouts.map((_, i) => tree.proof(i)), runs, nodes };
  });
}
