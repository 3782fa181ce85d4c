import { Agent, request } from "node:http";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { clientOf } from "./client.ts";
import { type RunningApi, startApi } from "./server.ts";

let api: RunningApi;
const agent = new Agent({ keepAlive: true });
afterEach(() => api.close());

const start = async (options: { trustedProxies?: string[]; rate?: number }) => {
  api = await startApi({
    title: "test",
    host: "127.0.0.1",
    port: 0,
    log: createLogger({ level: "silent" }),
    metrics: createMetrics(),
    routes: [(server) => void server.get("/ping", { schema: {} }, () => ({ ok: true }))],
    ...options,
  });
};

/** What a reverse proxy sends on: its own connection, and the client in a header. */
const ask = (client: string | undefined, path = "/ping") =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    const headers = client === undefined ? {} : { "x-forwarded-for": client };
    request(new URL(path, api.url), { agent, headers }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode!, body }));
    })
      .on("error", reject)
      .end();
  });
const statusOf = async (client: string | undefined, path?: string) => (await ask(client, path)).status;

async function exhaust(client: string | undefined, times: number): Promise<number[]> {
  const statuses = [];
  for (let i = 0; i < times; i++) statuses.push(await statusOf(client));
  return statuses;
}

describe("the API behind a reverse proxy", () => {
  it("counts every client alone, and says to one that asks too often what to do", async () => {
    await start({ rate: 5 });
    expect(await exhaust("203.0.113.1", 7)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(await statusOf("198.51.100.7")).toBe(200);
    const { body } = await ask("203.0.113.1");
    expect(JSON.parse(body)).toMatchObject({
      error: "too many requests",
      value: "203.0.113.1",
      limit: "5 requests per minute and client",
      remedy: expect.stringMatching(/^Ask again in \d+ (second|minute)/u) as string,
    });
  });

  it("never limits health and metrics", async () => {
    await start({ rate: 2 });
    await exhaust("203.0.113.1", 3);
    for (let i = 0; i < 5; i++) {
      expect(await statusOf("203.0.113.1", "/healthz")).toBe(200);
      expect(await statusOf("203.0.113.1", "/metrics")).toBe(200);
    }
  });

  it("believes nobody but the proxies that are configured", async () => {
    await start({ rate: 2, trustedProxies: ["10.0.0.0/8"] });
    expect(await exhaust("203.0.113.1", 2)).toEqual([200, 200]);
    expect(await statusOf("198.51.100.7")).toBe(429);
    await api.close();
    await start({ rate: 2, trustedProxies: [] });
    expect(await exhaust("203.0.113.1", 2)).toEqual([200, 200]);
    expect(await statusOf("198.51.100.7")).toBe(429);
  });

  it("takes the client from the proxy that it trusts, not from what a client wrote before it", async () => {
    await start({ rate: 2 });
    expect(await exhaust("1.2.3.4, 203.0.113.1", 2)).toEqual([200, 200]);
    expect(await statusOf("5.6.7.8, 203.0.113.1")).toBe(429);
  });

  it("sets no limit when it is told to", async () => {
    await start({ rate: 0 });
    expect(new Set(await exhaust("203.0.113.1", 50))).toEqual(new Set([200]));
  });
});

describe("a client", () => {
  it.each([
    ["203.0.113.1", "203.0.113.1"],
    ["::ffff:203.0.113.1", "203.0.113.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:1:2::6", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("at %s is counted as %s", (address, client) => {
    expect(clientOf(address)).toBe(client);
  });

  it("is one however it chooses the lower half of its address and writes it", () => {
    const group = fc.nat(0xff_ff).map((n) => n.toString(16));
    const four = fc.array(group, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(four, four, four, (network, a, b) => {
        expect(clientOf([...network, ...a].join(":"))).toBe(clientOf([...network, ...b].join(":")));
      }),
    );
  });
});
