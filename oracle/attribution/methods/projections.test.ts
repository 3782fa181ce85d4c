import { describe, expect, it } from "vitest";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { pearson } from "../evaluate/statistics.ts";
import { gradDot } from "./gradDot.ts";
import { kernelSum, meanDoubt } from "./kernelEnsemble.ts";
import { kernelInfluence } from "./kernelInfluence.ts";
import { logra } from "./logra.ts";
import { METHODS } from "./registry.ts";
import {
  dot,
  formedGradients,
  OUTPUTS,
  relativeError,
  ROWS,
  scatter,
  solveDense,
  tap,
  tinyModel,
  wholeGradients,
} from "./testing/tinyModel.ts";
import { tapModel } from "./tappedModel.ts";
import { tracInCheckpoints } from "./tracIn.ts";
import { trakProjected } from "./trakProjected.ts";

describe.each(["dense", "bags"] as const)("projected methods on a model of %s inputs", (kind) => {
  const tiny = tinyModel(kind);

  it("TRAK approaches the kernel form as its projection grows", () => {
    // λ relative to the mean eigenvalue: the trace is shared by `dimension` eigenvalues in one form and by the rows in the other.
    const dimension = 2048;
    const kernel = kernelInfluence({ weights: "uniform", damping: 0.5 });
    const projected = trakProjected({ dimension, damping: (0.5 * dimension) / ROWS, seed: 1 });
    const model = tap(tiny, kernel, projected);
    expect(pearson(projected.scores(model), kernel.scores(model))).toBeGreaterThan(0.97);
  });

  it("LoGra approaches the layers' own Fisher matrices as its projection grows", () => {
    const side = 24;
    const method = logra({ side, damping: 1, seed: 2 });
    const model = tap(tiny, method);
    const layers = formedGradients(model, model.training);
    const queryLayers = formedGradients(model, model.queries);
    const reference = new Float64Array(OUTPUTS * ROWS);
    for (const [l, layer] of layers.entries()) {
      const g = layer.map((gradient, i) => gradient.map((value) => value * model.trainingDoubt[i]!));
      const trace = g.reduce((sum, gradient) => sum + dot(gradient, gradient), 0) / ROWS;
      const fisher = scatter(g, new Float64Array(ROWS).fill(1 / ROWS), trace / (side * side));
      for (let q = 0; q < OUTPUTS; q++) {
        const solved = solveDense(
          fisher,
          queryLayers[l]![q]!.map((value) => value * model.queryDoubt[q]!),
        );
        for (let i = 0; i < ROWS; i++) reference[q * ROWS + i]! += dot(solved, g[i]!);
      }
    }
    expect(pearson(method.scores(model), reference)).toBeGreaterThan(0.85);
  });
});

describe("methods over several models", () => {
  const tiny = tinyModel("dense");
  const other = {
    ...tiny,
    weights: tiny.weights.map((tensor) => ({ ...tensor, values: tensor.values.map((value) => 0.8 * value) })),
  };
  const models = [tiny.weights, other.weights];

  it("the ensemble averages residuals apart from the inverse and weights the curvature with them", () => {
    const doubt = meanDoubt(createWasmKernels, tiny.recipe, models, tiny.training);
    const reference = new Float64Array(OUTPUTS * ROWS);
    for (const each of [tiny, other]) {
      const model = tap(each);
      const rows = wholeGradients(formedGradients(model, model.training));
      const queries = wholeGradients(formedGradients(model, model.queries));
      const lambda = (0.3 * rows.reduce((sum, g, i) => sum + doubt[i]! * dot(g, g), 0)) / ROWS;
      const curvature = scatter(rows, doubt, lambda);
      for (const [q, query] of queries.entries()) {
        const solved = solveDense(curvature, query);
        for (let i = 0; i < ROWS; i++) reference[q * ROWS + i]! += (doubt[i]! * dot(solved, rows[i]!)) / 2;
      }
    }
    const sum = kernelSum(createWasmKernels, tiny.recipe, models, tiny.training, tiny.queries, doubt);
    const scores = sum.map((value) => value / models.length);
    expect(relativeError(scores, reference)).toBeLessThan(1e-4);
  });

  it("TracInCP adds grad-dot over checkpoints with their rates", () => {
    const checkpoints = [
      { weights: models[0]!, rate: 0.3 },
      { weights: models[1]!, rate: 0.1 },
    ];
    const parts = [tiny, other].map((each) => gradDot.scores(tap(each, gradDot)));
    const reference = parts[0]!.map((value, i) => 0.3 * value + 0.1 * parts[1]![i]!);
    expect(
      relativeError(
        tracInCheckpoints(createWasmKernels, tiny.recipe, checkpoints, tiny.training, tiny.queries),
        reference,
      ),
    ).toBeLessThan(1e-6);
  });
});

describe("a tapped model", () => {
  const { recipe, weights, training, queries } = tinyModel("dense");

  it("foresees that a method does not fit into memory and names the rows that would", () => {
    const gibibytePerRow = (rows: number): number => rows * 2 ** 28;
    expect(() => tapModel(createWasmKernels, recipe, weights, training, queries, gibibytePerRow)).toThrow(
      /limit of 4 GiB: use at most 3 training rows/u,
    );
  });

  it("names layer and row where the network leaves the finite numbers", () => {
    const huge = weights.map((tensor) => ({ ...tensor, values: tensor.values.map(() => 3e38) }));
    expect(() => tapModel(createWasmKernels, recipe, huge, training, queries, 0)).toThrow(
      /of layer "[\w.]+" is \S+ at row \d+/u,
    );
  });
});

describe("registry", () => {
  it.each([...METHODS].filter(([name]) => name !== "bm25" && name !== "hessian"))(
    "%s scores every row for every output with finite numbers",
    (_name, method) => {
      const scores = method.scores(tap(tinyModel("dense"), method));
      expect(scores.length).toBe(OUTPUTS * ROWS);
      expect(scores.every(Number.isFinite)).toBe(true);
    },
  );
});
