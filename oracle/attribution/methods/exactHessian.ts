import { InputError } from "../../common/errors.ts";
import { choleskyPacked, PANEL, packedElements, panelStart, solvePacked } from "../../numerics/cholesky32.ts";
import type { Workspace } from "../../numerics/workspace.ts";
import { aligned } from "../../numerics/workspace.ts";
import type { Taps } from "../taps.ts";
import type { AttributionMethod, TappedModel } from "./tappedModel.ts";

export interface ExactHessianOptions {
  /** λ relative to the Hessian's mean diagonal. */
  readonly damping: number;
}

/** The Hessian in closed form is that of one dense layer under the cross-entropy. */
export class RegressionOnlyError extends InputError {
  constructor(layers: number) {
    super(
      `the exact Hessian is that of a softmax regression, this model has ${layers} layers: use the method "kernel"`,
    );
  }
}

/**
 * Influence with the exact Hessian of softmax regression (Koh & Liang 2017): s(q, i) = g_qᵀ (H + λI)^-1 g_i, g the gradient of minus the
 * cross-entropy and H = mean over the rows of (diag(p) - p pᵀ) ⊗ (x, 1)(x, 1)ᵀ.
 *
 * Cost, with D = classes·(inputs + 1): N·D² flops for H (half of it is formed), D³/3 for its factor, 2D² per output.
 */
export function exactHessian({ damping }: ExactHessianOptions): AttributionMethod {
  return {
    name: "hessian",
    elements({ layers }, rows, outputs) {
      const [layer] = layers;
      if (layers.length !== 1 || layer?.kind !== "dense") throw new RegressionOnlyError(layers.length);
      const inputs = layer.inputs + 1;
      const order = inputs * layer.outputs;
      const extended = 2 * aligned(rows * inputs) + aligned(inputs * inputs);
      return packedElements(order) + extended + aligned(order * outputs) + aligned(rows * outputs);
    },
    scores(model) {
      const { space, rows, outputs } = model;
      const [tap] = model.training.layers;
      if (model.training.layers.length !== 1 || tap?.kind !== "outer") {
        throw new RegressionOnlyError(model.training.layers.length);
      }
      const [inputs, classes] = [tap.inputs + 1, tap.outputs];
      const order = inputs * classes;
      const mark = space.mark();
      const hessian = space.allocate(packedElements(order));
      const x = space.allocate(rows * inputs);
      const right = space.allocate(order * outputs);
      extend(space, model.training, space.floats(x, rows * inputs));
      const residuals = lossResiduals(space, model.training);
      formHessian(model, x, residuals, hessian, damping);
      choleskyPacked(space, order, hessian);
      fillGradients(space, model.queries, space.floats(right, order * outputs));
      solvePacked(space, order, hessian, outputs, right);
      const scores = multiplyGradients(model, x, residuals, right);
      space.release(mark);
      return scores;
    },
  };
}

/** e_y - p of every row, rows x classes: (1 - p_y) times the derivative of the margin in the logits. */
function lossResiduals(space: Workspace, taps: Taps): Float32Array {
  const { delta, outputs } = taps.layers[0]!;
  const doubt = space.floats(taps.doubt, taps.rows);
  return space.floats(delta, taps.rows * outputs).map((value, at) => value * doubt[Math.floor(at / outputs)]!);
}

/** Probabilities of a row from its residuals: the label is the class whose residual is not negative. */
function probability(residual: number): number {
  return residual >= 0 ? 1 - residual : -residual;
}

/** (x, 1) of every row. */
function extend(space: Workspace, taps: Taps, target: Float32Array): void {
  const { a, inputs } = taps.layers[0]!;
  const source = space.floats(a, taps.rows * inputs);
  for (let row = 0; row < taps.rows; row++) {
    target.set(source.subarray(row * inputs, (row + 1) * inputs), row * (inputs + 1));
    target[row * (inputs + 1) + inputs] = 1;
  }
}

