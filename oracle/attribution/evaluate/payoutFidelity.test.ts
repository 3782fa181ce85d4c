import { describe, expect, it } from "vitest";
import { parseRecipe } from "../../model/recipe.ts";
import { randomStream } from "../../numerics/random.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { mislabelAuc } from "./mislabel.ts";
import { mixScores, payoutFidelity, queryMixes } from "./payoutFidelity.ts";
import { qualityVerdict } from "./qualitySign.ts";
import { drawCoalitions } from "./shapley.ts";

const PLAYERS = 12;
const OUTPUTS = 60;
const CLASSES = ["a", "b", "c"];
const delivered = Int32Array.from({ length: OUTPUTS }, (_, q) => q % 3);

/** An additive game: what each contributor adds to each output. */
const effects = Float32Array.from({ length: OUTPUTS * PLAYERS }, (_, at) => {
  const [q, c] = [Math.floor(at / PLAYERS), at % PLAYERS];
  return c % 3 === q % 3 ? 0.02 * (c + 1) : -0.005;
});
/** One contribution each. */
const players = {
  contributors: Array.from({ length: PLAYERS }, (_, c) => ({ name: `player ${c}`, behaviour: "honest" as const })),
  contributorOf: Int32Array.from({ length: PLAYERS }, (_, c) => c),
};
const coalitions = drawCoalitions(PLAYERS, 120, 1);
const noise = randomStream(3, 0);
const probabilities = Float32Array.from(
  coalitions.flatMap(({ members }) =>
    Array.from(
      { length: OUTPUTS },
      (_, q) => members.reduce((sum, c) => sum + effects[q * PLAYERS + c]!, 0) + 1e-4 * noise.normal(),
    ),
  ),
);
const mixes = queryMixes(delivered, CLASSES, 2);
const {
  mixes: fidelity,
  oneClass,
  uniform,
} = payoutFidelity(effects, players, { coalitions, probabilities }, mixes, 1);

describe("payout fidelity", () => {
  it("has the uniform mix, one per class that was delivered often enough, and fifty random outputs", () => {
    expect(mixes.map(({ outputs }) => outputs.length)).toEqual([60, 20, 20, 20, 50]);
    expect(mixes.map(({ name }) => name).sort()).toEqual(["50 random", "only a", "only b", "only c", "uniform"]);
  });

  it("is 1 for scores that are the contributors' effects, and the ceiling says so", () => {
    for (const mix of fidelity.slice(1, 4)) {
      expect(mix.pearson.estimate).toBeGreaterThan(0.99);
      expect(mix.ceiling).toBeGreaterThan(0.99);
    }
    expect(oneClass!.estimate).toBeGreaterThan(0.99);
    expect(oneClass!.low).toBeGreaterThan(0.97);
    expect(oneClass!.low).toBeLessThanOrEqual(oneClass!.estimate);
  });

  it("says nothing of single classes where none was delivered often enough", () => {
    const alone = mixes.filter(({ name }) => !name.startsWith("only "));
    expect(payoutFidelity(effects, players, { coalitions, probabilities }, alone, 1).oneClass).toBeUndefined();
  });

  it("lets every output weigh the same, whatever the length of its influence", () => {
    const louder = effects.map((value, at) => (at < PLAYERS ? 1000 * value : value));
    const scores = mixScores(louder, PLAYERS, mixes[0]!);
    for (const [c, score] of scores.entries()) expect(score).toBeCloseTo(uniform.scores[c]!, 5);
  });
});

describe("quality verdict", () => {
  const CLASSES = 4;
  /** A pixel of its own for each class. */
  const images = (truth: readonly number[], stated: readonly number[]) =>
    ({
      inputs: {
        kind: "dense",
        width: CLASSES,
        values: Float32Array.from(
          truth.flatMap((label) => Array.from({ length: CLASSES }, (_, pixel) => (pixel === label ? 1 : 0.2))),
        ),
      },
      labels: Int32Array.from(stated),
    }) as const;

  it("charges those whose labels are wrong and nobody else, and weighs classes alike", () => {
    const behaviours = ["honest", "specialist", "mislabel-100"] as const;
    const rows = Array.from({ length: 30 }, (_, row) => row % CLASSES);
    const asked = Array.from({ length: 40 }, (_, row) => row % CLASSES);
    const contributions = {
      contributors: behaviours.map((behaviour) => ({ name: behaviour, behaviour })),
      training: images(
        rows.map((label, row) => (row < 20 ? label : (label + 1) % CLASSES)),
        rows,
      ),
      contributorOf: Int32Array.of(0, 1, 2),
      examples: Int32Array.of(10, 10, 10),
      contributionOfRow: Int32Array.from(rows, (_, row) => Math.floor(row / 10)),
      quality: { ...images(asked, asked), labels: Int32Array.from(asked) },
    };
    // The specialist harms three classes a little and helps the fourth: classes weighing the same, it helps.
    const influence = Float32Array.from(asked.flatMap((label) => [1, label === 3 ? 2 : -0.5, -1]));
    const verdict = qualityVerdict(contributions, influence, 1);
    expect(verdict.rightCharged).toEqual({ estimate: 0, low: 0, high: 0 });
    expect(verdict.wrongCharged).toEqual({ estimate: 1, low: 1, high: 1 });
    expect(verdict.perRow[1]).toBeGreaterThan(0);
  });
});

describe("mislabel detection", () => {
  it("ranks flipped labels first where classes are far apart", () => {
    const random = randomStream(4, 0);
    const labels = Int32Array.from({ length: 120 }, (_, r) => r % 3);
    const values = Float32Array.from(
      { length: 120 * 3 },
      (_, at) => (at % 3 === labels[Math.floor(at / 3)] ? 3 : 0) + 0.3 * random.normal(),
    );
    const recipe = parseRecipe({
      format: "openledger-recipe/1",
      input: { kind: "dense", width: 3 },
      layers: [],
      classes: 3,
      optimizer: { kind: "sgd", learningRate: 0.1 },
      epochs: 20,
      batch: 20,
      seed: 1,
    });
    const auc = mislabelAuc(createWasmKernels, recipe, { inputs: { kind: "dense", values, width: 3 }, labels }, 5);
    expect(auc.estimate).toBeGreaterThan(0.95);
    expect(auc.low).toBeGreaterThan(0.85);
  });
});
