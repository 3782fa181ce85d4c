import { expect } from "chai";
import { network } from "hardhat";
import type { Hash } from "@openledger/protocol/hex.ts";
import { buildPayoutsTree, packPayouts, type PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { buildSumTree, prefixOfProof, type SumProof, type SumTree } from "@openledger/protocol/trees/sumTree.ts";
import { CASES, createValues, type Values } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });

/** A random tree whose sums now and then are large. */
function sumTree(values: Values, largest: number): SumTree {
  const size = values.integer(largest + 1);
  const preimage = () => Uint8Array.of(0, values.integer(256), values.integer(256), values.integer(256));
  return buildSumTree(size, preimage, () => values.uint(values.bool() ? 240 : 100));
}

const treeProof = (root: Hash, { size, index, siblings, leafHash, leafSum }: SumProof) => ({
  root,
  proof: { size, index, siblings: [...siblings] },
  leaf: { hash: leafHash, sum: leafSum },
});

describe("sum trees in Solidity and in TypeScript", () => {
  it("have the same roots", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("roots");
    for (let leaves = 0; leaves < CASES;) {
      const trees = Array.from({ length: 20 }, () => sumTree(values, 40));
      const nodes = trees.map((tree) => Array.from({ length: tree.size }, (_, i) => tree.node(0, i)));
      expect([...(await harness.treeRoots(nodes))]).to.deep.equal(trees.map((tree) => tree.root));
      leaves += nodes.flat().length;
    }
  });

  it("have proofs that both accept, with the same prefix and total", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("proofs");
    for (let proven = 0; proven < CASES;) {
      const tree = sumTree(values, 200);
      const proofs = Array.from({ length: tree.size }, (_, i) => tree.proof(i));
      const theirs = await harness.verifyProofs(proofs.map((proof) => treeProof(tree.root, proof)));
      expect(theirs.map(({ valid, prefix, total }) => ({ valid, prefix, total }))).to.deep.equal(
        proofs.map((proof) => ({ valid: true, prefix: prefixOfProof(proof), total: tree.total })),
      );
      proven += tree.size;
    }
  });

  it("have no proof that still holds after any change", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("mutations");
    const mutate = (proof: SumProof): SumProof => {
      const at = values.integer(Math.max(1, proof.siblings.length));
      const sibling = proof.siblings[at];
      const replace = (node: SumProof["siblings"][number]) => ({ ...proof, siblings: proof.siblings.with(at, node) });
      switch (values.integer(6)) {
        case 0:
          return { ...proof, leafSum: proof.leafSum + 1n + values.uint(100) };
        case 1:
          return { ...proof, leafHash: values.hash() };
        case 2:
          return { ...proof, index: proof.index ^ (1 << values.integer(8)) };
        case 3:
          return { ...proof, size: proof.size + 1 };
        case 4:
          return sibling ? replace({ ...sibling, sum: sibling.sum + 1n }) : { ...proof, leafHash: values.hash() };
        default:
          return sibling ? { ...proof, siblings: proof.siblings.slice(1) } : { ...proof, leafSum: proof.leafSum + 1n };
      }
    };
    for (let proven = 0; proven < CASES;) {
      const tree = sumTree(values, 200);
      const proofs = Array.from({ length: tree.size }, (_, i) => mutate(tree.proof(i)));
      const theirs = await harness.verifyProofs(proofs.map((proof) => treeProof(tree.root, proof)));
      expect(theirs.map((result) => result.valid)).to.deep.equal(proofs.map(() => false));
      proven += tree.size;
    }
  });
});

describe("payouts trees in Solidity and in TypeScript", () => {
  function payoutsTree(values: Values): PayoutsTree {
    const payouts = Array.from({ length: 1 + values.integer(300) }, () => ({
      account: values.address(),
      cumulative: values.uint(256),
      entriesRoot: values.hash(),
    }));
    return buildPayoutsTree(packPayouts(payouts.sort((a, b) => (a.account < b.account ? -1 : 1))));
  }

  it("have runs that fold to the root", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("runs");
    for (let proven = 0; proven < CASES;) {
      const tree = payoutsTree(values);
      const runs = Array.from({ length: 10 }, () => {
        const first = values.integer(tree.size);
        const run = tree.run(first, 1 + values.integer(Math.min(50, tree.size - first)));
        return { node: run.node, payouts: [...run.payouts], siblings: [...run.proof] };
      });
      expect([...(await harness.runRoots(runs))]).to.deep.equal(runs.map(() => tree.root));
      proven += runs.reduce((leaves, run) => leaves + run.payouts.length, 0);
    }
  });

  it("have perfect subtrees whose paths lead to the root", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("subtrees");
    for (let proven = 0; proven < CASES;) {
      const tree = payoutsTree(values);
      const runs = Array.from({ length: tree.size }, (_, first) => tree.subtree(first, values.integer(5)))
        .filter((subtree) => subtree !== undefined)
        .slice(0, 30)
        .map((subtree) => ({ node: 0n, payouts: subtree.payouts, siblings: subtree.proof }));
      expect([...(await harness.subtreeRoots(runs))]).to.deep.equal(runs.map(() => tree.root));
      proven += runs.reduce((leaves, run) => leaves + run.payouts.length, 0);
    }
  });
});
