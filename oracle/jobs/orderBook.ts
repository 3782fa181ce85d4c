import { Mutex } from "async-mutex";
import type { Interface, Log } from "ethers";
import { nameOf, REGISTRIES } from "../actions/assets.ts";
import { type Listing, type Order, readAnnounced, stateOf, termsOf, type Unchecked } from "../actions/listings.ts";
import { describeRevert } from "../chain/revert.ts";
import { InputError } from "../common/errors.ts";
import type { Orders } from "../store/orders.ts";
import type { Context } from "./context.ts";

/** Listings, announced by the chain or signed and handed in, as the newest block has them. */
export interface OrderBook {
  /** Takes a signed order that can be bought now. @throws InputError for any other */
  put(order: Order, signature: string): Promise<Listing>;
  /** All of them, those that the chain announced first. */
  listings(): Promise<readonly Listing[]>;
}

type Source = Pick<Context, "provider" | "contracts" | "deployment">;

/** What was seen of the chain. */
interface Seen {
  readonly block: number;
  readonly hash: string;
  readonly epoch: bigint;
  readonly announced: Listing[];
}

/** @param parse checks an order as it was stored */
export function createOrderBook(source: Source, orders: Orders, parse: (stored: unknown) => Order): OrderBook {
  const { provider, contracts, deployment } = source;
  let seen: Seen | undefined;
  let signed = new Map<string, Listing>();
  /** One after another, so that nobody reads a book that is half compared. */
  const turns = new Mutex();

  async function refresh(): Promise<{ readonly seen: Seen; readonly now: bigint }> {
    const head = (await provider.getBlock("latest"))!;
    const now = BigInt(head.timestamp);
    const epoch = await contracts.EpochClock.current();
    // a chain that was rewritten is read anew
    const known = seen && (await provider.getBlock(seen.block))?.hash === seen.hash ? seen : undefined;
    if (known?.hash === head.hash) return { seen: known, now };

    const from = known === undefined ? deployment.firstBlock : known.block + 1;
    const changed = known && (await changesIn(source, from, head.number));
    const isChanged = ({ asset, seller, state, endsAt }: Listing) =>
      changed === undefined ||
      changed.has(nameOf(asset)) ||
      changed.has(seller.toLowerCase()) ||
      // an activated version counts from an epoch on, and time makes no event
      (asset.kind === "model" && epoch !== known!.epoch) ||
      (state === "open" && now >= endsAt);
    const compare = async (listing: Unchecked) => ({ ...listing, ...(await stateOf(contracts, listing, now)) });
    const announced: Listing[] = [];
    for (const listing of known?.announced ?? []) announced.push(isChanged(listing) ? await compare(listing) : listing);
    const range = { from, to: head.number, before: announced.length };
    for (const listing of await readAnnounced(contracts, deployment, range)) announced.push(await compare(listing));

    const kept = new Map<string, Listing>();
    const before = known === undefined ? await stored() : [...signed.values()];
    for (const listing of before) {
      const compared = "state" in listing && !isChanged(listing) ? listing : await compare(listing);
      kept.set(nameOf(listing.asset), compared);
    }
    signed = kept;
    seen = { block: head.number, hash: head.hash!, epoch, announced };
    return { seen, now };
  }

  async function stored(): Promise<(Unchecked | Listing)[]> {
    return (await orders.all()).flatMap(({ orderHash, parameters, signature }) => {
      const terms = termsOf(parse(parameters), deployment);
      return terms === undefined ? [] : [{ number: undefined, orderHash, signature, ...terms }];
    });
  }

  return {
    listings: () =>
      turns.runExclusive(async () => {
        const { seen: newest } = await refresh();
        return [...newest.announced, ...signed.values()];
      }),
    put: (order, signature) =>
      turns.runExclusive(async () => {
        const terms = termsOf(order, deployment);
        if (terms === undefined) {
          throw new InputError("the order is no listing", {
            value: order.offerer,
            limit:
              "one contribution, model or Datanet for OPEN at a fixed price, restricted by SaleZone, without a conduit",
            remedy: "npx openledger market sell --signed",
          });
        }
        const { Seaport } = contracts;
        const counter = await Seaport.getCounter(order.offerer);
        const orderHash = await Seaport.getOrderHash({ ...order, counter });
        const { now } = await refresh();
        const unchecked = { number: undefined, orderHash, signature, ...terms };
        const listing: Listing = { ...unchecked, ...(await stateOf(contracts, unchecked, now)) };
        if (listing.state !== "open") {
          throw new InputError(`the order cannot be filled: ${listing.reason}`, {
            value: orderHash,
            limit: "an open one",
          });
        }
        await Seaport.validate.staticCall([{ parameters: order, signature }]).catch((cause: unknown) => {
          throw new InputError(`the order is not signed by its seller: ${describeRevert(cause).problem}`, {
            value: order.offerer,
            limit: `the seller's signature of ${orderHash}, with counter ${counter}`,
            cause,
          });
        });
        await orders.put({ asset: nameOf(terms.asset), orderHash, parameters: order, signature });
        signed.set(nameOf(terms.asset), listing);
        return listing;
      }),
  };
}

/** Assets and lower-case sellers about which something happened in these blocks. */
async function changesIn({ provider, contracts, deployment }: Source, from: number, to: number): Promise<Set<string>> {
  const { addresses } = deployment;
  const changed = new Set<string>();
  const sources: { readonly abi: Interface; readonly address: string; readonly kind?: string }[] = [
    { abi: contracts.Seaport.interface, address: addresses.Seaport },
    { abi: contracts.IndexRegistry.interface, address: addresses.IndexRegistry, kind: "model" },
    ...Object.entries(REGISTRIES).map(([kind, name]) => ({
      ...{ abi: contracts[name].interface, address: addresses[name], kind },
    })),
  ];
  for (const { abi, address, kind } of sources) {
    const logs: Log[] = await provider.getLogs({ address, fromBlock: from, toBlock: to });
    for (const log of logs) {
      const event = abi.parseLog(log);
      for (const [i, input] of (event?.fragment.inputs ?? []).entries()) {
        const value: unknown = event!.args[i];
        if (["offerer", "owner"].includes(input.name)) changed.add(String(value).toLowerCase());
        if (["tokenId", "contributionId", "modelId", "agentId"].includes(input.name))
          changed.add(`${kind ?? ""}:${String(value)}`);
      }
    }
  }
  return changed;
}
