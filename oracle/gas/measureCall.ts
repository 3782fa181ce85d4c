import { concat, type JsonRpcProvider, zeroPadValue } from "ethers";
import { toChainError } from "../chain/revert.ts";
import type { AccountCall } from "./userOperation.ts";

/**
 * Code that calls the address in its first word with the bytes behind it, and returns what gas that took; reverts as the call does. In
 * the place of an account's code it makes the account's calls, which nodes estimate only for accounts that have ETH.
 *
 * The rest of the calldata is copied to memory; GAS; CALL; on failure the data that came back are reverted with; GAS; the difference is
 * returned.
 */
const METER =
  "0x60203603806020" + "5f375a" + "5f5f835f5f5f355af1" + "15602057" + "5a90035f5260205ff3" + "5b3d5f5f3e3d5ffd";
/** Who asks: nobody, with enough ETH for nodes that look. */
const ASKER = "0x00000000000000000000000000000000000A54e2";
const ENOUGH = `0x${(10n ** 20n).toString(16)}`;
/** A margin of an eighth: state may differ in the block. */
const MARGIN = 8n;

/**
 * Gas that suffices for a call by an account without ETH.
 *
 * @throws ChainError with the contract's reason
 */
export async function measureCall(
  provider: JsonRpcProvider,
  account: string,
  { to, data }: AccountCall,
): Promise<bigint> {
  const call = { from: ASKER, to: account, data: concat([zeroPadValue(to, 32), data]) };
  const overrides = { [account]: { code: METER }, [ASKER]: { balance: ENOUGH } };
  try {
    const gas = BigInt((await provider.send("eth_call", [call, "latest", overrides])) as string);
    return gas + gas / MARGIN;
  } catch (error) {
    throw toChainError(error);
  }
}
