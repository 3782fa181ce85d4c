import type { Payment } from "./formula.ts";

/** Why a contribution earned nothing in the pools that it is in; `undefined` where it earned. */
export function whyNothing(payments: readonly Payment[]): string | undefined {
  if (payments.some(({ payout }) => payout > 0n)) return undefined;
  if (payments.length === 0)
    return "in no index that was paid for: a copy of older data, revoked, or not trained on yet";
  return [...new Set(payments.map(reasonOf))].join("; ");
}

function reasonOf(payment: Payment): string {
  const { accrues, fallbackSplit } = payment;
  if (!accrues) return "it does not accrue in this epoch";
  if (fallbackSplit) return "its share by examples is less than one wei";
  if (valueOf(payment, "quality") < 0n) return "it makes the model worse where its Datanet says what is good";
  const score = valueOf(payment, "score");
  if (score < 0n) return "it works against the answers that were paid for";
  return score === 0n ? "no answer that was paid for owes it anything" : "its share is less than one wei";
}

/** @param name one of the steps that every payment has */
export function valueOf({ steps }: Payment, name: "quality" | "score"): bigint {
  return steps.find((step) => step.name === name)!.value;
}
