import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { contentLeaf } from "@openledger/protocol/trees/contentTree.ts";
import { entryLeaf } from "@openledger/protocol/trees/entriesTree.ts";
import { hashIndexParts, MAX_INDEX_PARTS } from "@openledger/protocol/trees/indexParts.ts";
import { indexLeaf } from "@openledger/protocol/trees/indexTree.ts";
import { modelLeaf, type ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import { receiptLeaf } from "@openledger/protocol/trees/receiptsTree.ts";
import { scoreLeaf } from "@openledger/protocol/trees/scoresTree.ts";
import { fixedAddress, fixedHash, fixedUint } from "./fixed.ts";

const MAX_INT128 = (1n << 127n) - 1n;
const MAX_UINT128 = (1n << 128n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;

/** Leaf hashes and sums of every sum tree (docs/protocol.md §2). */
export function leafVectors() {
  return {
    content: content(),
    index: index(),
    indexParts: indexParts(),
    scores: scores(),
    models: models(),
    entries: entries(),
    receipts: receipts(),
  };
}

function content() {
  return ["a", "b"].map((label) => {
    const input = {
      contributor: fixedAddress(label),
      salt: fixedHash(`salt ${label}`),
      sha256: fixedHash(`sha256 ${label}`),
    };
    return { ...input, ...contentLeaf(input.contributor, input) };
  });
}

function index() {
  const cases = [
    { i: 0, contributionId: 1n, examples: 12, scale: 1, quality: 345n },
    { i: 7, contributionId: 99n, examples: 0xffffffff, scale: 0xffffffff, quality: MAX_INT128 },
    { i: 0xffffffff, contributionId: MAX_UINT256, examples: 1, scale: 2, quality: -MAX_INT128 - 1n },
    { i: 3, contributionId: 4n, examples: 5, scale: 6, quality: 0n },
  ];
  return cases.map((input) => {
    const featuresHash = fixedHash(`features of ${input.contributionId}`);
    return { ...input, featuresHash, ...indexLeaf(input.i, input, featuresHash) };
  });
}

function indexParts() {
  const part = (label: string, datanetId: bigint, size: number) => ({
    datanetId,
    root: fixedHash(`root ${label}`),
    size,
    qualityHash: fixedHash(`quality ${label}`),
    harmfulRoot: fixedHash(`harmful ${label}`),
  });
  const most = Array.from({ length: MAX_INDEX_PARTS }, (_, i) => part(`${i}`, BigInt(i * i + 1), i));
  return [[part("a", 1n, 5)], [part("a", 7n, 0), part("b", MAX_UINT256, 0xffffffff)], most].map((parts) => ({
    parts,
    hash: hashIndexParts(parts),
  }));
}

function scores() {
  const cases = [
    { i: 0, contributionId: 1n, score: 5n, weight: 5n },
    { i: 1, contributionId: 2n, score: -5n, weight: 0n },
    { i: 0xffffffff, contributionId: MAX_UINT256, score: MAX_INT128, weight: MAX_UINT128 },
    { i: 2, contributionId: 3n, score: -MAX_INT128 - 1n, weight: 40n },
  ];
  return cases.map((input) => ({ ...input, ...scoreLeaf(input.i, input) }));
}

function models() {
  const settlement = (label: string, values: Partial<ModelSettlement>): ModelSettlement => ({
    modelId: 1n,
    epoch: 1n,
    versionId: 1n,
    indexHash: fixedHash(`indexHash ${label}`),
    queryHash: fixedHash(`queryHash ${label}`),
    scoresRoot: fixedHash(`scoresRoot ${label}`),
    totalWeight: fixedUint(`totalWeight ${label}`, 100),
    pool: fixedUint(`pool ${label}`, 90),
    receiptsRoot: fixedHash(`receiptsRoot ${label}`),
    receiptCount: 12,
    fallbackSplit: false,
    ...values,
  });
  const cases = [
    settlement("a", {}),
    settlement("b", { fallbackSplit: true, receiptCount: 0xffffffff, epoch: (1n << 64n) - 1n }),
    settlement("c", { modelId: MAX_UINT256, versionId: MAX_UINT256, totalWeight: MAX_UINT256, pool: MAX_UINT256 }),
  ];
  return cases.map((input) => ({ ...input, ...modelLeaf(input) }));
}

function entries() {
  const cases = [
    { modelId: 1n, contributionId: 2n, cumulative: 30n, earned: 4n },
    { modelId: MAX_UINT256, contributionId: MAX_UINT256, cumulative: MAX_UINT128, earned: MAX_UINT128 },
    { modelId: 5n, contributionId: 6n, cumulative: 7n, earned: 0n },
  ];
  return cases.map((input) => ({ ...input, ...entryLeaf(input) }));
}

function receipts() {
  const receipt = (label: string, fee: bigint, time: bigint): Receipt => ({
    versionId: fixedUint(`version ${label}`, 40),
    consumer: fixedAddress(`consumer ${label}`),
    requestHash: fixedHash(`request ${label}`),
    outputHash: fixedHash(`output ${label}`),
    fee,
    paymentId: fixedHash(`payment ${label}`),
    cumulative: fee,
    time,
  });
  const cases = [
    receipt("a", 10n ** 15n, 1_790_000_000n),
    receipt("b", MAX_UINT256, (1n << 64n) - 1n),
    receipt("c", 0n, 0n),
  ];
  return cases.map((input) => ({ ...input, ...receiptLeaf(input) }));
}
