import { formatOpen } from "@openledger/protocol/units.ts";
import type { z } from "zod";
import type * as schemas from "../../api/schemas.ts";

export type Payment = z.output<typeof schemas.payment>;

const LEGEND = [
  "",
  "quality  how much the contribution helps where its Datanet's quality set says that a model must be good (G)",
  "score    how much it influenced the answers that were paid for in the epoch, each in proportion to its fee (F)",
  "weight   its share of the pool; prefix and total are the weights before it and of all contributions",
  "Products <F, features> and <G, features> are exact integers; npx openledger verify recomputes every one of them.",
];

/** Every step from features to wei, with its integers. */
export function renderFormulas(payments: readonly Payment[]): string[] {
  if (payments.length === 0) return [];
  return ["", ...payments.flatMap(renderPayment), ...LEGEND];
}

function renderPayment({ modelId, epoch, contributionId, payee, payout, steps }: Payment): string[] {
  return [
    `Contribution ${contributionId}, model ${modelId}, epoch ${epoch}: ${formatOpen(payout)} OPEN for ${payee}`,
    ...steps.map(({ name, formula, numbers, value }) => `  ${name.padEnd(7)} = ${formula} = ${numbers} = ${value}`),
  ];
}
