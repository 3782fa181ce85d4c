import type { Contracts } from "../chain/contracts.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import type { Call } from "./call.ts";

/**
 * Ends a demand that nobody answered: cancels what it is about, or takes the bond back where that was cancelled before.
 *
 * @param now the chain's time. @throws NotFoundError for a demand that is not open; InputError before its deadline
 */
export async function endDemand(
  { AttributionDemands }: Pick<Contracts, "AttributionDemands">,
  demandId: string,
  now: bigint,
): Promise<Call> {
  const { challenger, deadline } = await AttributionDemands.demandOf(demandId);
  if (BigInt(challenger) === 0n) {
    throw new NotFoundError("there is no such demand, or it was answered or decided", {
      value: demandId,
      remedy: "openledger dispute root and index print a demand's id. What an answer shows: openledger watch --once.",
    });
  }
  const isPending = await AttributionDemands.reclaimBond.staticCall(demandId).then(
    () => false,
    () => true,
  );
  if (isPending && now <= deadline) {
    throw new InputError("operators have time to answer", {
      value: demandId,
      limit: `after ${isoTime(deadline)}, by the chain's clock`,
    });
  }
  const method = isPending ? "defaultDemand" : "reclaimBond";
  return { kind: "end a demand", contract: "AttributionDemands", method, args: [demandId] };
}
