import type { JsonRpcProvider } from "ethers";
import { toHex } from "./blocks.ts";

interface BlockWithTransactions {
  readonly transactions: readonly { readonly hash: string; readonly from: string; readonly nonce: string }[];
}

/** The hash of the transaction that was mined with this nonce of an account; undefined while there is none. */
export async function nonceOwner(
  provider: JsonRpcProvider,
  account: string,
  nonce: number,
): Promise<string | undefined> {
  const isUsedBy = async (block: number) =>
    Number(await provider.send("eth_getTransactionCount", [account, toHex(block)])) > nonce;
  let after = Number(await provider.send("eth_blockNumber", []));
  if (!(await isUsedBy(after))) return undefined;
  // nodes keep the state of recent blocks, and most nonces were used in one of them: steps back grow from one block
  let before = -1;
  for (let step = 1; after - step >= 0; step *= 2) {
    before = after - step;
    if (!(await isUsedBy(before))) break;
    after = before;
    before = -1;
  }
  while (after - before > 1) {
    const middle = Math.floor((after + before) / 2);
    if (await isUsedBy(middle)) after = middle;
    else before = middle;
  }
  const block = (await provider.send("eth_getBlockByNumber", [toHex(after), true])) as BlockWithTransactions | null;
  const isIt = ({ from, nonce: used }: { from: string; nonce: string }) =>
    from.toLowerCase() === account.toLowerCase() && Number(used) === nonce;
  return block?.transactions.find(isIt)?.hash;
}
