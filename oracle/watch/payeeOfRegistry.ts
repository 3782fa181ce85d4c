import { asAddress } from "@openledger/protocol/hex.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { PayeeOf } from "./accountProofs.ts";

/** Who the registry pays for a contribution in an epoch; nobody where there is no such contribution. */
export function payeeOfRegistry({ ContributionRegistry }: Pick<Contracts, "ContributionRegistry">): PayeeOf {
  return async (contributionId, epoch) =>
    contributionId === 0n || contributionId > (await ContributionRegistry.count())
      ? undefined
      : asAddress(await ContributionRegistry.payeeOf(contributionId, epoch));
}
