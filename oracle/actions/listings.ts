import { EventLog, getAddress, ZeroHash } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { describeRevert } from "../chain/revert.ts";
import { NotFoundError } from "../common/errors.ts";
import { type Asset, ownerOf, REGISTRIES } from "./assets.ts";

/** Positions of Seaport's enumerations. */
export const ITEM = { erc20: 1n, erc721: 2n } as const;
export const RESTRICTED = 2n;

/** An order of Seaport, as far as it offers one asset for OPEN under the rules of SaleZone. */
export interface Listing {
  /** Its place among those that the chain announced, from 1; undefined for one that was only signed. */
  readonly number: number | undefined;
  readonly orderHash: string;
  /** The seller's; `0x` for one that the chain announced. */
  readonly signature: string;
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

interface OrderItem {
  readonly itemType: bigint;
  readonly token: string;
  readonly identifierOrCriteria: bigint;
  readonly startAmount: bigint;
  readonly endAmount: bigint;
}

/** The parameters of an order of Seaport. */
export interface Order {
  readonly offerer: string;
  readonly zone: string;
  readonly offer: OrderItem[];
  readonly consideration: (OrderItem & { readonly recipient: string })[];
  readonly orderType: bigint;
  readonly startTime: bigint;
  readonly endTime: bigint;
  readonly zoneHash: string;
  readonly salt: bigint;
  readonly conduitKey: string;
  readonly totalOriginalConsiderationItems: bigint;
}

/** What an order says, without the chain. */
export type OrderTerms = Omit<Listing, "number" | "orderHash" | "signature" | "state" | "reason">;

/** A listing that was not compared with the chain. */
export type Unchecked = Omit<Listing, "state" | "reason">;

/** Every listing that the chain ever announced, each compared with the chain as it is now. */
export async function readListings(contracts: Contracts, deployment: Deployment, now: bigint): Promise<Listing[]> {
  const announced = await readAnnounced(contracts, deployment, { from: deployment.firstBlock, before: 0 });
  const listings: Listing[] = [];
  for (const listing of announced) listings.push({ ...listing, ...(await stateOf(contracts, listing, now)) });
  return listings;
}

/** What the chain announced in blocks `from` to `to`, numbered on after `before` others. */
export async function readAnnounced(
  { Seaport }: Pick<Contracts, "Seaport">,
  deployment: Deployment,
  { from, to, before }: { readonly from: number; readonly to?: number; readonly before: number },
): Promise<Unchecked[]> {
  const events = await Seaport.queryFilter(Seaport.filters["OrderValidated"], from, to);
  const listings: Unchecked[] = [];
  for (const event of events) {
    if (!(event instanceof EventLog)) continue;
    const terms = termsOf(plain(event.args["orderParameters"]), deployment);
    if (terms === undefined) continue;
    const { orderHash } = event.args;
    listings.push({ number: before + listings.length + 1, orderHash, signature: "0x", ...terms });
  }
  return listings;
}

/** How people call a listing. */
export function titleOf({ number, orderHash }: Pick<Listing, "number" | "orderHash">): string {
  return number === undefined ? `order ${orderHash}` : `listing ${number}`;
}

/** What an order offers for how much; undefined for one that SaleZone is not asked about, or that wants anything but OPEN at a fixed price. */
export function termsOf(order: Order, deployment: Deployment): OrderTerms | undefined {
  const asset = assetOf(order, deployment);
  if (asset === undefined) return undefined;
  const parts = order.consideration.map(({ startAmount }) => startAmount);
  return {
    asset,
    seller: getAddress(order.offerer.toLowerCase()),
    price: parts.reduce((sum, part) => sum + part, 0n),
    royalty: parts.slice(1).reduce((sum, part) => sum + part, 0n),
    endsAt: order.endTime,
    order,
  };
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

function assetOf(order: Order, { addresses }: Deployment): Asset | undefined {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const [offered, ...others] = order.offer;
  const restricted = order.orderType === RESTRICTED && same(order.zone, addresses.SaleZone);
  if (!restricted || offered === undefined || others.length > 0 || order.conduitKey !== ZeroHash) return undefined;
  const kinds = Object.keys(REGISTRIES) as Asset["kind"][];
  const kind = kinds.find((name) => same(offered.token, addresses[REGISTRIES[name]]));
  if (kind === undefined || offered.itemType !== ITEM.erc721) return undefined;
  const inOpen = order.consideration.every(
    ({ itemType, token, startAmount, endAmount }) =>
      itemType === ITEM.erc20 && same(token, addresses.OpenToken) && startAmount === endAmount,
  );
  return inOpen && order.consideration.length > 0 ? { kind, tokenId: offered.identifierOrCriteria } : undefined;
}

/** Compares an order with the chain as it is now. */
export async function stateOf(
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
