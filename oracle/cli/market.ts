import { formatOpen } from "@openledger/protocol/units.ts";
import { randomBytes, toBigInt } from "ethers";
import { z } from "zod";
import { type Asset, ASSET_NAMES, nameOf, parseAsset } from "../actions/assets.ts";
import { type Listing, readListing, readListings, stateOf, termsOf, titleOf } from "../actions/listings.ts";
import * as sales from "../actions/sales.ts";
import { eventOf } from "../chain/eventOf.ts";
import { listing as listingSchema } from "../api/schemas.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import { addApiOption, askApi, postApi } from "./apiClient.ts";
import { table } from "./output.ts";
import { parseAmount, parseCount } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import {
  addChainOptions,
  allow,
  type ChainOptions,
  chainTime,
  requireKey,
  requireOpen,
  type Session,
  withSession,
} from "./session.ts";

const DAY = 86_400n;
const MAX_DAYS = 365;

type ApiOptions = ChainOptions & { readonly api: string };
type SellOptions = ApiOptions & { readonly days: number; readonly withTill: boolean; readonly signed: boolean };
/** A number, or the hash of an order. */
type Reference = number | string;

const orders = z.object({ orders: z.array(listingSchema), total: z.number() });
const PAGE = 1_000;

/** `openledger market`: contributions, models, Datanets and agents as a whole, sold for OPEN. */
export const marketCommand: AddCommand = (program) => {
  const command = program.command("market").description("sell and buy contributions, models, Datanets and agents");
  const add = (words: string) => addChainOptions(command.command(words));
  const run = (options: ChainOptions, work: (session: Session) => Promise<void>) => withSession(program, options, work);

  addApiOption(add("list"))
    .description("what is for sale, as an operator compares it with the chain: announced, and signed")
    .option("--all", "also what is sold, taken back, ended or void", false)
    .option("--announced", "only what the chain announced, without an operator", false)
    .action((options: ApiOptions & { readonly all: boolean; readonly announced: boolean }) =>
      run(options, (session) => showAll(session, options)),
    );

  addApiOption(add("sell"))
    .description("list what you own; it stays with you until somebody pays")
    .argument("<what>", ASSET_NAMES, parseAsset)
    .argument("<OPEN>", "the price, a creator's royalty included", parseAmount)
    .option("--days <count>", "how long it is listed, at most 365", parseCount, 30)
    .option("--signed", "hand the signed order to an operator instead of announcing it, for no gas", false)
    .option("--with-till", "what is in a model's till goes to the buyer, instead of being swept to you first", false)
    .action((asset: Asset, price: bigint, options: SellOptions) =>
      run(options, (session) => sell(session, asset, price, options)),
    );

  addApiOption(add("buy"))
    .description("pay the price of a listing, and get what it offers")
    .argument("<listing>", "its number, or the hash of a signed order", parseReference)
    .action((reference: Reference, options: ApiOptions) =>
      run(options, (session) => buy(session, reference, options.api)),
    );

  addApiOption(add("cancel"))
    .description("take your listing back")
    .argument("<listing>", "its number, or the hash of a signed order", parseReference)
    .action((reference: Reference, options: ApiOptions) =>
      run(options, async (session) => {
        const { address } = requireKey(session, "taking a listing back");
        const listing = await find(session, reference, options.api);
        const mined = await session.send(await sales.cancel(session.contracts, listing, address));
        const { number, orderHash } = listing;
        session.finish({ number, orderHash, transaction: mined?.hash }, () => `${titleOf(listing)} is taken back`);
      }),
    );
};

/** @throws InputError for what is neither a number nor the hash of an order */
function parseReference(text: string): Reference {
  return /^0x[0-9a-f]{64}$/u.test(text) ? text : parseCount(text);
}

