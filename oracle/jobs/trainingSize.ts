import { architectureOf } from "../model/architecture.ts";
import type { Recipe } from "../model/recipe.ts";
import { type LabelledRows, rowCount } from "../model/rows.ts";

/** What a training takes, as its publisher declares it on the chain and every operator counts it again. */
export interface TrainingSize {
  readonly rows: bigint;
  readonly parameters: bigint;
  readonly epochs: bigint;
  readonly members: bigint;
}

/** The size of training a version that answers with labels: `recipe` on `rows`, after repetitions were left out. */
export function trainingSize(recipe: Recipe, rows: LabelledRows): TrainingSize {
  const parameters = architectureOf(recipe).parameters.reduce((sum, { elements }) => sum + elements, 0);
  return {
    rows: BigInt(rowCount(rows.inputs)),
    parameters: BigInt(parameters),
    epochs: BigInt(recipe.epochs),
    members: BigInt(recipe.members),
  };
}
