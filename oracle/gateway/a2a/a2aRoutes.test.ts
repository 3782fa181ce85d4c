import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offer, payment, storingShop } from "../../../test/fixtures/shop.ts";
import { type RunningApi, startApi } from "../../api/server.ts";
import { NotFoundError } from "../../common/errors.ts";
import { createLogger } from "../../common/logger.ts";
import { createMetrics } from "../../common/metrics.ts";
import { type InferenceRequest, requestHash } from "../../jobs/receiptFiles.ts";
import type { ServedModels } from "../servedModels.ts";
import { encodeHeader } from "../x402/wire.ts";
import { a2aRoutes } from "./a2aRoutes.ts";

const log = createLogger({ level: "fatal" });
const asked = { messageId: "1", role: "ROLE_USER", parts: [{ text: "are you" }, { text: "open" }] };
const paid = { "payment-signature": encodeHeader(payment) };
let writes: { readonly most: number } | undefined;
let api: RunningApi;

beforeAll(async () => {
  const models: ServedModels = {
    offerOf: (modelId) =>
      modelId === 1n
        ? Promise.resolve(offer)
        : Promise.reject(new NotFoundError("this provider does not serve the model", { value: modelId })),
    offerAt: () => Promise.resolve(offer),
    offers: () => Promise.resolve([offer]),
    tillOf: () => Promise.resolve(offer.till),
    predictorOf: () =>
      Promise.resolve({
        check: () => {},
        answer: () => Promise.resolve({ label: "x", confidence: 1 }),
        ...(writes && { writes }),
      }),
  };
  const routes = [a2aRoutes(storingShop({ add: () => Promise.resolve(true) }), models, log)];
  api = await startApi({ title: "test", host: "127.0.0.1", port: 0, log, metrics: createMetrics(), routes });
});
afterAll(() => api.close());

interface Answer {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data: object };
  readonly result?: { readonly message: { readonly role: string; readonly parts: readonly Part[] } };
}
interface Part {
  readonly text?: string;
  readonly data?: { readonly receipt: { readonly requestHash: string } };
}

async function post(body: unknown, headers: Record<string, string> = paid, model = "1") {
  const response = await fetch(`${api.url}/v1/models/${model}/a2a`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, answer: (await response.json()) as Answer };
}
const send = (message: unknown, method = "SendMessage") => ({ jsonrpc: "2.0", id: 7, method, params: { message } });

describe("the A2A protocol", () => {
  it.each<[string, unknown, number, number | null, RegExp]>([
    ["no JSON", "{", -32_700, null, /JSON/u],
    ["no call", { id: 7 }, -32_600, 7, /no call of JSON-RPC/u],
    ["several calls", [send(asked)], -32_600, null, /no call of JSON-RPC/u],
    ["another method", { ...send(asked), method: "GetTask" }, -32_601, 7, /not served/u],
    ["no message", { ...send(asked), params: {} }, -32_602, 7, /message cannot be read/u],
    ["a message of the agent", send({ ...asked, role: "ROLE_AGENT" }), -32_602, 7, /message cannot be read/u],
    ["a message without parts", send({ ...asked, parts: [] }), -32_602, 7, /message cannot be read/u],
    ["a file", send({ ...asked, parts: [{ url: "https://a.example" }] }), -32_602, 7, /message cannot be read/u],
    ["a blank question", send({ ...asked, parts: [{ text: " " }] }), -32_602, 7, /question cannot be read/u],
  ])("refuses %s before it asks for a payment", async (_what, body, code, id, words) => {
    for (const headers of [{}, paid]) {
      const { status, answer } = await post(body, headers);
      expect({ status, id: answer.id, code: answer.error!.code }).toEqual({ status: 200, id, code });
      expect(answer.error!.message).toMatch(words);
    }
  });

  it("tells clients of x402 by the status what to pay, and those of JSON-RPC in the body", async () => {
    const { status, headers, answer } = await post(send(asked), {});
    expect(status).toBe(402);
    expect(headers.get("payment-required")).toBeTruthy();
    expect(answer).toMatchObject({ jsonrpc: "2.0", id: 7, error: { code: -32_402 } });
  });

  it("has no model that is not served here", async () => {
    expect((await post(send(asked), paid, "2")).status).toBe(404);
    expect((await post(send(asked), paid, "x")).answer.error!.code).toBe(-32_602);
  });

  it.each<[string, typeof writes, InferenceRequest]>([
    ["a question", undefined, { kind: "text", input: "are you\nopen" }],
    [
      "a prompt where the version writes",
      { most: 9 },
      { kind: "prompt", input: "are you\nopen", maxTokens: 9, temperature: 0, seed: 0 },
    ],
  ])("reads a message as %s, and answers with a message and its receipt", async (_what, most, request) => {
    writes = most;
    const { status, headers, answer } = await post(send(asked));
    expect(status).toBe(200);
    expect(headers.get("payment-response")).toBeTruthy();
    const { role, parts } = answer.result!.message;
    expect([role, parts[0]!.text]).toEqual(["ROLE_AGENT", "x"]);
    expect(parts[1]!.data!.receipt.requestHash).toBe(requestHash(request));
  });

  it("has the shapes of version 0.3 for who calls by its method", async () => {
    const message = { kind: "message", messageId: "1", role: "user", parts: [{ kind: "text", text: "open" }] };
    const { answer } = await post(send(message, "message/send"));
    expect(answer.result).toMatchObject({
      kind: "message",
      role: "agent",
      parts: [{ kind: "text" }, { kind: "data" }],
    });
  });
});
