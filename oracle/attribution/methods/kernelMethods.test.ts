import { describe, expect, it } from "vitest";
import { bm25, NoTokensError, randomScores } from "./baselines.ts";
import { dataInf } from "./dataInf.ts";
import { gradCos, gradDot } from "./gradDot.ts";
import { kernelInfluence } from "./kernelInfluence.ts";
import type { CurvatureWeights } from "./kernelInfluence.ts";
import { leverageElements, leverages, lRelatIf, selfInfluence, gradientNorms } from "./selfInfluence.ts";
import {
  dot,
  formedGradients,
  OUTPUTS,
  relativeError,
  ROWS,
  scatter,
  solveDense,
  tap,
  tapWith,
  tinyModel,
  wholeGradients,
} from "./testing/tinyModel.ts";
import type { TappedModel } from "./tappedModel.ts";

/** Scores by formula, from formed gradients. */
function table(score: (q: number, i: number) => number): Float64Array {
  return Float64Array.from({ length: OUTPUTS * ROWS }, (_, at) => score(Math.floor(at / ROWS), at % ROWS));
}

function formed(model: TappedModel) {
  const layers = formedGradients(model, model.training);
  const queryLayers = formedGradients(model, model.queries);
  return { layers, queryLayers, rows: wholeGradients(layers), queries: wholeGradients(queryLayers) };
}

describe.each(["dense", "bags"] as const)("methods on a model of %s inputs", (kind) => {
  const tiny = tinyModel(kind);

  it("grad-dot is the inner product of loss gradients, grad-cos their cosine", () => {
    const model = tap(tiny, gradDot);
    const { rows, queries } = formed(model);
    const reference = table((q, i) => model.queryDoubt[q]! * model.trainingDoubt[i]! * dot(queries[q]!, rows[i]!));
    expect(relativeError(gradDot.scores(model), reference)).toBeLessThan(1e-5);
    const cosine = table(
      (q, i) => dot(queries[q]!, rows[i]!) / Math.sqrt(dot(queries[q]!, queries[q]!) * dot(rows[i]!, rows[i]!)),
    );
    expect(relativeError(gradCos.scores(model), cosine)).toBeLessThan(1e-5);
  });

  it.each(["uniform", "residual", "logistic"] as const)(
    "the kernel form equals the solve in parameter space: %s",
    (weights: CurvatureWeights) => {
      const method = kernelInfluence({ weights, damping: 0.1 });
      const model = tap(tiny, method);
      const { rows, queries } = formed(model);
      const r = model.trainingDoubt.map((doubt) =>
        weights === "uniform" ? 1 : weights === "residual" ? doubt * doubt : doubt * (1 - doubt),
      );
      const lambda = (0.1 * rows.reduce((sum, g, i) => sum + r[i]! * dot(g, g), 0)) / ROWS;
      const curvature = scatter(rows, r, lambda);
      const solved = queries.map((query) => solveDense(curvature, query));
      const reference = table((q, i) => model.trainingDoubt[i]! * dot(solved[q]!, rows[i]!));
      expect(relativeError(method.scores(model), reference)).toBeLessThan(1e-4);
    },
  );

  it("DataInf's Gram form equals the mean of rank-one inverses, layer by layer", () => {
    const model = tap(tiny, dataInf);
    const { layers, queryLayers } = formed(model);
    const reference = new Float64Array(OUTPUTS * ROWS);
    for (const [l, layer] of layers.entries()) {
      const g = layer.map((gradient, i) => gradient.map((value) => value * model.trainingDoubt[i]!));
      const lambda = (0.1 * g.reduce((sum, gi) => sum + dot(gi, gi), 0)) / ROWS / g[0]!.length;
      for (let q = 0; q < OUTPUTS; q++) {
        const v = queryLayers[l]![q]!.map((value) => value * model.queryDoubt[q]!);
        const r = new Float64Array(v.length);
        for (const gi of g) {
          const factor = dot(v, gi) / (lambda + dot(gi, gi));
          for (let k = 0; k < v.length; k++) r[k]! += (v[k]! - factor * gi[k]!) / (lambda * ROWS);
        }
        for (let i = 0; i < ROWS; i++) reference[q * ROWS + i]! += dot(r, g[i]!);
      }
    }
    expect(relativeError(dataInf.scores(model), reference)).toBeLessThan(1e-4);
  });

  it("leverages, self-influence and l-RelatIF follow from the same curvature", () => {
    const options = { weights: "logistic", damping: 0.1 } as const;
    const method = kernelInfluence(options);
    const relative = lRelatIf(method, options);
    const model = tapWith(tiny, (architecture) =>
      Math.max(relative.elements(architecture, ROWS, OUTPUTS), leverageElements(ROWS)),
    );
    const { rows } = formed(model);
    const r = model.trainingDoubt.map((doubt) => doubt * (1 - doubt));
    const lambda = (0.1 * rows.reduce((sum, g, i) => sum + r[i]! * dot(g, g), 0)) / ROWS;
    const curvature = scatter(rows, r, lambda);
    const reference = rows.map((g) => dot(solveDense(curvature, g), g));
    expect(relativeError(leverages(model, options), reference)).toBeLessThan(1e-4);
    const self = selfInfluence(model, "logistic", 0.1);
    const plain = method.scores(model);
    const expected = table((q, i) => plain[q * ROWS + i]! / Math.sqrt(self[i]!));
    expect(relativeError(relative.scores(model), expected)).toBeLessThan(1e-6);
    expect(
      relativeError(
        gradientNorms(model),
        rows.map((g, i) => model.trainingDoubt[i]! ** 2 * dot(g, g)),
      ),
    ).toBeLessThan(1e-5);
  });
});

describe("baselines", () => {
  it("BM25 needs tokens", () => {
    expect(() => bm25.scores(tap(tinyModel("dense"), bm25))).toThrow(NoTokensError);
  });

  it("BM25 scores a row by its formula and ranks the query's own text first", () => {
    const tiny = tinyModel("bags");
    if (tiny.training.inputs.kind !== "bags") throw new Error("bags expected");
    const { ids } = tiny.training.inputs;
    const own = {
      labels: Int32Array.of(0),
      inputs: { kind: "bags", ids: ids.slice(8, 12), offsets: Int32Array.of(0, 4) },
    } as const;
    const model = tap({ ...tiny, queries: own }, bm25);
    const scores = bm25.scores(model);
    const tokens = (row: number): number[] => [...ids.slice(4 * row, 4 * row + 4)];
    const reference = Array.from({ length: ROWS }, (_, row) => {
      let sum = 0;
      for (const token of new Set(tokens(2))) {
        const holders = Array.from({ length: ROWS }, (_, r) => tokens(r)).filter((list) => list.includes(token)).length;
        const count = tokens(row).filter((id) => id === token).length;
        sum += (Math.log(1 + (ROWS - holders + 0.5) / (holders + 0.5)) * count * 2.2) / (count + 1.2);
      }
      return sum;
    });
    expect(relativeError(scores, reference)).toBeLessThan(1e-6);
    expect(scores.indexOf(Math.max(...scores))).toBe(2);
  });

  it("random scores depend on the seed alone", () => {
    const model = tap(tinyModel("dense"));
    expect(randomScores(4).scores(model)).toEqual(randomScores(4).scores(model));
    expect(randomScores(4).scores(model)).not.toEqual(randomScores(5).scores(model));
  });
});
