import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { type AddRoutes, statusOf } from "../../api/server.ts";
import { InputError, messageOf, OpenLedgerError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import type { Logger } from "../../common/logger.ts";
import { nameOfReceipt } from "../../jobs/receiptName.ts";
import { contentOf } from "../openai/chatAnswer.ts";
import { promptOf } from "../openai/chatRequest.ts";
import { modelName } from "../openai/modelName.ts";
import { readAsked, textRequest } from "../openai/readAsked.ts";
import type { PaidAnswer } from "../paidCall.ts";
import type { ServedModels } from "../servedModels.ts";
import type { Discovery } from "../x402/discovery.ts";
import type { Shop } from "../x402/shop.ts";

/** Where a model, or the agent behind it, is asked by the A2A protocol. */
export const A2A_PATH = "/v1/models/:modelId/a2a";

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const INTERNAL_ERROR = -32_603;
/** Of this server's own: the HTTP status is 402, and its headers say how to pay. */
const PAYMENT_REQUIRED = -32_402;

/** One answer for one message: by the name of the protocol's version 1.0, and by that of 0.3, which has other shapes. */
const METHODS = ["SendMessage", "message/send"] as const;
const MOST_PARTS = 64;
/** What Fastify calls a body that cannot be parsed. */
const NO_JSON = "FST_ERR_CTP_INVALID_JSON_BODY";

const callSchema = z.looseObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]).default(null),
  method: z.string(),
  params: z.unknown(),
});
const sendSchema = z.looseObject({
  message: z.looseObject({
    messageId: z.string().min(1),
    role: z.enum(["ROLE_USER", "user"]),
    parts: z
      .array(z.looseObject({ text: z.string({ error: "text: files and data are not read" }) }))
      .min(1)
      .max(MOST_PARTS),
  }),
});

const DISCOVERY: Discovery = {
  body: {
    jsonrpc: "2.0",
    id: 1,
    method: "SendMessage",
    params: { message: { messageId: "1", role: "ROLE_USER", parts: [{ text: "When is the clinic open?" }] } },
  },
  bodySchema: {
    type: "object",
    properties: { jsonrpc: { const: "2.0" }, method: { enum: METHODS }, params: { type: "object" } },
    required: ["jsonrpc", "method", "params"],
  },
  answer: { jsonrpc: "2.0", id: 1, result: { message: { role: "ROLE_AGENT", parts: [{ text: "hours" }] } } },
};

/** A call that is none, or of a method that is not served here. */
class CallError extends InputError {
  readonly code: number;

  constructor(code: number, problem: string, details: ConstructorParameters<typeof InputError>[1]) {
    super(problem, details);
    this.code = code;
  }
}

/**
 * The A2A protocol's JSON-RPC binding: a message is a question, its answer a message, paid by x402 in the headers of HTTP. Nothing is
 * kept of a conversation, so that there are no tasks to ask for afterwards.
 */
export function a2aRoutes(shop: Shop, models: ServedModels, log: Logger): AddRoutes {
  return (server) => {
    void server.register((scope, _options, done) => {
      const typed = scope.withTypeProvider<ZodTypeProvider>();
      typed.setErrorHandler((error, request, reply) => {
        const status = statusOf(error);
        if (status >= 500) log.error({ err: error }, "request failed");
        const { value, limit, remedy } = error instanceof OpenLedgerError ? error : {};
        const data = { value, limit, remedy };
        const body = {
          jsonrpc: "2.0",
          id: idOf(request.body),
          error: { code: codeOf(error, status), message: messageOf(error), data },
        };
        // clients of JSON-RPC read what is wrong with a call in the body, those of x402 a demand in the status
        return reply
          .status(status === 400 ? 200 : status)
          .type("application/json")
          .send(toJson(body));
      });

      typed.post(
        A2A_PATH,
        {
          schema: {
            summary: "A paid message of the A2A protocol",
            params: z.object({ modelId: modelName }),
            hide: true,
          },
        },
        async (request, reply) => {
          const { modelId } = request.params;
          const { id, method, question } = readCall(request.body);
          const { writes } = await models.predictorOf((await models.offerOf(modelId)).versionId);
          const asked = writes ? readAsked(promptOf({}, question, writes.most)) : textRequest(question);
          const paid = await shop.sell({ modelId, request: asked, discovery: DISCOVERY }, request, reply);
          return reply.type("application/json").send(toJson({ jsonrpc: "2.0", id, result: resultOf(method, paid) }));
        },
      );
      done();
    });
  };
}

function readCall(body: unknown) {
  const call = callSchema.safeParse(body);
  if (!call.success) {
    throw new CallError(INVALID_REQUEST, "the request is no call of JSON-RPC 2.0", {
      value: problemOf(call.error),
      limit: "jsonrpc, id, method and params",
      remedy: "Send one call in the body.",
    });
  }
  const { id, method, params } = call.data;
  if (!METHODS.includes(method as (typeof METHODS)[number])) {
    throw new CallError(METHOD_NOT_FOUND, "the method is not served here", {
      value: method,
      limit: METHODS.join(", "),
      remedy: "Send a message; its answer is whole, and there is no task to ask for afterwards.",
    });
  }
  const sent = sendSchema.safeParse(params);
  if (!sent.success) {
    throw new CallError(INVALID_PARAMS, "the message cannot be read", {
      value: problemOf(sent.error),
      limit: `a message of the user with messageId and 1 to ${MOST_PARTS} parts of text`,
      remedy: "Send the question as text.",
    });
  }
  return { id, method, question: sent.data.message.parts.map(({ text }) => text).join("\n") };
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  return `${issue!.path.join(".")}: ${issue!.message}`;
}

/** The answer in words, and what they are worth: the receipt, and the answer that it binds. */
function resultOf(method: string, { answer, receipt, signature }: PaidAnswer): object {
  const message = { messageId: nameOfReceipt(receipt) };
  const [text, data] = [contentOf(answer), { answer, receipt, signature }];
  if (method === "SendMessage") return { message: { ...message, role: "ROLE_AGENT", parts: [{ text }, { data }] } };
  const parts = [
    { kind: "text", text },
    { kind: "data", data },
  ];
  return { kind: "message", ...message, role: "agent", parts };
}

function codeOf(error: unknown, status: number): number {
  if (error instanceof CallError) return error.code;
  if ((error as { readonly code?: unknown }).code === NO_JSON) return PARSE_ERROR;
  if (status === 402) return PAYMENT_REQUIRED;
  return status === 400 ? INVALID_PARAMS : INTERNAL_ERROR;
}

function idOf(body: unknown): string | number | null {
  const { id } = (body ?? {}) as { readonly id?: unknown };
  return typeof id === "string" || typeof id === "number" ? id : null;
}
