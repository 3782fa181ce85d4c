import { PaymentError } from "../../common/errors.ts";
import { identifierSchema } from "../paidCall.ts";
import type { ExactPayment, Extension } from "./wire.ts";

export const PAYMENT_IDENTIFIER = "payment-identifier";

/** What a seller says of x402's extension `payment-identifier`: a client may name its call, and then pays once for it. */
export const identifierExtension: Extension = {
  info: { required: false },
  schema: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      required: { type: "boolean" },
      id: { type: "string", minLength: 16, maxLength: 128, pattern: "^[a-zA-Z0-9_-]+$" },
    },
    required: ["required"],
  },
};

/** @throws PaymentError for a name that is none */
export function identifierOf({ extensions }: Pick<ExactPayment, "extensions">): string | undefined {
  const id = extensions?.[PAYMENT_IDENTIFIER]?.info?.["id"];
  if (id === undefined) return undefined;
  const read = identifierSchema.safeParse(id);
  if (read.success) return read.data;
  throw new PaymentError("the payment identifier cannot be used", {
    value: id,
    limit: "16 to 128 letters, digits, hyphens and underscores",
    remedy: "Send another, or none.",
  });
}
