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

/** Whether a chain is Hardhat's simulated one, which refuses every transaction of type 4. */
export async function isSimulated(provider: JsonRpcProvider): Promise<boolean> {
  return ((await provider.send("web3_clientVersion", [])) as string).startsWith("HardhatNetwork");
}

/** Does to an account of a simulated chain what a transaction with its authorization does on others: code, and a nonce that is used up. */
export async function placeDelegation(provider: JsonRpcProvider, account: string, contract: string): Promise<void> {
  const nonce = BigInt((await provider.send("eth_getTransactionCount", [account, "latest"])) as string);
  await provider.send("hardhat_setCode", [account, delegationTo(contract)]);
  await provider.send("hardhat_setNonce", [account, `0x${(nonce + 1n).toString(16)}`]);
}
