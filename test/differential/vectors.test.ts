import { expect } from "chai";
import { network } from "hardhat";
import arithmetic from "../vectors/arithmetic.json" with { type: "json" };
import leaves from "../vectors/leaves.json" with { type: "json" };
import payouts from "../vectors/payouts.json" with { type: "json" };
import quorum from "../vectors/quorum.json" with { type: "json" };
import registry from "../vectors/registry.json" with { type: "json" };
import sumTrees from "../vectors/sumTrees.json" with { type: "json" };

const { ethers } = await network.create({ network: "default", chainType: "op" });

/** Numbers as the vectors write them: decimal strings. */
const text = (values: Iterable<unknown>) => Array.from(values, String);

describe("golden vectors in Solidity", () => {
  /** The harness by its own ABI: vectors are JSON, whose values ethers takes as they are. */
  async function call(name: string, ...args: unknown[]): Promise<never> {
    const harness = await ethers.deployContract("ProtocolHarness");
    return (await harness.getFunction(name).staticCall(...args)) as never;
  }

  function expectLeaves(
    theirs: readonly { hash: string; sum: bigint }[],
    ours: readonly { hash: string; sum: string }[],
  ) {
    expect(theirs.map(({ hash, sum }) => [hash, String(sum)])).to.deep.equal(ours.map(({ hash, sum }) => [hash, sum]));
  }

  it("hold for leaves", async () => {
    const content = leaves.content.map((leaf) => ({ ...leaf, sha256Hash: leaf.sha256 }));
    expectLeaves(await call("contentLeaves", content), leaves.content);
    expectLeaves(await call("indexLeaves", leaves.index), leaves.index);
    expectLeaves(await call("scoreLeaves", leaves.scores), leaves.scores);
    const parts = leaves.indexParts.map((item) => item.parts);
    expect(text(await call("indexPartsHashes", parts))).to.deep.equal(leaves.indexParts.map(({ hash }) => hash));
    expectLeaves(await call("modelLeaves", leaves.models), leaves.models);
    expectLeaves(await call("entryLeaves", leaves.entries), leaves.entries);
  });

  it("hold for sum trees, their proofs and prefixes", async () => {
    for (const { root, proofs, sums, total } of sumTrees) {
      const nodes = proofs.map(({ leafHash }, i) => ({ hash: leafHash, sum: sums[i] }));
      expect(text(await call("treeRoots", nodes, [nodes.length]))).to.deep.equal([root]);
      const items = proofs.map(({ leafHash, leafSum, ...proof }) => ({
        root,
        proof,
        leaf: { hash: leafHash, sum: leafSum },
      }));
      const results: readonly { valid: boolean; prefix: bigint; total: bigint }[] = await call("verifyProofs", items);
      expect(results.map((result) => [result.valid, String(result.prefix), String(result.total)])).to.deep.equal(
        proofs.map((proof) => [true, proof.prefix, total]),
      );
    }
  });

  it("hold for scores, payouts and directions", async () => {
    const scores = arithmetic.scores;
    expect(text(await call("scores", scores))).to.deep.equal(scores.map(({ score }) => score));
    for (const { functional, functionalHash, features, featuresHash } of scores) {
      expect([ethers.keccak256(functional), ethers.keccak256(features)]).to.deep.equal([functionalHash, featuresHash]);
    }
    for (const { pool, weights, payouts: expected } of arithmetic.payouts) {
      const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
      let prefix = 0n;
      const items = weights.map((weight) => {
        const item = { pool, prefix, weight, total };
        prefix += BigInt(weight);
        return item;
      });
      expect(text(await call("payouts", items))).to.deep.equal(expected);
    }
    for (const { functionals, direction } of arithmetic.directions) {
      const k = (functionals[0]!.length - 2) / 4;
      expect(text(await call("directions", [functionals], k))).to.deep.equal([direction]);
    }
  });

  it("hold for the proofs, runs and nodes of payouts trees", async () => {
    for (const { root, payouts: all, proofs, runs, nodes } of payouts) {
      const depth = proofs[0]!.length;
      const slice = (first: number, count: number) => all.slice(first, first + count);
      const single = proofs.map((siblings, first) => ({ first, payouts: slice(first, 1), siblings, depth }));
      const folded = runs.map(({ first, count, proof }) => ({
        first,
        payouts: slice(first, count),
        siblings: proof,
        depth,
      }));
      const items = [...single, ...folded];
      expect(text(await call("runRoots", items))).to.deep.equal(items.map(() => root));
      expect(text(await call("payoutsNodeRoots", nodes))).to.deep.equal(nodes.map(() => root));
    }
  });

  it("hold for quorums", async () => {
    const members = quorum.members.map(({ word }) => word);
    for (const { proof, minSigners, isQuorum } of quorum.cases) {
      expect([
        ...(await call("areQuorums", quorum.digest, [members], [quorum.denominator], [proof], minSigners)),
      ]).to.deep.equal([isQuorum]);
    }
  });

  it("hold for the parts of submissions", async () => {
    const { parts } = registry;
    const kinds = ["train", "quality"];
    const encoded = parts.map((item) => item.parts.map((part) => ({ ...part, kind: kinds.indexOf(part.kind) })));
    expect(text(await call("partsHashes", encoded))).to.deep.equal(parts.map(({ partsHash }) => partsHash));
  });
});
