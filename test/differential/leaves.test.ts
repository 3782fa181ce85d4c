import { expect } from "chai";
import { network } from "hardhat";
import { type Receipt, receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { hashParts, type Part, KIND_NUMBER } from "@openledger/protocol/registry/submission.ts";
import { contentLeaf } from "@openledger/protocol/trees/contentTree.ts";
import { entryLeaf } from "@openledger/protocol/trees/entriesTree.ts";
import { indexLeaf } from "@openledger/protocol/trees/indexTree.ts";
import { modelLeaf } from "@openledger/protocol/trees/modelsTree.ts";
import { receiptLeaf } from "@openledger/protocol/trees/receiptsTree.ts";
import { scoreLeaf } from "@openledger/protocol/trees/scoresTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import { batches, CASES, createValues } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });

const BATCH = 500;

describe("leaves in Solidity and in TypeScript", () => {
  function expectSame(theirs: readonly { hash: string; sum: bigint }[], ours: readonly SumNode[]): void {
    expect(theirs.map(({ hash, sum }) => ({ hash, sum }))).to.deep.equal(ours);
  }

  it("are the same for contents", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("content");
    const make = () => ({ contributor: values.address(), salt: values.hash(), sha256Hash: values.hash() });
    for (const items of batches(CASES, BATCH, make)) {
      const ours = items.map(({ contributor, salt, sha256Hash }) =>
        contentLeaf(contributor, { salt, sha256: sha256Hash }),
      );
      expectSame(await harness.contentLeaves(items), ours);
    }
  });

  it("are the same for index rows", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("index");
    const make = () => ({
      i: Number(values.uint(32)),
      contributionId: values.uint(256),
      examples: Number(values.uint(32)),
      scale: Math.max(1, Number(values.uint(32))),
      quality: values.int(128),
      featuresHash: values.hash(),
    });
    for (const items of batches(CASES, BATCH, make)) {
      const ours = items.map((item) => indexLeaf(item.i, item, item.featuresHash));
      expectSame(await harness.indexLeaves(items), ours);
    }
  });

  it("are the same for scores", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("scores");
    const make = () => ({
      i: Number(values.uint(32)),
      contributionId: values.uint(256),
      score: values.int(128),
      weight: values.uint(128),
    });
    for (const items of batches(CASES, BATCH, make)) {
      expectSame(
        await harness.scoreLeaves(items),
        items.map((item) => scoreLeaf(item.i, item)),
      );
    }
  });

  it("are the same for model settlements", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("models");
    const make = () => ({
      modelId: values.uint(256),
      epoch: values.uint(64),
      versionId: values.uint(256),
      indexRoot: values.hash(),
      queryHash: values.hash(),
      scoresRoot: values.hash(),
      totalWeight: values.uint(256),
      pool: values.uint(256),
      receiptsRoot: values.hash(),
      receiptCount: Number(values.uint(32)),
      fallbackSplit: values.bool(),
    });
    for (const items of batches(CASES, BATCH, make)) expectSame(await harness.modelLeaves(items), items.map(modelLeaf));
  });

  it("are the same for entries", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("entries");
    const make = () => {
      const [a, b] = [values.uint(128), values.uint(128)];
      const amounts = a < b ? { cumulative: b, earned: a } : { cumulative: a, earned: b };
      return { modelId: values.uint(256), contributionId: values.uint(256), ...amounts };
    };
    for (const items of batches(CASES, BATCH, make)) expectSame(await harness.entryLeaves(items), items.map(entryLeaf));
  });

  it("are the same for receipts", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("receipts");
    const make = (): Receipt => ({
      versionId: values.uint(256),
      consumer: values.address(),
      requestHash: values.hash(),
      outputHash: values.hash(),
      fee: values.uint(256),
      paymentId: values.hash(),
      time: values.uint(64),
    });
    for (const items of batches(CASES, BATCH, make)) {
      const theirs = await harness.receiptLeaves(
        items.map((item) => receiptType.hash(item)),
        items.map((item) => item.fee),
      );
      expectSame(theirs, items.map(receiptLeaf));
    }
  });

  it("are the same for the parts of submissions", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("parts");
    const part = (): Part => ({
      kind: values.bool() ? "train" : "quality",
      contentRoot: values.hash(),
      examples: Number(values.uint(32)),
    });
    for (const items of batches(CASES, BATCH, () => Array.from({ length: values.integer(6) }, part))) {
      const encoded = items.map((parts) => parts.map((item) => ({ ...item, kind: KIND_NUMBER[item.kind] })));
      expect([...(await harness.partsHashes(encoded))]).to.deep.equal(items.map(hashParts));
    }
  });
});
