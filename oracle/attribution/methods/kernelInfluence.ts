import { choleskyPacked, packedElements, PANEL, panelStart, solvePacked } from "../../numerics/cholesky32.ts";
import type { Workspace } from "../../numerics/workspace.ts";
import { packedKernel } from "../kernel.ts";
import type { AttributionMethod, TappedModel } from "./tappedModel.ts";
import { crossKernel, kernelElements } from "./tappedModel.ts";

/**
 * Row weights R in the curvature Φᵀ R Φ of the tangent kernel's linear model, Φ = gradients of the margin:
 * - `uniform`: 1, TRAK (Park et al. 2023) without its projection;
 * - `residual`: (1 - p)², the empirical Fisher;
 * - `logistic`: p(1 - p), the curvature that the cross-entropy has along the margin.
 */
export type CurvatureWeights = "uniform" | "residual" | "logistic";

export interface KernelInfluenceOptions {
  readonly weights: CurvatureWeights;
  /** λ = damping · trace / N of the weighted kernel. */
  readonly damping: number;
}

/** Below this p(1 - p) is taken as this: a row that the model gets wrong with certainty still has a finite score. */
const LEAST_WEIGHT = 1e-7;

/**
 * Influence in the tangent kernel, without a projection and without forming a gradient:
 * s(q, i) = (1 - p_i) φ_iᵀ (Φᵀ R Φ + λI)^-1 φ_q, by the push-through identity
 * = (1 - p_i) R_i^-1/2 [(R^1/2 K R^1/2 + λI)^-1 R^1/2 k_q]_i.
 * It is the derivative of the output's margin in row i's weight for logistic regression on φ (Pregibon 1981), R = `logistic`.
 *
 * Cost: N²·Σ(inputs + outputs) flops for K, N³/3 for its Cholesky factor, 2N² per output.
 */
export function kernelInfluence(options: KernelInfluenceOptions): AttributionMethod {
  return {
    name: `kernel-${options.weights}`,
    elements: (_architecture, rows, outputs) => kernelElements(rows, outputs),
    scores(model) {
      const { space, rows, outputs } = model;
      const root = rootWeights(model, options.weights);
      const scores = crossKernel(model);
      const mark = space.mark();
      const right = space.allocate(rows * outputs);
      const factor = factorise(model, root, options.damping);
      const values = space.floats(right, rows * outputs);
      for (let i = 0; i < rows; i++) {
        for (let q = 0; q < outputs; q++) values[i * outputs + q] = root[i]! * scores[q * rows + i]!;
      }
      solvePacked(space, rows, factor, outputs, right);
      for (let i = 0; i < rows; i++) {
        const scale = model.trainingDoubt[i]! / root[i]!;
        for (let q = 0; q < outputs; q++) scores[q * rows + i] = scale * values[i * outputs + q]!;
      }
      space.release(mark);
      return scores;
    },
  };
}

/** R^1/2 of every training row. */
export function rootWeights(model: TappedModel, weights: CurvatureWeights): Float64Array {
  return model.trainingDoubt.map((doubt) => {
    if (weights === "uniform") return 1;
    const weight = weights === "residual" ? doubt * doubt : doubt * (1 - doubt);
    return Math.sqrt(Math.max(weight, LEAST_WEIGHT));
  });
}

/** Cholesky factor of R^1/2 K R^1/2 + damping·(trace / N)·I, packed, in newly allocated elements. */
export function factorise(model: TappedModel, root: Float64Array, damping: number): number {
  const { space, rows } = model;
  const factor = space.allocate(packedElements(rows));
  const trace = weightedKernel(model, root, factor);
  addToDiagonal(space, rows, factor, (damping * trace) / rows);
  choleskyPacked(space, rows, factor);
  return factor;
}

/** Fills a packed matrix with diag(root)·K·diag(root); returns its trace. */
export function weightedKernel(model: TappedModel, root: Float64Array, matrix: number): number {
  const { space, rows } = model;
  packedKernel(space, model.scratch, model.training, model.postings, 0, matrix);
  let trace = 0;
  for (let first = 0; first < rows; first += PANEL) {
    const width = rows - first;
    const height = Math.min(PANEL, width);
    const panel = space.floats(matrix + 4 * panelStart(rows, first / PANEL), height * width);
    for (let r = 0; r < height; r++) {
      const left = root[first + r]!;
      for (let c = 0; c < width; c++) panel[r * width + c]! *= left * root[first + c]!;
      trace += panel[r * width + r]!;
    }
  }
  return trace;
}

export function addToDiagonal(space: Workspace, n: number, matrix: number, value: number): void {
  for (let first = 0; first < n; first += PANEL) {
    const width = n - first;
    const height = Math.min(PANEL, width);
    const panel = space.floats(matrix + 4 * panelStart(n, first / PANEL), height * width);
    for (let r = 0; r < height; r++) panel[r * width + r]! += value;
  }
}