async function showAll(
  { contracts, deployment, provider, output }: Session,
  { api, all, announced }: { readonly api: string; readonly all: boolean; readonly announced: boolean },
): Promise<void> {
  const found = announced
    ? (await readListings(contracts, deployment, await chainTime(provider)))
        .filter(({ state }) => all || state === "open")
        .map(({ asset, ...listing }) => ({ ...listing, what: nameOf(asset) }))
    : await askOrders(api, all);
  const rows = found.map(({ number, orderHash, what, seller, price, royalty, endsAt, state, reason }) => ({
    ...{ number, orderHash, what, seller, price, royalty, endsAt, state, reason },
  }));
  output.result(rows, (found) =>
    found.length === 0
      ? "nothing is for sale"
      : table(found, [
          { title: "listing", value: ({ number, orderHash }) => `${number ?? orderHash}`, align: "right" },
          { title: "what", value: ({ what }) => what },
          { title: "OPEN", value: ({ price }) => formatOpen(price), align: "right" },
          { title: "seller", value: ({ seller }) => seller },
          { title: "until", value: ({ endsAt }) => isoTime(endsAt) },
          { title: "state", value: ({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`) },
        ]),
  );
}

/** Every listing of an operator's book. */
async function askOrders(api: string, all: boolean): Promise<z.output<typeof listingSchema>[]> {
  const found: z.output<typeof listingSchema>[] = [];
  for (;;) {
    const page = await askApi(api, `/v1/orders?all=${all}&skip=${found.length}&limit=${PAGE}`, orders);
    found.push(...page.orders);
    if (page.orders.length < PAGE) return found;
  }
}

async function sell(session: Session, asset: Asset, price: bigint, options: SellOptions): Promise<void> {
  const { days, withTill, signed, api } = options;
  const { contracts, deployment, provider } = session;
  const wallet = requireKey(session, "selling");
  const seller = wallet.address;
  if (days > MAX_DAYS) throw new InputError("a listing is too long", { value: days, limit: `1 to ${MAX_DAYS} days` });
  const startsAt = await chainTime(provider);
  const endsAt = startsAt + BigInt(days) * DAY;
  const salt = toBigInt(randomBytes(8));
  const wish = { asset, seller, price, startsAt, endsAt, salt, withTill };
  if (signed) {
    const { approval, order } = await sales.prepare(contracts, deployment, wish);
    // an operator that does not answer is known before anything is sent
    await askApi(api, "/v1/orders?limit=1", orders);
    await session.send(approval);
    const signature = await sales.signOrder(contracts, deployment, wallet, order);
    const { orderHash } = await postApi(api, "/v1/orders", { order, signature }, listingSchema);
    session.finish({ orderHash }, () =>
      [
        `${nameOf(asset)} is for sale, for ${formatOpen(price)} OPEN until ${isoTime(endsAt)}`,
        `Buyers: npx openledger market buy ${orderHash}`,
      ].join("\n"),
    );
    return;
  }
  const [approval, listed] = await sales.list(contracts, deployment, wish);
  await session.send(approval!);
  const mined = await session.send(listed!);
  const orderHash = mined && (eventOf(mined, contracts.Seaport, "OrderValidated").args["orderHash"] as string);
  const listings = orderHash === undefined ? [] : await readListings(contracts, deployment, startsAt);
  const number = listings.find((listing) => listing.orderHash === orderHash)?.number;
  session.finish({ number, orderHash, transaction: mined?.hash }, () =>
    [
      `${nameOf(asset)} is listing ${number}, for ${formatOpen(price)} OPEN until ${isoTime(endsAt)}`,
      `Buyers: npx openledger market buy ${number}`,
    ].join("\n"),
  );
}

async function buy(session: Session, reference: Reference, api: string): Promise<void> {
  const { address } = requireKey(session, "buying");
  const listing = await find(session, reference, api);
  const call = sales.buy(listing, address);
  await requireOpen(session, listing.price);
  await allow(session, "Seaport", listing.price);
  await session.rehearse(call);
  const mined = await session.send(call);
  const { asset, price, number, orderHash } = listing;
  session.finish({ number, orderHash, what: nameOf(asset), price, transaction: mined?.hash }, () =>
    [
      `${nameOf(asset)} is yours for ${formatOpen(price)} OPEN`,
      ...(asset.kind === "contribution" ? ["What it earns is yours from the next epoch on."] : []),
    ].join("\n"),
  );
}

/** A listing, compared with the chain: an operator is not believed about a signed one. */
async function find(session: Session, reference: Reference, api: string): Promise<Listing> {
  const { contracts, deployment, provider } = session;
  const now = await chainTime(provider);
  if (typeof reference === "number") return readListing(contracts, deployment, now, reference);
  const found = (await askOrders(api, true)).find(({ orderHash }) => orderHash === reference);
  const terms = found && termsOf(found.order, deployment);
  if (terms === undefined) {
    throw new NotFoundError("the operator has no such order", {
      value: reference,
      limit: api,
      remedy: "npx openledger market list",
    });
  }
  const listing = { number: undefined, orderHash: reference, signature: found!.signature, ...terms };
  return { ...listing, ...(await stateOf(contracts, listing, now)) };
}
