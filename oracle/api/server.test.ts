import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { InputError } from "../common/errors.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { signatureRoutes } from "./routes/signatures.ts";
import { type RunningApi, startApi } from "./server.ts";

const digest = `0x${"ab".repeat(32)}`;
const self = "0xAbCd000000000000000000000000000000000001";
let api: RunningApi;

const options = {
  title: "test",
  host: "127.0.0.1",
  port: 0,
  log: createLogger({ level: "silent" }),
  metrics: createMetrics(),
};

beforeAll(async () => {
  const signatures = {
    add: () => Promise.resolve(),
    of: (of: string) => Promise.resolve(new Map(of === digest ? [[self.toLowerCase(), "0x1234"]] : [])),
  };
  api = await startApi({
    ...options,
    routes: [
      signatureRoutes(signatures, self),
      (server) => {
        server.get("/refuses", { schema: { querystring: z.object({ n: z.coerce.number().max(3) }) } }, () => {
          throw new InputError("no such thing", { value: 7n, limit: "at most 3", remedy: "Ask for less." });
        });
      },
    ],
  });
});
afterAll(() => api.close());

const get = async (path: string) => {
  const response = await fetch(new URL(path, api.url));
  return { status: response.status, body: await response.text() };
};

describe("the HTTP server", () => {
  it("answers for what it has and says 404 for what it has not", async () => {
    expect(await get(`/v1/signatures/${digest}`)).toEqual({
      status: 200,
      body: JSON.stringify({ signer: self, signature: "0x1234" }),
    });
    expect((await get(`/v1/signatures/0x${"00".repeat(32)}`)).status).toBe(404);
  });

  it("refuses malformed parameters before a handler sees them", async () => {
    expect((await get("/v1/signatures/0x12")).status).toBe(400);
    expect((await get("/refuses?n=4")).status).toBe(400);
  });

  it("says value, limit and remedy", async () => {
    expect(JSON.parse((await get("/refuses?n=1")).body)).toEqual({
      error: "no such thing",
      value: "7",
      limit: "at most 3",
      remedy: "Ask for less.",
    });
  });

  it("documents its routes and shows its metrics", async () => {
    expect(Object.keys((JSON.parse((await get("/openapi.json")).body) as { paths: object }).paths)).toContain(
      "/v1/signatures/{digest}",
    );
    expect((await get("/metrics")).body).toContain("openledger_stage_seconds");
    expect((await get("/healthz")).status).toBe(200);
  });

  it("names the port that is in use", async () => {
    const port = Number(new URL(api.url).port);
    await expect(startApi({ ...options, port, routes: [] })).rejects.toThrow(/in use/);
  });
});
