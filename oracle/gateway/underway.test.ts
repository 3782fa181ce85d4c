import { asAddress } from "@openledger/protocol/hex.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { createUnderway } from "./underway.ts";

const ALICE = asAddress(`0x${"a1".repeat(20)}`);
const BOB = asAddress(`0x${"b0".repeat(20)}`);
const settled = (promise: Promise<unknown>) => Promise.race([promise.then(() => true), tick().then(() => false)]);
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe("payments under way", () => {
  it("refuses what the balance does not hold", async () => {
    await expect(createUnderway().reserve(ALICE, 6n, async () => 5n)).rejects.toThrow(/too little OPEN/u);
  });

  it("lets a second payment wait for the first, and refuses it when the money has gone", async () => {
    const underway = createUnderway();
    let balance = 5n;
    const read = async () => balance;
    const end = await underway.reserve(ALICE, 5n, read);
    const second = underway.reserve(ALICE, 5n, read);
    expect(await settled(second)).toBe(false);
    balance = 0n;
    end();
    await expect(second).rejects.toThrow(InputError);
  });

  it("lets a second payment go on when the first was given up", async () => {
    const underway = createUnderway();
    const end = await underway.reserve(ALICE, 5n, async () => 5n);
    const second = underway.reserve(ALICE, 5n, async () => 5n);
    expect(await settled(second)).toBe(false);
    end();
    (await second)();
  });

  it("does not let one account wait for another, nor for a question that failed", async () => {
    const underway = createUnderway();
    await underway.reserve(ALICE, 5n, async () => 5n);
    (await underway.reserve(BOB, 5n, async () => 5n))();
    const failing = underway.reserve(BOB, 1n, async () => Promise.reject(new Error("no answer")));
    const next = underway.reserve(BOB, 1n, async () => 1n);
    await expect(failing).rejects.toThrow("no answer");
    (await next)();
  });

  it("never has more under way than the account holds, in any order", async () => {
    const amounts = fc.array(fc.bigInt({ min: 1n, max: 9n }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), amounts, fc.bigInt({ min: 0n, max: 30n }), async (s, asked, money) => {
        const underway = createUnderway();
        let balance = money;
        let open = 0n;
        const pay = async (amount: bigint) => {
          const end = await underway.reserve(ALICE, amount, () => s.schedule(Promise.resolve(balance)));
          open += amount;
          expect(open).toBeLessThanOrEqual(balance);
          await s.schedule(Promise.resolve());
          open -= amount;
          balance -= amount;
          end();
        };
        const all = Promise.allSettled(asked.map(pay));
        const ends = await s.waitFor(all);
        for (const [i, { status }] of ends.entries()) {
          if (status === "rejected") expect(asked[i]!).toBeGreaterThan(balance);
        }
      }),
    );
  });
});
