import type { ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { buildReceiptsTree } from "@openledger/protocol/trees/receiptsTree.ts";
import { Signature } from "ethers";
import { ContentError } from "../../common/errors.ts";
import type { Channels } from "../../store/channels.ts";
import type { Inferences } from "../../store/inferences.ts";
import type { Context } from "../context.ts";
import { committedReceipts } from "../poolEvents.ts";
import { type InclusionDemand, openReceiptDemands, type ReceiptDemand, type SaleDemand } from "../receiptDemands.ts";
import { receiptSchema } from "../receiptFiles.ts";
import { getReceipts } from "../receiptLines.ts";
import type { Stage } from "../stage.ts";

/** Stage `answerReceiptDemand`, subject a demandId: shows what this provider has sold or committed to. */
export function answerReceiptDemandStage(
  context: Context,
  { channels, inferences }: { readonly channels: Channels; readonly inferences: Inferences },
): Stage {
  const { contracts, content, deployment, events, key } = context;
  const { interface: abi } = contracts.ReceiptDisputes;

  async function placeOf({ modelId, epoch, structHash }: InclusionDemand): Promise<string | undefined> {
    const committed = await committedReceipts(events, modelId, epoch);
    if (committed === undefined) return undefined;
    const receipts = (await getReceipts(content, committed.uri)).map(({ receipt }) => receipt);
    const index = receipts.findIndex((receipt) => receiptType.hash(receipt) === structHash);
    if (index < 0) return undefined;
    const proof = { size: receipts.length, index, siblings: buildReceiptsTree(receipts).proof(index).siblings };
    return abi.encodeFunctionData("answerInclusion", [epoch, receipts[index]!, proof]);
  }

  async function saleAt({ channelId, point }: SaleDemand): Promise<string | undefined> {
    const [channel, sold] = await Promise.all([channels.find(channelId), inferences.findAtPoint(channelId, point)]);
    if (channel === undefined || sold?.outcome === undefined) return undefined;
    return abi.encodeFunctionData("answerSale", [
      channel.config as ChannelConfig,
      point,
      receiptSchema.parse(sold.outcome.receipt),
      Signature.from(sold.outcome.signature).serialized,
    ]);
  }

  const answerTo = (demand: ReceiptDemand) => (demand.kind === "sale" ? saleAt(demand) : placeOf(demand));

  return {
    name: "answerReceiptDemand",
    run: async (demandId) => {
      if (key === undefined) return;
      const open = await openReceiptDemands(events, key.wallet.address);
      const demand = open.find((other) => other.demandId === demandId);
      if (demand === undefined) return;
      const data = await answerTo(demand);
      if (data === undefined) {
        throw new ContentError("a demand asks for a receipt that is not in the store", {
          value: demandId,
          remedy: "Restore the store from its backup before the demand's deadline: silence costs stake.",
        });
      }
      // the same may be demanded again, later
      const answer = { key: `answerReceiptDemand:${demandId}:${demand.deadline}`, kind: "answer a demand" };
      await key.sender.send({ ...answer, to: deployment.addresses.ReceiptDisputes, data });
    },
  };
}
