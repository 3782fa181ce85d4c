import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trainingStep } from "./trainingEvents.ts";

const OPERATOR = `0x${"Ab".repeat(20)}`;
const own = OPERATOR.toLowerCase();
const training = (steps: readonly ("committed" | "revealed" | "claimed")[]) => {
  const of = (step: (typeof steps)[number]) => new Set(steps.includes(step) ? [own] : [`0x${"cd".repeat(20)}`]);
  const windows = { fee: 9n, snapshotId: 1n, commitEnds: 100n, revealEnds: 200n };
  return { ...windows, committed: of("committed"), revealed: of("revealed"), claimed: of("claimed") };
};

describe("what an operator does for its part of a training fee", () => {
  it("is to commit until the window ends, to reveal in the next, and to claim after that, each once", () => {
    expect(trainingStep(training([]), OPERATOR, 99n)).toBe("commit");
    expect(trainingStep(training(["committed"]), OPERATOR, 99n)).toBeUndefined();
    expect(trainingStep(training(["committed"]), OPERATOR, 100n)).toBe("reveal");
    expect(trainingStep(training(["committed", "revealed"]), OPERATOR, 199n)).toBeUndefined();
    expect(trainingStep(training(["committed", "revealed"]), OPERATOR, 200n)).toBe("claim");
    expect(trainingStep(training(["committed", "revealed", "claimed"]), OPERATOR, 999n)).toBeUndefined();
  });

  it("is nothing for who missed a window", () => {
    expect(trainingStep(training([]), OPERATOR, 100n)).toBeUndefined();
    expect(trainingStep(training(["committed"]), OPERATOR, 200n)).toBeUndefined();
  });

  it("is never a step that was taken, nor one before its time", () => {
    const steps = fc.subarray(["committed", "revealed", "claimed"] as const);
    fc.assert(
      fc.property(steps, fc.bigInt({ min: 0n, max: 300n }), (taken, now) => {
        const step = trainingStep(training(taken), OPERATOR, now);
        if (step === "commit") expect(taken.includes("committed") || now >= 100n).toBe(false);
        if (step === "reveal") expect(taken.includes("revealed") || now < 100n || now >= 200n).toBe(false);
        if (step === "claim") expect(taken.includes("claimed") || now < 200n).toBe(false);
      }),
    );
  });
});
