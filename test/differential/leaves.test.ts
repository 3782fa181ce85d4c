import { expect } from "chai";
import { network } from "hardhat";
import { type Receipt, receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { hashParts, type Part, KIND_NUMBER } from "@openledger/protocol/registry/submission.ts";
import { contentLeaf } from "@openledger/protocol/trees/contentTree.ts";
import { entryLeaf } from "@openledger/protocol/trees/entriesTree.ts";
import { hashIndexParts, MAX_INDEX_PARTS } from "@openledger/protocol/trees/indexParts.ts";
import { indexLeaf } from "@openledger/protocol/trees/indexTree.ts";
import { modelLeaf } from "@openledger/protocol/trees/modelsTree.ts";
import { receiptLeaf } from "@openledger/protocol/trees/receiptsTree.ts";
import { scoreLeaf } from "@openledger/protocol/trees/scoresTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import { compareCases, type Values } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });
const harness = await deployHarness(ethers);

const BATCH = 500;

/** Compares the leaves that both make of the same items. */
function compareLeaves<T>(
  name: string,
  make: (values: Values) => T,
  theirsOf: (items: T[]) => Promise<readonly SumNode[]>,
  oursOf: (item: T) => SumNode,
): void {
  const compare = async (items: T[]) => {
    const theirs = await theirsOf(items);
    expect(theirs.map(({ hash, sum }) => ({ hash, sum }))).to.deep.equal(items.map(oursOf));
  };
  compareCases(name, { batch: BATCH, make, compare });
}

describe("leaves in Solidity and in TypeScript", () => {
  compareLeaves(
    "contents",
    (values) => ({ contributor: values.address(), salt: values.hash(), sha256Hash: values.hash() }),
    (items) => harness.contentLeaves(items),
    ({ contributor, salt, sha256Hash }) => contentLeaf(contributor, { salt, sha256: sha256Hash }),
  );

  compareLeaves(
    "index rows",
    (values) => ({
      i: Number(values.uint(32)),
      contributionId: values.uint(256),
      examples: Number(values.uint(32)),
      scale: Math.max(1, Number(values.uint(32))),
      quality: values.int(128),
      featuresHash: values.hash(),
    }),
    (items) => harness.indexLeaves(items),
    (item) => indexLeaf(item.i, item, item.featuresHash),
  );

  compareCases("parts of an index", {
    batch: BATCH,
    make(values) {
      const ids = new Set(Array.from({ length: 1 + values.integer(MAX_INDEX_PARTS) }, () => values.uint(256)));
      return [...ids]
        .sort((a, b) => (a < b ? -1 : 1))
        .map((datanetId) => ({
          datanetId,
          root: values.hash(),
          size: Number(values.uint(32)),
          qualityHash: values.hash(),
          harmfulRoot: values.hash(),
        }));
    },
    async compare(items) {
      expect([...(await harness.indexPartsHashes(items))]).to.deep.equal(items.map(hashIndexParts));
    },
  });

  compareLeaves(
    "scores",
    (values) => ({
      i: Number(values.uint(32)),
      contributionId: values.uint(256),
      score: values.int(128),
      weight: values.uint(128),
    }),
    (items) => harness.scoreLeaves(items),
    (item) => scoreLeaf(item.i, item),
  );

  compareLeaves(
    "model settlements",
    (values) => ({
      modelId: values.uint(256),
      epoch: values.uint(64),
      versionId: values.uint(256),
      indexHash: values.hash(),
      queryHash: values.hash(),
      scoresRoot: values.hash(),
      totalWeight: values.uint(256),
      pool: values.uint(256),
      receiptsRoot: values.hash(),
      receiptCount: Number(values.uint(32)),
      fallbackSplit: values.bool(),
    }),
    (items) => harness.modelLeaves(items),
    modelLeaf,
  );

  compareLeaves(
    "entries",
    (values) => {
      const [a, b] = [values.uint(128), values.uint(128)];
      const amounts = a < b ? { cumulative: b, earned: a } : { cumulative: a, earned: b };
      return { modelId: values.uint(256), contributionId: values.uint(256), ...amounts };
    },
    (items) => harness.entryLeaves(items),
    entryLeaf,
  );

  compareLeaves(
    "receipts",
    (values): Receipt => ({
      versionId: values.uint(256),
      consumer: values.address(),
      requestHash: values.hash(),
      outputHash: values.hash(),
      fee: values.uint(256),
      paymentId: values.hash(),
      cumulative: values.uint(256),
      time: values.uint(64),
    }),
    (items) =>
      harness.receiptLeaves(
        items.map((item) => receiptType.hash(item)),
        items.map((item) => item.fee),
      ),
    receiptLeaf,
  );

  compareCases("parts of submissions", {
    batch: BATCH,
    make: (values) =>
      Array.from({ length: values.integer(6) }, (): Part => ({
        kind: values.bool() ? "train" : "quality",
        contentRoot: values.hash(),
        examples: Number(values.uint(32)),
      })),
    async compare(items) {
      const encoded = items.map((parts) => parts.map((item) => ({ ...item, kind: KIND_NUMBER[item.kind] })));
      expect([...(await harness.partsHashes(encoded))]).to.deep.equal(items.map(hashParts));
    },
  });
});
