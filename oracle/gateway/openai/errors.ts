import type { FastifyReply } from "fastify";
import { messageOf, OpenLedgerError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";

/** What clients of OpenAI's interface tell kinds of errors apart by. */
const CODES: Readonly<Record<number, { readonly type: string; readonly code: string | null }>> = {
  400: { type: "invalid_request_error", code: null },
  402: { type: "insufficient_quota", code: "payment_required" },
  404: { type: "invalid_request_error", code: "model_not_found" },
  409: { type: "invalid_request_error", code: "payment_used" },
  429: { type: "rate_limit_error", code: "rate_limit_exceeded" },
};
const OURS = { type: "api_error", code: null };

/** An error in OpenAI's shape: value, limit and remedy are part of the message, for clients show nothing else. */
export function errorBody(error: unknown, status: number): string {
  const message = error instanceof OpenLedgerError ? error.describe() : messageOf(error);
  return toJson({ error: { message, ...(CODES[status] ?? OURS), param: null } });
}

export function sendError(reply: FastifyReply, error: unknown, status: number): FastifyReply {
  if (status === 429 || status === 503) void reply.header("retry-after", "5");
  return reply.status(status).type("application/json").send(errorBody(error, status));
}
