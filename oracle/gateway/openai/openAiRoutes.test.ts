import fc from "fast-check";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { embeddingOffer, offer, payment, storingShop } from "../../../test/fixtures/shop.ts";
import { type RunningApi, startApi } from "../../api/server.ts";
import { NotFoundError } from "../../common/errors.ts";
import { createLogger } from "../../common/logger.ts";
import { createMetrics } from "../../common/metrics.ts";
import type { ServedModels } from "../servedModels.ts";
import { encodeHeader } from "../x402/wire.ts";
import { chatRequestSchema, promptOf } from "./chatRequest.ts";
import { openAiRoutes } from "./openAiRoutes.ts";

const log = createLogger({ level: "fatal" });
const distribution = () => [
  { label: "x", probability: 0.75 },
  { label: "y", probability: 0.25 },
];
const models: ServedModels = {
  offerOf: async (modelId) => {
    const served = [offer, embeddingOffer].find((one) => one.modelId === modelId);
    if (served === undefined) throw new NotFoundError("this provider does not serve the model", { value: modelId });
    return served;
  },
  offerAt: () => Promise.resolve(offer),
  offers: () => Promise.resolve([offer]),
  tillOf: () => Promise.resolve(offer.till),
  predictorOf: (versionId) =>
    Promise.resolve({
      check: () => {},
      answer: () => Promise.resolve({ label: "x", confidence: 750_000 }),
      ...(versionId === embeddingOffer.versionId ? { embeds: { dimension: 2 } } : { distribution }),
    }),
};
let api: RunningApi;

beforeAll(async () => {
  const shop = storingShop({ add: () => Promise.resolve(true) });
  const routes = [openAiRoutes(shop, models, "0xprovider", log)];
  api = await startApi({ title: "test", host: "127.0.0.1", port: 0, log, metrics: createMetrics(), routes });
});
afterAll(() => api.close());

const problem = z.object({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string(),
    code: z.string().nullable(),
    param: z.string().nullable(),
  }),
});
const paid = { "payment-signature": encodeHeader(payment) };

