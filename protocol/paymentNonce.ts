import { AbiCoder } from "ethers";
import { fromHex, type Hash } from "./hex.ts";
import { keccak256 } from "./keccak.ts";

/**
 * The ERC-3009 nonce of a payment that says what it is for: whoever knows the salt can check that the consumer asked this model
 * this request, so nobody else can put another request in its place.
 */
export function paymentNonce(modelId: bigint, requestHash: Hash, salt: Hash): Hash {
  const encoded = AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32", "bytes32"], [modelId, requestHash, salt]);
  return keccak256(fromHex(encoded));
}
