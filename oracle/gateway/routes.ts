import { z } from "zod";
import type { AddRoutes } from "../api/server.ts";
import { ID_TEXT } from "../common/idText.ts";
import { toJson } from "../common/json.ts";
import { requestSchema } from "../jobs/receiptFiles.ts";
import type { Discovery } from "./x402/discovery.ts";
import type { Shop } from "./x402/shop.ts";

const modelId = z.string().regex(ID_TEXT, "a model id").transform(BigInt);

const DISCOVERY: Discovery = {
  body: { kind: "text", input: "When is the clinic open?" },
  bodySchema: {
    type: "object",
    properties: {
      kind: { enum: ["text", "image", "row"] },
      input: { anyOf: [{ type: "string" }, { type: "object" }] },
    },
    required: ["kind"],
  },
  answer: { answer: { label: "hours", confidence: 998_000 }, receipt: {}, signature: "0x" },
};

/** Paid inference: the body is what is asked, the header PAYMENT-SIGNATURE pays for it. */
export function inferenceRoutes(shop: Shop): AddRoutes {
  return (server) => {
    server.post(
      "/v1/models/:modelId/infer",
      {
        schema: {
          summary: "A paid inference: answer and signed receipt",
          params: z.object({ modelId }),
          body: requestSchema,
          hide: true,
        },
      },
      async (request, reply) => {
        const question = { modelId: request.params.modelId, request: request.body, discovery: DISCOVERY };
        const { answer, receipt, signature } = await shop.sell(question, request, reply);
        return reply.type("application/json").send(toJson({ answer, receipt, signature }));
      },
    );
  };
}
