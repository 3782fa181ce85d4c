import { z } from "zod";
import { nameOf } from "../../actions/assets.ts";
import type { Listing } from "../../actions/listings.ts";
import type { OrderBook } from "../../jobs/orderBook.ts";
import { listing, signedOrder } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";

/** What is for sale, and orders that sellers signed. */
export function orderRoutes(book: OrderBook): AddRoutes {
  return (server) => {
    server.get(
      "/v1/orders",
      {
        schema: {
          summary: "Listings as the newest block has them: announced by the chain, and signed and handed in here",
          querystring: z.object({
            all: z.stringbool().default(false).describe("Also what is sold, taken back, ended or void"),
            skip: z.coerce.number().int().min(0).default(0),
            limit: z.coerce.number().int().min(1).max(1_000).default(100),
          }),
          response: { 200: z.object({ orders: z.array(listing), total: z.number().int() }) },
        },
      },
      async ({ query: { all, skip, limit } }) => {
        const listings = await book.listings();
        const shown = all ? listings : listings.filter(({ state }) => state === "open");
        return { orders: shown.slice(skip, skip + limit).map(toAnswer), total: shown.length };
      },
    );

    server.post(
      "/v1/orders",
      {
        schema: {
          summary: "Hands an order in that its seller signed; it takes the place of an earlier one of the same asset",
          body: signedOrder,
          response: { 200: listing },
        },
      },
      async ({ body: { order, signature } }) => toAnswer(await book.put(order, signature)),
    );
  };
}

function toAnswer({ asset, ...rest }: Listing) {
  return { ...rest, what: nameOf(asset) };
}