/** Packed H + λI, ordered by class, then by input. */
function formHessian(
  { space, rows, training }: TappedModel,
  x: number,
  residuals: Float32Array,
  hessian: number,
  damping: number,
): void {
  const [inputs, classes] = [training.layers[0]!.inputs + 1, training.layers[0]!.outputs];
  const order = inputs * classes;
  const mark = space.mark();
  const weighted = space.allocate(rows * inputs);
  const block = space.allocate(inputs * inputs);
  const matrix = space.floats(hessian, packedElements(order));
  const [plain, scaled] = [space.floats(x, rows * inputs), space.floats(weighted, rows * inputs)];
  let trace = 0;
  for (let a = 0; a < classes; a++) {
    for (let b = a; b < classes; b++) {
      for (let row = 0; row < rows; row++) {
        const [pa, pb] = [probability(residuals[row * classes + a]!), probability(residuals[row * classes + b]!)];
        const weight = a === b ? pa * (1 - pa) : -pa * pb;
        for (let i = row * inputs; i < (row + 1) * inputs; i++) scaled[i] = weight * plain[i]!;
      }
      const { kernels, scratch } = space;
      kernels.gemm(inputs, inputs, rows, 1 / rows, x, 1, inputs, weighted, inputs, 1, 0, block, inputs, scratch);
      const values = space.floats(block, inputs * inputs);
      for (let i = 0; i < inputs; i++) {
        const r = a * inputs + i;
        const panel = Math.floor(r / PANEL);
        const first = panel * PANEL;
        const start = panelStart(order, panel) + (r - first) * (order - first) - first;
        for (let j = 0; j < inputs; j++) {
          const c = b * inputs + j;
          if (c >= first) matrix[start + c] = values[i * inputs + j]!;
        }
        if (a === b) trace += values[i * inputs + i]!;
      }
    }
  }
  const lambda = (damping * trace) / order;
  for (let r = 0; r < order; r++) {
    const panel = Math.floor(r / PANEL);
    const first = panel * PANEL;
    matrix[panelStart(order, panel) + (r - first) * (order - first) + r - first]! += lambda;
  }
  space.release(mark);
}

/** Gradients of minus the cross-entropy of every output as columns: (classes·inputs) x outputs. */
function fillGradients(space: Workspace, queries: Taps, target: Float32Array): void {
  const { inputs, outputs: classes } = queries.layers[0]!;
  const extended = new Float32Array(queries.rows * (inputs + 1));
  extend(space, queries, extended);
  const residuals = lossResiduals(space, queries);
  for (let k = 0; k < classes; k++) {
    for (let j = 0; j <= inputs; j++) {
      const row = (k * (inputs + 1) + j) * queries.rows;
      for (let q = 0; q < queries.rows; q++) {
        target[row + q] = residuals[q * classes + k]! * extended[q * (inputs + 1) + j]!;
      }
    }
  }
}

/** s(q, i) = Σ_k r_ik (x_i, 1)·V_k,q for the solved gradients V. */
function multiplyGradients(
  { space, rows, outputs, training }: TappedModel,
  x: number,
  residuals: Float32Array,
  solved: number,
): Float32Array {
  const [inputs, classes] = [training.layers[0]!.inputs + 1, training.layers[0]!.outputs];
  const product = space.allocate(rows * outputs);
  const values = space.floats(product, rows * outputs);
  const scores = new Float32Array(outputs * rows);
  const { kernels, scratch } = space;
  for (let k = 0; k < classes; k++) {
    const from = solved + 4 * k * inputs * outputs;
    kernels.gemm(rows, outputs, inputs, 1, x, inputs, 1, from, outputs, 1, 0, product, outputs, scratch);
    for (let i = 0; i < rows; i++) {
      const residual = residuals[i * classes + k]!;
      for (let q = 0; q < outputs; q++) scores[q * rows + i]! += residual * values[i * outputs + q]!;
    }
  }
  return scores;
}
