import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountOf } from "../../test/fixtures/settlement.ts";
import { createOwnedPayments, type SweptPayment } from "./ownedPayments.ts";

const consumer = accountOf(1);
const paymentId = keccakText("channel");
const claim = (after: bigint, amount: bigint): SweptPayment => ({ consumer, paymentId, after, amount });
const part = (fee: bigint, cumulative: bigint): Receipt => ({
  versionId: 1n,
  consumer,
  requestHash: ZERO_HASH,
  outputHash: ZERO_HASH,
  fee,
  paymentId,
  cumulative,
  time: 1n,
});

function take(payments: readonly SweptPayment[], receipts: readonly Receipt[]) {
  const owned = createOwnedPayments(payments);
  return receipts.map((receipt) => {
    const found = owned.find(receipt);
    return typeof found === "string" ? found : found.take();
  });
}

describe("the parts of a channel", () => {
  it("count for their fee within what was swept, across claims that join", () => {
    expect(take([claim(100n, 50n), claim(150n, 50n)], [part(60n, 200n), part(40n, 140n)])).toEqual([60n, 40n]);
  });

  it("do not count beyond what was swept, before it, or between two claims that do not join", () => {
    const receipts = [part(10n, 205n), part(10n, 105n), part(20n, 160n), part(0n, 150n)];
    expect(take([claim(100n, 50n), claim(155n, 45n)], receipts)).toEqual(receipts.map(() => "not within the payment"));
  });

  it("belong to the first receipt that owns any of them", () => {
    expect(take([claim(0n, 100n)], [part(30n, 30n), part(30n, 40n), part(60n, 90n), part(1n, 91n)])).toEqual([
      30n,
      "payment already used",
      60n,
      1n,
    ]);
    expect(take([claim(0n, 100n)], [part(10n, 90n), part(100n, 100n), part(80n, 80n)])).toEqual([
      10n,
      "payment already used",
      80n,
    ]);
  });

  it("are nobody else's", () => {
    expect(take([claim(0n, 100n)], [{ ...part(10n, 10n), consumer: accountOf(2) }])).toEqual(["no such payment"]);
  });

  it("never count twice, nor for more than was swept", () => {
    const parts = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 40n }), fc.bigInt({ min: 1n, max: 120n })));
    fc.assert(
      fc.property(parts, fc.bigInt({ min: 1n, max: 100n }), (some, amount) => {
        const receipts = some.map(([fee, cumulative]) => part(fee, cumulative));
        const taken = take([claim(10n, amount)], receipts);
        const wei = new Set<bigint>();
        receipts.forEach(({ fee, cumulative }, i) => {
          if (typeof taken[i] !== "bigint") return;
          for (let at = cumulative - fee + 1n; at <= cumulative; at++) {
            expect(wei.has(at)).toBe(false);
            wei.add(at);
          }
        });
        for (const at of wei) expect(at > 10n && at <= 10n + amount).toBe(true);
      }),
    );
  });
});
