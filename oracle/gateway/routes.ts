import { z } from "zod";
import { toJson } from "../common/json.ts";
import type { AddRoutes } from "../api/server.ts";
import { type Gateway, inferenceSchema } from "./gateway.ts";

const modelId = z
  .string()
  .regex(/^[1-9]\d{0,77}$/u, "a model id")
  .transform(BigInt);

/** Paid inference: the request body carries the ERC-3009 authorisation that pays. */
export function inferenceRoutes(gateway: Gateway): AddRoutes {
  return (server) => {
    server.post(
      "/v1/models/:modelId/infer",
      {
        schema: {
          summary: "A paid inference: answer and signed receipt",
          params: z.object({ modelId }),
          body: inferenceSchema,
          hide: true,
        },
      },
      async ({ params, body }, reply) =>
        reply.type("application/json").send(toJson(await gateway.infer(params.modelId, body))),
    );
  };
}
