import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import type { Address, Hash } from "@openledger/protocol/hex.ts";

/** A payment to the model's till that was swept in the epoch. */
export interface SweptPayment {
  readonly consumer: Address;
  /** Nonce of its ERC-3009 authorisation, or id of its channel. */
  readonly paymentId: Hash;
  /** Wei. */
  readonly amount: bigint;
  /** What was claimed of the channel before, in wei; undefined for an authorisation, which pays for one answer. */
  readonly after?: bigint;
  /** Of a job, or of a channel of which only confirmed receipts count: the keys one of which must have confirmed them. */
  readonly confirmers?: readonly Address[];
}

/** Why nothing of a payment counts for a receipt. */
export type PaymentProblem =
  "no such payment" | "not the whole payment" | "not within the payment" | "payment already used";

/** The part of a payment that a receipt names. */
export interface NamedPayment {
  /** As of the payment. */
  readonly confirmers: readonly Address[] | undefined;
  /** Gives it to the receipt, once. Returns how much counts, in wei, or why nothing does. */
  take(): bigint | PaymentProblem;
}

/** The payments of an epoch, and which parts of them receipts own. */
export interface OwnedPayments {
  find(receipt: Receipt): NamedPayment | "no such payment";
}

/** What lies after `from` and not after `to`, in wei. */
interface Interval {
  readonly from: bigint;
  readonly to: bigint;
}

/** The claims of a channel, or the one payment of an authorisation. */
interface Payment {
  readonly swept: Interval[];
  /** Ascending, apart from each other. */
  readonly owned: Interval[];
  readonly isChannel: boolean;
  readonly confirmers: readonly Address[] | undefined;
}

export function createOwnedPayments(payments: readonly SweptPayment[]): OwnedPayments {
  const known = new Map<string, Payment>();
  for (const swept of payments) {
    const { amount, after, confirmers } = swept;
    const payment = known.get(keyOf(swept)) ?? { swept: [], owned: [], isChannel: after !== undefined, confirmers };
    known.set(keyOf(swept), payment);
    const from = after ?? 0n;
    const last = payment.swept.at(-1);
    // a receipt may lie across two claims, the second of which begins where the first ends
    if (last?.to === from) payment.swept[payment.swept.length - 1] = { from: last.from, to: from + amount };
    else payment.swept.push({ from, to: from + amount });
  }
  return {
    find: (receipt) => {
      const payment = known.get(keyOf(receipt));
      if (payment === undefined) return "no such payment";
      const { confirmers } = payment;
      return {
        confirmers,
        take: () => (payment.isChannel ? takeInterval(payment, receipt) : takeWhole(payment, receipt)),
      };
    },
  };
}

/** One authorization pays for one answer: its receipt owns the payment from its first wei on. */
function takeWhole({ swept, owned }: Payment, { fee, cumulative }: Receipt): bigint | PaymentProblem {
  if (cumulative !== fee) return "not the whole payment";
  if (owned.length > 0) return "payment already used";
  const [{ to }] = swept as [Interval];
  owned.push({ from: 0n, to });
  return fee < to ? fee : to;
}

function takeInterval({ swept, owned }: Payment, { fee, cumulative }: Receipt): bigint | PaymentProblem {
  const own = { from: cumulative - fee, to: cumulative };
  if (fee === 0n || !swept.some(({ from, to }) => from <= own.from && own.to <= to)) return "not within the payment";
  // receipts come in the order of their time, so that the place is nearly always the last
  const before = owned.findLastIndex(({ from }) => from < own.to);
  if (before >= 0 && owned[before]!.to > own.from) return "payment already used";
  owned.splice(before + 1, 0, own);
  return fee;
}

function keyOf({ consumer, paymentId }: { readonly consumer: Address; readonly paymentId: Hash }): string {
  return `${consumer} ${paymentId}`;
}
