import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { AddressLike, BytesLike } from "ethers";
import type { Address, Hash, Hex } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import type { ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import type { Payout } from "@openledger/protocol/trees/payoutsTree.ts";
import type { ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";

/** The views of ProtocolHarness.sol. Generated types cover the contracts alone, not what tests deploy. */
export interface Harness {
  contentLeaves(items: readonly { contributor: Address; salt: Hash; sha256Hash: Hash }[]): Promise<SumNode[]>;
  indexLeaves(items: readonly (IndexRow & { i: number; featuresHash: Hash })[]): Promise<SumNode[]>;
  scoreLeaves(items: readonly (ScoreRow & { i: number })[]): Promise<SumNode[]>;
  modelLeaves(items: readonly ModelSettlement[]): Promise<SumNode[]>;
  entryLeaves(items: readonly Entry[]): Promise<SumNode[]>;
  receiptLeaves(structHashes: readonly Hash[], fees: readonly bigint[]): Promise<SumNode[]>;
  treeRoots(trees: readonly (readonly SumNode[])[]): Promise<string[]>;
  verifyProofs(items: readonly TreeProof[]): Promise<{ valid: boolean; prefix: bigint; total: bigint }[]>;
  scores(items: readonly { functional: BytesLike; features: BytesLike; scale: number }[]): Promise<bigint[]>;
  weights(scores: readonly bigint[], qualities: readonly bigint[]): Promise<bigint[]>;
  payouts(items: readonly { pool: bigint; prefix: bigint; weight: bigint; total: bigint }[]): Promise<bigint[]>;
  harms(items: readonly HarmCase[]): Promise<bigint[]>;
  runRoots(runs: readonly Run[]): Promise<string[]>;
  subtreeRoots(runs: readonly Run[]): Promise<string[]>;
  areQuorums(
    digest: Hash,
    members: readonly (readonly bigint[])[],
    proofs: readonly Hex[],
    minSigners: number,
  ): Promise<boolean[]>;
  partsHashes(items: readonly (readonly { kind: number; contentRoot: Hash; examples: number }[])[]): Promise<string[]>;
  wordsOf(target: AddressLike, calls: readonly BytesLike[]): Promise<string[]>;
}

export interface TreeProof {
  readonly root: Hash;
  readonly proof: { readonly size: number; readonly index: number; readonly siblings: readonly SumNode[] };
  readonly leaf: SumNode;
}

export interface HarmCase {
  readonly quality: bigint;
  readonly examples: number;
  readonly indexTotal: bigint;
  readonly bond: bigint;
  readonly toleranceBps: bigint;
}

export interface Run {
  /** Not used for a perfect subtree. */
  readonly node: bigint;
  readonly payouts: readonly Payout[];
  readonly siblings: readonly Hash[];
}

/** A fresh harness. */
export async function deployHarness(ethers: HardhatEthers): Promise<Harness> {
  return (await ethers.deployContract("ProtocolHarness")) as unknown as Harness;
}
