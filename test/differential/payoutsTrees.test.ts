import { expect } from "chai";
import { network } from "hardhat";
import { buildPayoutsTree, packPayouts, type PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { compareCases, type Values } from "./cases.ts";
import { deployHarness, type PayoutsNode, type Run } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });
const harness = await deployHarness(ethers);

function payoutsTree(values: Values, largest: number): PayoutsTree {
  const payouts = Array.from({ length: 1 + values.integer(largest) }, () => ({
    account: values.address(),
    cumulative: values.uint(256) | 1n,
    entriesRoot: values.hash(),
  }));
  return buildPayoutsTree(packPayouts(payouts.sort((a, b) => (a.account < b.account ? -1 : 1))));
}

/** A tree, of which several cases are taken before the next one. */
function createTrees(): (values: Values) => PayoutsTree {
  let tree: PayoutsTree | undefined;
  return (values) => {
    if (tree === undefined || values.integer(20) === 0) tree = payoutsTree(values, 300);
    return tree;
  };
}

describe("payouts trees in Solidity and in TypeScript", () => {
  compareCases("roots of payouts trees", {
    batch: 100,
    make: (values) => payoutsTree(values, values.integer(50) === 0 ? 150 : 9),
    async compare(trees) {
      const payouts = trees.flatMap((tree) => Array.from({ length: tree.size }, (_, i) => tree.payout(i)));
      const theirs = await harness.payoutsTreeRoots(
        payouts,
        trees.map((tree) => tree.size),
      );
      expect([...theirs]).to.deep.equal(trees.map((tree) => tree.root));
    },
  });

  const treesOfRuns = createTrees();
  compareCases("runs that fold to the root", {
    batch: 100,
    make(values) {
      const tree = treesOfRuns(values);
      const first = values.integer(tree.size);
      // A long run now and then: most of them have the shapes of short ones.
      const longest = values.integer(20) === 0 ? 50 : 6;
      const { payouts, proof } = tree.run(first, 1 + values.integer(Math.min(longest, tree.size - first)));
      return { root: tree.root, run: { first, payouts, siblings: proof, depth: tree.depth } satisfies Run };
    },
    async compare(items) {
      const theirs = await harness.runRoots(items.map(({ run }) => run));
      expect([...theirs]).to.deep.equal(items.map(({ root }) => root));
    },
  });

  const treesOfNodes = createTrees();
  compareCases("nodes, empty ones too, whose paths lead to the root", {
    batch: 100,
    make(values) {
      const tree = treesOfNodes(values);
      const level = values.integer(tree.depth + 1);
      const position = values.integer(2 ** (tree.depth - level));
      const node = { node: tree.node(level, position), position, siblings: tree.proof(position, level) };
      return { root: tree.root, node: node satisfies PayoutsNode };
    },
    async compare(items) {
      const theirs = await harness.payoutsNodeRoots(items.map(({ node }) => node));
      expect([...theirs]).to.deep.equal(items.map(({ root }) => root));
    },
  });
});
