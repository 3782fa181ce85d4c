import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { statementType } from "@openledger/protocol/eip712/statement.ts";
import { asAddress, ZERO_HASH, type Hex } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { buildReceiptsTree } from "@openledger/protocol/trees/receiptsTree.ts";
import { computeAddress, SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import { accountOf } from "../../test/fixtures/settlement.ts";
import { InputError } from "../common/errors.ts";
import { confirmedBy, type SignedStatement, type StatedReceipt, statementOf } from "./statements.ts";
import { countReceipts, signedBy, type ReceiptFacts, type SignedReceipt } from "./receipts.ts";

const domain = signingDomain(10n, accountOf(99));
const provider = new SigningKey(keccakText("provider"));
const stranger = new SigningKey(keccakText("stranger"));

const receiptOf = (n: number, change: Partial<Receipt> = {}): Receipt => ({
  versionId: 7n,
  consumer: accountOf(1),
  requestHash: keccakText(`request ${n}`),
  outputHash: keccakText(`output ${n}`),
  fee: 100n,
  paymentId: keccakText(`payment ${n}`),
  cumulative: change.fee ?? 100n,
  time: BigInt(1_000 + n),
  ...change,
});

const sign = (receipt: Receipt, key = provider): SignedReceipt => ({
  receipt,
  signature: key.sign(digestOf(domain, receiptType, receipt)).serialized as Hex,
});

const paymentOf = (n: number, amount = 100n) => ({
  consumer: accountOf(1),
  paymentId: keccakText(`payment ${n}`),
  amount,
});

function factsOf(receipts: SignedReceipt[], change: Partial<ReceiptFacts> = {}): ReceiptFacts {
  const ordered = receipts.map((signed) => signed.receipt).sort((a, b) => (a.time < b.time ? -1 : 1));
  const payments = change.payments ?? [paymentOf(1), paymentOf(2), paymentOf(3)];
  return {
    receipts,
    receiptsRoot: buildReceiptsTree(ordered).root,
    receiptCount: receipts.length,
    versionId: 7n,
    payments,
    revenue: payments.reduce((sum, payment) => sum + payment.amount, 0n),
    isProviders: signedBy(domain, asAddress(computeAddress(provider))),
    isConfirmed: () => false,
    ...change,
  };
}

const problemsOf = (facts: ReceiptFacts) => countReceipts(facts).rejected.map((rejected) => rejected.problem);

describe("receipts", () => {
  it("are refused when they are not the committed ones", () => {
    const facts = factsOf([sign(receiptOf(1))]);
    expect(() => countReceipts({ ...facts, receiptsRoot: ZERO_HASH })).toThrow(InputError);
    expect(() => countReceipts({ ...facts, receiptCount: 2 })).toThrow(InputError);
  });

  it("are refused with payments that exceed the revenue", () => {
    expect(() => countReceipts(factsOf([sign(receiptOf(1))], { revenue: 99n }))).toThrow(/exceed/);
  });

  it("do not count with a stranger's or a broken signature", () => {
    expect(problemsOf(factsOf([sign(receiptOf(1), stranger)]))).toEqual(["not signed by the provider"]);
    expect(problemsOf(factsOf([{ receipt: receiptOf(1), signature: "0x1234" }]))).toEqual([
      "not signed by the provider",
    ]);
  });

  it("do not count for another version, for a payment that was not swept, or for another consumer's payment", () => {
    expect(problemsOf(factsOf([sign(receiptOf(1, { versionId: 8n }))]))).toEqual(["another version"]);
    expect(problemsOf(factsOf([sign(receiptOf(4))]))).toEqual(["no such payment"]);
    expect(problemsOf(factsOf([sign(receiptOf(1, { consumer: accountOf(2) }))]))).toEqual(["no such payment"]);
  });

  it("do not count for an interval of a payment that pays for one answer", () => {
    expect(problemsOf(factsOf([sign(receiptOf(1, { cumulative: 101n }))]))).toEqual(["not the whole payment"]);
    expect(problemsOf(factsOf([sign(receiptOf(1, { cumulative: 99n }))]))).toEqual(["not the whole payment"]);
  });

  it("count once per payment: the earliest receipt, whatever order they come in", () => {
    const late = sign(receiptOf(5, { paymentId: keccakText("payment 1"), fee: 40n }));
    const early = sign(receiptOf(1, { fee: 30n }));
    const { counted, rejected } = countReceipts(factsOf([late, early]));
    expect(counted).toEqual([{ ...early, counted: 30n }]);
    expect(rejected).toEqual([{ ...late, problem: "payment already used" }]);
  });

  it("leave their payment to a valid receipt when they are invalid themselves", () => {
    const forged = sign(receiptOf(1, { time: 1n }), stranger);
    const { counted } = countReceipts(factsOf([forged, sign(receiptOf(1))]));
    expect(counted.map((item) => item.receipt.time)).toEqual([1_001n]);
  });

  it("count for the lesser of fee and payment; the rest of the revenue is unexplained", () => {
    const dear = sign(receiptOf(1, { fee: 1_000n }));
    const cheap = sign(receiptOf(2, { fee: 10n }));
    const { counted, unexplained } = countReceipts(factsOf([dear, cheap], { revenue: 500n }));
    expect(counted.map((item) => item.counted)).toEqual([100n, 10n]);
    expect(unexplained).toBe(390n);
  });

  it("of a channel that asks for it count once one of its keys has confirmed them, and are unexplained before", () => {
    const [payer, voucherKey] = [new SigningKey(keccakText("payer")), new SigningKey(keccakText("voucher key"))];
    const confirmers = [payer, voucherKey].map((key) => asAddress(computeAddress(key)));
    const channelId = keccakText("channel");
    const receipts = [1n, 2n, 3n].map((n) =>
      sign(receiptOf(Number(n), { paymentId: channelId, cumulative: 100n * n })),
    );
    const payments = [{ consumer: accountOf(1), paymentId: channelId, amount: 300n, after: 0n, confirmers }];
    const stated = receipts.map(({ receipt }) => ({ hash: receiptType.hash(receipt), fee: receipt.fee }));
    const confirm = (of: readonly StatedReceipt[], key: SigningKey, channel = channelId): SignedStatement => {
      const statement = { channelId: channel, receipts: of };
      const digest = digestOf(domain, statementType, statementOf(statement));
      return { ...statement, signature: key.sign(digest).serialized as Hex };
    };
    const count = (...statements: SignedStatement[]) => {
      const facts = factsOf(receipts, { payments, isConfirmed: confirmedBy(domain, statements) });
      const { counted, rejected, unexplained } = countReceipts(facts);
      expect(new Set(rejected.map(({ problem }) => problem))).toEqual(
        new Set(rejected.length > 0 ? ["not confirmed"] : []),
      );
      return [counted.length, unexplained];
    };
    expect(count()).toEqual([0, 300n]);
    expect(count(confirm(stated, stranger))).toEqual([0, 300n]);
    expect(count(confirm(stated, provider))).toEqual([0, 300n]);
    expect(count(confirm(stated, payer, keccakText("another channel")))).toEqual([0, 300n]);
    expect(count({ ...confirm(stated, payer), signature: "0x12" })).toEqual([0, 300n]);
    // another list than the signed one is nobody's
    expect(count({ ...confirm(stated.slice(1), payer), receipts: stated })).toEqual([0, 300n]);
    expect(count({ ...confirm(stated, payer), receipts: stated.toReversed() })).toEqual([0, 300n]);
    expect(count(confirm(stated.slice(1), payer))).toEqual([2, 100n]);
    expect(count(confirm(stated.slice(0, 1), voucherKey), confirm(stated.slice(2), payer))).toEqual([2, 100n]);
    expect(count(confirm(stated, voucherKey))).toEqual([3, 0n]);
  });

  it("may be missing: then all revenue is unexplained", () => {
    const { counted, unexplained } = countReceipts(
      factsOf([], { receiptsRoot: keccakText("withheld"), receiptCount: 3 }),
    );
    expect(counted).toEqual([]);
    expect(unexplained).toBe(300n);
  });
});
