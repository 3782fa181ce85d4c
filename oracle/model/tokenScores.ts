import { exp, log } from "../numerics/elementary.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import { predict } from "./predict.ts";
import type { Recipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import { NO_LABEL, rowCount, selectRows } from "./rows.ts";
import type { Weights } from "./weights.ts";

/** How well a language model gives the tokens of sequences. */
export interface TokenScores {
  /** Mean of -log₂ p of the tokens that have a label. */
  readonly bitsPerToken: number;
  /** Per sequence Σ over its tokens of the margin log p - log(1 - p). */
  readonly margins: Float64Array;
}

/** Sequences that are scored at a time. */
const BLOCK = 512;

/** @throws RowsError, TensorMismatchError, PredictionError */
export function tokenScores(
  createKernels: KernelFactory,
  recipe: Recipe,
  weights: Weights,
  rows: LabelledRows,
): TokenScores {
  const count = rowCount(rows.inputs);
  const margins = new Float64Array(count);
  let [surprise, judged] = [0, 0];
  for (let first = 0; first < count; first += BLOCK) {
    const size = Math.min(BLOCK, count - first);
    const block = selectRows(
      rows,
      Array.from({ length: size }, (_, i) => first + i),
    );
    const { logits, classes } = predict(createKernels, recipe, weights, block.inputs);
    for (const [i, label] of block.labels.entries()) {
      if (label === NO_LABEL) continue;
      const margin = marginOf(logits.subarray(i * classes, (i + 1) * classes), label);
      margins[first + Math.floor((i * size) / block.labels.length)]! += margin;
      // -log p = log(1 + e^-margin).
      surprise += margin > 0 ? log(1 + exp(-margin)) : log(1 + exp(margin)) - margin;
      judged++;
    }
  }
  return { bitsPerToken: surprise / judged / Math.LN2, margins };
}

/** z_y - log Σ_{k≠y} exp z_k. */
function marginOf(logits: Float32Array, label: number): number {
  let top = -Infinity;
  for (const [k, z] of logits.entries()) if (k !== label && z > top) top = z;
  let sum = 0;
  for (const [k, z] of logits.entries()) if (k !== label) sum += exp(z - top);
  return logits[label]! - top - log(sum);
}
