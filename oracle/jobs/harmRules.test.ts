import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MEASURED_HARM_RULE } from "../attribution/judge/harmRule.ts";
import { NotYetError } from "../common/errors.ts";
import type { ChainEvents } from "../store/chainEvents.ts";
import type { ProtocolView } from "../store/protocolView.ts";
import { harmRulesOf } from "./harmRules.ts";

const at = (timestamp: number, toleranceBps: number) => ({
  timestamp,
  args: { rule: { toleranceBps: `${toleranceBps}`, judges: "5", fewestRows: "5" } },
});

/** A contribution for each submission, submitted at that time. */
function rulesOf(changes: readonly ReturnType<typeof at>[], submittedAt: readonly number[]) {
  const events = { find: async () => changes } as unknown as ChainEvents;
  const submissions = submittedAt.map((time, i) => ({ submissionId: BigInt(i), submittedAt: time }));
  const view = { submissions: async () => submissions } as unknown as ProtocolView;
  const contributions = submissions.map(({ submissionId }) => ({ submissionId, contributionId: submissionId + 100n }));
  return harmRulesOf({ events, view }, contributions);
}

describe("the rule by which a contribution is found harmful", () => {
  it("is unknown as long as none was scanned", async () => {
    const ruleOf = await rulesOf([], [5]);
    expect(() => ruleOf(100n)).toThrow(NotYetError);
  });

  it("is the one that stood before the block of its submission, the first one from the beginning", async () => {
    const ruleOf = await rulesOf([at(10, 2_000), at(20, 1_500), at(20, 1_000), at(30, 2_000)], [1, 10, 20, 21, 30, 31]);
    const tolerances = Array.from({ length: 6 }, (_, i) => ruleOf(100n + BigInt(i)).toleranceBps);
    expect(tolerances).toEqual([2_000, 2_000, 2_000, 1_000, 1_000, 2_000]);
    expect(ruleOf(100n)).toEqual(MEASURED_HARM_RULE);
    expect(ruleOf(105n)).toBe(ruleOf(100n));
  });

  it("is never changed by what is decided afterwards", async () => {
    const times = fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }).map((all) => all.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(times, fc.nat(50), fc.nat(50), async (changes, submitted, wait) => {
        const before = changes.map((time, i) => at(time, i));
        const after = [...before, at(Math.max(submitted, ...changes) + wait, 1_999)];
        const [first, then] = await Promise.all([rulesOf(before, [submitted]), rulesOf(after, [submitted])]);
        expect(then(100n)).toEqual(first(100n));
      }),
    );
  });
});
