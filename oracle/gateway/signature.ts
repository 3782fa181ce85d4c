import type { Address } from "@openledger/protocol/hex.ts";
import { Contract, isError, Signature } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import { isFailedCall } from "../chain/revert.ts";
import { recoverSigner } from "./recover.ts";

const ERC1271 = ["function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)"];
const ACCEPTED = "0x1626ba7e";
/** Most gas that an account's contract may use to check a signature: the provider pays for it. */
export const CONTRACT_CHECK_GAS = 300_000n;

/**
 * Who signed a digest, and the signature in the one form that tokens take, 65 bytes with v 27 or 28: libraries and hardware
 * also write v as 0 or 1, or 64 bytes (ERC-2098). Undefined for bytes that no key signs.
 */
export function keySignature(
  written: string,
  digest: string,
): { readonly signer: Address; readonly signature: string } | undefined {
  try {
    const signature = Signature.from(written);
    return { signer: recoverSigner(digest, signature), signature: signature.serialized };
  } catch {
    return undefined;
  }
}

/** Whether the account is a contract that takes the signature as its own (ERC-1271). */
export async function accountAccepts(
  { runner }: Pick<Contracts["OpenToken"], "runner">,
  account: string,
  digest: string,
  signature: string,
): Promise<boolean> {
  const contract = new Contract(account, ERC1271, runner);
  try {
    const check = contract.getFunction("isValidSignature");
    return (await check.staticCall(digest, signature, { gasLimit: CONTRACT_CHECK_GAS })) === ACCEPTED;
  } catch (error) {
    // it reverts or takes too long; it has no code, or no such function
    if (isFailedCall(error) || isError(error, "BAD_DATA")) return false;
    throw error;
  }
}
