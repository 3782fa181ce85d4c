import { EventLog, ZeroHash } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { describeRevert } from "../chain/revert.ts";
import { NotFoundError } from "../common/errors.ts";
import type { OrderParametersStruct } from "../../typechain-types/contracts/interfaces/ISeaport.sol/ISeaport.ts";
import { type Asset, ownerOf, REGISTRIES } from "./assets.ts";

/** Positions of Seaport's enumerations. */
export const ITEM = { erc20: 1n, erc721: 2n } as const;
export const RESTRICTED = 2n;

/** An order that Seaport announced, as far as it offers one asset for OPEN under the rules of SaleZone. */
export interface Listing {
  /** Its place among all of them, from 1. */
  readonly number: number;
  readonly orderHash: string;
  readonly asset: Asset;
  readonly seller: string;
  /** OPEN wei that the buyer pays, to everybody together. */
  readonly price: bigint;
  /** The part of it that is the creator's. */
  readonly royalty: bigint;
  /** Unix seconds. */
  readonly endsAt: bigint;
  readonly state: "open" | "sold" | "canceled" | "ended" | "void";
  /** Why it cannot be bought. */
  readonly reason: string | undefined;
  readonly order: Order;
}

type Order = Required<OrderParametersStruct>;

/** Every listing there ever was, each compared with the chain as it is now. */
export async function readListings(contracts: Contracts, deployment: Deployment, now: bigint): Promise<Listing[]> {
  const { Seaport } = contracts;
  const events = await Seaport.queryFilter(Seaport.filters["OrderValidated"], deployment.firstBlock);
  const listings: Listing[] = [];
  for (const event of events) {
    if (!(event instanceof EventLog)) continue;
    const order = plain(event.args["orderParameters"]);
    const asset = assetOf(order, deployment);
    if (asset === undefined) continue;
    const { offerer: seller, consideration, endTime } = order;
    const parts = consideration.map(({ startAmount }) => BigInt(startAmount));
    const listing = {
      number: listings.length + 1,
      orderHash: event.args["orderHash"],
      asset,
      seller: seller as string,
      price: parts.reduce((sum, part) => sum + part, 0n),
      royalty: parts.slice(1).reduce((sum, part) => sum + part, 0n),
      endsAt: BigInt(endTime),
      order,
    };
    listings.push({ ...listing, ...(await stateOf(contracts, listing, now)) });
  }
  return listings;
}

/** @throws NotFoundError for a number that no listing has */
export async function readListing(
  contracts: Contracts,
  deployment: Deployment,
  now: bigint,
  number: number,
): Promise<Listing> {
  const listings = await readListings(contracts, deployment, now);
  const found = listings[number - 1];
  if (found !== undefined) return found;
  throw new NotFoundError("there is no such listing", {
    value: number,
    limit: listings.length === 0 ? "nobody has listed anything yet" : `1 to ${listings.length}`,
    remedy: "npx openledger market list",
  });
}

/** What an order offers; undefined for one that SaleZone is not asked about, or that wants anything but OPEN at a fixed price. */
function assetOf(order: Order, { addresses }: Deployment): Asset | undefined {
  const same = (a: unknown, b: string) => String(a).toLowerCase() === b.toLowerCase();
  const [offered, ...others] = order.offer;
  const restricted = BigInt(order.orderType) === RESTRICTED && same(order.zone, addresses.SaleZone);
  if (!restricted || offered === undefined || others.length > 0 || order.conduitKey !== ZeroHash) return undefined;
  const kinds = Object.keys(REGISTRIES) as Asset["kind"][];
  const kind = kinds.find((name) => same(offered.token, addresses[REGISTRIES[name]]));
  if (kind === undefined || BigInt(offered.itemType) !== ITEM.erc721) return undefined;
  const inOpen = order.consideration.every(
    ({ itemType, token, startAmount, endAmount }) =>
      BigInt(itemType) === ITEM.erc20 && same(token, addresses.OpenToken) && startAmount === endAmount,
  );
  return inOpen && order.consideration.length > 0 ? { kind, tokenId: BigInt(offered.identifierOrCriteria) } : undefined;
}

async function stateOf(
  contracts: Contracts,
  { orderHash, asset, seller, endsAt, order }: Pick<Listing, "orderHash" | "asset" | "seller" | "endsAt" | "order">,
  now: bigint,
): Promise<Pick<Listing, "state" | "reason">> {
  const { Seaport, SaleZone } = contracts;
  const status = await Seaport.getOrderStatus(orderHash);
  if (status.totalFilled > 0n) return { state: "sold", reason: "it is sold" };
  const counter = await Seaport.getCounter(seller);
  const hash = await Seaport.getOrderHash({ ...order, counter });
  if (status.isCancelled || hash !== orderHash) return { state: "canceled", reason: "the seller has taken it back" };
  if (now >= endsAt) return { state: "ended", reason: "its time is over" };
  const registry = contracts[REGISTRIES[asset.kind]];
  if ((await ownerOf(contracts, asset)) !== seller) return { state: "void", reason: "the seller does not own it" };
  const spender = await Seaport.getAddress();
  const approved = await registry.getApproved(asset.tokenId);
  if (approved !== spender && !(await registry.isApprovedForAll(seller, spender))) {
    return { state: "void", reason: "the seller does not let the exchange take it" };
  }
  try {
    await SaleZone.check(await registry.getAddress(), asset.tokenId, order.zoneHash);
  } catch (error) {
    return { state: "void", reason: describeRevert(error).problem };
  }
  return { state: "open", reason: undefined };
}

/** What an event gave, as an object that can be sent again: ethers makes the arrays of events read-only. */
function plain(order: Order): Order {
  const { offerer, zone, orderType, startTime, endTime, zoneHash, salt, conduitKey } = order;
  const { offer, consideration, totalOriginalConsiderationItems } = order;
  return {
    ...{ offerer, zone, orderType, startTime, endTime, zoneHash, salt, conduitKey, totalOriginalConsiderationItems },
    offer: offer.map(({ itemType, token, identifierOrCriteria, startAmount, endAmount }) => ({
      ...{ itemType, token, identifierOrCriteria, startAmount, endAmount },
    })),
    consideration: consideration.map(
      ({ itemType, token, identifierOrCriteria, startAmount, endAmount, recipient }) => ({
        ...{ itemType, token, identifierOrCriteria, startAmount, endAmount, recipient },
      }),
    ),
  };
}
