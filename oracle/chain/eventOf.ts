import type { Interface, LogDescription } from "ethers";
import { ChainError } from "../common/errors.ts";
import type { MinedTransaction } from "./send.ts";

/**
 * The first event of that name that the transaction emitted.
 *
 * @throws ChainError when there is none.
 */
export function eventOf(
  mined: MinedTransaction,
  contract: { readonly interface: Interface },
  name: string,
): LogDescription {
  for (const log of mined.logs) {
    const parsed = contract.interface.parseLog(log);
    if (parsed?.name === name) return parsed;
  }
  throw new ChainError("the transaction did not emit the event", { value: mined.hash, limit: name });
}
