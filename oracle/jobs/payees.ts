import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { Party } from "../settlement/inputs.ts";
import type { ChainEvents } from "../store/chainEvents.ts";
import type { EpochTimes } from "../store/epochTimes.ts";
import type { Contribution } from "../store/protocolView.ts";

const transfer = z.object({ from: z.string(), to: z.string(), tokenId: z.coerce.bigint() });

/**
 * Who is paid for each contribution in an epoch, and whether it accrues: as ContributionRegistry's payeeOf and accruesIn
 * say. A transfer takes effect in the epoch after it.
 */
export async function partiesIn(
  epoch: bigint,
  contributions: readonly Contribution[],
  events: ChainEvents,
  times: EpochTimes,
): Promise<Party[]> {
  const owners = new Map<bigint, Address>();
  for (const event of await events.find({ contract: "ContributionRegistry", name: "Transfer" })) {
    const { from, to, tokenId } = transfer.parse(event.args);
    const minted = /^0x0+$/u.test(from);
    if (!minted && times.epochAt(BigInt(event.timestamp)) < epoch) owners.set(tokenId, asAddress(to));
  }
  return contributions.map(({ contributionId, contributor, revokedFrom }) => ({
    accrues: revokedFrom === undefined || revokedFrom > epoch,
    payee: owners.get(contributionId) ?? asAddress(contributor),
  }));
}
