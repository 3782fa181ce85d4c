import type { Recipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import { rowCount, selectRows } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import {
  choleskyPacked,
  PANEL,
  packedElements,
  panelStart,
  solvePacked,
  solveTransposedPacked,
  solveUpperPacked,
} from "../numerics/cholesky32.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import { permutation, randomStream } from "../numerics/random.ts";
import type { Workspace } from "../numerics/workspace.ts";
import { aligned } from "../numerics/workspace.ts";
import { packedKernel } from "./kernel.ts";
import { createMemberKernel, trainingTarget } from "./memberKernel.ts";
import type { MemberOperator, TrainingSet } from "./memberOperator.ts";
import { queryFeaturesOf, rowWeights, transpose } from "./memberOperator.ts";
import type { Scheme } from "./scheme.ts";

/** Stream of the draw of landmarks. */
const LANDMARK_STREAM = 1;
/** Added to the landmarks' own kernel relative to its diagonal: repetitions among them would leave it singular in float32. */
const JITTER = 1e-3;

/** The rows that queries are compared with: all training rows, or the landmarks that stand for more than `scheme.exactRows`. */
export function comparedRows(scheme: Scheme, training: LabelledRows): LabelledRows {
  const rows = rowCount(training.inputs);
  if (rows <= scheme.exactRows) return training;
  const drawn = permutation(randomStream(scheme.seed, LANDMARK_STREAM), rows).subarray(0, scheme.landmarks);
  return selectRows(training, Int32Array.from(drawn).sort());
}

/**
 * The operator of one model by Nyström's approximation K ≈ Φ Φᵀ, Φ = K_nm U^-1 with UᵀU = K_mm over m landmark rows (Williams & Seeger 2001):
 * A k_q = M · diag(w) · Φ (ΦᵀΦ + λI)^-1 U^-T k_mq. No matrix has more than m columns, and queries meet the landmarks alone.
 *
 * Cost: three passes over the training rows, N·m·Σ(inputs + outputs) flops each, and 2·N·m² for ΦᵀΦ. Layers are normalised by their traces over
 * the landmarks.
 *
 * @throws NotPositiveDefiniteError and as `createMemberKernel`
 */
export function fitLandmarks(
  createKernels: KernelFactory,
  scheme: Scheme,
  recipe: Recipe,
  weights: Weights,
  training: TrainingSet,
  rank: number,
): MemberOperator {
  const { rows, contributionOfRow, contributions } = training;
  const landmarks = comparedRows(scheme, rows);
  const m = rowCount(landmarks.inputs);
  const wide = Math.max(rank, scheme.references);
  const extra =
    2 * packedElements(m) + aligned(m * PANEL) + aligned(m * rank) + aligned(m * wide) + 2 * aligned(PANEL * wide);
  const kernel = createMemberKernel(createKernels, recipe, weights, landmarks, extra);
  const { space, taps, postings, scratch } = kernel;
  const { kernels } = space;
  const target = trainingTarget(recipe);
  const factor = space.allocate(packedElements(m));
  const gram = space.allocate(packedElements(m));
  const features = space.allocate(m * PANEL);
  const projection = space.allocate(m * rank);
  const solved = space.allocate(m * wide);
  const blockValues = space.allocate(PANEL * wide);
  packedKernel(space, scratch, taps, postings, JITTER * kernel.meanDiagonal, factor);
  choleskyPacked(space, m, factor);
  formGram();

  function formGram(): void {
    space.floats(gram, packedElements(m)).fill(0);
    addToDiagonal(space, m, gram, scheme.damping * kernel.meanDiagonal);
    kernel.queryKernel(
      rows,
      (_first, count, block) => {
        transpose(space.floats(block, count * m), count, m, space.floats(features, m * count));
        solveTransposedPacked(space, m, factor, count, features);
        for (let j = 0; j * PANEL < m; j++) {
          const stride = m - j * PANEL;
          const height = Math.min(PANEL, stride);
          const phi = features + 4 * j * PANEL * count;
          const panel = gram + 4 * panelStart(m, j);
          kernels.gemm(height, stride, count, 1, phi, count, 1, phi, 1, count, 1, panel, stride, space.scratch);
        }
      },
      target,
    );
    choleskyPacked(space, m, gram);
  }

  /** B (m x columns) = U^-1 (ΦᵀΦ + λI)^-1 U^-T · B. */
  function solve(columns: number, b: number): void {
    solveTransposedPacked(space, m, factor, columns, b);
    solvePacked(space, m, gram, columns, b);
    solveUpperPacked(space, m, factor, columns, b);
  }

  return {
    influence(references) {
      const total = rowCount(references.inputs);
      if (total > wide) throw new RangeError(`${total} references, the scheme has ${scheme.references}`);
      const columns = space.floats(solved, m * total);
      kernel.queryKernel(references, (first, count, block) => {
        const values = space.floats(block, count * m);
        for (let q = 0; q < count; q++) for (let j = 0; j < m; j++) columns[j * total + first + q] = values[q * m + j]!;
      });
      solve(total, solved);
      const result = new Float64Array(contributions * total);
      kernel.queryKernel(
        rows,
        (first, count, block, doubts) => {
          kernels.gemm(count, total, m, 1, block, m, 1, solved, total, 1, 0, blockValues, total, space.scratch);
          const values = space.floats(blockValues, count * total);
          const weight = rowWeights(scheme, doubts);
          for (let i = 0; i < count; i++) {
            const contribution = contributionOfRow[first + i]!;
            if (contribution < 0) continue;
            for (let q = 0; q < total; q++) result[contribution * total + q]! += weight[i]! * values[i * total + q]!;
          }
        },
        target,
      );
      return Float32Array.from(result);
    },
    project(basis) {
      space.floats(projection, m * rank).fill(0);
      kernel.queryKernel(
        rows,
        (first, count, block, doubts) => {
          const values = space.floats(blockValues, count * rank);
          values.fill(0);
          const weight = rowWeights(scheme, doubts);
          for (let i = 0; i < count; i++) {
            const contribution = contributionOfRow[first + i]!;
            if (contribution < 0) continue;
            for (let j = 0; j < rank; j++) values[i * rank + j] = weight[i]! * basis[contribution * rank + j]!;
          }
          kernels.gemm(m, rank, count, 1, block, 1, m, blockValues, rank, 1, 1, projection, rank, space.scratch);
        },
        target,
      );
      solve(rank, projection);
      return space.floats(projection, m * rank).slice();
    },
    query: (queries) => queryFeaturesOf(kernel, projection, rank, queries),
  };
}

function addToDiagonal(space: Workspace, n: number, matrix: number, value: number): void {
  for (let j = 0; j * PANEL < n; j++) {
    const stride = n - j * PANEL;
    const panel = matrix + 4 * panelStart(n, j);
    for (let r = 0; r < Math.min(PANEL, stride); r++) space.floats(panel + 4 * (r * stride + r), 1)[0]! += value;
  }
}
