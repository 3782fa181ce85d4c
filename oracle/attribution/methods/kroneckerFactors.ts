import { InputError } from "../../common/errors.ts";
import { binaryScale } from "../../numerics/binaryScale.ts";
import { symmetricEigen } from "../../numerics/symmetricEigen.ts";
import type { Workspace } from "../../numerics/workspace.ts";
import { aligned } from "../../numerics/workspace.ts";
import type { LayerTap, Taps } from "../taps.ts";
import { allocateTaps, tapElements } from "../taps.ts";
import type { AttributionMethod, TappedModel } from "./tappedModel.ts";

export interface KroneckerOptions {
  /** Eigenvalues of the Fisher matrix in the Kronecker basis: products of the factors' own, or fitted to the gradients. */
  readonly eigenvalues: "product" | "corrected";
  /** λ of a layer relative to its mean eigenvalue. */
  readonly damping: number;
}

/** Of float32. A wrong row of a model that is certain of everything has a gradient, and the Fisher matrix of such a model is next to nothing. */
const LARGEST_SCORE = (2 - 2 ** -23) * 2 ** 127;

/**
 * K-FAC (Martens and Grosse 2015) and, with corrected eigenvalues, EK-FAC (George et al. 2018) influence (Grosse et al. 2023):
 * s(q, i) = Σ_l <(H_l + λ_l I)^-1 G_q,l, G_i,l>, H_l = (U_A ⊗ U_S) diag(Λ_l) (U_A ⊗ U_S)ᵀ, with U_A and U_S the eigenvectors of the mean
 * a aᵀ (bias included) and the mean δ δᵀ, G the gradient of the cross-entropy. The mean over labels is the exact expectation under the model, one pass
 * per class, instead of a sample: no random numbers. Dense layers only; other layers are left out.
 *
 * Inputs and deltas are scaled by powers of two before they are squared: raw rows are large, the deltas of a confident model are small, and float32
 * holds the squares of neither. A layer whose deltas are all 0 has learned all that it can and gives no influence.
 *
 * Cost: two passes per class, eigenvectors of inputs + 1 and outputs, 2·Q·N·parameters flops.
 */
export function kroneckerFactored(options: KroneckerOptions): AttributionMethod {
  return {
    name: options.eigenvalues === "product" ? "k-fac" : "ek-fac",
    elements(architecture, rows, outputs) {
      const perLayer = architecture.layers.map((layer) =>
        layer.kind === "dense" ? layerElements(layer.inputs + 1, layer.outputs, rows, outputs) : 0,
      );
      return tapElements(architecture, rows, 0) + Math.max(...perLayer);
    },
    scores(model) {
      const { space, rows, outputs } = model;
      if (model.architecture.layers.some((layer) => layer.kind === "embeddingBag")) throw new DenseLayersOnlyError();
      const sums = new Float64Array(outputs * rows);
      const mark = space.mark();
      const pseudo = allocateTaps(space, model.architecture, rows, 0);
      for (const [l, tap] of model.training.layers.entries()) {
        if (tap.kind !== "outer") continue;
        const before = space.mark();
        addLayer(model, pseudo, l, tap, options, sums);
        space.release(before);
      }
      space.release(mark);
      return Float32Array.from(sums, (sum) => Math.max(-LARGEST_SCORE, Math.min(LARGEST_SCORE, sum)));
    },
  };
}

/** An embedding table's factors would be as large as its vocabulary squared. */
export class DenseLayersOnlyError extends InputError {
  constructor() {
    super("Kronecker factors of an embedding table do not fit into memory: use the kernel or LoGra for text models");
  }
}

function layerElements(width: number, height: number, rows: number, outputs: number): number {
  const sides = aligned(width * width) + aligned(height * height) + aligned(width * height) * 2;
  const perRow = 3 * aligned(rows * width) + 4 * aligned(rows * height);
  return sides + perRow + 2 * (aligned(outputs * width) + aligned(outputs * height));
}

