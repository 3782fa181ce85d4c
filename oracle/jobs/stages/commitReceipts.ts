import { asAddress } from "@openledger/protocol/hex.ts";
import { buildReceiptsTree, compareReceipts } from "@openledger/protocol/trees/receiptsTree.ts";
import { z } from "zod";
import { createOwnedPayments } from "../../settlement/ownedPayments.ts";
import type { Inferences } from "../../store/inferences.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";
import {
  type ReceiptRecord,
  answerSchema,
  putReceipts,
  receiptSchema,
  requestSchema,
  saltSchema,
} from "../receiptFiles.ts";
import { sweptRevenue } from "../sweptRevenue.ts";

/** What was stored of a call, however it was paid. */
const askedSchema = z.object({ request: requestSchema, salt: saltSchema });

/**
 * Stage `commitReceipts`, subject `modelId-epoch`: publishes the receipts of the payments that were swept in the epoch and
 * commits to their tree.
 */
export function commitReceiptsStage(context: Context, inferences: Inferences): Stage {
  const { contracts, deployment, events, key } = context;
  return {
    name: "commitReceipts",
    run: async (subject) => {
      const [modelId, epoch] = subject.split("-").map(BigInt) as [bigint, bigint];
      const till = asAddress(await contracts.InferenceMarket.tillOf(modelId));
      const { payments } = await sweptRevenue(events, modelId, epoch, till, deployment.addresses.OpenToken);
      const owned = createOwnedPayments(payments);
      const records = (await inferences.finished(modelId))
        .map(toRecord)
        .sort((a, b) => compareReceipts(a.receipt, b.receipt))
        .filter(({ receipt }) => {
          const payment = owned.find(receipt);
          return payment !== "no such payment" && typeof payment.take() === "bigint";
        });
      if (records.length === 0 || key === undefined) return;
      const tree = buildReceiptsTree(records.map(({ receipt }) => receipt));
      const uri = await putReceipts(context.content, records);
      await key.sender.send({
        key: `commitReceipts:${subject}:${tree.root}`,
        kind: "commit receipts",
        to: deployment.addresses.InferenceMarket,
        data: contracts.InferenceMarket.interface.encodeFunctionData("commitReceipts", [
          modelId,
          epoch,
          tree.root,
          records.length,
          uri,
        ]),
      });
    },
  };
}

function toRecord({ request, outcome }: Awaited<ReturnType<Inferences["finished"]>>[number]): ReceiptRecord {
  const { answer, receipt, signature } = outcome!;
  const asked = askedSchema.parse(request);
  return {
    receipt: receiptSchema.parse(receipt),
    signature: signature as ReceiptRecord["signature"],
    request: asked.request,
    answer: answerSchema.parse(answer),
    salt: asked.salt,
  };
}
