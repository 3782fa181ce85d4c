import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { architectureOf } from "../model/architecture.ts";
import { preparedInputs } from "../model/batches.ts";
import { forward, inputTensors } from "../model/forward.ts";
import { fusedOps, margins } from "../model/networkOps.ts";
import type { Recipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import { smallModels } from "../model/testing/smallModels.ts";
import { trainMember } from "../model/train.ts";
import type { Weights } from "../model/weights.ts";
import { useIeeeBackend } from "../numerics/backend/useIeeeBackend.ts";
import { choleskyFactor, choleskySolve } from "../numerics/cholesky64.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { createMemberKernel } from "./memberKernel.ts";
import { fitMember } from "./fitMember.ts";
import { comparedRows } from "./landmarkOperator.ts";
import { openMember } from "./memberOperator.ts";
import { parseScheme } from "./scheme.ts";

const scheme = parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1", damping: 0.3, rank: 32 });

/** Gradient of each row's margin in every parameter, row after row and grouped by layer: one backward pass per row. */
function gradients(
  recipe: Recipe,
  weights: Weights,
  rows: LabelledRows,
): { byLayer: Float64Array[][]; doubt: number[] } {
  const architecture = architectureOf(recipe);
  useIeeeBackend(createWasmKernels);
  const inputs = preparedInputs(rows.inputs);
  const byLayer: Float64Array[][] = architecture.layers.map(() => []);
  const doubt: number[] = [];
  for (const [row, label] of rows.labels.entries()) {
    tf.tidy(() => {
      const input = inputTensors(inputs, [row]);
      const parameters = weights.map(({ values, shape }) => tf.tensor(values, [...shape]));
      const marginOf = (...current: tf.Tensor[]) => {
        const result = margins(forward(fusedOps, architecture, current, input), tf.tensor1d([label], "int32"));
        doubt[row] = result.doubt.dataSync()[0]!;
        return result.margin;
      };
      const found = tf
        .grads(marginOf)(parameters, tf.ones([1]))
        .map((gradient) => [...gradient.dataSync()]);
      for (const [l, layer] of architecture.layers.entries()) {
        const own = architecture.parameters.flatMap(({ name }, i) =>
          name.startsWith(`${layer.name}.`) ? found[i]! : [],
        );
        byLayer[l]!.push(Float64Array.from(own));
      }
    });
  }
  return { byLayer, doubt };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Σ_layers <g_n, g_m> · N / trace, from whole gradients. */
function explicitKernel(own: Float64Array[][], other: Float64Array[][]): number[][] {
  const scales = own.map((layer) => layer.length / layer.reduce((sum, gradient) => sum + dot(gradient, gradient), 0));
  return other[0]!.map((_, q) =>
    own[0]!.map((_unused, n) => own.reduce((sum, layer, l) => sum + scales[l]! * dot(layer[n]!, other[l]![q]!), 0)),
  );
}

function relativeError(found: ArrayLike<number>, expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return expected.reduce((max, value, i) => Math.max(max, Math.abs(found[i]! - value) / scale), 0);
}

const contributions = 11;

describe.each(smallModels())("attribution for a $name", ({ recipe, rows }) => {
  const weights = trainMember(createWasmKernels, recipe, rows, 0);
  const n = rows.labels.length;
  const training = {
    rows,
    contributionOfRow: Int32Array.from({ length: n }, (_, row) => (row % 12) - 1),
    contributions,
  };

  it("has the kernel of whole gradients, each layer scaled to a mean diagonal of 1", () => {
    const { byLayer } = gradients(recipe, weights, rows);
    const kernel = createMemberKernel(createWasmKernels, recipe, weights, rows, 0);
    kernel.queryKernel(rows, (first, count, block) => {
      expect([first, count]).toEqual([0, n]);
      expect(relativeError(kernel.space.floats(block, n * n), explicitKernel(byLayer, byLayer).flat())).toBeLessThan(
        5e-6,
      );
    });
  });

  it.each(["doubt", "rootDoubt"] as const)(
    "computes M·diag(w)·(K + λI)^-1·k in float32 as float64 does: %s",
    (rowWeight) => {
      const weightOf = (row: number) => (rowWeight === "doubt" ? doubt[row]! : Math.sqrt(doubt[row]!));
      const { byLayer, doubt } = gradients(recipe, weights, rows);
      const kernel = explicitKernel(byLayer, byLayer);
      const damped = Float64Array.from(kernel.flat());
      const layers = byLayer.length;
      for (let i = 0; i < n; i++) damped[i * n + i]! += scheme.damping * layers;
      // Columns: kernel rows of the training rows as queries (K is symmetric).
      const solved = Float64Array.from(kernel.flat());
      choleskySolve(choleskyFactor(damped, n), n, solved, n);
      const expected = Array.from({ length: contributions }, (_, c) =>
        Array.from({ length: n }, (_unused, q) => {
          let sum = 0;
          for (let row = 0; row < n; row++)
            if (training.contributionOfRow[row] === c) sum += weightOf(row) * solved[row * n + q]!;
          return sum;
        }),
      );
      const operator = fitMember(createWasmKernels, { ...scheme, rowWeight }, recipe, weights, training, 32);
      expect(relativeError(operator.influence(rows), expected.flat())).toBeLessThan(2e-5);

      const identity = new Float32Array(contributions * 32);
      for (let c = 0; c < contributions; c++) identity[c * 32 + c] = 1;
      const projection = operator.project(identity);
      const psi = operator.query(rows);
      const transposed = rows.labels.length;
      const byQuery = Array.from({ length: transposed }, (_, q) => expected.map((row) => row[q]!));
      const compact = Array.from({ length: n }, (_, q) => [...psi.subarray(q * 32, q * 32 + contributions)]);
      expect(relativeError(compact.flat(), byQuery.flat())).toBeLessThan(2e-5);

      const reopened = openMember(createWasmKernels, recipe, weights, rows, projection);
      expect(reopened.query(rows)).toEqual(psi);
    },
  );

  it("approximates the operator by landmarks as float64 does, and answers queries from the landmarks alone", () => {
    const few = { ...scheme, exactRows: n - 1, landmarks: 24 };
    const landmarks = comparedRows(few, rows);
    const m = landmarks.labels.length;
    expect(m).toBe(24);
    const { byLayer: own } = gradients(recipe, weights, landmarks);
    const { byLayer: all, doubt } = gradients(recipe, weights, rows);
    const cross = explicitKernel(own, all); // n x m
    const layers = own.length;
    const mean = Float64Array.from(explicitKernel(own, own).flat());
    for (let i = 0; i < m; i++) mean[i * m + i]! += 1e-3 * layers;
    // (K_mm' + K_mn K_nm / λ)^-1 K_mn / λ is U^-1 (ΦᵀΦ + λI)^-1 U^-T K_mn.
    const lambda = few.damping * layers;
    const inner = mean.map((value, at) => {
      const [i, j] = [Math.floor(at / m), at % m];
      return value + cross.reduce((sum, row) => sum + row[i]! * row[j]!, 0) / lambda;
    });
    const solved = Float64Array.from({ length: m * n }, (_, at) => cross[at % n]![Math.floor(at / n)]! / lambda);
    choleskySolve(choleskyFactor(inner, m), m, solved, n);
    const expected = Array.from({ length: contributions * n }, (_, at) => {
      const [c, q] = [Math.floor(at / n), at % n];
      return cross.reduce((sum, row, i) => {
        if (training.contributionOfRow[i] !== c) return sum;
        return sum + Math.sqrt(doubt[i]!) * row.reduce((dotted, value, j) => dotted + value * solved[j * n + q]!, 0);
      }, 0);
    });
    const operator = fitMember(createWasmKernels, few, recipe, weights, training, 32);
    expect(relativeError(operator.influence(rows), expected)).toBeLessThan(5e-4);

    const identity = new Float32Array(contributions * 32);
    for (let c = 0; c < contributions; c++) identity[c * 32 + c] = 1;
    const projection = operator.project(identity);
    expect(projection).toHaveLength(m * 32);
    const psi = operator.query(rows);
    const byQuery = Array.from({ length: n }, (_, q) =>
      Array.from({ length: contributions }, (_unused, c) => expected[c * n + q]!),
    );
    const compact = Array.from({ length: n }, (_, q) => [...psi.subarray(q * 32, q * 32 + contributions)]);
    expect(relativeError(compact.flat(), byQuery.flat())).toBeLessThan(5e-4);
    expect(openMember(createWasmKernels, recipe, weights, landmarks, projection).query(rows)).toEqual(psi);
  });
});
