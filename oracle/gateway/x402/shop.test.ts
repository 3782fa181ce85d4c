import { describe, expect, it } from "vitest";
import { offer, payment, storingShop } from "../../../test/fixtures/shop.ts";
import { startApi } from "../../api/server.ts";
import { createLogger } from "../../common/logger.ts";
import { createMetrics } from "../../common/metrics.ts";
import { inferenceRoutes } from "../routes.ts";
import { decodeHeader, encodeHeader, type PaymentRequired, type SettleResponse } from "./wire.ts";

const PATH = "/v1/models/1/infer";

/** Asks a shop, with a payment or without. */
async function ask(publicUrl: string | undefined, headers: Record<string, string>) {
  const api = await startApi({
    title: "test",
    host: "127.0.0.1",
    port: 0,
    log: createLogger({ level: "fatal" }),
    metrics: createMetrics(),
    routes: [inferenceRoutes(storingShop({ add: () => Promise.resolve(true) }, publicUrl))],
  });
  try {
    const response = await fetch(`${api.url}${PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ kind: "text", input: "x" }),
    });
    const read = (name: string) => decodeHeader(response.headers.get(name) ?? "");
    return {
      url: api.url,
      status: response.status,
      required: read("payment-required") as PaymentRequired | undefined,
      settled: read("payment-response") as SettleResponse | undefined,
    };
  } finally {
    await api.close();
  }
}

describe("a shop", () => {
  it("calls itself what it is told to, or where it listens, and not what a stranger's headers say", async () => {
    const told = await ask("https://models.example", {});
    expect(told.required?.resource.url).toBe(`https://models.example${PATH}`);
    const listening = await ask(undefined, {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
    });
    expect(listening.required?.resource.url).toBe(`${listening.url}${PATH}`);
  });

  it("offers the price to the till, and signs for it", async () => {
    const { status, required, settled } = await ask(undefined, {});
    expect(status).toBe(402);
    expect(required?.accepts).toMatchObject([{ scheme: "exact", amount: `${offer.price}`, payTo: offer.till }]);
    expect(Object.keys(required!.extensions).toSorted()).toEqual([
      "bazaar",
      "offer-receipt",
      "openledger-receipt",
      "payment-identifier",
    ]);
    expect(settled).toBeUndefined();
  });

  it("says of a payment what was settled, or why it was not", async () => {
    const paid = await ask(undefined, { "payment-signature": encodeHeader(payment) });
    expect(paid).toMatchObject({ status: 200, required: undefined, settled: { success: true, amount: "1" } });
    const accepted = { ...payment.accepted, amount: "0" };
    const refused = await ask(undefined, { "payment-signature": encodeHeader({ ...payment, accepted }) });
    expect(refused.status).toBe(402);
    expect(refused.required?.error).toMatch(
      /something else than what is asked; value: .* 0 of .*; limit: .*; remedy: /u,
    );
  });
});
