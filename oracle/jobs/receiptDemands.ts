import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { getAddress } from "ethers";
import { z } from "zod";
import type { ChainEvents } from "../store/chainEvents.ts";
import { receiptSchema } from "./receiptFiles.ts";

const uint = z.coerce.bigint();
const opened = z.object({ demandId: z.string(), provider: z.string(), deadline: uint });
const inclusion = opened.extend({ modelId: uint, epoch: uint, receipt: receiptSchema });
const sale = opened.extend({ channelId: z.string(), point: uint });
const closed = z.object({ demandId: z.string() });

interface OpenDemand {
  readonly demandId: string;
  /** Chain seconds; the last in which it can be answered. */
  readonly deadline: bigint;
}

/** A provider has to commit to a receipt for an epoch, and to show its place. */
export interface InclusionDemand extends OpenDemand {
  readonly kind: "inclusion";
  readonly modelId: bigint;
  readonly epoch: bigint;
  /** Of the receipt. */
  readonly structHash: Hash;
}

/** A provider has to show what it sold for a wei of a channel. */
export interface SaleDemand extends OpenDemand {
  readonly kind: "sale";
  readonly channelId: Hash;
  /** Counted from 1. */
  readonly point: bigint;
}

export type ReceiptDemand = InclusionDemand | SaleDemand;

/** What a provider has been asked for and nobody has answered, in the order of the chain. */
export async function openReceiptDemands(events: ChainEvents, provider: string): Promise<ReceiptDemand[]> {
  const open = new Map<string, ReceiptDemand>();
  const name = ["InclusionDemanded", "SaleDemanded", "DemandAnswered", "SilencePunished"];
  const where = { provider: getAddress(provider) };
  for (const event of await events.find({ contract: "ReceiptDisputes", name, where })) {
    if (event.name === "InclusionDemanded") {
      const { demandId, deadline, modelId, epoch, receipt } = inclusion.parse(event.args);
      const structHash = receiptType.hash(receipt);
      open.set(demandId, { kind: "inclusion", demandId, deadline, modelId, epoch, structHash });
    } else if (event.name === "SaleDemanded") {
      const { demandId, deadline, channelId, point } = sale.parse(event.args);
      open.set(demandId, { kind: "sale", demandId, deadline, channelId: asHash(channelId), point });
    } else open.delete(closed.parse(event.args).demandId);
  }
  return [...open.values()];
}
