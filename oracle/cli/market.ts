import { formatOpen } from "@openledger/protocol/units.ts";
import { randomBytes, toBigInt } from "ethers";
import { type Asset, nameOf, parseAsset } from "../actions/assets.ts";
import { type Listing, readListing, readListings } from "../actions/listings.ts";
import * as sales from "../actions/sales.ts";
import { eventOf } from "../chain/eventOf.ts";
import { InputError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
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

type SellOptions = ChainOptions & { readonly days: number; readonly withTill: boolean };

/** `openledger market`: contributions, models and Datanets as a whole, sold for OPEN. */
export const marketCommand: AddCommand = (program) => {
  const command = program.command("market").description("sell and buy contributions, models and Datanets");
  const add = (words: string) => addChainOptions(command.command(words));
  const run = (options: ChainOptions, work: (session: Session) => Promise<void>) => withSession(program, options, work);

  add("list")
    .description("what is for sale, compared with the chain as it is now")
    .option("--all", "also what is sold, taken back, ended or void", false)
    .action((options: ChainOptions & { readonly all: boolean }) =>
      run(options, (session) => showAll(session, options.all)),
    );

  add("sell")
    .description("list what you own; it stays with you until somebody pays")
    .argument("<what>", "contribution:<id>, model:<id> or datanet:<id>", parseAsset)
    .argument("<OPEN>", "the price, a creator's royalty included", parseAmount)
    .option("--days <count>", "how long it is listed, at most 365", parseCount, 30)
    .option("--with-till", "what is in a model's till goes to the buyer, instead of being swept to you first", false)
    .action((asset: Asset, price: bigint, options: SellOptions) =>
      run(options, (session) => sell(session, asset, price, options)),
    );

  add("buy")
    .description("pay the price of a listing, and get what it offers")
    .argument("<number>", "of the listing", parseCount)
    .action((number: number, options: ChainOptions) => run(options, (session) => buy(session, number)));

  add("cancel")
    .description("take your listing back")
    .argument("<number>", "of the listing", parseCount)
    .action((number: number, options: ChainOptions) =>
      run(options, async (session) => {
        const { address } = requireKey(session, "taking a listing back");
        const listing = await find(session, number);
        const mined = await session.send(await sales.cancel(session.contracts, listing, address));
        session.finish({ number, transaction: mined?.hash }, () => `listing ${number} is taken back`);
      }),
    );
};

async function showAll({ contracts, deployment, provider, output }: Session, all: boolean): Promise<void> {
  const listings = await readListings(contracts, deployment, await chainTime(provider));
  const shown = all ? listings : listings.filter(({ state }) => state === "open");
  const rows = shown.map(({ number, orderHash, asset, seller, price, royalty, endsAt, state, reason }) => ({
    ...{ number, orderHash, what: nameOf(asset), seller, price, royalty, endsAt, state, reason },
  }));
  output.result(rows, (found) =>
    found.length === 0
      ? "nothing is for sale"
      : table(found, [
          { title: "number", value: ({ number }) => `${number}`, align: "right" },
          { title: "what", value: ({ what }) => what },
          { title: "OPEN", value: ({ price }) => formatOpen(price), align: "right" },
          { title: "seller", value: ({ seller }) => seller },
          { title: "until", value: ({ endsAt }) => isoTime(endsAt) },
          { title: "state", value: ({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`) },
        ]),
  );
}

async function sell(session: Session, asset: Asset, price: bigint, { days, withTill }: SellOptions): Promise<void> {
  const { contracts, deployment, provider } = session;
  const seller = requireKey(session, "selling").address;
  if (days > MAX_DAYS) throw new InputError("a listing is too long", { value: days, limit: `1 to ${MAX_DAYS} days` });
  const startsAt = await chainTime(provider);
  const endsAt = startsAt + BigInt(days) * DAY;
  const salt = toBigInt(randomBytes(8));
  const calls = await sales.list(contracts, deployment, { asset, seller, price, startsAt, endsAt, salt, withTill });
  const [approval, listed] = calls;
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

async function buy(session: Session, number: number): Promise<void> {
  const { address } = requireKey(session, "buying");
  const listing = await find(session, number);
  const call = sales.buy(listing, address);
  await requireOpen(session, listing.price);
  await allow(session, "Seaport", listing.price);
  await session.rehearse(call);
  const mined = await session.send(call);
  const { asset, price } = listing;
  session.finish({ number, what: nameOf(asset), price, transaction: mined?.hash }, () =>
    [
      `${nameOf(asset)} is yours for ${formatOpen(price)} OPEN`,
      ...(asset.kind === "contribution" ? ["What it earns is yours from the next epoch on."] : []),
    ].join("\n"),
  );
}

async function find({ contracts, deployment, provider }: Session, number: number): Promise<Listing> {
  return readListing(contracts, deployment, await chainTime(provider), number);
}
