import type { Interface } from "ethers";
import { ChainError } from "../common/errors.ts";
import { type DecodedEvent, decodeLog } from "./decodeLog.ts";
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
): DecodedEvent {
  const topic = contract.interface.getEvent(name)?.topicHash;
  const log = mined.logs.find(({ topics }) => topics[0] === topic);
  const event = log && decodeLog(contract.interface, log);
  if (event !== undefined) return event;
  throw new ChainError("the transaction did not emit the event", { value: mined.hash, limit: name });
}
