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

serveShards((task, member, note) => {
  // trainVersion.ts, which starts this thread, sends nothing else.
  const { kernels, recipe, rows, start } = task as TrainTask;
  return trainMember(kernelFactory(kernels), recipe, rows, member, { ...(start && { start }), onProgress: note });
});
