import type { z } from "zod";
import type { contributionExplanation } from "../../api/schemas.ts";
import { formatRounded } from "../output.ts";
import { renderFormulas } from "./formula.ts";
import { renderPool } from "./pool.ts";
import { whyNothing } from "./reason.ts";

/** What a contribution is, what it earned in every pool, and why it earned nothing where it did. */
export function renderContribution(explained: z.output<typeof contributionExplanation>, formula: boolean): string {
  const { contribution, rootHash, payments, pools } = explained;
  const { contributionId, datanetId, contributor, examples, kind, revokedFrom } = contribution;
  const total = payments.reduce((sum, payment) => sum + payment.payout, 0n);
  const used = kind === "quality" ? "as quality data: it says what is good and is never trained on" : "to train on";
  const why = kind === "quality" ? undefined : whyNothing(payments);
  return [
    `Contribution ${contributionId}: ${examples} examples by ${contributor} in Datanet ${datanetId}, ${used}.`,
    ...(revokedFrom === undefined ? [] : [`Revoked: it accrues nothing from epoch ${revokedFrom} on.`]),
    `It earned ${formatRounded(total)} OPEN in root ${rootHash}${why === undefined ? "." : `: ${why}.`}`,
    ...pools.map((pool) => renderPool(pool, payments)),
    ...(formula ? renderFormulas(payments) : []),
  ].join("\n");
}
