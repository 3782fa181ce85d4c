import { writeHex, type Hash } from "../hex.ts";
import { writeUint } from "../bytes.ts";
import { keccak256 } from "../keccak.ts";
import { structType, type StructOf } from "./typedData.ts";

const members = {
  firstEpoch: "uint64",
  lastEpoch: "uint64",
  previousRoot: "bytes32",
  payoutsRoot: "bytes32",
  payoutsTotal: "uint256",
  modelsRoot: "bytes32",
  bundleHash: "bytes32",
} as const;

/** One settlement of one or more epochs; verified by RewardDistributor. */
export type ScoreRoot = StructOf<typeof members>;

export const scoreRootType = structType("ScoreRoot", members);

/** `keccak256(abi.encode(ScoreRoot))`: the next root's `previousRoot`. */
export function rootHashOf(root: ScoreRoot): Hash {
  const words = new Uint8Array(7 * 32);
  writeUint(words, 24, 8, root.firstEpoch, "firstEpoch");
  writeUint(words, 56, 8, root.lastEpoch, "lastEpoch");
  writeHex(words, 64, root.previousRoot);
  writeHex(words, 96, root.payoutsRoot);
  writeUint(words, 128, 32, root.payoutsTotal, "payoutsTotal");
  writeHex(words, 160, root.modelsRoot);
  writeHex(words, 192, root.bundleHash);
  return keccak256(words);
}
