import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { toJson } from "../common/json.ts";
import { isoTime } from "../common/isoTime.ts";
import type { BilledReceipt } from "./invoice.ts";

export const USAGE_FORMATS = ["jsonl", "csv", "stripe"] as const;
export type UsageFormat = (typeof USAGE_FORMATS)[number];

/** One paid answer as it is exported. */
export interface UsageLine {
  /** Unix seconds. */
  readonly time: bigint;
  /** Who is billed for it. */
  readonly customer: string;
  /** Names the answer: a system that has it already passes it over. */
  readonly identifier: string;
  /** OPEN wei. */
  readonly fee: bigint;
  /** What else is said of it, the same names in each line. */
  readonly columns: Readonly<Record<string, string>>;
}

const EVENT_NAME = "openledger_answer";
/** Wei in a millionth of OPEN: meters add up whole numbers that fit into a double. */
const WEI_PER_MILLIONTH = 10n ** 12n;

/** What was used, a line for each answer; `stripe` has the fields of a meter event, its value in millionths of OPEN, rounded down. */
export function renderUsage(lines: readonly UsageLine[], format: UsageFormat): string {
  const texts =
    format === "csv" ? csvOf(lines) : lines.map((line) => toJson(format === "jsonl" ? rowOf(line) : eventOf(line)));
  return texts.map((text) => `${text}\n`).join("");
}

/** An account's receipt as a line. */
export function usageOf({ modelId, receipt }: BilledReceipt): UsageLine {
  const { time, consumer, versionId, paymentId, cumulative, fee } = receipt;
  return {
    time,
    customer: consumer,
    identifier: receiptType.hash(receipt),
    fee,
    columns: {
      consumer,
      modelId: `${modelId}`,
      versionId: `${versionId}`,
      paymentId,
      cumulative: `${cumulative}`,
    },
  };
}

function rowOf({ time, columns, fee }: UsageLine): Record<string, string> {
  return { time: isoTime(time), ...columns, fee: `${fee}`, open: formatOpen(fee) };
}

function eventOf({ time, customer, identifier, fee }: UsageLine) {
  return {
    event_name: EVENT_NAME,
    timestamp: Number(time),
    identifier,
    payload: { stripe_customer_id: customer, value: `${fee / WEI_PER_MILLIONTH}` },
  };
}

function csvOf(lines: readonly UsageLine[]): string[] {
  const rows = lines.map(rowOf);
  const names = Object.keys(rows[0] ?? {});
  return names.length === 0 ? [] : [names.join(), ...rows.map((row) => names.map((name) => cellOf(row[name]!)).join())];
}

/** RFC 4180. Whoever opens the file in a spreadsheet sees what begins like a formula as text. */
function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
