import { kernelFactory } from "../numerics/kernelChoice.ts";
import type { KernelChoice } from "../numerics/shardPool.ts";
import { serveShards } from "../numerics/shardPool.ts";
import type { Recipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import { trainMember } from "./train.ts";
import type { Weights } from "./weights.ts";

export interface TrainTask {
  readonly kernels: KernelChoice;
  readonly recipe: Recipe;
  readonly rows: LabelledRows;
  readonly start: Weights | undefined;
}

serveShards<TrainTask>(({ kernels, recipe, rows, start }, member, note) =>
  trainMember(kernelFactory(kernels), recipe, rows, member, { ...(start && { start }), onProgress: note }),
);
