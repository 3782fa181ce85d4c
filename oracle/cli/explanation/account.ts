import type { z } from "zod";
import type { accountExplanation } from "../../api/schemas.ts";
import { formatRounded, table } from "../output.ts";
import { adviceFor } from "./advice.ts";
import { type Payment, renderFormulas } from "./formula.ts";
import { renderPool } from "./pool.ts";
import { whyNothing } from "./reason.ts";

type Explained = z.output<typeof accountExplanation>;

/** Lines of a table; the rest is summed up. */
const MOST_LINES = 10;

/** What an account earned and for what, what earned nothing and why, what was lost, and what would earn more. */
export function renderAccount(explained: Explained, formula: boolean): string {
  const { account, cumulative, earned, rootHash, pools, entries, charges } = explained;
  const payments = entries.flatMap((entry) => entry.payments);
  return [
    `${account} earned ${formatRounded(earned)} OPEN in root ${rootHash},`,
    `${formatRounded(cumulative)} OPEN in all roots.`,
    "",
    ...pools.map((pool) => renderPool(pool, payments)),
    ...renderPaid(payments),
    ...renderUnpaid(explained),
    ...charges.map(
      ({ contributionId, amount }) =>
        `Contribution ${contributionId} lost ${formatRounded(amount)} OPEN of its bond: it harms the model that judges its Datanet.`,
    ),
    ...adviceFor(explained),
    "",
    formula ? "The formula with its numbers:" : "With --formula: every number from which this follows.",
    ...(formula ? renderFormulas(payments) : []),
  ].join("\n");
}

function renderPaid(payments: readonly Payment[]): string[] {
  if (payments.length === 0) return ["No contribution of this account earned anything in this root."];
  const best = payments.toSorted((a, b) => (b.payout > a.payout ? 1 : b.payout < a.payout ? -1 : 0));
  const rest = best.slice(MOST_LINES);
  const left = rest.reduce((sum, { payout }) => sum + payout, 0n);
  return [
    "",
    "The data that the answers owe most to:",
    table(best.slice(0, MOST_LINES), [
      { title: "contribution", value: ({ contributionId }) => `${contributionId}`, align: "right" },
      { title: "Datanet", value: ({ datanetId }) => `${datanetId}`, align: "right" },
      { title: "model", value: ({ modelId }) => `${modelId}`, align: "right" },
      { title: "epoch", value: ({ epoch }) => `${epoch}`, align: "right" },
      { title: "examples", value: ({ examples }) => `${examples}`, align: "right" },
      { title: "OPEN earned", value: ({ payout }) => formatRounded(payout), align: "right" },
      {
        title: "for an example",
        value: ({ payout, examples }) => formatRounded(payout / BigInt(examples)),
        align: "right",
      },
    ]),
    ...(rest.length === 0 ? [] : [`and ${rest.length} more with ${formatRounded(left)} OPEN`]),
    ...(payments.some(({ fallbackSplit }) => fallbackSplit)
      ? ["A version whose scores are not certified shares its pool by examples."]
      : []),
  ];
}

function renderUnpaid({ unpaid }: Explained): string[] {
  if (unpaid.length === 0) return [];
  return [
    "",
    "What earned nothing:",
    table(unpaid.slice(0, MOST_LINES), [
      { title: "contribution", value: ({ contributionId }) => `${contributionId}`, align: "right" },
      { title: "Datanet", value: ({ datanetId }) => `${datanetId}`, align: "right" },
      { title: "examples", value: ({ examples }) => `${examples}`, align: "right" },
      { title: "because", value: ({ payments }) => whyNothing(payments) ?? "" },
    ]),
    ...(unpaid.length > MOST_LINES ? [`and ${unpaid.length - MOST_LINES} more`] : []),
  ];
}
