import { formatOpen } from "@openledger/protocol/units.ts";
import type { z } from "zod";
import type { receiptExplanation } from "../../api/schemas.ts";
import { nameOfReceipt } from "../../jobs/receiptName.ts";
import { table } from "../output.ts";

type Explained = z.output<typeof receiptExplanation>;

/** What was paid for an answer, and the contributions that it owes most to. */
export function renderReceipt(explained: Explained): string {
  const { receipt, counted, modelId, epoch, label, influences, spans } = explained;
  return [
    `Receipt of payment ${nameOfReceipt(receipt)}: ${receipt.consumer} paid ${formatOpen(receipt.fee)} OPEN to model ${modelId},`,
    `version ${receipt.versionId}, in epoch ${epoch}; ${formatOpen(counted)} OPEN of it count. The answer was "${label}".`,
    "",
    "The contributions to which the answer owes most:",
    table(influences, [
      { title: "contribution", value: ({ contributionId }) => `${contributionId}`, align: "right" },
      { title: "contributor", value: ({ contributor }) => contributor },
      { title: "influence <ψ/‖ψ‖, features> · scale", value: ({ influence }) => influence.toFixed(1), align: "right" },
    ]),
    ...spansTable(spans),
    "",
    "ψ is the gradient of the answer's loss in the version's features. The epoch's F is the sum of all ψ/‖ψ‖, each times the",
    "fee that counts: openledger explain <contribution> shows what it makes of a contribution.",
  ].join("\n");
}

function spansTable(spans: Explained["spans"]): string[] {
  if (spans.length === 0) return [];
  return [
    "",
    "Words of the answer that were contributed as they are, the rarest first. Nothing is paid for them:",
    table(spans, [
      { title: "contribution", value: ({ contributionId }) => `${contributionId}`, align: "right" },
      { title: "occurrences", value: ({ occurrences }) => `${occurrences}`, align: "right" },
      { title: "words", value: ({ text }) => `"${text}"` },
    ]),
  ];
}
