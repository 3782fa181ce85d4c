import { formatOpen } from "@openledger/protocol/units.ts";
import type { z } from "zod";
import { accountExplanation, contributionExplanation, receiptExplanation } from "../api/schemas.ts";
import type * as schemas from "../api/schemas.ts";
import { InputError } from "../common/errors.ts";
import { withPrintableStrings } from "../common/printable.ts";
import { nameOfReceipt } from "../jobs/receiptName.ts";
import { addApiOption, askApi } from "./apiClient.ts";
import { createOutput, table } from "./output.ts";
import { parseAddress } from "./parse.ts";
import type { AddCommand } from "./program.ts";

type Payment = z.output<typeof schemas.payment>;
type Pool = z.output<typeof schemas.poolReceipts>;

/** `openledger explain`: why did this wallet get this amount? */
export const explainCommand: AddCommand = (program) => {
  addApiOption(program.command("explain"))
    .description("why an account, a contribution or a paid answer got what it got, with the numbers")
    .argument("<what>", "an address, a contribution's id, or a receipt: the id of its payment, or channel:cumulative")
    .option("--root <hash>", "the root to explain", "latest")
    .action(async (what: string, { api, root }: { api: string; root: string }) => {
      const { value, text } = await explain(api, what, root);
      createOutput(program.opts<{ json: boolean }>().json).result(value, () => text);
    });
};

/** What an operator says of an account, a contribution or a receipt, and the same in words. */
export async function explain(api: string, what: string, root: string): Promise<{ value: object; text: string }> {
  const query = `?root=${encodeURIComponent(root)}`;
  if (/^0x[0-9a-fA-F]{64}(:[1-9]\d{0,77})?$/u.test(what)) {
    const path = `/v1/receipts/${what.toLowerCase()}/explanation${query}`;
    return inWords(await askApi(api, path, receiptExplanation), renderReceipt);
  }
  if (/^[1-9]\d{0,77}$/u.test(what)) {
    const path = `/v1/contributions/${what}/explanation${query}`;
    return inWords(await askApi(api, path, contributionExplanation), renderContribution);
  }
  if (/^0x[0-9a-fA-F]{40}$/u.test(what)) {
    const path = `/v1/accounts/${parseAddress(what)}/explanation${query}`;
    return inWords(await askApi(api, path, accountExplanation), renderAccount);
  }
  throw new InputError("this can be neither an account, nor a contribution, nor a receipt", {
    value: what,
    limit:
      "an address (0x and 40 digits), a contribution's id, or a payment id (0x and 64 digits, of a channel :cumulative)",
    remedy: "npx openledger explain --help",
  });
}

function inWords<T extends object>(value: T, render: (value: T) => string): { value: T; text: string } {
  return { value, text: render(withPrintableStrings(value)) };
}

const LEGEND = [
  "",
  "quality  how much the contribution helps where its Datanet's quality set says that a model must be good (G)",
  "score    how much it influenced the answers that were paid for in the epoch, each in proportion to its fee (F)",
  "weight   its share of the pool; prefix and total are the weights before it and of all contributions",
  "Products <F, features> and <G, features> are exact integers; npx openledger verify recomputes every one of them.",
];

export function renderAccount(explained: z.output<typeof accountExplanation>): string {
  const { account, cumulative, earned, rootHash, pools, entries } = explained;
  const paid = entries.flatMap(({ payments }) => payments);
  const before = cumulative - earned;
  return [
    `${account} earned ${formatOpen(earned)} OPEN in root ${rootHash}.`,
    `With ${formatOpen(before)} OPEN from the roots before, that is ${formatOpen(cumulative)} OPEN in all.`,
    ...pools.flatMap((pool) => renderPool(pool, paid)),
    ...(paid.length === 0 ? ["No contribution of this account earned anything in this root."] : LEGEND),
  ].join("\n");
}

export function renderContribution(explained: z.output<typeof contributionExplanation>): string {
  const { contribution, rootHash, payments, pools } = explained;
  const { contributionId, datanetId, contributor, examples, kind, revokedFrom } = contribution;
  const total = payments.reduce((sum, payment) => sum + payment.payout, 0n);
  const used = kind === "quality" ? "as quality data: it says what is good and is never trained on" : "to train on";
  return [
    `Contribution ${contributionId}: ${examples} examples by ${contributor} in Datanet ${datanetId}, ${used}.`,
    ...(revokedFrom === undefined ? [] : [`Revoked: it accrues nothing from epoch ${revokedFrom} on.`]),
    `It earned ${formatOpen(total)} OPEN in root ${rootHash}.`,
    ...pools.flatMap((pool) => renderPool(pool, payments)),
    ...(payments.length === 0 ? ["It is in the index of no version that earned in this root."] : LEGEND),
  ].join("\n");
}

export function renderReceipt(explained: z.output<typeof receiptExplanation>): string {
  const { receipt, counted, modelId, epoch, label, influences } = explained;
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
    "",
    "ψ is the gradient of the answer's loss in the version's features. The epoch's F is the sum of all ψ/‖ψ‖, each times the",
    "fee that counts: openledger explain <contribution> shows what it makes of a contribution.",
  ].join("\n");
}

function renderPool({ modelId, epoch, pool, receipts, counted }: Pool, payments: readonly Payment[]): string[] {
  const here = payments.filter((payment) => payment.modelId === modelId && payment.epoch === epoch);
  return [
    "",
    `Model ${modelId}, epoch ${epoch}: ${receipts} receipts count for ${formatOpen(counted)} OPEN of fees; ` +
      `contributors share ${formatOpen(pool)} OPEN.`,
    ...here.flatMap(renderPayment),
  ];
}

function renderPayment({ contributionId, payee, payout, fallbackSplit, steps }: Payment): string[] {
  return [
    `  Contribution ${contributionId} earned ${formatOpen(payout)} OPEN for ${payee}` +
      (fallbackSplit ? " (split by examples: the version's scores are not certified)" : ""),
    ...steps.map(({ name, formula, numbers, value }) => `    ${name.padEnd(7)} = ${formula} = ${numbers} = ${value}`),
  ];
}
