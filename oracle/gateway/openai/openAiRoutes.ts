import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { type AddRoutes, statusOf } from "../../api/server.ts";
import { InputError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import type { Logger } from "../../common/logger.ts";
import type { ModelOffer, ServedModels } from "../servedModels.ts";
import type { Discovery } from "../x402/discovery.ts";
import type { Shop } from "../x402/shop.ts";
import { completion, completionEvents, logprobsOf } from "./chatAnswer.ts";
import { chatRequestSchema, promptOf, questionOf } from "./chatRequest.ts";
import { embeddingList, embeddingRequestSchema, requireDimension } from "./embedding.ts";
import { sendError } from "./errors.ts";
import { modelName } from "./modelName.ts";
import { oneText } from "./oneText.ts";
import { readAsked, textRequest } from "./readAsked.ts";
import { usageOf } from "./usage.ts";

const CHAT: Discovery = {
  body: { model: "1", messages: [{ role: "user", content: "When is the clinic open?" }] },
  bodySchema: {
    type: "object",
    properties: { model: { type: "string" }, messages: { type: "array" }, stream: { type: "boolean" } },
    required: ["model", "messages"],
  },
  answer: { object: "chat.completion", choices: [{ index: 0, message: { role: "assistant", content: "hours" } }] },
};
const CLASSIFY: Discovery = {
  body: { model: "1", input: "When is the clinic open?" },
  bodySchema: {
    type: "object",
    properties: { model: { type: "string" }, input: { type: "string" } },
    required: ["model", "input"],
  },
  answer: { data: [{ index: 0, label: "hours", probs: [0.9, 0.1], num_classes: 2 }] },
};

const EMBEDDING: Discovery = {
  body: { model: "1", input: "When is the clinic open?" },
  bodySchema: CLASSIFY.bodySchema,
  answer: { data: [{ object: "embedding", index: 0, embedding: [0.6, -0.8] }] },
};

/** OpenAI's interface to the models that are served here: whatever speaks it needs no more than the base URL and a payment. */
export function openAiRoutes(shop: Shop, models: ServedModels, provider: string, log: Logger): AddRoutes {
  const describe = ({ modelId, versionId, price }: ModelOffer) => ({
    id: modelId.toString(),
    object: "model",
    created: 0,
    owned_by: provider,
    version: versionId.toString(),
    price: price.toString(),
  });

  return (server) => {
    void server.register((scope, _options, done) => {
      const typed = scope.withTypeProvider<ZodTypeProvider>();
      typed.addHook("onRequest", async (request, reply) => void reply.header("x-request-id", request.id));
      typed.setErrorHandler((error, _request, reply) => {
        const status = statusOf(error);
        if (status >= 500) log.error({ err: error }, "request failed");
        return sendError(reply, error, status);
      });

      typed.get("/v1/models", { schema: { hide: true } }, async () => ({
        object: "list",
        data: (await models.offers()).map(describe),
      }));
      typed.get(
        "/v1/models/:modelId",
        { schema: { params: z.object({ modelId: modelName }), hide: true } },
        async ({ params }) => describe(await models.offerOf(params.modelId)),
      );

      typed.post(
        "/v1/chat/completions",
        { schema: { body: chatRequestSchema, hide: true } },
        async (request, reply) => {
          const { model: modelId, stream, logprobs: wanted, top_logprobs: top } = request.body;
          const question = questionOf(request.body);
          const { writes } = await models.predictorOf((await models.offerOf(modelId)).versionId);
          const asked = writes ? readAsked(promptOf(request.body, question, writes.most)) : textRequest(question);
          const paid = await shop.sell({ modelId, request: asked, discovery: CHAT }, request, reply);
          const { distribution } = await models.predictorOf(paid.receipt.versionId);
          const logprobs =
            wanted === true && distribution ? logprobsOf(distribution(asked, paid.answer), top ?? 0) : null;
          const answer = { question, modelId, paid, logprobs };
          return stream === true
            ? reply.type("text/event-stream").send(completionEvents(answer))
            : reply.type("application/json").send(completion(answer));
        },
      );

      typed.post(
        "/v1/classify",
        { schema: { body: z.looseObject({ model: modelName, input: oneText }), hide: true } },
        async (request, reply) => {
          const { model: modelId, input } = request.body;
          const { distribution } = await models.predictorOf((await models.offerOf(modelId)).versionId);
          if (distribution === undefined) throw cannot("classify", modelId, "POST /v1/chat/completions");
          const asked = textRequest(input);
          const paid = await shop.sell({ modelId, request: asked, discovery: CLASSIFY }, request, reply);
          const answered = await models.predictorOf(paid.receipt.versionId);
          const probs = answered.distribution!(asked, paid.answer).map(({ probability }) => probability);
          const label = "label" in paid.answer ? paid.answer.label : "";
          return reply.type("application/json").send(
            toJson({
              id: `classify-${paid.receipt.paymentId}`,
              object: "list",
              created: Number(paid.receipt.time),
              model: modelId.toString(),
              data: [{ index: 0, label, probs, num_classes: probs.length }],
              usage: usageOf(input, label, paid.receipt.fee),
            }),
          );
        },
      );

      typed.post("/v1/embeddings", { schema: { body: embeddingRequestSchema, hide: true } }, async (request, reply) => {
        const { model: modelId, input, dimensions } = request.body;
        const { embeds } = await models.predictorOf((await models.offerOf(modelId)).versionId);
        if (!embeds) throw cannot("embed", modelId, "a model that answers with passages, or POST /v1/classify");
        requireDimension(dimensions, embeds.dimension);
        const asked = readAsked({ kind: "embedding", input });
        const paid = await shop.sell({ modelId, request: asked, discovery: EMBEDDING }, request, reply);
        return reply.type("application/json").send(embeddingList(request.body, paid));
      });
      done();
    });
  };
}

function cannot(what: string, modelId: bigint, instead: string): InputError {
  return new InputError(`the model's version does not ${what}`, {
    value: modelId,
    limit: "answers to questions, with a receipt of their hash",
    remedy: `Use ${instead}.`,
  });
}
