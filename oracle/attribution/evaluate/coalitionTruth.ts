import { createHash } from "node:crypto";
import type { Recipe } from "../../model/recipe.ts";
import { encodeRecipe } from "../../model/recipe.ts";
import type { Retrainer } from "../../model/retrainer.ts";
import { backendOf } from "../../model/retrainer.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { selectRows } from "../../model/rows.ts";
import type { Contributions } from "./contributions.ts";
import { contributorsOfRows } from "./contributions.ts";
import type { RunProgress } from "./runLog.ts";
import { collectRuns } from "./runLog.ts";
import type { Coalition } from "./shapley.ts";
import { drawCoalitions } from "./shapley.ts";

/** Members of retrained coalitions are numbered from here, apart from those of the version's own ensemble. */
const FIRST_MEMBER = 1000;

export interface CoalitionTruthOptions {
  /** Result file; a sidecar says what it belongs to. */
  readonly file: string;
  readonly recipe: Recipe;
  readonly contributions: Contributions;
  /** Outputs that were paid for: rows with the delivered class as label. */
  readonly outputs: LabelledRows;
  readonly coalitions: number;
  readonly seed: number;
  readonly retrainer: Retrainer;
  readonly onProgress?: (progress: RunProgress) => void;
}

export interface CoalitionTruth {
  readonly coalitions: readonly Coalition[];
  /** coalitions x outputs: the probability that the coalition's model gives to the delivered class. */
  readonly probabilities: Float32Array;
}

/** Retrains one model per coalition of contributors, each with its own seed and, through more epochs, about the steps of the whole. */
export async function coalitionTruth(options: CoalitionTruthOptions): Promise<CoalitionTruth> {
  const { recipe, contributions, outputs, seed, retrainer } = options;
  const { training } = contributions;
  const contributorOfRow = contributorsOfRows(contributions);
  const coalitions = drawCoalitions(contributions.contributors.length, options.coalitions, seed);
  const probabilities = await collectRuns({
    file: options.file,
    study: JSON.stringify({
      study: "coalitions/2",
      ...trainingDigest(options, outputs),
      seed,
      ...backendOf(retrainer),
    }),
    width: outputs.labels.length,
    count: coalitions.length,
    run(i) {
      const members = new Set(coalitions[i]!.members);
      const rows = Int32Array.from(training.labels.keys()).filter((row) => members.has(contributorOfRow[row]!));
      // Contributors whose rows were all left out as repetitions can be alone: nothing is learned from no rows.
      if (rows.length === 0) return new Float32Array(outputs.labels.length).fill(1 / recipe.classes);
      const epochs = Math.max(1, Math.round((recipe.epochs * training.labels.length) / rows.length));
      const lengthened = { ...recipe, epochs };
      return retrainedProbabilities(retrainer, lengthened, selectRows(training, rows), FIRST_MEMBER + i, outputs);
    },
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  return { coalitions, probabilities };
}

/** Trains one model and asks it for the probability of each output's class. */
export function retrainedProbabilities(
  retrainer: Retrainer,
  recipe: Recipe,
  rows: LabelledRows,
  member: number,
  { inputs, labels }: LabelledRows,
): Float32Array {
  const model = retrainer.train(recipe, rows, member);
  try {
    const { probabilities, classes } = model.predict(inputs);
    return Float32Array.from(labels, (label, q) => probabilities[q * classes + label]!);
  } finally {
    model.close();
  }
}

/** What retrained results depend on, for the sidecar of their file. */
export function trainingDigest(
  { recipe, contributions }: { readonly recipe: Recipe; readonly contributions: Contributions },
  outputs: LabelledRows,
): { recipe: string; training: string; outputs: string } {
  return {
    recipe: encodeRecipe(recipe),
    training: digest(contributions.training.labels, contributions.contributionOfRow, contributions.contributorOf),
    outputs: digest(outputs.labels),
  };
}

function digest(...arrays: Int32Array[]): string {
  const hash = createHash("sha256");
  for (const array of arrays) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return hash.digest("hex");
}
