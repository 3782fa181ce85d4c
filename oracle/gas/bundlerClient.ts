import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import { z } from "zod";
import { ChainError, messageOf } from "../common/errors.ts";
import type { Submission } from "./bundler.ts";
import { encodeSubmission } from "./userOperationWire.ts";

const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]+$/u)
  .transform(BigInt);
const estimateSchema = z.object({
  preVerificationGas: quantity,
  maxFeePerGas: quantity,
  maxPriorityFeePerGas: quantity,
});
const receiptSchema = z.object({ success: z.boolean(), receipt: z.object({ transactionHash: z.string() }) });
const errorSchema = z.object({
  message: z.string(),
  data: z
    .object({ value: z.string().optional(), limit: z.string().optional(), remedy: z.string().optional() })
    .optional(),
});
const answerSchema = z.object({ result: z.unknown().optional(), error: errorSchema.optional() });

/** What a bundler is asked for. @param url where it answers */
export function createBundlerClient(url: string) {
  async function ask(method: string, params: readonly unknown[]): Promise<unknown> {
    let text: string;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      text = await response.text();
    } catch (error) {
      throw new ChainError(`the bundler does not answer: ${messageOf(error)}`, {
        value: url,
        limit: "a bundler of ERC-4337",
        remedy: "Check --gas-in-open; npx openledger bundler runs one.",
        retryable: true,
      });
    }
    const { result, error } = parse(text, url);
    if (error === undefined) return result;
    const { value, limit, remedy } = error.data ?? {};
    throw new ChainError(`the bundler refuses: ${error.message}`, {
      ...(value === undefined ? {} : { value }),
      ...(limit === undefined ? {} : { limit }),
      remedy: remedy ?? "Nothing was sent.",
    });
  }

  return {
    estimate: async (submission: Submission) =>
      estimateSchema.parse(await ask("eth_estimateUserOperationGas", [encodeSubmission(submission), ENTRY_POINT])),
    send: async (submission: Submission) =>
      z.string().parse(await ask("eth_sendUserOperation", [encodeSubmission(submission), ENTRY_POINT])),
    receipt: async (hash: string) => receiptSchema.nullable().parse(await ask("eth_getUserOperationReceipt", [hash])),
  };
}

function parse(text: string, url: string): z.output<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new ChainError("this is no bundler", {
      value: `${url}: ${text.slice(0, 100)}`,
      limit: "JSON-RPC",
      cause: error,
    });
  }
}
