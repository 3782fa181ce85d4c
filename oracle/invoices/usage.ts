import { formatOpen } from "@openledger/protocol/units.ts";
import { toJson } from "../common/json.ts";
import { isoTime } from "../common/isoTime.ts";
import type { BilledReceipt } from "./invoice.ts";

export const USAGE_FORMATS = ["jsonl", "csv"] as const;
export type UsageFormat = (typeof USAGE_FORMATS)[number];

const COLUMNS = ["time", "consumer", "modelId", "versionId", "paymentId", "cumulative", "fee", "open"] as const;

/** What was used, a line for each receipt. None of its fields has a comma, a quote or a line end. */
export function renderUsage(receipts: readonly BilledReceipt[], format: UsageFormat): string {
  const rows = receipts.map(rowOf);
  const lines =
    format === "jsonl"
      ? rows.map((row) => toJson(row))
      : [COLUMNS.join(), ...rows.map((row) => COLUMNS.map((column) => row[column]).join())];
  return lines.map((line) => `${line}\n`).join("");
}

function rowOf({ modelId, receipt }: BilledReceipt): Record<(typeof COLUMNS)[number], string> {
  const { time, consumer, versionId, paymentId, cumulative, fee } = receipt;
  return {
    time: isoTime(time),
    consumer,
    modelId: `${modelId}`,
    versionId: `${versionId}`,
    paymentId,
    cumulative: `${cumulative}`,
    fee: `${fee}`,
    open: formatOpen(fee),
  };
}