function addLayer(
  model: TappedModel,
  pseudo: Taps,
  l: number,
  tap: LayerTap,
  options: KroneckerOptions,
  sums: Float64Array,
): void {
  const { space, rows, outputs } = model;
  const { kernels, scratch } = space;
  const [width, height] = [tap.inputs + 1, tap.outputs];

  const inputs = withBias(space, model.training, tap, rows);
  const inputScale = toUnitScale(space, inputs, rows * width);
  const covariance = secondMoment(space, inputs, rows, width);
  const deltaMoment = new Float64Array(height * height);
  const classes = model.architecture.classes;
  for (let c = 0; c < classes; c++) {
    const deltas = classDeltas(model, pseudo, l, c);
    const scale = toUnitScale(space, deltas, rows * height);
    const moment = secondMoment(space, deltas, rows, height);
    for (let i = 0; i < moment.length; i++) deltaMoment[i]! += moment[i]! * scale * scale;
  }
  const a = symmetricEigen(covariance, width);
  const s = symmetricEigen(deltaMoment, height);
  const basisA = place(space, a.vectors);
  const basisS = place(space, s.vectors);
  const rotated = rotate(space, inputs, rows, width, basisA);

  const eigenvalues = new Float64Array(width * height);
  if (options.eigenvalues === "product") {
    for (let i = 0; i < width; i++)
      for (let o = 0; o < height; o++) eigenvalues[i * height + o] = a.values[i]! * s.values[o]!;
  } else {
    correctEigenvalues(model, pseudo, l, rotated, basisS, eigenvalues);
  }
  const mean = eigenvalues.reduce((sum, value) => sum + Math.max(0, value), 0) / eigenvalues.length;
  if (mean === 0) return;
  const inverse = eigenvalues.map((value) => 1 / (Math.max(0, value) + options.damping * mean));

  const trainingDeltas = scaled(space, model.training.layers[l]!, rows, model.trainingDoubt);
  const deltaScale = toUnitScale(space, trainingDeltas, rows * height);
  const rowDeltas = rotate(space, trainingDeltas, rows, height, basisS);
  const query = model.queries.layers[l]!;
  const unscaledInputs = withBias(space, model.queries, query, outputs);
  const queryInputScale = toUnitScale(space, unscaledInputs, outputs * width);
  const queryInputs = rotate(space, unscaledInputs, outputs, width, basisA);
  const queryDeltas = rotate(space, scaled(space, query, outputs, model.queryDoubt), outputs, height, basisS);
  const preconditioned = space.allocate(width * height);
  const products = space.allocate(rows * height);
  const [qa, qd, rd] = [
    space.floats(queryInputs, outputs * width),
    space.floats(queryDeltas, outputs * height),
    space.floats(rowDeltas, rows * height),
  ];
  const matrix = new Float64Array(width * height);
  for (let q = 0; q < outputs; q++) {
    for (let i = 0; i < width; i++) {
      for (let o = 0; o < height; o++)
        matrix[i * height + o] = qa[q * width + i]! * qd[q * height + o]! * inverse[i * height + o]!;
    }
    const matrixScale = binaryScale(matrix);
    space.floats(preconditioned, width * height).set(matrix.map((value) => value / matrixScale));
    // The inverse is that of inputs in units of their scale, and so is one of the two gradients.
    const unit = (matrixScale * deltaScale * queryInputScale) / inputScale;
    kernels.gemm(rows, height, width, 1, rotated, width, 1, preconditioned, height, 1, 0, products, height, scratch);
    const values = space.floats(products, rows * height);
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let o = 0; o < height; o++) sum += values[r * height + o]! * rd[r * height + o]!;
      sums[q * model.rows + r]! += sum * unit;
    }
  }
}

/** Rows of (a, 1). */
function withBias(space: Workspace, taps: Taps, tap: LayerTap, rows: number): number {
  const width = tap.inputs + 1;
  const pointer = space.allocate(rows * width);
  const [from, to] = [space.floats(tap.a, taps.rows * tap.inputs), space.floats(pointer, rows * width)];
  for (let r = 0; r < rows; r++) {
    to.set(from.subarray(r * tap.inputs, (r + 1) * tap.inputs), r * width);
    to[r * width + tap.inputs] = 1;
  }
  return pointer;
}

