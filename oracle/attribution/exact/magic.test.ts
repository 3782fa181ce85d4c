import { describe, expect, it } from "vitest";
import { createDenseWorkspace } from "./denseKernels.ts";
import { createDenseTrainer } from "./denseTraining.ts";
import type { DenseRecipe, Optimizer } from "./denseTraining.ts";
import { createMetagradients } from "./magic.ts";
import { metasmoothness } from "./metasmoothness.ts";
import { targetGradient } from "./target.ts";
import type { Target } from "./target.ts";

const EXAMPLES = 24;
const INPUTS = 5;

/** Low-discrepancy features: fixed, irregular, without a random generator. */
const features = Float32Array.from({ length: EXAMPLES * INPUTS }, (_, i) => 2 * ((i * 0.6180339887498949) % 1) - 1);
const labels = Int32Array.from({ length: EXAMPLES }, (_, i) =>
  features[i * INPUTS]! + features[i * INPUTS + 1]! > 0 ? 1 : i % 2 === 0 ? 0 : 2,
);
const data = { features, labels };
const rows = Int32Array.from({ length: EXAMPLES }, (_, i) => i);

const sgd: Optimizer = { kind: "sgd", rate: 0.2, momentum: 0, decay: 0 };
const momentum: Optimizer = { kind: "sgd", rate: 0.1, momentum: 0.9, decay: 0.01 };
const adam: Optimizer = {
  kind: "adam",
  rate: 0.05,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  rootEpsilon: 1e-6,
  decay: 0.01,
};

const recipe = (changes: Partial<DenseRecipe>): DenseRecipe => ({
  widths: [INPUTS, 7, 6, 3],
  activation: "silu",
  dropout: 0,
  optimizer: sgd,
  batchSize: 7,
  epochs: 5,
  schedule: "constant",
  ...changes,
});

const cases: [string, DenseRecipe, Target][] = [
  ["SGD", recipe({}), "logProbability"],
  ["SGD with dropout", recipe({ dropout: 0.2 }), "margin"],
  ["momentum, weight decay and a falling rate", recipe({ optimizer: momentum, schedule: "linear" }), "margin"],
  ["Adam with decoupled decay", recipe({ optimizer: adam }), "probability"],
  ["softmax regression", recipe({ widths: [INPUTS, 3], optimizer: momentum }), "logProbability"],
];

describe("metagradients", () => {
  it.each(cases)("equal central differences of whole retrainings: %s", async (_name, chosen, target) => {
    const workspace = await createDenseWorkspace("f64", 16);
    const trainer = createDenseTrainer(workspace, chosen, data, true);
    const magic = createMetagradients(workspace, trainer, 2);
    const run = trainer.plan(rows, 5);
    const queries = [3, 10];
    trainer.rowWeights.view[4] = 0.5;
    const scores = magic.run(run, () => queries.map((q) => targetGradient(trainer, data, [q], [1], target)));

    const outputs = (): number[] => {
      trainer.train(run);
      return queries.map((q) => {
        let value = 0;
        trainer.predict(
          { features: features.subarray(q * INPUTS, (q + 1) * INPUTS), labels: labels.subarray(q, q + 1) },
          (_f, _r, _p, losses) => {
            const p = Math.exp(-losses[0]!);
            value = target === "logProbability" ? -losses[0]! : target === "margin" ? Math.log(p / (1 - p)) : p;
          },
        );
        return value;
      });
    };
    const h = 1e-4;
    for (const row of [0, 4, 11, 23]) {
      const weight = trainer.rowWeights.view[row]!;
      trainer.rowWeights.view[row] = weight + h;
      const above = outputs();
      trainer.rowWeights.view[row] = weight - h;
      const below = outputs();
      trainer.rowWeights.view[row] = weight;
      for (const q of queries.keys()) {
        const difference = (above[q]! - below[q]!) / (2 * h);
        const largest = Math.max(...scores.subarray(q * EXAMPLES, (q + 1) * EXAMPLES).map(Math.abs));
        expect(Math.abs(scores[q * EXAMPLES + row]! - difference) / largest).toBeLessThan(1e-7);
      }
    }
  });

  it("refuses a network without room for second derivatives", async () => {
    const workspace = await createDenseWorkspace("f64", 16);
    const trainer = createDenseTrainer(workspace, recipe({}), data);
    const magic = createMetagradients(workspace, trainer, 1);
    expect(() => magic.run(trainer.plan(rows, 1), () => [trainer.net.parameters.view.slice()])).toThrow(
      "second derivatives",
    );
  });

  it("finds a smooth recipe smoother than one with ReLU, dropout and a large rate", async () => {
    const direction = Float64Array.from({ length: EXAMPLES }, (_, i) => 2 * ((i * 0.7548776662466927) % 1) - 1);
    const smoothness = async (chosen: DenseRecipe): Promise<number> => {
      const trainer = createDenseTrainer(await createDenseWorkspace("f64", 16), chosen, data);
      return metasmoothness(trainer, trainer.plan(rows, 5), direction, 0.05);
    };
    const smooth = await smoothness(recipe({ batchSize: 24 }));
    const rough = await smoothness(
      recipe({ activation: "relu", dropout: 0.2, epochs: 60, optimizer: { ...momentum, rate: 0.3 } }),
    );
    expect(smooth).toBeGreaterThan(0.95);
    expect(rough).toBeLessThan(smooth);
  });
});

describe("dense training", () => {
  it("reaches the same parameters from the same seed, others from another", async () => {
    const workspace = await createDenseWorkspace("f32", 16);
    const trainer = createDenseTrainer(workspace, recipe({ dropout: 0.1 }), data);
    const trained = (seed: number): number[] => {
      trainer.train(trainer.plan(rows, seed));
      return [...trainer.net.parameters.view];
    };
    const first = trained(1);
    expect(trained(2)).not.toEqual(first);
    expect(trained(1)).toEqual(first);
  });

  it("stops at a loss that is not finite and names the step", async () => {
    const workspace = await createDenseWorkspace("f64", 16);
    const trainer = createDenseTrainer(workspace, recipe({ optimizer: { ...sgd, rate: 1e160 } }), data);
    expect(() => {
      trainer.train(trainer.plan(rows, 1));
    }).toThrow(/loss of training row \d+ is NaN at step \d+/u);
  });
});
