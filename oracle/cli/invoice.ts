import { writeFileSync } from "node:fs";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { requireModel } from "../actions/models.ts";
import { InputError } from "../common/errors.ts";
import { withFileErrors } from "../common/fileErrors.ts";
import { toJson } from "../common/json.ts";
import {
  type BilledReceipt,
  checkInvoice,
  type Invoice,
  invoiceSchema,
  makeInvoice,
  monthSpan,
} from "../invoices/invoice.ts";
import { committedRecords } from "../invoices/committedRecords.ts";
import { requireSigned } from "../invoices/signedInvoice.ts";
import { renderUsage, USAGE_FORMATS, type UsageFormat, usageOf } from "../invoices/usage.ts";
import { endpointOption } from "./apiClient.ts";
import { readDocument } from "./documents.ts";
import { collect, parseAddress, parseId, parseNewFile } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, type Session, withSession } from "./session.ts";

interface SourceOptions extends ChainOptions {
  readonly url: string;
  readonly model: readonly bigint[];
}

/** `openledger invoice`: what an account used and paid in a month, and whether that is true. */
export const invoiceCommand: AddCommand = (program) => {
  const invoice = program
    .command("invoice")
    .description("export what an account used, bill a month of it, and check a bill");
  const addSource = (words: string) =>
    addChainOptions(invoice.command(words))
      .requiredOption("--model <id>", "a model that was asked; can be repeated", collect(parseId))
      .addOption(
        endpointOption("--url <url>", "the gateway of its provider, which has the receipts", "OPENLEDGER_PROVIDER_URL"),
      );

  addSource("usage")
    .description("every committed receipt of an account, as lines")
    .argument("<account>", "who paid", parseAddress)
    .option("--format <format>", USAGE_FORMATS.join(", "), parseUsageFormat, "jsonl")
    .action((consumer: Address, options: SourceOptions & { readonly format: UsageFormat }) =>
      withSession(program, options, async (session) => {
        const receipts = await receiptsOf(session, consumer, options);
        process.stdout.write(renderUsage(receipts.map(usageOf), options.format));
      }),
    );

  addSource("create")
    .description("bill a month: its receipts, their sum, and the root of the tree over them")
    .argument("<account>", "who paid", parseAddress)
    .requiredOption("--month <month>", "such as 2026-11, in UTC", parseMonth)
    .requiredOption("--out <file>", "file to write", parseNewFile)
    .action((consumer: Address, options: SourceOptions & { readonly month: string; readonly out: string }) =>
      withSession(program, options, async (session) => {
        const receipts = await receiptsOf(session, consumer, options);
        const made = makeInvoice(session.deployment.chainId, consumer, options.month, receipts);
        withFileErrors(options.out, () => writeFileSync(options.out, `${toJson(made, 2)}\n`));
        show(session, made, `written to ${options.out}`);
      }),
    );

  addChainOptions(invoice.command("verify"))
    .description("check a bill: its sum and root, and that the models' providers signed every receipt")
    .argument("<file>", "as `invoice create` wrote it")
    .action((file: string, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const read = readDocument(file, invoiceSchema, "an invoice");
        checkInvoice(read);
        await requireSigned(session, read);
        show(session, read, "every receipt is signed by its model's provider, and the sum is theirs");
      }),
    );
};

/** An account's receipts of some models, the oldest first, each once: on demand, a receipt is committed for another epoch as well. */
async function receiptsOf(
  session: Session,
  consumer: Address,
  { url, model }: SourceOptions,
): Promise<BilledReceipt[]> {
  const found = new Map<string, BilledReceipt>();
  for (const modelId of model) {
    await requireModel(session.contracts, modelId);
    for await (const { records } of committedRecords(session, modelId, url)) {
      const own = records.filter(({ receipt }) => receipt.consumer === consumer);
      for (const { receipt, signature } of own) found.set(receiptType.hash(receipt), { modelId, receipt, signature });
    }
  }
  return [...found.values()].toSorted((a, b) => Number(a.receipt.time - b.receipt.time));
}

function show({ output }: Session, { consumer, month, lines, total, root }: Invoice, outcome: string): void {
  output.result({ consumer, month, receipts: lines.length, total, root }, (made) =>
    [
      `${made.month} of ${made.consumer}: ${made.receipts} receipts, ${formatOpen(made.total)} OPEN; root ${made.root}`,
      outcome,
    ].join("\n"),
  );
}

function parseMonth(text: string): string {
  try {
    monthSpan(text);
    return text;
  } catch (error) {
    throw new InputError("this is not a month", {
      value: text,
      limit: "a year and a month, such as 2026-11",
      cause: error,
    });
  }
}

export function parseUsageFormat(text: string): UsageFormat {
  const format = USAGE_FORMATS.find((known) => known === text);
  if (format !== undefined) return format;
  throw new InputError("usage has no such form", { value: text, limit: USAGE_FORMATS.join(", ") });
}
