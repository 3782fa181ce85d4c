import { OPEN } from "@openledger/protocol/units.ts";
import { nameOf, ownerOf } from "../../actions/assets.ts";
import { readListings } from "../../actions/listings.ts";
import { buy, list } from "../../actions/sales.ts";
import { blockTime } from "../../chain/blockTime.ts";
import { DisagreementError } from "../../common/errors.ts";
import type { Claimed } from "./claim.ts";
import { approve } from "../cast/approve.ts";
import type { Party } from "../cast/party.ts";
import { make, type Scene } from "../cast/scene.ts";

/** A contribution that changed hands. */
export interface SoldContribution {
  readonly contributionId: bigint;
  readonly buyer: Party;
}

const PRICE = 5n * OPEN;
const DAY = 86_400n;

/** A contributor lists a contribution, and somebody buys it: what it earns is the buyer's from the next epoch on. */
export async function sellContribution(
  scene: Scene,
  seller: Party,
  { contributionId, buyer }: SoldContribution,
): Promise<void> {
  const { contracts, deployment, provider } = scene;
  const asset = { kind: "contribution", tokenId: contributionId } as const;
  if ((await ownerOf(contracts, asset)) === buyer.address) return;
  const startsAt = await blockTime(provider, "latest");
  const wish = { asset, seller: seller.address, price: PRICE, startsAt, endsAt: startsAt + DAY };
  const calls = await list(contracts, deployment, { ...wish, salt: contributionId, withTill: false });
  for (const call of calls) await make(scene, seller, call, `${call.kind}:${nameOf(asset)}`);

  const listings = await readListings(contracts, deployment, startsAt);
  const listing = listings.find(({ asset: { tokenId }, state }) => tokenId === contributionId && state === "open")!;
  await approve(scene, buyer, deployment.addresses.Seaport);
  const bought = buy(listing, buyer.address);
  await make(scene, buyer, bought, `${bought.kind}:${nameOf(asset)}`);
}

/** @returns OPEN wei. @throws DisagreementError when nothing reached the buyer */
export function earnedByBuyer(
  { contributionId, buyer }: SoldContribution,
  claims: ReadonlyMap<string, Claimed>,
): bigint {
  const amount = claims.get(buyer.address.toLowerCase())?.amount ?? 0n;
  if (amount > 0n) return amount;
  throw new DisagreementError("the payout of a sold contribution did not reach its buyer", {
    value: `contribution ${contributionId}, ${buyer.address}`,
    limit: "more than 0 OPEN",
  });
}
