import { z } from "zod";
import type { AddRoutes } from "../api/server.ts";
import { NotFoundError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import { receiptName } from "../jobs/receiptName.ts";
import type { Inferences } from "../store/inferences.ts";
import { paidAnswerSchema } from "./paidCall.ts";

/** The receipts of this provider's answers, before and after they are committed. Without question and answer. */
export function answeredRoutes(inferences: Pick<Inferences, "findAnswered">): AddRoutes {
  return (server) => {
    server.get(
      "/v1/receipts/:paymentId",
      {
        schema: {
          summary: "The signed receipt of a payment",
          params: z.object({ paymentId: receiptName }),
          hide: true,
        },
      },
      async ({ params }, reply) => {
        const { paymentId, cumulative } = params.paymentId;
        const found = await inferences.findAnswered(paymentId, cumulative);
        if (found === undefined) {
          throw new NotFoundError("there is no receipt of this payment", {
            value: paymentId,
            remedy: "Take the id from the header x-openledger-receipt of an answer of this provider.",
          });
        }
        const { receipt, signature, transaction } = paidAnswerSchema.parse(found.outcome);
        return reply.type("application/json").send(toJson({ receipt, signature, transaction }));
      },
    );
  };
}
