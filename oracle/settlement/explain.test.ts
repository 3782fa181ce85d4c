import { describe, expect, it } from "vitest";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { accountOf, previousOf, settlementInputs } from "../../test/fixtures/settlement.ts";
import { InputError } from "../common/errors.ts";
import { explainAccount, explainContribution, explainReceipt } from "./explain.ts";
import { settleEpochs } from "./settle.ts";

const size = { seed: 8, accounts: 7, contributions: 15, k: 32, models: 2, epochs: 2 };
const first = settlementInputs(size);
const inputs = settlementInputs(
  { ...size, seed: 9, firstEpoch: 3n },
  previousOf(settleEpochs(first), keccakText("root")),
);
const settlement = settleEpochs(inputs);

/** A product as the steps write it: "12 · -3". */
const evaluate = (numbers: string) => numbers.split(" · ").reduce((product, factor) => product * BigInt(factor), 1n);

describe("explanation", () => {
  it("does not exist for an account that has nothing", () => {
    expect(() => explainAccount(inputs, settlement, accountOf(500))).toThrow(InputError);
  });

  it("of an account adds up: entries to its cumulative, payments to what each entry earned", () => {
    for (const { account, cumulative, earned } of settlement.accounts) {
      const explained = explainAccount(inputs, settlement, account);
      expect(explained.entries.reduce((sum, entry) => sum + entry.cumulative, 0n)).toBe(cumulative);
      expect(explained.entries.reduce((sum, entry) => sum + entry.earned, 0n)).toBe(earned);
      for (const entry of explained.entries) {
        expect(entry.payments.reduce((sum, payment) => sum + payment.payout, 0n)).toBe(entry.earned);
      }
    }
  });

  it("of a contribution shows numbers that give the values", () => {
    for (const { contributionId } of inputs.versions[0]!.rows) {
      const explained = explainContribution(inputs, settlement, contributionId);
      expect(explained.length).toBe(4);
      for (const { steps, payout, accrues } of explained) {
        const [quality, score, weight, share] = steps;
        expect(evaluate(quality!.numbers)).toBe(quality!.value);
        expect(evaluate(score!.numbers)).toBe(score!.value);
        const earns = accrues && quality!.value >= 0n && score!.value > 0n;
        expect(weight!.value).toBe(earns ? score!.value : 0n);
        const [pool, prefix, own, total] = /⌊(\d+) · \((\d+) \+ (\d+)\) \/ (\d+)⌋/
          .exec(share!.numbers)!
          .slice(1)
          .map(BigInt);
        expect((pool! * (prefix! + own!)) / total! - (pool! * prefix!) / total!).toBe(payout);
      }
    }
  });

  it("of a contribution in no index is empty", () => {
    expect(explainContribution(inputs, settlement, 3n)).toEqual([]);
  });

  it("says when a pool was split by examples", () => {
    const blind = { ...inputs, versions: inputs.versions.map((version) => ({ ...version, splitsByExamples: true })) };
    const [explained] = explainContribution(blind, settleEpochs(blind), 1n);
    expect(explained!.fallbackSplit).toBe(true);
    expect(explained!.steps[2]!.formula).toMatch(/examples/);
  });

  it("of a receipt names the contributions that its output owes most to", () => {
    const version = inputs.versions[0]!;
    const target = 4;
    const psi = Float64Array.from(version.features.subarray(target * version.k, (target + 1) * version.k));
    const uniform = { ...version, rows: version.rows.map((row) => ({ ...row, scale: 1 })) };
    const receipt = {
      versionId: 1n,
      consumer: accountOf(1),
      requestHash: keccakText("request"),
      outputHash: keccakText("output"),
      fee: 7n,
      paymentId: keccakText("payment"),
      cumulative: 7n,
      time: 1n,
    };
    const explained = explainReceipt({ receipt, counted: 5n }, psi, uniform, 3);
    expect(explained.influences.length).toBe(3);
    const norm = Math.sqrt(psi.reduce((sum, x) => sum + x * x, 0));
    const own = explainReceipt({ receipt, counted: 5n }, psi, uniform, 99).influences.find(
      (item) => item.index === target,
    )!;
    expect(own.influence).toBeCloseTo(norm, 6);
    expect(explained.influences.map((item) => item.influence)).toEqual(
      explained.influences.map((item) => item.influence).sort((a, b) => b - a),
    );
    expect(explainReceipt({ receipt, counted: 5n }, new Float64Array(32), version, 1).influences[0]!.influence).toBe(0);
  });
});
