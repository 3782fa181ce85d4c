import { OPEN } from "@openledger/protocol/units.ts";
import { describe, expect, it } from "vitest";
import { settlementInputs } from "../../../test/fixtures/settlement.ts";
import { explainAccount } from "../../settlement/explain.ts";
import { settleEpochs } from "../../settlement/settle.ts";
import { renderAccount } from "./account.ts";
import { adviceFor } from "./advice.ts";
import { renderAnswers } from "./answers.ts";
import { renderContribution } from "./contribution.ts";
import type { Payment } from "./formula.ts";
import { whyNothing } from "./reason.ts";
import { renderReceipt } from "./receipt.ts";

const hash = `0x${"ab".repeat(32)}`;
const inputs = settlementInputs({ seed: 3, accounts: 4, contributions: 9, k: 32, models: 1, epochs: 1 });
const settlement = settleEpochs(inputs);
const pools = [{ modelId: 1n, epoch: 1n, pool: inputs.pools[0]!.pool, receipts: 5, counted: 10n * OPEN }];

function explained(place: number) {
  const account = explainAccount(inputs, settlement, settlement.accounts[place]!.account);
  const entries = account.entries.map((entry) => ({
    ...entry,
    payments: entry.payments.map((payment) => ({ ...payment, steps: [...payment.steps] })),
  }));
  return { rootHash: hash, ...account, pools, entries, unpaid: [], charges: [] };
}

/** A payment of one contribution. */
function payment(changes: Partial<Payment> & { readonly quality?: bigint; readonly score?: bigint }): Payment {
  const { quality = 1n, score = 1n, ...rest } = changes;
  const step = (name: "quality" | "score", value: bigint) => ({ name, formula: "", numbers: "", value });
  return {
    ...{ modelId: 1n, epoch: 1n, versionId: 1n, contributionId: 7n, datanetId: 2n, examples: 4, index: 0 },
    ...{ payee: `0x${"11".repeat(20)}`, accrues: true, fallbackSplit: false, pool: OPEN, payout: 0n },
    steps: [step("quality", quality), step("score", score)],
    ...rest,
  };
}

describe("an account, for people", () => {
  it("shows what it earned by contribution in few lines, and no integer of the formula", () => {
    const account = explained(0);
    const text = renderAccount(account, false);
    expect(text).toContain("5 receipts count for 10.000000 OPEN of fees");
    const payments = account.entries.flatMap((entry) => entry.payments);
    for (const { contributionId } of payments) expect(text).toMatch(new RegExp(`^ *${contributionId} +\\d`, "mu"));
    for (const { steps } of payments) expect(text).not.toContain(steps[3]!.numbers);
    expect(text.split("\n").length).toBeLessThan(25);
  });

  it("shows every formula with its numbers and its result when it is asked for", () => {
    const account = explained(0);
    const text = renderAccount(account, true);
    for (const { steps } of account.entries.flatMap((entry) => entry.payments)) {
      for (const { numbers, value } of steps) expect(text).toContain(`${numbers} = ${value}`);
    }
  });

  it("lists ten contributions and sums up the others", () => {
    const payments = Array.from({ length: 12 }, (_, i) => payment({ contributionId: BigInt(i + 1), payout: OPEN }));
    const entry = { modelId: 1n, contributionId: 1n, cumulative: OPEN, earned: OPEN, payments };
    expect(renderAccount({ ...explained(0), entries: [entry] }, false)).toContain("and 2 more with 2.000000 OPEN");
  });

  it("says what was lost, and why nothing came of what earned nothing", () => {
    const unpaid = [
      { contributionId: 7n, datanetId: 2n, examples: 4, payments: [payment({ quality: -1n })] },
      { contributionId: 8n, datanetId: 2n, examples: 4, payments: [] },
    ];
    const charges = [{ contributionId: 7n, amount: 5n * OPEN }];
    const nothing = { ...explained(0), earned: 0n, cumulative: 0n, pools: [], entries: [], unpaid, charges };
    const text = renderAccount(nothing, false);
    expect(text).toContain("No contribution of this account earned anything");
    expect(text).toMatch(/ 7 .* it makes the model worse/u);
    expect(text).toMatch(/ 8 .* a copy of older data/u);
    expect(text).toContain("Contribution 7 lost 5.000000 OPEN of its bond");
    expect(text).toContain("Look at the labels of contribution 7");
  });
});

