import { writeHex, type Hash } from "../hex.ts";
import { writeUint } from "../bytes.ts";
import { keccak256 } from "../keccak.ts";
import { structType, type StructOf } from "./typedData.ts";

const content = {
  firstEpoch: "uint64",
  lastEpoch: "uint64",
  previousRoot: "bytes32",
  payoutsRoot: "bytes32",
  payoutsTotal: "uint256",
  accounts: "uint32",
  modelsRoot: "bytes32",
  bundleHash: "bytes32",
} as const;

/** One settlement of one or more epochs; verified by RewardDistributor. */
export type ScoreRoot = StructOf<typeof content>;

/** What operators sign of a root: with the quorum snapshot under which they do, so that signatures end with it. */
export const scoreRootType = structType("ScoreRoot", { ...content, snapshotId: "uint64" });

/** `keccak256(abi.encode(ScoreRoot))`: the next root's `previousRoot`. */
export function rootHashOf(root: ScoreRoot): Hash {
  const words = new Uint8Array(8 * 32);
  writeUint(words, 24, 8, root.firstEpoch, "firstEpoch");
  writeUint(words, 56, 8, root.lastEpoch, "lastEpoch");
  writeHex(words, 64, root.previousRoot);
  writeHex(words, 96, root.payoutsRoot);
  writeUint(words, 128, 32, root.payoutsTotal, "payoutsTotal");
  writeUint(words, 188, 4, BigInt(root.accounts), "accounts");
  writeHex(words, 192, root.modelsRoot);
  writeHex(words, 224, root.bundleHash);
  return keccak256(words);
}
