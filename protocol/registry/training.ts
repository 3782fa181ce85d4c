import { AbiCoder } from "ethers";
import { type Address, fromHex, type Hash } from "../hex.ts";
import { keccak256 } from "../keccak.ts";

/** What an operator commits to before any shows what its training of a version gave. */
export function trainingCommitment(digest: Hash, salt: Hash, operator: Address): Hash {
  const types = ["bytes32", "bytes32", "address"];
  return keccak256(fromHex(AbiCoder.defaultAbiCoder().encode(types, [digest, salt, operator])));
}
