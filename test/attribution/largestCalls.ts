import { ethers } from "ethers";
import { MAX_INDEX_PARTS } from "@openledger/protocol/trees/indexParts.ts";

/** What nodes take of one transaction: 128 KiB, signed and serialised. */
export const MOST_BYTES = 131_072;
/** Levels of a sum tree of as many leaves as its format allows: 2^32. */
const DEPTH = 32;
const K = 1024;

const word = ethers.id("x");
const proof = {
  size: 2 ** 32 - 1,
  index: 5,
  siblings: Array.from({ length: DEPTH }, () => ({ hash: word, sum: ethers.MaxUint256 })),
};
const pair = { left: { hash: word, sum: ethers.MaxUint256 }, right: { hash: word, sum: ethers.MaxUint256 } };
const descent = { size: 2 ** 32 - 1, top: pair.left, index: 5, pairs: Array.from({ length: DEPTH }, () => pair) };
const root = {
  firstEpoch: 1n,
  lastEpoch: 1n,
  previousRoot: word,
  payoutsRoot: word,
  payoutsTotal: 1n,
  accounts: 2 ** 32 - 1,
  modelsRoot: word,
  bundleHash: word,
};
const settlement = {
  settlement: {
    modelId: 1n,
    epoch: 1n,
    versionId: 1n,
    indexHash: word,
    queryHash: word,
    scoresRoot: word,
    totalWeight: 1n,
    pool: 1n,
    receiptsRoot: word,
    receiptCount: 0,
    fallbackSplit: false,
  },
  proof,
};
const score = { leaf: { i: 5, contributionId: 1n, score: 1n, weight: 1n }, proof };
/** Of a version made of as many Datanets as there can be. */
const parts = Array.from({ length: MAX_INDEX_PARTS }, (_, i) => ({
  datanetId: BigInt(i + 1),
  root: word,
  size: 1,
  qualityHash: word,
  harmfulRoot: word,
}));
const index = {
  parts,
  part: 0,
  leaf: { i: 5, contributionId: 1n, examples: 1, scale: 1, quality: 1n, featuresHash: word },
  proof,
};
const leaf = { preimage: `0x${"11".repeat(92)}`, proof };
const features = `0x${"ff".repeat(K)}`;
const functional = `0x${"ff".repeat(2 * K)}`;

interface Call {
  readonly name: string;
  readonly contract: "demands" | "disputes" | "harmCharges";
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Every answer about an index, a pool and its scores, and every proof that what it shows is wrong, as large as they can be. */
export function largestCalls(): readonly Call[] {
  const answer = (method: string, ...args: unknown[]): Call => ({ name: method, contract: "demands", method, args });
  const proves = (method: string, ...args: unknown[]): Call => ({ name: method, contract: "disputes", method, args });
  return [
    answer("answerIndexRow", 1n, index, features),
    proves("disputeIndexRow", 1n, index),
    proves("disputeQuality", 1n, index, features, functional),
    proves("disputeIndexOrder", 1n, parts, 0, leaf, leaf),
    proves("disputeIndexTree", 1n, parts, 0, descent, leaf.preimage),
    proves("disputeOmission", 1n, 1n, parts, 0, [leaf, leaf]),
    answer("answerQuality", 1n, parts, 0, functional),
    answer("answerFunctional", root, settlement, functional),
    proves("disputeDirection", root, settlement, parts, Array(MAX_INDEX_PARTS).fill(functional)),
    proves("disputeSettlement", root, settlement),
    answer("answerScore", root, settlement, score, index, features),
    proves("disputeScore", root, settlement, score, index, features, functional),
    proves("disputeWeight", root, settlement, score, index),
    proves("disputeFallback", root, settlement, score, score),
    proves("disputeScorePlace", root, settlement, leaf),
    proves("disputeScoresTree", root, settlement, descent, leaf.preimage),
    {
      name: "chargeHarm",
      contract: "harmCharges",
      method: "chargeHarm",
      args: [1n, 1n, parts, 0, proof],
    },
  ];
}

/** Bytes of a signed transaction with these data. */
export function sizeOf(data: string): number {
  const { serialized } = ethers.Transaction.from({
    type: 2,
    to: ethers.ZeroAddress,
    data,
    chainId: 10,
    nonce: 1_000_000,
    gasLimit: 30_000_000,
    maxFeePerGas: 10n ** 9n,
    maxPriorityFeePerGas: 10n ** 6n,
    signature: { r: word, s: `0x${"11".repeat(32)}`, v: 27 },
  });
  return ethers.dataLength(serialized);
}
