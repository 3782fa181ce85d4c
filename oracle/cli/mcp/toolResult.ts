import type { CallToolResult } from "@modelcontextprotocol/server";
import { toChainError } from "../../chain/revert.ts";
import { OpenLedgerError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import type { Logger } from "../../common/logger.ts";
import { printableJson, printableLines } from "../../common/printable.ts";

/** A tool's result for a model: in words, and the same as JSON. Strangers' texts in it can deceive no reader. */
export function toolResult(text: string, value: object): CallToolResult {
  return {
    content: [{ type: "text", text: printableLines(text) }],
    structuredContent: JSON.parse(printableJson(toJson(value))) as Record<string, unknown>,
  };
}

/**
 * Does a tool's work. A refusal is told to the model with value, limit and remedy; of a fault it learns no more than that there
 * was one: what is in the error, nobody has chosen.
 */
export async function asTool(log: Logger, work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work();
  } catch (thrown) {
    const error = toChainError(thrown);
    if (error instanceof OpenLedgerError) return refused(error.describe());
    log.error({ err: error }, "a tool failed");
    return refused("the server failed; its log says how");
  }
}

function refused(text: string): CallToolResult {
  return { isError: true, content: [{ type: "text", text }] };
}
