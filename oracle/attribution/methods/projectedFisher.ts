import { choleskyPacked, packedElements, PANEL, panelStart, solvePacked } from "../../numerics/cholesky32.ts";
import type { Workspace } from "../../numerics/workspace.ts";

/**
 * s(q, i) = g_qᵀ (F + λI)^-1 g_i for explicit features, F = scale · Σ_i g_i g_iᵀ, λ = damping · tr(F) / d.
 *
 * @param training pointer, rows x d
 * @param queries pointer, outputs x d; overwritten
 * @returns outputs x rows
 */
export function fisherScores(
  space: Workspace,
  dimension: number,
  rows: number,
  training: number,
  outputs: number,
  queries: number,
  scale: number,
  damping: number,
): Float32Array {
  const { kernels, scratch } = space;
  const mark = space.mark();
  const factor = space.allocate(packedElements(dimension));
  let trace = 0;
  for (let first = 0; first < dimension; first += PANEL) {
    const width = dimension - first;
    const height = Math.min(PANEL, width);
    const panel = factor + 4 * panelStart(dimension, first / PANEL);
    const columns = training + 4 * first;
    kernels.gemm(height, width, rows, 1, columns, 1, dimension, columns, dimension, 1, 0, panel, width, scratch);
    const values = space.floats(panel, height * width);
    for (let i = 0; i < values.length; i++) values[i]! *= scale;
    for (let r = 0; r < height; r++) trace += values[r * width + r]!;
  }
  const lambda = (damping * trace) / dimension;
  for (let first = 0; first < dimension; first += PANEL) {
    const width = dimension - first;
    const values = space.floats(factor + 4 * panelStart(dimension, first / PANEL), Math.min(PANEL, width) * width);
    for (let r = 0; r < Math.min(PANEL, width); r++) values[r * width + r]! += lambda;
  }
  choleskyPacked(space, dimension, factor);

  const right = space.allocate(dimension * outputs);
  const source = space.floats(queries, outputs * dimension);
  const target = space.floats(right, dimension * outputs);
  for (let q = 0; q < outputs; q++)
    for (let d = 0; d < dimension; d++) target[d * outputs + q] = source[q * dimension + d]!;
  solvePacked(space, dimension, factor, outputs, right);
  const scores = space.allocate(outputs * rows);
  kernels.gemm(outputs, rows, dimension, 1, right, 1, outputs, training, 1, dimension, 0, scores, rows, scratch);
  const result = space.floats(scores, outputs * rows).slice();
  space.release(mark);
  return result;
}

/** Workspace elements of {@link fisherScores} with its features. */
export function fisherElements(dimension: number, rows: number, outputs: number): number {
  return packedElements(dimension) + 2 * dimension * outputs + outputs * rows + rows * dimension + 256;
}
