import { expect } from "chai";
import { network } from "hardhat";
import { ProtocolError } from "@openledger/protocol/errors.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { buildIndexTree, hashFeatures } from "@openledger/protocol/trees/indexTree.ts";
import {
  buildSumTree,
  prefixOfProof,
  rootOfProof,
  type SumProof,
  type SumTree,
} from "@openledger/protocol/trees/sumTree.ts";
import { compareCases, type Values } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });
const harness = await deployHarness(ethers);

/** A random tree whose sums now and then are large. */
function sumTree(values: Values, smallest: number, largest: number): SumTree {
  const size = smallest + values.integer(largest + 1 - smallest);
  const preimage = () => Uint8Array.of(0, values.integer(256), values.integer(256), values.integer(256));
  return buildSumTree(size, preimage, () => values.uint(values.bool() ? 240 : 100));
}

/** A random proof. Several are taken of the same tree. */
function createProofs(): (values: Values) => { root: Hash; total: bigint; proof: SumProof } {
  let tree: SumTree | undefined;
  return (values) => {
    if (tree === undefined || values.integer(20) === 0) tree = sumTree(values, 1, 200);
    return { root: tree.root, total: tree.total, proof: tree.proof(values.integer(tree.size)) };
  };
}

const encode = ({ root, proof: { size, index, siblings, leafHash, leafSum } }: { root: Hash; proof: SumProof }) => ({
  root,
  proof: { size, index, siblings },
  leaf: { hash: leafHash, sum: leafSum },
});

/** Whether TypeScript accepts a proof. */
function holds(root: Hash, proof: SumProof): boolean {
  try {
    return rootOfProof(proof) === root;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

function changed(proof: SumProof, values: Values): SumProof {
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
}

describe("sum trees in Solidity and in TypeScript", () => {
  compareCases("roots of sum trees", {
    batch: 100,
    // Few leaves, where the shapes differ; now and then many.
    make: (values) => (values.integer(50) === 0 ? sumTree(values, 0, 150) : sumTree(values, 0, 12)),
    async compare(trees) {
      const leaves = trees.flatMap((tree) => Array.from({ length: tree.size }, (_, i) => tree.node(0, i)));
      const sizes = trees.map((tree) => tree.size);
      expect([...(await harness.treeRoots(leaves, sizes))]).to.deep.equal(trees.map((tree) => tree.root));
    },
  });

  compareCases("roots of index trees", {
    batch: 100,
    make(values) {
      const [size, k] = [values.integer(10), 32 * (1 + values.integer(3))];
      let contributionId = values.uint(64);
      const rows = Array.from({ length: size }, () => ({
        contributionId: (contributionId += 1n + values.uint(64)),
        examples: Number(values.uint(32)),
        scale: Math.max(1, Number(values.uint(32))),
        quality: values.int(128),
      }));
      return { rows, k, features: Int8Array.from({ length: size * k }, () => values.integer(256) - 128) };
    },
    async compare(indexes) {
      const rows = indexes.flatMap(({ rows, k, features }) =>
        rows.map((row, i) => ({ ...row, i, featuresHash: hashFeatures(features.subarray(i * k, (i + 1) * k)) })),
      );
      const theirs = await harness.indexTreeRoots(
        rows,
        indexes.map(({ rows }) => rows.length),
      );
      const ours = indexes.map(({ rows, k, features }) => buildIndexTree(rows, features, k).root);
      expect([...theirs]).to.deep.equal(ours);
    },
  });

  compareCases("proofs, their prefixes and totals", {
    batch: 100,
    make: createProofs(),
    async compare(items) {
      const theirs = await harness.verifyProofs(items.map(encode));
      expect(theirs.map(({ valid, prefix, total }) => ({ valid, prefix, total }))).to.deep.equal(
        items.map(({ root, total, proof }) => ({ valid: holds(root, proof), prefix: prefixOfProof(proof), total })),
      );
      expect(theirs.every(({ valid }) => valid)).to.equal(true);
    },
  });

  const proofs = createProofs();
  compareCases("changed proofs, refused by both", {
    batch: 100,
    make(values) {
      const item = proofs(values);
      return { ...item, proof: changed(item.proof, values) };
    },
    async compare(items) {
      const theirs = await harness.verifyProofs(items.map(encode));
      const refused = items.map(() => false);
      expect(theirs.map(({ valid }) => valid)).to.deep.equal(refused);
      expect(items.map(({ root, proof }) => holds(root, proof))).to.deep.equal(refused);
    },
  });
});
