import { describe, expect, it } from "vitest";
import { type Money, moneyInvariants } from "./money.ts";

const money = (balance: bigint, owed: bigint): Money => new Map([["RewardDistributor", { balance, owed }]]);
const holding = (before: Money, after: Money) => moneyInvariants(before, after).map(({ holds }) => holds);

describe("moneyInvariants", () => {
  it("finds a contract that has less than it owes, by a wei", () => {
    expect(holding(money(99n, 100n), money(99n, 100n))).toEqual([false, true]);
    expect(holding(money(100n, 100n), money(100n, 100n))).toEqual([true, true]);
  });

  it("finds a contract from which something was taken, although it has what it owes", () => {
    expect(holding(money(200n, 100n), money(199n, 100n))).toEqual([true, false]);
    expect(holding(money(1n, 0n), money(0n, 0n))).toEqual([false]);
  });

  it("does not mind more", () => {
    expect(holding(money(0n, 0n), money(5n, 0n))).toEqual([true]);
  });
});
