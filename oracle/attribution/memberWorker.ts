import type { Recipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import type { KernelChoice } from "../numerics/shardPool.ts";
import { serveShards } from "../numerics/shardPool.ts";
import { fitMember } from "./fitMember.ts";
import type { MemberOperator, MemberProjection, TrainingSet } from "./memberOperator.ts";
import { openMember } from "./memberOperator.ts";
import type { Scheme } from "./scheme.ts";

/** Fits a member. With references its influence on them comes back and the operator is kept for `project`. */
export interface FitTask {
  readonly kind: "fit";
  readonly kernels: KernelChoice;
  readonly scheme: Scheme;
  readonly recipe: Recipe;
  readonly weights: Weights;
  readonly training: TrainingSet;
  readonly rank: number;
}

export interface InfluenceTask {
  readonly kind: "influence";
  readonly references: LabelledRows;
}

/** Projects the fitted member and lets its operator go. */
export interface ProjectTask {
  readonly kind: "project";
  readonly basis: Float32Array;
  readonly quality: LabelledRows;
}

export interface ProjectResult {
  readonly projection: Float32Array;
  /** ψ of the quality rows, rows x rank. */
  readonly psi: Float32Array;
}

/** Opens a member of a finished index for queries. */
export interface OpenTask {
  readonly kind: "open";
  readonly kernels: KernelChoice;
  readonly recipe: Recipe;
  readonly weights: Weights;
  readonly training: LabelledRows;
  readonly projection: Float32Array;
}

export interface QueryTask {
  readonly kind: "query";
  readonly queries: LabelledRows;
}

export type MemberTask = FitTask | InfluenceTask | ProjectTask | OpenTask | QueryTask;

const fitted = new Map<number, MemberOperator>();
const opened = new Map<number, MemberProjection>();

function forget(): void {
  fitted.clear();
  opened.clear();
}

serveShards((message, member) => {
  // buildIndex.ts, which starts this thread, sends nothing else.
  const task = message as MemberTask;
  switch (task.kind) {
    case "fit": {
      const { scheme, recipe, weights, training, rank } = task;
      fitted.set(member, fitMember(kernelFactory(task.kernels), scheme, recipe, weights, training, rank));
      return undefined;
    }
    case "influence":
      return fitted.get(member)!.influence(task.references);
    case "project": {
      const operator = fitted.get(member)!;
      fitted.delete(member);
      const projection = operator.project(task.basis);
      return { projection, psi: operator.query(task.quality) } satisfies ProjectResult;
    }
    case "open": {
      const { recipe, weights, training, projection } = task;
      opened.set(member, openMember(kernelFactory(task.kernels), recipe, weights, training, projection));
      return undefined;
    }
    case "query":
      return opened.get(member)!.query(task.queries);
  }
}, forget);
