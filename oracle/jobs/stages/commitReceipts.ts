import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import { buildReceiptsTree, compareReceipts } from "@openledger/protocol/trees/receiptsTree.ts";
import { z } from "zod";
import { createOwnedPayments } from "../../settlement/ownedPayments.ts";
import type { SignedStatement } from "../../settlement/statements.ts";
import type { Inferences } from "../../store/inferences.ts";
import type { Statements } from "../../store/statements.ts";
import type { Context } from "../context.ts";
import { committedReceipts } from "../poolEvents.ts";
import { openReceiptDemands } from "../receiptDemands.ts";
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

/** Where a provider keeps what it commits to. */
export interface CommittedStores {
  readonly inferences: Pick<Inferences, "finished">;
  readonly statements: Pick<Statements, "ofChannel">;
}

/**
 * Stage `commitReceipts`, subject `modelId-epoch`: publishes the receipts of the payments that were swept in the epoch, and those
 * that are demanded for it, and commits to their tree. What is demanded and belongs to another epoch counts for nothing in this one.
 */
export function commitReceiptsStage(context: Context, { inferences, statements }: CommittedStores): Stage {
  const { contracts, deployment, events, key } = context;

  async function demandedFor(modelId: bigint, epoch: bigint): Promise<Set<Hash>> {
    if (key === undefined) return new Set();
    const open = await openReceiptDemands(events, key.wallet.address);
    return new Set(
      open.flatMap((demand) =>
        demand.kind === "inclusion" && demand.modelId === modelId && demand.epoch === epoch ? [demand.structHash] : [],
      ),
    );
  }

  /** What was confirmed of these, by the payers of their channels. */
  async function confirmedOf(records: readonly ReceiptRecord[]): Promise<SignedStatement[]> {
    const hashes = new Set(records.map(({ receipt }) => receiptType.hash(receipt)));
    const found: SignedStatement[] = [];
    for (const channelId of new Set(records.map(({ receipt }) => receipt.paymentId))) {
      for (const { receipts, signature } of await statements.ofChannel(channelId)) {
        const stated = receipts.map(([hash, fee]) => ({ hash: asHash(hash), fee: BigInt(fee) }));
        if (!stated.some(({ hash }) => hashes.has(hash))) continue;
        found.push({ channelId, receipts: stated, signature: signature as SignedStatement["signature"] });
      }
    }
    return found;
  }

  return {
    name: "commitReceipts",
    run: async (subject) => {
      const [modelId, epoch] = subject.split("-").map(BigInt) as [bigint, bigint];
      const till = asAddress(await contracts.InferenceMarket.tillOf(modelId));
      const { payments } = await sweptRevenue(events, modelId, epoch, till, deployment.addresses);
      const owned = createOwnedPayments(payments);
      const demanded = await demandedFor(modelId, epoch);
      const records = (await inferences.finished(modelId))
        .map(toRecord)
        .sort((a, b) => compareReceipts(a.receipt, b.receipt))
        .filter(({ receipt }) => {
          const payment = owned.find(receipt);
          const counts = payment !== "no such payment" && typeof payment.take() === "bigint";
          return counts || demanded.has(receiptType.hash(receipt));
        });
      if (records.length === 0 || key === undefined) return;
      const tree = buildReceiptsTree(records.map(({ receipt }) => receipt));
      if ((await committedReceipts(events, modelId, epoch))?.receiptsRoot === tree.root) return;
      const uri = await putReceipts(context.content, records, await confirmedOf(records));
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
