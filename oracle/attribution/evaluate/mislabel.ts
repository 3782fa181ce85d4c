import type { Recipe } from "../../model/recipe.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { selectRows } from "../../model/rows.ts";
import { trainMember } from "../../model/train.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { permutation, randomStream } from "../../numerics/random.ts";
import { leverageElements, selfInfluence } from "../methods/selfInfluence.ts";
import { tapModel } from "../methods/tappedModel.ts";
import type { Interval } from "./statistics.ts";
import { areaUnderCurve, bootstrap, take } from "./statistics.ts";

/** Share of the labels that are flipped (dattri's and TRAK's protocol). */
const FLIPPED = 0.1;
const RESAMPLES = 200;

/**
 * Mislabel detection: a tenth of the labels is replaced by another class, a model trained on the result, and every row ranked by its
 * self-influence. @returns the area under the ROC curve with its interval over rows: 1 finds every flipped row first, .5 is chance
 */
export function mislabelAuc(
  createKernels: KernelFactory,
  recipe: Recipe,
  training: LabelledRows,
  seed: number,
): Interval {
  const rows = training.labels.length;
  const random = randomStream(seed, 8);
  const flipped = new Array<boolean>(rows).fill(false);
  const labels = training.labels.slice();
  for (const row of permutation(randomStream(seed, 9), rows).subarray(0, Math.round(FLIPPED * rows))) {
    flipped[row] = true;
    labels[row] = (labels[row]! + 1 + random.below(recipe.classes - 1)) % recipe.classes;
  }
  const spoiled = { inputs: training.inputs, labels };
  const weights = trainMember(createKernels, recipe, spoiled, 0);
  const elements = leverageElements(rows);
  const model = tapModel(createKernels, recipe, weights, spoiled, selectRows(spoiled, [0]), elements);
  const scores = selfInfluence(model, "uniform", 1);
  const resampling = randomStream(seed, 10);
  return bootstrap(
    rows,
    (indices) =>
      areaUnderCurve(
        take(scores, indices),
        Array.from(indices, (row) => flipped[row]!),
      ),
    () => resampling.uniform(),
    RESAMPLES,
  );
}
