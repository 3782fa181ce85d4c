import { formatOpen } from "@openledger/protocol/units.ts";
import { inferencesOf } from "../../agents/action.ts";
import { modelOfAgent } from "../../agents/serveAgent.ts";
import { InputError, messageOf, NotFoundError } from "../../common/errors.ts";
import { committedRecords } from "../../invoices/committedRecords.ts";
import type { ActionAnswer, ReceiptRecord } from "../../jobs/receiptFiles.ts";
import { explain } from "../explain.ts";
import type { ChainOptions, Session } from "../session.ts";

export interface ExplainOptions extends ChainOptions {
  readonly url: string;
  readonly api: string;
}

/**
 * `openledger agent explain`: the way from an action to data. The action's receipt is in the root that its provider committed to,
 * binds its answer, and with it the root over the receipts of what it bought; an operator says which data those owe most to.
 */
export async function explainAction(
  session: Session,
  agentId: bigint,
  payment: string,
  { url, api }: ExplainOptions,
): Promise<void> {
  if (!/^0x[0-9a-f]{64}$/u.test(payment)) {
    throw new InputError("this is no payment id", { value: payment, limit: "0x and 64 lower-case hexadecimal digits" });
  }
  const modelId = await modelOfAgent(session.contracts, agentId);
  const { receipt, answer } = await committedAction(session, modelId, payment, url);
  const bought = inferencesOf(answer);
  const used = [];
  for (const [i, { versionId, fee, paymentId }] of bought.entries()) {
    const explained = await explain(api, paymentId, "latest").catch((error: unknown) => {
      if (error instanceof NotFoundError) return { value: {}, text: `Not settled yet: ${messageOf(error)}` };
      throw error;
    });
    used.push({ modelId: answer.inferences[i]!.modelId, versionId, fee, paymentId, explained });
  }
  const spent = bought.reduce((sum, { fee }) => sum + fee, 0n);
  session.output.result({ agentId, modelId, receipt, spent, used }, (shown) =>
    [
      `Action ${payment} of agent ${agentId} (model ${modelId}): ${shown.receipt.consumer} paid ${formatOpen(shown.receipt.fee)} OPEN,`,
      `the agent ${formatOpen(spent)} OPEN of its own for ${bought.length} answers. The root over their receipts is in the answer that the`,
      "receipt binds. The agent's revenue also flows to these models, by their shares of its owner's part.",
      ...shown.used.flatMap((one) => [
        "",
        `── model ${one.modelId}, ${formatOpen(one.fee)} OPEN ──`,
        one.explained.text,
      ]),
    ].join("\n"),
  );
}

/** The action's record in what its provider committed to. */
async function committedAction(
  session: Session,
  modelId: bigint,
  payment: string,
  url: string,
): Promise<ReceiptRecord & { readonly answer: ActionAnswer }> {
  for await (const { records } of committedRecords(session, modelId, url)) {
    const found = records.find(({ receipt }) => receipt.paymentId === payment);
    if (found === undefined) continue;
    const { answer } = found;
    if ("reply" in answer) return { ...found, answer };
    throw new InputError("the receipt is of no agent's action", { value: payment });
  }
  throw new NotFoundError("no committed receipt of the agent has this payment", {
    value: payment,
    limit: `the receipts of model ${modelId}`,
    remedy: "Receipts are committed after the end of the epoch in which the agent's till was swept.",
  });
}
