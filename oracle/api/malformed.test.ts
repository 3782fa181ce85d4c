import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { first, startReadApi } from "../../test/fixtures/readApi.ts";
import { authorization, payment, storingShop } from "../../test/fixtures/shop.ts";
import { createInferences } from "../store/inferences.ts";
import { inferenceRoutes } from "../gateway/routes.ts";
import { encodeHeader } from "../gateway/x402/wire.ts";
import { createAvailabilityVotes } from "../store/availabilityVotes.ts";
import { availabilityRoutes } from "./routes/availability.ts";
import { signatureRoutes } from "./routes/signatures.ts";
import type { RunningApi } from "./server.ts";

let api: RunningApi;
let close: () => Promise<void>;
/** Method and path of every route, with the names of its parameters in braces. */
let routes: { method: "GET" | "POST"; path: string; query: string[] }[];

const openApi = z.object({
  paths: z.record(
    z.string(),
    z.object({ get: z.object({ parameters: z.array(z.object({ in: z.string(), name: z.string() })).default([]) }) }),
  ),
});

beforeAll(async () => {
  ({ api, close } = await startReadApi((db) => [
    inferenceRoutes(storingShop(createInferences(db))),
    availabilityRoutes(createAvailabilityVotes(db)),
    signatureRoutes({ add: () => Promise.resolve(), of: () => Promise.resolve(new Map()) }, first!.account),
  ]));
  const { paths } = openApi.parse(await (await fetch(new URL("/openapi.json", api.url))).json());
  routes = Object.entries(paths).map(([path, { get }]) => ({
    method: "GET",
    path,
    query: get.parameters.flatMap((parameter) => (parameter.in === "query" ? [parameter.name] : [])),
  }));
  // the paid route, and those for machines, are not in the document
  routes.push({ method: "POST", path: "/v1/models/{modelId}/infer", query: [] });
  for (const path of ["/healthz", "/metrics", "/openapi.json"]) routes.push({ method: "GET", path, query: [] });
});
afterAll(() => close());

/** What people and programs write where an id, a hash or a number belongs, and what an attacker does. */
const word = fc.oneof(
  fc.constantFrom(
    "",
    "0",
    "1",
    "-1",
    "1e9",
    "NaN",
    "latest",
    "true",
    "null",
    "[object Object]",
    "..",
    "%00",
    "%ff",
    "%",
  ),
  fc.constantFrom(
    "constructor",
    "__proto__",
    "9".repeat(78),
    "9".repeat(79),
    `0x${"ff".repeat(32)}`,
    `0x${"FF".repeat(20)}`,
  ),
  fc.constantFrom(
    "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
    "ipfs://x",
    "\0",
    "\u202e",
    "' OR 1=1 --",
  ),
  fc.nat().map(String),
  fc.string({ unit: "binary", maxLength: 90 }),
);
/** Encoded as browsers do, or as it is where HTTP allows it. */
const encoded = fc.tuple(word, fc.boolean()).map(([text, raw]) => {
  const whole = text.toWellFormed();
  return raw && /^[\x21-\x7e]*$/u.test(whole) ? whole.replaceAll(/[#?/\\]/gu, "") : encodeURIComponent(whole);
});

async function send(method: string, path: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`${api.url}${path}`, { method, redirect: "manual", ...init });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  if (isJson && method !== "HEAD") JSON.parse(text);
  return response.status;
}

describe("every route", () => {
  it("answers anything in its path and its query with less than 500", async () => {
    expect(routes.length).toBeGreaterThan(15);
    const request = fc.nat().chain((n) => {
      const { method, path, query } = routes[n % routes.length]!;
      return fc.record({
        method: fc.constantFrom(method, method, method, "GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"),
        parameters: fc.array(encoded, { minLength: 2, maxLength: 2 }),
        pairs: fc.array(fc.tuple(fc.oneof(fc.constantFrom("root", ...query), encoded), encoded), { maxLength: 4 }),
        path: fc.constant(path),
      });
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, parameters, pairs, path }) => {
        const filled = [...parameters].reduce((text, value) => text.replace(/\{\w+\}/u, () => value), path);
        const search = pairs.map(([name, value]) => `${name}=${value}`).join("&");
        expect(await send(method, `${filled}?${search}`)).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });

  it("answers anything in its body with less than 500", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\ud800", "a\0b", "\udfff\ud800", "", "x".repeat(65_537)),
    );
    const requests = fc.oneof(
      fc.record({ kind: fc.constantFrom("text", "image", "\ud800"), input: text }),
      fc.record({
        kind: fc.constant("image"),
        width: fc.integer(),
        height: fc.integer(),
        channels: fc.integer(),
        pixels: text,
      }),
      fc.anything().filter((value) => typeof value !== "bigint"),
    );
    const over = (keys: readonly string[]) =>
      fc.dictionary(fc.constantFrom(...keys, "__proto__", "extra"), fc.oneof(text, fc.jsonValue()), { maxKeys: 2 });
    const ids = fc.record({ info: fc.record({ id: text, salt: text }) });
    const headers = fc.oneof(
      fc
        .tuple(
          over(Object.keys(payment)),
          over(Object.keys(authorization)),
          over(["payment-identifier", "openledger-receipt"]),
          ids,
        )
        .map(([outer, inner, extensions, id]) => {
          const payload = { ...payment.payload, authorization: { ...authorization, ...inner } };
          return encodeHeader({
            ...payment,
            payload,
            extensions: { "payment-identifier": id, ...extensions },
            ...outer,
          });
        }),
      fc.constant(encodeHeader(payment)),
      fc.json().map((json) => Buffer.from(json).toString("base64")),
      fc.string({ unit: "grapheme-ascii" }).map((value) => value.trim()),
    );
    const safe = (value: unknown) =>
      JSON.stringify(value, (_, item: unknown) =>
        typeof item === "bigint" || typeof item === "symbol" ? String(item) : item,
      );
    const bodies = fc.oneof(requests.map(safe), fc.json(), fc.string({ unit: "binary" }));
    const types = fc.constantFrom("application/json", "application/json; charset=latin1", "text/plain", "", "x/y/z");
    await fc.assert(
      fc.asyncProperty(bodies, types, encoded, headers, async (body, type, modelId, paid) => {
        const id = modelId === "" ? "1" : modelId;
        for (const path of [`/v1/models/${id}/infer`, "/v1/models/1/infer"]) {
          const status = await send("POST", path, {
            body: body ?? "",
            headers: { "content-type": type, "payment-signature": paid },
          });
          expect(status).toBeLessThan(500);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(["\ud800", "a\0b", "\udc00\ud800"])("refuses the question %j and says why", async (input) => {
    const response = await fetch(new URL("/v1/models/1/infer", api.url), {
      method: "POST",
      headers: { "content-type": "application/json", "payment-signature": encodeHeader(payment) },
      body: JSON.stringify({ kind: "text", input }),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("half surrogates");
  });
});
