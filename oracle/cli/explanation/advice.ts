import type { z } from "zod";
import type { accountExplanation } from "../../api/schemas.ts";
import { formatRounded } from "../output.ts";
import type { Payment } from "./formula.ts";
import { valueOf } from "./reason.ts";

type Explained = z.output<typeof accountExplanation>;

/** What the figures of an account say about what would earn more. */
export function adviceFor({ entries, unpaid }: Pick<Explained, "entries" | "unpaid">): string[] {
  const advice = [
    ...compared(entries.flatMap(({ payments }) => payments)),
    ...unpaid.flatMap(({ contributionId, payments }) =>
      payments.some((payment) => valueOf(payment, "quality") < 0n)
        ? [`Look at the labels of contribution ${contributionId}: they teach what its Datanet calls wrong.`]
        : [],
    ),
    ...(unpaid.some(({ payments }) => payments.length === 0)
      ? ["Copies earn nothing: npx openledger check --file FILE --datanet ID finds them before they cost a bond."]
      : []),
  ];
  return advice.length === 0 ? [] : ["", "What would earn more:", ...advice.slice(0, MOST).map((line) => `- ${line}`)];
}

const MOST = 4;

/** What one example earned, of the contributions between which the difference is largest. */
function compared(payments: readonly Payment[]): string[] {
  const byExample = payments
    .map(({ contributionId, payout, examples }) => ({ contributionId, each: payout / BigInt(examples) }))
    .toSorted((a, b) => (b.each > a.each ? 1 : b.each < a.each ? -1 : 0));
  const [best, worst] = [byExample[0], byExample.at(-1)];
  if (best === undefined || worst === undefined || best.each < 2n * worst.each || best.each === 0n) return [];
  return [
    `An example of contribution ${best.contributionId} earned ${formatRounded(best.each)} OPEN, one of contribution ` +
      `${worst.contributionId} ${formatRounded(worst.each)}: bring more like the first.`,
  ];
}