describe("the reason why a contribution earned nothing", () => {
  it.each([
    [{ accrues: false }, "does not accrue"],
    [{ fallbackSplit: true }, "by examples is less than one wei"],
    [{ quality: -1n }, "makes the model worse"],
    [{ score: -1n }, "works against the answers"],
    [{ score: 0n }, "no answer that was paid for owes it anything"],
    [{ score: 1n }, "its share is less than one wei"],
  ])("of %o is that it %s", (changes, words) => {
    expect(whyNothing([payment(changes)])).toContain(words);
  });

  it("is none where it earned in one of its pools", () => {
    expect(whyNothing([payment({ score: -1n }), payment({ payout: 1n })])).toBeUndefined();
  });

  it("is said once where it is the same in several pools", () => {
    expect(whyNothing([payment({ score: 0n }), payment({ score: 0n, epoch: 2n })])).not.toContain(";");
  });
});

describe("advice", () => {
  it("compares contributions by what an example earned, where the difference is large", () => {
    const entryOf = (payouts: readonly bigint[]) => {
      const payments = payouts.map((payout, i) => payment({ payout, contributionId: BigInt(i + 1) }));
      return { modelId: 1n, contributionId: 1n, cumulative: 0n, earned: 0n, payments };
    };
    const text = adviceFor({ entries: [entryOf([4n * OPEN, 40n * OPEN])], unpaid: [] }).join("\n");
    expect(text).toContain("example of contribution 2 earned 10.000000 OPEN, one of contribution 1 1.000000");
    expect(adviceFor({ entries: [entryOf([4n * OPEN, 5n * OPEN])], unpaid: [] })).toEqual([]);
  });
});

describe("a contribution, for people", () => {
  const contribution = {
    ...{ contributionId: 4n, submissionId: 1n, datanetId: 2n, part: 0, kind: "train" as const, contentRoot: hash },
    ...{ examples: 12, contributor: `0x${"11".repeat(20)}`, sponsor: `0x${"00".repeat(20)}`, uri: "bafk" },
    revokedFrom: 9n,
  };

  it("that earned nothing says why", () => {
    const text = renderContribution({ rootHash: hash, contribution, pools: [], payments: [] }, false);
    expect(text).toContain("12 examples");
    expect(text).toContain("from epoch 9 on");
    expect(text).toContain("in no index that was paid for");
  });

  it("of quality data is not asked why it earned nothing", () => {
    const quality = { ...contribution, kind: "quality" as const };
    const text = renderContribution({ rootHash: hash, contribution: quality, pools: [], payments: [] }, false);
    expect(text).not.toContain("in no index");
  });
});

describe("a receipt, for people", () => {
  it("names what was paid and whom the answer owes most to", () => {
    const text = renderReceipt({
      rootHash: hash,
      modelId: 1n,
      epoch: 2n,
      receipt: {
        versionId: 3n,
        consumer: `0x${"22".repeat(20)}`,
        requestHash: hash,
        outputHash: hash,
        fee: OPEN / 2n,
        paymentId: hash,
        cumulative: OPEN / 2n,
        time: 5n,
      },
      signature: "0x12",
      counted: OPEN / 4n,
      label: "refund",
      influences: [{ contributionId: 8n, contributor: `0x${"33".repeat(20)}`, influence: 12.25 }],
      spans: [
        {
          ...{ text: "money comes back within a week", words: 6, occurrences: 2, rarity: 31 },
          ...{ contributionId: 7n, contributor: `0x${"44".repeat(20)}` },
        },
      ],
    });
    expect(text).toContain("paid 0.5 OPEN");
    expect(text).toContain("0.25 OPEN of it count");
    expect(text).toMatch(/8 {2}0x33.*12\.3/u);
    expect(text).toMatch(/Nothing is paid for them:[\s\S]*7 +2 {2}"money comes back within a week"/u);
  });
});

describe("the answers that data earned by", () => {
  const paymentId = `0x${"cd".repeat(32)}`;
  const answer = (label: string, share: number) => ({
    ...{ modelId: 3n, epoch: 7n, signature: "0x", counted: OPEN / 4n, label, share },
    receipt: {
      ...{ versionId: 1n, consumer: "0x", requestHash: hash, outputHash: hash, fee: OPEN, paymentId },
      ...{ cumulative: 2n * OPEN, time: 0n },
    },
  });

  it("are named with question, answer, money, share and the receipt that explains more", () => {
    const [, , , row] = renderAnswers([answer("lost_card", 0.4567)]).split("\n");
    for (const part of ["3", "7", "lost_card", "0xabababab…", "0.25", "45.7 %", `${paymentId}:${2n * OPEN}`]) {
      expect(row).toContain(part);
    }
  });

  it("are cut where they are long, and said to be unknown where there are none", () => {
    expect(renderAnswers([answer("word ".repeat(30), 1)])).toContain(`${"word ".repeat(8).slice(0, 39)}…`);
    expect(renderAnswers([])).toMatch(/No paid answer/u);
  });
});
