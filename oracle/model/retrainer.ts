import type { KernelFactory } from "../numerics/kernels.ts";
import type { OpenModel } from "./predict.ts";
import { openModel } from "./predict.ts";
import type { Recipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import type { TrainOptions } from "./train.ts";
import { trainMember } from "./train.ts";

/** Trains models that are only asked for answers, as studies do by the hundred. */
export interface Retrainer {
  /** Part of what a kept answer belongs to: backends differ in low bits. */
  readonly backend: "ieee-sequential" | "node";
  /** @param member selects initial weights, batches and dropout @throws as `trainMember` */
  train(recipe: Recipe, rows: LabelledRows, member: number, options?: TrainOptions): OpenModel;
}

/** The canonical retrainer: its answers are the same bits everywhere. */
export function ieeeRetrainer(createKernels: KernelFactory): Retrainer {
  return {
    backend: "ieee-sequential",
    train: (recipe, rows, member) => openModel(createKernels, recipe, trainMember(createKernels, recipe, rows, member)),
  };
}

/** Part of what kept answers are stored with; nothing for the canonical backend. */
export function backendOf({ backend }: Retrainer): { backend?: Retrainer["backend"] } {
  return backend === "ieee-sequential" ? {} : { backend };
}

/** Keeps the answers of other backends in files of their own. */
export function backendSuffix({ backend }: Retrainer): string {
  return backend === "ieee-sequential" ? "" : `-${backend}`;
}
