import { formatOpen } from "@openledger/protocol/units.ts";
import type { CallToolResult, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { InputError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import { askGateway } from "../../gateway/askGateway.ts";
import { type BoughtAnswer, paidAnswer } from "../../gateway/client.ts";
import { encodeHeader, type PaymentRequired } from "../../gateway/x402/wire.ts";
import type { InferenceRequest } from "../../jobs/receiptFiles.ts";
import { renderAnswer } from "../infer.ts";
import { parseAmount } from "../parse.ts";
import { modelArgument, questionOf, textArgument } from "./question.ts";
import type { ToolContext } from "./toolContext.ts";
import { asTool, toolResult } from "./toolResult.ts";

/** Where x402's transport for MCP has the payment of a call, and what came of it. */
const PAYMENT = "x402/payment";
const PAYMENT_RESPONSE = "x402/payment-response";

/** The paid tool. The server's own key pays within its limits, or the client does by x402's transport for MCP. */
export function addInferTool(server: McpServer, context: ToolContext): void {
  const { buyer, log, purse } = context;
  server.registerTool(
    "infer",
    {
      title: "Ask a model",
      description:
        "An answer of a model, with the provider's signed receipt. Costs OPEN: its contributors are paid from it. Ask `quote` for the price first.",
      inputSchema: z.object({
        model: modelArgument,
        text: textArgument,
        max_price: z.string().max(40).optional().describe("Refuse a price above this many OPEN, such as 0.5"),
      }),
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
    },
    ({ model, text, max_price }, { mcpReq }) =>
      asTool(log, async () => {
        const request = questionOf(text);
        const modelId = BigInt(model);
        const most = max_price === undefined ? undefined : parseAmount(max_price);
        const payment = mcpReq._meta?.[PAYMENT];
        if (payment !== undefined) return paidByClient(context, modelId, request, payment);
        if (buyer === undefined) return paymentRequired((await context.quote(modelId, request)).required);
        const bought = await buyer.buy(modelId, request, most);
        const left = purse!.limits.total - purse!.spent();
        return answered(bought, `${formatOpen(left)} OPEN are left to spend.`);
      }),
  );
}

/** Passes the client's payment on to the provider, who alone decides whether it pays for this. */
async function paidByClient(
  { quote }: ToolContext,
  modelId: bigint,
  request: InferenceRequest,
  payment: unknown,
): Promise<CallToolResult> {
  if (typeof payment !== "object" || payment === null) {
    throw new InputError("the payment cannot be read", {
      value: typeof payment,
      limit: `an object in _meta["${PAYMENT}"], as x402 version 2 makes it`,
      remedy: "Call without a payment first: the answer says how to pay.",
    });
  }
  const { providerUrl } = await quote(modelId, request);
  const reply = await askGateway(providerUrl, modelId, request, encodeHeader(payment));
  if (reply.kind === "unpaid") return paymentRequired(reply.required);
  const result = answered(paidAnswer.parse(JSON.parse(reply.text)), "The client paid.");
  return { ...result, _meta: { [PAYMENT_RESPONSE]: reply.paymentResponse } };
}

/** How x402 says on MCP that a call must be paid: in both places, for clients that read either. */
function paymentRequired(required: PaymentRequired): CallToolResult {
  const text = toJson(required);
  return {
    isError: true,
    content: [{ type: "text", text }],
    structuredContent: JSON.parse(text) as Record<string, unknown>,
  };
}

function answered(bought: BoughtAnswer, about: string): CallToolResult {
  const { answer, receipt } = bought;
  const paid = `Paid ${formatOpen(receipt.fee)} OPEN; receipt ${receipt.paymentId}. ${about}`;
  return toolResult(`${renderAnswer(answer)}\n${paid}`, bought);
}
