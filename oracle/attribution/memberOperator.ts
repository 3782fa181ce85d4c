/** Influence under one model of the ensemble: A = M · diag(w) · (K + λI)^-1, M summing the rows of each contribution. */
import type { Recipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import { rowCount } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import { choleskyPacked, PANEL, packedElements, solvePacked } from "../numerics/cholesky32.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import { aligned } from "../numerics/workspace.ts";
import type { MemberKernel } from "./memberKernel.ts";
import { createMemberKernel } from "./memberKernel.ts";
import { packedKernel } from "./kernel.ts";
import type { Scheme } from "./scheme.ts";

/** Training rows and the contribution of each; -1 for a row that nobody is paid for. */
export interface TrainingSet {
  readonly rows: LabelledRows;
  readonly contributionOfRow: Int32Array;
  readonly contributions: number;
}

/** An operator projected on a basis of contributions: ready for queries. */
export interface MemberProjection {
  /** ψ of each query under this model: queries x rank. */
  query(queries: LabelledRows): Float32Array;
}

/** A fitted operator. */
export interface MemberOperator extends MemberProjection {
  /** A · K_q for reference outputs q: contributions x references. */
  influence(references: LabelledRows): Float32Array;
  /**
   * Projects the operator on the columns of a basis (contributions x rank): the result, N x rank, is Uᵀ·A transposed, and `query` uses
   * it from now on.
   */
  project(basis: Float32Array): Float32Array;
}

/**
 * What a row's influence is multiplied by. The derivative in a row's weight has the doubt 1 - p, under a model that was trained on the row. Where
 * models remember their rows (texts), doubts tell more about the rows than about what they teach: a row that joins a coalition meets models
 * that have not seen it, whose doubts differ less. The root lies between the derivative and no weight at all.
 */
export function rowWeights({ rowWeight }: Scheme, doubts: Float32Array): Float32Array {
  return rowWeight === "doubt" ? doubts.slice() : doubts.map(Math.sqrt);
}

/** The operator of one model from the kernel of all training rows. @throws NotPositiveDefiniteError and as `createMemberKernel` */
export function fitExact(
  createKernels: KernelFactory,
  scheme: Scheme,
  recipe: Recipe,
  weights: Weights,
  training: TrainingSet,
  rank: number,
): MemberOperator {
  const n = rowCount(training.rows.inputs);
  const extra = packedElements(n) + aligned(n * PANEL) + aligned(n * rank) + aligned(PANEL * rank) + 16;
  const kernel = createMemberKernel(createKernels, recipe, weights, training.rows, extra);
  const { space, taps, postings, scratch } = kernel;
  const factor = space.allocate(packedElements(n));
  const right = space.allocate(n * PANEL);
  const projection = space.allocate(n * rank);
  packedKernel(space, scratch, taps, postings, scheme.damping * kernel.meanDiagonal, factor);
  choleskyPacked(space, n, factor);
  const weight = rowWeights(scheme, space.floats(taps.doubt, n));
  const { contributionOfRow, contributions } = training;

  return {
    influence(references) {
      const total = rowCount(references.inputs);
      const result = new Float64Array(contributions * total);
      kernel.queryKernel(references, (first, count, block) => {
        transpose(space.floats(block, count * n), count, n, space.floats(right, n * count));
        solvePacked(space, n, factor, count, right);
        const solved = space.floats(right, n * count);
        for (let row = 0; row < n; row++) {
          const contribution = contributionOfRow[row]!;
          if (contribution < 0) continue;
          const to = contribution * total + first;
          for (let q = 0; q < count; q++) result[to + q]! += weight[row]! * solved[row * count + q]!;
        }
      });
      return Float32Array.from(result);
    },
    project(basis) {
      const values = space.floats(projection, n * rank);
      values.fill(0);
      for (let row = 0; row < n; row++) {
        const contribution = contributionOfRow[row]!;
        if (contribution < 0) continue;
        for (let j = 0; j < rank; j++) values[row * rank + j] = weight[row]! * basis[contribution * rank + j]!;
      }
      solvePacked(space, n, factor, rank, projection);
      return values.slice();
    },
    query: (queries) => queryFeaturesOf(kernel, projection, rank, queries),
  };
}

/**
 * A projected operator as `project` returned it, for an operator that only answers queries.
 * @param training the rows of `comparedRows`, one per row of the projection
 */
export function openMember(
  createKernels: KernelFactory,
  recipe: Recipe,
  weights: Weights,
  training: LabelledRows,
  projected: Float32Array,
): MemberProjection {
  const n = rowCount(training.inputs);
  const rank = projected.length / n;
  const extra = aligned(n * rank) + aligned(PANEL * rank);
  const kernel = createMemberKernel(createKernels, recipe, weights, training, extra);
  const projection = kernel.space.allocate(n * rank);
  kernel.space.floats(projection, n * rank).set(projected);
  return { query: (queries) => queryFeaturesOf(kernel, projection, rank, queries) };
}

/** ψ = (kernel row) · projection. */
export function queryFeaturesOf(
  kernel: MemberKernel,
  projection: number,
  rank: number,
  queries: LabelledRows,
): Float32Array {
  const { space, rows } = kernel;
  const result = new Float32Array(rowCount(queries.inputs) * rank);
  const mark = space.mark();
  const features = space.allocate(PANEL * rank);
  kernel.queryKernel(queries, (first, count, block) => {
    space.kernels.gemm(count, rank, rows, 1, block, rows, 1, projection, rank, 1, 0, features, rank, space.scratch);
    result.set(space.floats(features, count * rank), first * rank);
  });
  space.release(mark);
  return result;
}

/** target (columns x rows) = sourceᵀ. */
export function transpose(source: Float32Array, rows: number, columns: number, target: Float32Array): void {
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) target[c * rows + r] = source[r * columns + c]!;
}
