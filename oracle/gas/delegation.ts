import { type Authorization, concat, type JsonRpcProvider, verifyAuthorization } from "ethers";
import { InputError } from "../common/errors.ts";

const PREFIX = "0xef0100";

/** The code of an account that delegates to a contract (EIP-7702). */
export function delegationTo(contract: string): string {
  return concat([PREFIX, contract]).toLowerCase();
}

export async function delegatesTo(provider: JsonRpcProvider, account: string, contract: string): Promise<boolean> {
  const code = (await provider.send("eth_getCode", [account, "latest"])) as string;
  return code.toLowerCase() === delegationTo(contract);
}

/**
 * Checks that an account may be given this code by the authorisation, in the next block.
 *
 * @throws InputError
 */
export async function requireAuthorization(
  provider: JsonRpcProvider,
  { address, nonce, chainId, signature }: Authorization,
  { account, contract, onChain }: { readonly account: string; readonly contract: string; readonly onChain: bigint },
): Promise<void> {
  const next = BigInt((await provider.send("eth_getTransactionCount", [account, "latest"])) as string);
  const signer = verifyAuthorization({ address, nonce, chainId }, signature);
  const found = `${address} on chain ${chainId}, nonce ${nonce}, by ${signer}`.toLowerCase();
  const wanted = `${contract} on chain ${onChain}, nonce ${next}, by ${account}`.toLowerCase();
  if (found === wanted) return;
  throw new InputError("the account's authorisation is not good for its next transaction", {
    value: found,
    limit: wanted,
    remedy: "Read the account's nonce and sign again.",
  });
}
