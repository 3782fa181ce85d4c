/** Influence of training sequences, and of their single tokens, on what a language model gives. */
import { architectureOf, trainedLayers } from "../model/architecture.ts";
import { preparedInputs } from "../model/batches.ts";
import type { Recipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import { rowCount, RowsError, selectRows } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import { choleskyPacked, PANEL, packedElements, solvePacked } from "../numerics/cholesky32.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import { aligned } from "../numerics/workspace.ts";
import { packedKernel, scaleLayers } from "./kernel.ts";
import { createMemberKernel } from "./memberKernel.ts";
import { addGradients, addPositionScores, directionElements } from "./parameterDirection.ts";
import { allocateTaps, fillTaps, tapElements, visitDeltas } from "./taps.ts";

/**
 * With g_n the gradient of training sequence n's log-likelihood, φ the gradient of a query's margin (summed over the tokens that have a label) and G the
 * matrix of all g, the influence of sequence n is g_nᵀ(GᵀG + λI)^-1 φ = [(K + λI)^-1 G φ]_n, K = G·Gᵀ: influence functions with the empirical Fisher
 * for the Hessian (Koh & Liang 2017), in the dual, each layer divided by its mean diagonal.
 */
export interface SequenceInfluence {
  /** Queries x training sequences; higher = including the sequence raises the query's margin. */
  sequences(queries: LabelledRows): Float32Array;
  /**
   * The same for one query before the sum over positions: chosen sequences x positions. What a position adds is the part of g_n that its own
   * activations and deltas make, in all trained layers; the parts of a sequence add up to its influence.
   * @throws RowsError unless `query` is one row
   */
  tokens(query: LabelledRows, chosen: readonly number[]): Float64Array;
}

/**
 * Fits the influence of one model: features of all training sequences, their kernel, its factor.
 *
 * @param damping λ as a share of the kernel's mean diagonal
 * @throws RowsError, TensorMismatchError, KernelRangeError, NotPositiveDefiniteError, WorkspaceTooLargeError
 */
export function createSequenceInfluence(
  createKernels: KernelFactory,
  recipe: Recipe,
  weights: Weights,
  training: LabelledRows,
  damping: number,
): SequenceInfluence {
  if (recipe.input.kind !== "tokens") throw new RowsError("sequences are needed: the recipe's input is not tokens");
  const architecture = architectureOf(recipe);
  const layers = trainedLayers(architecture);
  const n = rowCount(training.inputs);
  const extra = packedElements(n) + aligned(n * PANEL) + tapElements(architecture, 1, 0);
  const kernel = createMemberKernel(createKernels, recipe, weights, training, extra);
  const { space, taps, factors } = kernel;
  const lambda = damping * kernel.meanDiagonal;
  const factor = space.allocate(packedElements(n));
  const right = space.allocate(n * PANEL);
  packedKernel(space, kernel.scratch, taps, kernel.postings, lambda, factor);
  choleskyPacked(space, n, factor);

  function sequences(queries: LabelledRows): Float32Array {
    const result = new Float32Array(rowCount(queries.inputs) * n);
    kernel.queryKernel(queries, (first, count, block) => {
      const rows = space.floats(block, count * n);
      const columns = space.floats(right, n * count);
      for (let q = 0; q < count; q++) for (let i = 0; i < n; i++) columns[i * count + q] = rows[q * n + i]!;
      solvePacked(space, n, factor, count, right);
      for (let q = 0; q < count; q++) for (let i = 0; i < n; i++) result[(first + q) * n + i] = columns[i * count + q]!;
    });
    return result;
  }

  /** (GᵀG + λI)^-1 φ = (φ - Gᵀ·influence) / λ, layer by layer. */
  function directionsOf(query: LabelledRows): Float64Array[] {
    const influence = sequences(query);
    const mark = space.mark();
    const own = allocateTaps(space, architecture, 1, 0);
    fillTaps(createKernels, space, architecture, weights, own, preparedInputs(query.inputs), query.labels);
    scaleLayers(space, own, factors);
    const directions = layers.map((layer, l) => {
      const direction = new Float64Array(directionElements(layer));
      addGradients(
        space,
        taps.layers[l]!,
        influence.map((value) => -value),
        direction,
      );
      addGradients(space, own.layers[l]!, [1], direction);
      return direction.map((value) => value / lambda);
    });
    space.release(mark);
    return directions;
  }

  return {
    sequences,
    tokens(query, chosen) {
      if (rowCount(query.inputs) !== 1) throw new RowsError("tokens are scored for one query at a time: give one row");
      const directions = directionsOf(query);
      const { positions } = architecture;
      const rows = selectRows(training, chosen);
      const result = new Float64Array(chosen.length * positions);
      const inputs = preparedInputs(rows.inputs);
      const ids = rows.inputs.kind === "tokens" ? rows.inputs.ids : new Int32Array();
      const { labels } = rows;
      visitDeltas(createKernels, architecture, weights, inputs, labels, "likelihood", (first, size, _doubt, passes) => {
        const [start, end] = [first * positions, (first + size) * positions];
        for (const [l, layer] of layers.entries()) {
          const scale = Math.fround(factors[l]!);
          addPositionScores(
            ...([layer, passes[l]!, ids.subarray(start, end), scale, directions[l]!] as const),
            result.subarray(start, end),
          );
        }
      });
      return result;
    },
  };
}
