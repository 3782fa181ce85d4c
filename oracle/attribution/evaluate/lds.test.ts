import { describe, expect, it } from "vitest";
import { linearDatamodelingScores, replicateCeiling } from "./lds.ts";

const subsets = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
].map((rows) => Int32Array.from(rows));
const effects = [
  [1, 2, 4, 8],
  [3, -1, 2, -4],
];
const truth = Float32Array.from(
  subsets.flatMap((subset) => effects.map((effect) => subset.reduce((sum, row) => sum + effect[row]!, 0))),
);

describe("linear datamodelling score", () => {
  it("refuses a truth of another shape", () => {
    expect(() => linearDatamodelingScores(new Float32Array(8), 4, subsets, new Float32Array(5))).toThrow(RangeError);
  });

  it("is 1 for the true additive effects and -1 for their opposites", () => {
    const scores = Float32Array.from([...effects[0]!, ...effects[1]!.map((effect) => -effect)]);
    expect([...linearDatamodelingScores(scores, 4, subsets, truth)].map((r) => Math.round(r * 1e9) / 1e9)).toEqual([
      1, -1,
    ]);
  });

  it("is 0 for scores that say nothing", () => {
    expect([...linearDatamodelingScores(new Float32Array(8).fill(1), 4, subsets, truth)]).toEqual([0, 0]);
  });

  it("finds a ceiling of 1 between equal replicates", () => {
    expect([...replicateCeiling(truth, truth, 6)].every((r) => Math.abs(r - 1) < 1e-12)).toBe(true);
  });
});
