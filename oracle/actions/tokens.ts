import { formatOpen } from "@openledger/protocol/units.ts";
import type { Contracts } from "../chain/contracts.ts";
import { InputError } from "../common/errors.ts";
import type { Call } from "./call.ts";

/**
 * @param from undefined in a dry run
 * @param amount OPEN wei
 * @throws InputError when the account has less
 */
export async function transfer(
  { OpenToken }: Pick<Contracts, "OpenToken">,
  { from, to, amount }: { readonly from: string | undefined; readonly to: string; readonly amount: bigint },
): Promise<Call> {
  if (from !== undefined) {
    const balance = await OpenToken.balanceOf(from);
    if (balance < amount) {
      throw new InputError("the account has too little OPEN", {
        value: `${formatOpen(amount)} OPEN from ${from}`,
        limit: `${formatOpen(balance)} OPEN`,
        remedy: "On a local chain, npx openledger faucet gives some.",
      });
    }
  }
  return { kind: "transfer OPEN", contract: "OpenToken", method: "transfer", args: [to, amount] };
}