/** Deltas of the cross-entropy up to sign: 1 - p times those of the margin. */
function scaled(space: Workspace, tap: LayerTap, rows: number, doubt: Float64Array): number {
  const pointer = space.allocate(rows * tap.outputs);
  const [from, to] = [space.floats(tap.delta, rows * tap.outputs), space.floats(pointer, rows * tap.outputs)];
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < tap.outputs; o++) to[r * tap.outputs + o] = doubt[r]! * from[r * tap.outputs + o]!;
  return pointer;
}

/**
 * Deltas as if every label were c, times √p_c: the rows whose outer products have the expectation over labels as their sum. They are left in the pseudo
 * taps' own memory.
 */
function classDeltas(model: TappedModel, pseudo: Taps, l: number, c: number): number {
  const { space, rows } = model;
  model.fillTraining(pseudo, new Int32Array(rows).fill(c));
  const tap = pseudo.layers[l]!;
  const doubt = space.floats(pseudo.doubt, rows);
  const deltas = space.floats(tap.delta, rows * tap.outputs);
  for (let r = 0; r < rows; r++) {
    const factor = Math.sqrt(Math.max(0, 1 - doubt[r]!)) * doubt[r]!;
    for (let o = 0; o < tap.outputs; o++) deltas[r * tap.outputs + o]! *= factor;
  }
  return tap.delta;
}

/** Λ(i, o) = mean over rows, sum over labels, of the squared gradient in the Kronecker basis. */
function correctEigenvalues(
  model: TappedModel,
  pseudo: Taps,
  l: number,
  rotated: number,
  basisS: number,
  out: Float64Array,
): void {
  const { space, rows } = model;
  const { kernels, scratch } = space;
  const tap = pseudo.layers[l]!;
  const [width, height] = [tap.inputs + 1, tap.outputs];
  const mark = space.mark();
  const squares = space.allocate(rows * width);
  squareInto(space, rotated, squares, rows * width);
  const sums = space.allocate(width * height);
  for (let c = 0; c < model.architecture.classes; c++) {
    const before = space.mark();
    const own = classDeltas(model, pseudo, l, c);
    const scale = toUnitScale(space, own, rows * height);
    const deltas = rotate(space, own, rows, height, basisS);
    squareInto(space, deltas, deltas, rows * height);
    kernels.gemm(width, height, rows, 1, squares, 1, width, deltas, height, 1, 0, sums, height, scratch);
    const values = space.floats(sums, width * height);
    for (let i = 0; i < out.length; i++) out[i]! += (values[i]! / rows) * scale * scale;
    space.release(before);
  }
  space.release(mark);
}

/** Divides by a power of two so that the largest magnitude is in [1, 2), and returns it. */
function toUnitScale(space: Workspace, pointer: number, count: number): number {
  const values = space.floats(pointer, count);
  const scale = binaryScale(values);
  for (let i = 0; i < count; i++) values[i]! /= scale;
  return scale;
}

function squareInto(space: Workspace, from: number, to: number, count: number): void {
  const [source, target] = [space.floats(from, count), space.floats(to, count)];
  for (let i = 0; i < count; i++) target[i] = source[i]! * source[i]!;
}

/** (1/rows) Xᵀ X in float64. */
function secondMoment(space: Workspace, x: number, rows: number, width: number): Float64Array {
  const mark = space.mark();
  const product = space.allocate(width * width);
  space.kernels.gemm(width, width, rows, 1, x, 1, width, x, width, 1, 0, product, width, space.scratch);
  const result = Float64Array.from(space.floats(product, width * width), (value) => value / rows);
  space.release(mark);
  return result;
}

function place(space: Workspace, values: Float64Array): number {
  const pointer = space.allocate(values.length);
  space.floats(pointer, values.length).set(values);
  return pointer;
}

/** X·Uᵀ for eigenvectors in the rows of U. */
function rotate(space: Workspace, x: number, rows: number, width: number, basis: number): number {
  const pointer = space.allocate(rows * width);
  space.kernels.gemm(rows, width, width, 1, x, width, 1, basis, 1, width, 0, pointer, width, space.scratch);
  return pointer;
}
