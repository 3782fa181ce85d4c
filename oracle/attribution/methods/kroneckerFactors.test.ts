import { describe, expect, it } from "vitest";
import { predict } from "../../model/predict.ts";
import { symmetricEigen } from "../../numerics/symmetricEigen.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { DenseLayersOnlyError, kroneckerFactored } from "./kroneckerFactors.ts";
import { dot, OUTPUTS, relativeError, ROWS, solveDense, tap, tinyModel } from "./testing/tinyModel.ts";

const tiny = tinyModel("dense", false);

/** Softmax regression by hand: inputs with bias, probabilities, the factors and the gradients, in float64. */
function byHand() {
  const rowsOf = (rows: typeof tiny.training) => {
    if (rows.inputs.kind !== "dense") throw new Error("dense rows expected");
    const { values, width } = rows.inputs;
    const { probabilities, classes } = predict(createWasmKernels, tiny.recipe, tiny.weights, rows.inputs);
    return Array.from(rows.labels, (label, r) => ({
      label,
      x: Float64Array.of(...values.subarray(r * width, (r + 1) * width), 1),
      p: Float64Array.from(probabilities.subarray(r * classes, (r + 1) * classes)),
    }));
  };
  const [training, queries] = [rowsOf(tiny.training), rowsOf(tiny.queries)];
  const residual = (p: Float64Array, c: number): Float64Array => p.map((value, k) => value - (k === c ? 1 : 0));
  const [width, classes] = [training[0]!.x.length, training[0]!.p.length];
  const A = new Float64Array(width * width);
  const S = new Float64Array(classes * classes);
  for (const { x, p } of training) {
    for (let i = 0; i < width; i++) for (let j = 0; j < width; j++) A[i * width + j]! += (x[i]! * x[j]!) / ROWS;
    for (let c = 0; c < classes; c++) {
      const d = residual(p, c);
      for (let i = 0; i < classes; i++)
        for (let j = 0; j < classes; j++) S[i * classes + j]! += (p[c]! * d[i]! * d[j]!) / ROWS;
    }
  }
  const gradient = ({ x, p, label }: (typeof training)[number]): Float64Array => {
    const d = residual(p, label);
    return Float64Array.from({ length: width * classes }, (_, at) => x[Math.floor(at / classes)]! * d[at % classes]!);
  };
  return {
    training,
    queries,
    residual,
    width,
    classes,
    A,
    S,
    gradients: training.map(gradient),
    queryGradients: queries.map(gradient),
  };
}

describe("Kronecker factors", () => {
  it("refuse an embedding table", () => {
    const method = kroneckerFactored({ eigenvalues: "product", damping: 1 });
    expect(() => method.scores(tap(tinyModel("bags"), method))).toThrow(DenseLayersOnlyError);
  });

  it.each([1, 255, 1e8, 1e19, 1e30])("score raw rows of size %d, confident or not, by finite numbers", (size) => {
    const raw = (rows: typeof tiny.training) => {
      if (rows.inputs.kind !== "dense") throw new Error("dense rows expected");
      return { ...rows, inputs: { ...rows.inputs, values: rows.inputs.values.map((value) => value * size) } };
    };
    // Weights as small as the rows are large leave the model in doubt; the weights as they are make it certain of everything.
    for (const shrink of [1, size]) {
      const weights = tiny.weights.map((tensor) => ({
        ...tensor,
        values: tensor.values.map((value) => value / shrink),
      }));
      const model = { ...tiny, weights, training: raw(tiny.training), queries: raw(tiny.queries) };
      for (const eigenvalues of ["product", "corrected"] as const) {
        const method = kroneckerFactored({ eigenvalues, damping: 1 });
        const scores = method.scores(tap(model, method));
        expect(scores.every(Number.isFinite)).toBe(true);
        if (shrink === size) expect(scores.some((score) => score !== 0)).toBe(true);
      }
    }
  });

  it("K-FAC equals the solve with the Kronecker product of the exact expected factors", () => {
    const { width, classes, A, S, gradients, queryGradients } = byHand();
    const size = width * classes;
    const trace = (matrix: Float64Array, n: number): number =>
      Array.from({ length: n }, (_, i) => matrix[i * n + i]!).reduce((x, y) => x + y, 0);
    const lambda = (trace(A, width) * trace(S, classes)) / size;
    const matrix = Array.from({ length: size }, (_, r) =>
      Float64Array.from({ length: size }, (_, c) => {
        const kron =
          A[Math.floor(r / classes) * width + Math.floor(c / classes)]! * S[(r % classes) * classes + (c % classes)]!;
        return kron + (r === c ? lambda : 0);
      }),
    );
    const solved = queryGradients.map((g) => solveDense(matrix, g));
    const reference = Array.from({ length: OUTPUTS * ROWS }, (_, at) =>
      dot(solved[Math.floor(at / ROWS)]!, gradients[at % ROWS]!),
    );
    const method = kroneckerFactored({ eigenvalues: "product", damping: 1 });
    expect(relativeError(method.scores(tap(tiny, method)), reference)).toBeLessThan(1e-4);
  });

  it("EK-FAC has the true Fisher's diagonal in the Kronecker basis", () => {
    const { training, residual, width, classes, A, S, gradients, queryGradients } = byHand();
    const [ua, us] = [symmetricEigen(A, width).vectors, symmetricEigen(S, classes).vectors];
    const project = (g: Float64Array): Float64Array =>
      Float64Array.from({ length: width * classes }, (_, at) => {
        const [a, s] = [Math.floor(at / classes), at % classes];
        let sum = 0;
        for (let i = 0; i < width; i++)
          for (let k = 0; k < classes; k++) sum += ua[a * width + i]! * us[s * classes + k]! * g[i * classes + k]!;
        return sum;
      });
    const eigenvalues = new Float64Array(width * classes);
    for (const { x, p } of training) {
      for (let c = 0; c < classes; c++) {
        const d = residual(p, c);
        const g = project(
          Float64Array.from({ length: width * classes }, (_, at) => x[Math.floor(at / classes)]! * d[at % classes]!),
        );
        for (let i = 0; i < g.length; i++) eigenvalues[i]! += (p[c]! * g[i]! * g[i]!) / ROWS;
      }
    }
    const lambda = eigenvalues.reduce((sum, value) => sum + value, 0) / eigenvalues.length;
    const projected = gradients.map(project);
    const reference = queryGradients
      .map(project)
      .flatMap((q) =>
        projected.map((g) => g.reduce((sum, value, i) => sum + (value * q[i]!) / (eigenvalues[i]! + lambda), 0)),
      );
    const method = kroneckerFactored({ eigenvalues: "corrected", damping: 1 });
    expect(relativeError(method.scores(tap(tiny, method)), reference)).toBeLessThan(1e-4);
  });
});
