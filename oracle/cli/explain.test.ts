import { OPEN } from "@openledger/protocol/units.ts";
import { describe, expect, it } from "vitest";
import { settlementInputs } from "../../test/fixtures/settlement.ts";
import { explainAccount } from "../settlement/explain.ts";
import { settleEpochs } from "../settlement/settle.ts";
import { renderAccount, renderContribution, renderReceipt } from "./explain.ts";

const hash = `0x${"ab".repeat(32)}`;
const inputs = settlementInputs({ seed: 3, accounts: 4, contributions: 9, k: 32, models: 1, epochs: 1 });
const settlement = settleEpochs(inputs);
const pools = [{ modelId: 1n, epoch: 1n, pool: inputs.pools[0]!.pool, receipts: 5, counted: 10n * OPEN }];

describe("an explanation for people", () => {
  it("of an account shows every formula with its numbers and its result", () => {
    const explained = explainAccount(inputs, settlement, settlement.accounts[0]!.account);
    const entries = explained.entries.map((entry) => ({
      ...entry,
      payments: entry.payments.map((payment) => ({ ...payment, steps: [...payment.steps] })),
    }));
    const text = renderAccount({ rootHash: hash, ...explained, pools, entries });
    expect(text).toContain("5 receipts count for 10 OPEN of fees");
    for (const { payments } of entries) {
      for (const { steps } of payments) {
        for (const { numbers, value } of steps) expect(text).toContain(`${numbers} = ${value}`);
      }
    }
  });

  it("of a contribution that earned nothing says why there is nothing to show", () => {
    const contribution = {
      contributionId: 4n,
      submissionId: 1n,
      datanetId: 2n,
      part: 0,
      kind: "train" as const,
      contentRoot: hash,
      examples: 12,
      contributor: `0x${"11".repeat(20)}`,
      sponsor: `0x${"00".repeat(20)}`,
      uri: "bafk",
      revokedFrom: 9n,
    };
    const text = renderContribution({ rootHash: hash, contribution, pools: [], payments: [] });
    expect(text).toContain("12 examples");
    expect(text).toContain("from epoch 9 on");
    expect(text).toContain("in the index of no version");
  });

  it("of a receipt names what was paid and whom the answer owes most to", () => {
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
    });
    expect(text).toContain("paid 0.5 OPEN");
    expect(text).toContain("0.25 OPEN of it count");
    expect(text).toMatch(/8 {2}0x33.*12\.3/u);
  });
});
