import type { KernelChoice } from "../numerics/shardPool.ts";
import { createShardPool } from "../numerics/shardPool.ts";
import { architectureOf } from "./architecture.ts";
import { checkRows } from "./batches.ts";
import type { Recipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import type { TrainingProgress } from "./train.ts";
import type { TrainTask } from "./trainWorker.ts";
import type { Weights } from "./weights.ts";
import { weightsHash } from "./weights.ts";

export interface TrainVersionOptions {
  /** Worker threads; members are shared among them. Default 1. */
  readonly workers?: number;
  /** Models of the parent version to start from, one per member. */
  readonly start?: readonly Weights[];
  readonly kernels?: KernelChoice;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** A trained ensemble. */
export interface TrainedVersion {
  readonly models: readonly Weights[];
  /** {@link weightsHash} of each model. */
  readonly hashes: readonly `0x${string}`[];
}

/**
 * Trains the ensemble of a recipe. The result does not depend on the number of workers.
 *
 * @throws RowsError for rows that do not fit, RangeError when a parent has another number of models, ShardError when a member fails
 */
export async function trainVersion(
  recipe: Recipe,
  rows: LabelledRows,
  options: TrainVersionOptions = {},
): Promise<TrainedVersion> {
  const { workers = 1, start, kernels = "wasm", onProgress } = options;
  checkRows(architectureOf(recipe), rows);
  if (start !== undefined && start.length !== recipe.members) {
    throw new RangeError(
      `the parent has ${start.length} models, the recipe ${recipe.members} members: use the same number`,
    );
  }
  const pool = createShardPool(new URL("./trainWorker.ts", import.meta.url), Math.min(workers, recipe.members));
  try {
    const members = Array.from({ length: recipe.members }, (_, member) =>
      pool.run(member, { kernels, recipe, rows, start: start?.[member] } satisfies TrainTask, (note) => {
        onProgress?.(note as TrainingProgress);
      }),
    );
    const models = (await Promise.all(members)) as Weights[];
    return { models, hashes: models.map(weightsHash) };
  } finally {
    await pool.close();
  }
}
