import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJson } from "../common/json.ts";
import { DisagreementError } from "../common/errors.ts";
import { type BilledReceipt, checkInvoice, invoiceSchema, makeInvoice, monthSpan } from "./invoice.ts";
import { renderUsage, usageOf } from "./usage.ts";

const MONTH = "2026-11";
const { from, to } = monthSpan(MONTH);
const [ALICE, BOB] = ["11", "22"].map((byte) => asAddress(`0x${byte.repeat(20)}`)) as [
  ReturnType<typeof asAddress>,
  ReturnType<typeof asAddress>,
];

const billed = (changes: Partial<Receipt> = {}): BilledReceipt => ({
  modelId: 1n,
  receipt: {
    versionId: 1n,
    consumer: ALICE,
    requestHash: asHash(keccakText("q")),
    outputHash: asHash(keccakText("a")),
    fee: 5n,
    paymentId: asHash(keccakText("payment")),
    cumulative: 5n,
    time: from,
    ...changes,
  },
  signature: "0x00",
});
/** What one channel and some single payments give, of two consumers over three months. */
const receipts = fc
  .array(fc.tuple(fc.bigInt(1n, 9n), fc.bigInt(from - 9n, to + 9n), fc.constantFrom(ALICE, BOB)), { maxLength: 12 })
  .map((parts) => {
    let cumulative = 0n;
    return parts.map(([fee, time, consumer], i) => {
      cumulative += fee;
      const single = i % 2 === 0;
      return billed({
        fee,
        time,
        consumer,
        paymentId: asHash(keccakText(single ? `single ${i}` : `channel ${consumer}`)),
        cumulative: single ? fee : cumulative,
      });
    });
  });

describe("an invoice", () => {
  it("has every receipt of the consumer and the month once, in whatever order they came, and passes its own check", () => {
    fc.assert(
      fc.property(receipts, fc.infiniteStream(fc.nat()), (all, random) => {
        const invoice = makeInvoice(10, ALICE, MONTH, all);
        const mine = all.filter(({ receipt: { consumer, time } }) => consumer === ALICE && time >= from && time < to);
        expect(invoice.lines).toHaveLength(mine.length);
        expect(invoice.total).toBe(mine.reduce((sum, { receipt }) => sum + receipt.fee, 0n));
        const shuffled = all.map((one) => [random.next().value, one] as const).toSorted(([a], [b]) => a - b);
        expect(
          makeInvoice(
            10,
            ALICE,
            MONTH,
            shuffled.map(([, one]) => one),
          ).root,
        ).toBe(invoice.root);
        checkInvoice(invoiceSchema.parse(JSON.parse(toJson(invoice))));
      }),
    );
  });

  const invoice = makeInvoice(10, ALICE, MONTH, [billed(), billed({ fee: 2n, cumulative: 7n, time: from + 1n })]);
  const [first, second] = invoice.lines as [BilledReceipt, BilledReceipt];
  it.each([
    ["another total", { ...invoice, total: 8n }],
    ["a receipt less", { ...invoice, lines: [first] }],
    ["a receipt twice", { ...invoice, lines: [first, first, second] }],
    ["another fee", { ...invoice, lines: [first, billed({ fee: 1n, cumulative: 7n, time: from + 1n })] }],
  ])("is refused with %s", (_, changed) => {
    expect(() => checkInvoice(changed)).toThrow(DisagreementError);
  });

  const remade = (...lines: BilledReceipt[]) => {
    const consumer = ALICE;
    const sum = makeInvoice(10, consumer, MONTH, lines);
    return { ...sum, lines };
  };
  it("bills no part of a payment twice, nobody else's receipt, and none of another month", () => {
    const overlapping = remade(billed(), billed({ fee: 3n, cumulative: 7n, time: from + 1n }));
    expect(() => checkInvoice(overlapping)).toThrow("billed twice");
    expect(() => checkInvoice(remade(billed({ fee: 9n, cumulative: 5n })))).toThrow("billed twice");
    expect(() => checkInvoice({ ...invoice, lines: [billed({ consumer: BOB })] })).toThrow("another consumer's");
    expect(() => checkInvoice({ ...invoice, lines: [billed({ time: to })] })).toThrow("another month");
  });
});

describe("usage", () => {
  it("is a line for each receipt, as CSV with a head, or as JSON", () => {
    const fee = 5n * 10n ** 17n;
    const rows = [usageOf(billed({ fee, cumulative: fee }))];
    expect(renderUsage(rows, "csv").split("\n")[1]).toBe(
      `2026-11-01T00:00:00.000Z,${ALICE},1,1,${keccakText("payment")},${fee},${fee},0.5`,
    );
    expect(JSON.parse(renderUsage(rows, "jsonl"))).toMatchObject({ consumer: ALICE, open: "0.5" });
    expect(renderUsage([], "jsonl")).toBe("");
  });
});
