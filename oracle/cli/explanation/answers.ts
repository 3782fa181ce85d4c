import { formatOpen } from "@openledger/protocol/units.ts";
import type { z } from "zod";
import type { earningAnswers } from "../../api/schemas.ts";
import { nameOfReceipt } from "../../jobs/receiptName.ts";
import { table } from "../output.ts";

/** Characters of an answer that a table has room for. */
const LONGEST = 40;

/** The paid answers that data earned by. */
export function renderAnswers(answers: z.output<typeof earningAnswers>["answers"]): string {
  if (answers.length === 0) return "No paid answer of this root is known by which it earned.";
  return [
    "The paid answers that it earned most by (openledger explain <receipt> shows whose data an answer owes to):",
    table(answers, [
      { title: "model", value: ({ modelId }) => `${modelId}`, align: "right" },
      { title: "epoch", value: ({ epoch }) => `${epoch}`, align: "right" },
      { title: "answer", value: ({ label }) => shortened(label) },
      { title: "question", value: ({ receipt }) => `${receipt.requestHash.slice(0, 10)}…` },
      { title: "OPEN that count", value: ({ counted }) => formatOpen(counted), align: "right" },
      { title: "share", value: ({ share }) => `${(100 * share).toFixed(1)} %`, align: "right" },
      { title: "receipt", value: ({ receipt }) => nameOfReceipt(receipt) },
    ]),
  ].join("\n");
}

/** Of an answer in sentences, its beginning. */
function shortened(label: string): string {
  return label.length <= LONGEST ? label : `${label.slice(0, LONGEST - 1)}…`;
}