async function post(path: string, body: unknown, headers: Record<string, string> = paid) {
  const response = await fetch(new URL(path, api.url), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const user = (content: unknown) => ({ model: "1", messages: [{ role: "user", content }] });

describe("OpenAI's interface", () => {
  it.each([
    ["a model that is no id", "/v1/chat/completions", { ...user("x"), model: "gpt-5" }, 400, /GET \/v1\/models/u],
    ["a model that is not served", "/v1/chat/completions", { ...user("x"), model: "2" }, 404, /does not serve/u],
    ["no messages", "/v1/chat/completions", { model: "1", messages: [] }, 400, /messages/u],
    [
      "no question",
      "/v1/chat/completions",
      { model: "1", messages: [{ role: "system", content: "x" }] },
      400,
      /role user/u,
    ],
    ["an image", "/v1/chat/completions", user([{ type: "image_url", image_url: {} }]), 400, /images go to/u],
    ["a blank question", "/v1/chat/completions", user("  "), 400, /not blank/u],
    ["several answers", "/v1/chat/completions", { ...user("x"), n: 2 }, 400, /one payment buys one answer/u],
    ["several texts", "/v1/classify", { model: "1", input: ["a", "b"] }, 400, /one payment buys one answer/u],
    ["vectors", "/v1/embeddings", { model: "1", input: "x" }, 400, /does not embed[^]*answers with passages/u],
    [
      "several texts to place",
      "/v1/embeddings",
      { model: "3", input: ["a", "b"] },
      400,
      /one payment buys one answer/u,
    ],
    ["a shorter vector", "/v1/embeddings", { model: "3", input: "x", dimensions: 1 }, 400, /ask for 2/u],
    ["nothing to place", "/v1/embeddings", { model: "3", input: " " }, 400, /not blank/u],
    ["vectors of another model", "/v1/embeddings", { model: "2", input: "x" }, 404, /does not serve/u],
  ])("refuses %s before it asks for a payment", async (_what, path, body, status, words) => {
    for (const headers of [{}, paid]) {
      const refused = await post(path, body, headers);
      expect(refused.status).toBe(status);
      expect(problem.parse(JSON.parse(refused.text)).error.message).toMatch(words);
      expect(refused.headers.get("x-request-id")).toBeTruthy();
    }
  });

  it("asks who has not paid to pay, in its own shape", async () => {
    const { status, headers, text } = await post("/v1/chat/completions", user("x"), {});
    expect(status).toBe(402);
    const { error } = problem.parse(JSON.parse(text));
    expect(error).toMatchObject({ type: "insufficient_quota", code: "payment_required" });
    expect(error.message).toMatch(/Payment required[^]*PAYMENT-SIGNATURE/u);
    expect(headers.get("payment-required")).toBeTruthy();
  });

  it("reads the last message of the user, whole or in parts", async () => {
    for (const content of ["when", [{ type: "text", text: "when" }]]) {
      const messages = [
        { role: "user", content: "before" },
        { role: "assistant", content: null },
        { role: "user", content },
      ];
      const { status, text } = await post("/v1/chat/completions", { model: "1", messages });
      expect(status).toBe(200);
      const answer = JSON.parse(text) as { choices: { message: object }[]; usage: object };
      expect(answer.choices[0]!.message).toMatchObject({ role: "assistant", content: "x" });
      expect(answer.usage).toMatchObject({ prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 });
    }
  });

  it("gives the labels in place of tokens, the most probable first", async () => {
    const { text } = await post("/v1/chat/completions", { ...user("x"), logprobs: true, top_logprobs: 2 });
    const [choice] = (JSON.parse(text) as { choices: { logprobs: { content: { top_logprobs: object[] }[] } }[] })
      .choices;
    expect(choice!.logprobs.content[0]!.top_logprobs).toMatchObject([
      { token: "x", logprob: Math.log(0.75) },
      { token: "y", logprob: Math.log(0.25) },
    ]);
    const classified = await post("/v1/classify", { model: "1", input: ["x"] });
    expect((JSON.parse(classified.text) as { data: object[] }).data).toEqual([
      { index: 0, label: "x", probs: [0.75, 0.25], num_classes: 2 },
    ]);
  });

  it("places a text for OpenAI's own client, which asks for bytes, as for one that asks for numbers", async () => {
    const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: "none", defaultHeaders: paid, maxRetries: 0 });
    for (const asked of [{}, { encoding_format: "float" as const }]) {
      const { data, usage } = await openai.embeddings.create({ model: "3", input: "when", dimensions: 2, ...asked });
      expect(data[0]!.embedding.map((component) => component.toFixed(6))).toEqual(["0.600000", "-0.800000"]);
      expect(usage).toMatchObject({ prompt_tokens: 1, total_tokens: 1 });
    }
  });

  it("asks a version that writes with how the words are chosen, the likeliest where nothing is said", () => {
    const read = (more: object) => promptOf(chatRequestSchema.parse({ ...user("x"), ...more }), "x", 64);
    expect(read({})).toEqual({ kind: "prompt", input: "x", maxTokens: 64, temperature: 0, seed: 0 });
    const chosen = { temperature: 0.7, max_tokens: 9, seed: 5 };
    expect(read(chosen)).toEqual({ kind: "prompt", input: "x", maxTokens: 9, temperature: 700, seed: 5 });
    expect(read({ ...chosen, max_completion_tokens: 8 })).toMatchObject({ maxTokens: 8 });
    for (const bad of [{ temperature: 3 }, { seed: -1 }, { max_tokens: 0 }])
      expect(() => read(bad)).toThrow(z.ZodError);
  });

  it("answers anything with less than 500, and refuses in its own shape", async () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\ud800", "a\0b", "1", "x".repeat(70_000)));
    const message = fc.record({
      role: fc.constantFrom("user", "system", "x"),
      content: fc.oneof(text, fc.jsonValue()),
    });
    const body = fc.oneof(
      fc.record({
        model: fc.constantFrom("1", "2", "x"),
        messages: fc.array(message, { maxLength: 3 }),
        stream: fc.boolean(),
      }),
      fc.record({ model: fc.oneof(text, fc.constant("1")), input: fc.oneof(text, fc.array(text, { maxLength: 2 })) }),
      fc.json(),
      text,
    );
    const path = fc.constantFrom("/v1/chat/completions", "/v1/classify", "/v1/embeddings");
    await fc.assert(
      fc.asyncProperty(path, body, fc.boolean(), async (to, sent, pays) => {
        const { status, text: answer } = await post(to, sent, pays ? paid : {});
        expect(status).toBeLessThan(500);
        if (status >= 400) problem.parse(JSON.parse(answer));
      }),
      { numRuns: 300 },
    );
  });
});
