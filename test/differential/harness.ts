import type { IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { AddressLike, BaseContract, BytesLike } from "ethers";
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
  treeRoots(leaves: readonly SumNode[], sizes: readonly number[]): Promise<string[]>;
  indexTreeRoots(
    rows: readonly (IndexRow & { i: number; featuresHash: Hash })[],
    sizes: readonly number[],
  ): Promise<string[]>;
  payoutsTreeRoots(payouts: readonly Payout[], sizes: readonly number[]): Promise<string[]>;
  verifyProofs(items: readonly TreeProof[]): Promise<{ valid: boolean; prefix: bigint; total: bigint }[]>;
  scores(items: readonly { functional: BytesLike; features: BytesLike; scale: number }[]): Promise<bigint[]>;
  weights(scores: readonly bigint[], qualities: readonly bigint[]): Promise<bigint[]>;
  payouts(items: readonly { pool: bigint; prefix: bigint; weight: bigint; total: bigint }[]): Promise<bigint[]>;
  runRoots(runs: readonly Run[]): Promise<string[]>;
  payoutsNodeRoots(nodes: readonly PayoutsNode[]): Promise<string[]>;
  areQuorums(
    digest: Hash,
    members: readonly (readonly bigint[])[],
    denominators: readonly bigint[],
    proofs: readonly Hex[],
    minSigners: number,
  ): Promise<boolean[]>;
  indexPartsHashes(items: readonly (readonly IndexPart[])[]): Promise<string[]>;
  directions(items: readonly (readonly Hex[])[], k: number): Promise<string[]>;
  partsHashes(items: readonly (readonly { kind: number; contentRoot: Hash; examples: number }[])[]): Promise<string[]>;
  wordsOf(target: AddressLike, calls: readonly BytesLike[]): Promise<string[]>;
}

export interface TreeProof {
  readonly root: Hash;
  readonly proof: { readonly size: number; readonly index: number; readonly siblings: readonly SumNode[] };
  readonly leaf: SumNode;
}

export interface Run {
  readonly first: number;
  readonly payouts: readonly Payout[];
  readonly siblings: readonly Hash[];
  readonly depth: number;
}

/** A node of a payouts tree, empty or not, and the way up from it. */
export interface PayoutsNode {
  readonly node: Hash;
  readonly position: number;
  readonly siblings: readonly Hash[];
}

/** A fresh harness. */
export async function deployHarness(ethers: HardhatEthers): Promise<Harness> {
  return (await ethers.deployContract("ProtocolHarness")) as unknown as Harness;
}

/** What an account holds during one call. */
export interface StateOverride {
  readonly code?: string;
  readonly stateDiff?: Readonly<Record<string, string>>;
}

/** The selector of the error that each of `calls` to `target` ends with, zero for none; nothing that they change lasts. */
export async function errorsOf(
  ethers: HardhatEthers,
  target: BaseContract,
  calls: readonly string[],
  overrides: Readonly<Record<string, StateOverride>>,
): Promise<string[]> {
  const harness = await ethers.deployContract("ProtocolHarness");
  const data = harness.interface.encodeFunctionData("errorsOf", [await target.getAddress(), calls]);
  const transaction = { to: await harness.getAddress(), data };
  const result = (await ethers.provider.send("eth_call", [transaction, "latest", overrides])) as string;
  return [...(harness.interface.decodeFunctionResult("errorsOf", result)[0] as string[])];
}
