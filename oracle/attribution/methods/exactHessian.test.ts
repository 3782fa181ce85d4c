import { describe, expect, it } from "vitest";
import { architectureOf } from "../../model/architecture.ts";
import { predict } from "../../model/predict.ts";
import { denseRows, smallModels } from "../../model/testing/smallModels.ts";
import { trainMember } from "../../model/train.ts";
import { choleskyFactor, choleskySolve } from "../../numerics/cholesky64.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { exactHessian, RegressionOnlyError } from "./exactHessian.ts";
import { tapModel } from "./tappedModel.ts";

const DAMPING = 0.05;
const method = exactHessian({ damping: DAMPING });

describe("influence with the exact Hessian", () => {
  it("refuses a network with hidden layers", () => {
    const { recipe } = smallModels()[1]!;
    expect(() => method.elements(architectureOf(recipe), 10, 10)).toThrow(RegressionOnlyError);
  });

  it("is g_q (H + λI)^-1 g_i of softmax regression, as float64 computes it from inputs and probabilities", () => {
    const { recipe, rows } = smallModels()[0]!;
    const [n, width, classes] = [rows.labels.length, 9, 3];
    const inputs = width + 1;
    const order = inputs * classes;
    const queries = denseRows(7, width, 5);
    const weights = trainMember(createWasmKernels, recipe, rows, 0);

    const gradientsOf = ({ inputs: data, labels }: typeof rows) => {
      const { probabilities } = predict(createWasmKernels, recipe, weights, data);
      const values = (data as { values: Float32Array }).values;
      return Array.from(labels, (label, row) => {
        const x = [...values.subarray(row * width, (row + 1) * width), 1];
        const p = [...probabilities.subarray(row * classes, (row + 1) * classes)];
        return { x, p, gradient: p.flatMap((pk, k) => x.map((value) => ((k === label ? 1 : 0) - pk) * value)) };
      });
    };
    const training = gradientsOf(rows);
    const hessian = new Float64Array(order * order);
    for (const { x, p } of training) {
      for (let r = 0; r < order; r++) {
        for (let c = 0; c < order; c++) {
          const [a, b] = [Math.floor(r / inputs), Math.floor(c / inputs)];
          const curvature = a === b ? p[a]! * (1 - p[a]!) : -p[a]! * p[b]!;
          hessian[r * order + c]! += (curvature * x[r % inputs]! * x[c % inputs]!) / n;
        }
      }
    }
    const trace = Array.from({ length: order }, (_, r) => hessian[r * order + r]!).reduce((sum, value) => sum + value);
    for (let r = 0; r < order; r++) hessian[r * order + r]! += (DAMPING * trace) / order;
    const asked = gradientsOf(queries);
    const solved = Float64Array.from({ length: order * 7 }, (_, at) => asked[at % 7]!.gradient[Math.floor(at / 7)]!);
    choleskySolve(choleskyFactor(hessian, order), order, solved, 7);
    const expected = asked.flatMap((_, q) =>
      training.map(({ gradient }) => gradient.reduce((sum, value, j) => sum + value * solved[j * 7 + q]!, 0)),
    );

    const elements = method.elements(architectureOf(recipe), n, 7);
    const scores = method.scores(tapModel(createWasmKernels, recipe, weights, rows, queries, elements));
    const largest = Math.max(...expected.map(Math.abs));
    for (const [at, value] of expected.entries()) expect(Math.abs(scores[at]! - value) / largest).toBeLessThan(2e-5);
  });
});
