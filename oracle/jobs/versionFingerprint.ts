import type { Hash } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { buildIndex, queryFeatures } from "../attribution/buildIndex.ts";
import { MEASURED_HARM_RULE } from "../attribution/judge/harmRule.ts";
import type { Scheme } from "../attribution/scheme.ts";
import { argmaxRows, predictEnsemble } from "../model/predict.ts";
import type { Recipe } from "../model/recipe.ts";
import type { Inputs } from "../model/rows.ts";
import { trainVersion } from "../model/trainVersion.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import type { KernelChoice } from "../numerics/shardPool.ts";
import { directionIn, epochFunctional } from "../settlement/functional.ts";
import { indexTreesOf } from "../settlement/indexTrees.ts";
import { harmfulRows } from "./harmfulRows.ts";
import { indexFrom } from "./indexFrom.ts";
import type { VersionData } from "./versionData.ts";
import { ensembleHash } from "./versionFiles.ts";

/** A version and an epoch of paid questions to it. */
export interface VersionWork {
  readonly recipe: Recipe;
  readonly scheme: Scheme;
  readonly data: Pick<VersionData, "training" | "datanets">;
  readonly questions: Inputs;
}

/** How the work is done; no hash may depend on it. */
export interface WorkOptions {
  readonly workers: number;
  readonly kernels: KernelChoice;
}

/** What operators sign about a version, from its weights to what an epoch pays by. */
export interface VersionFingerprint {
  readonly weightsHash: Hash;
  readonly indexHash: Hash;
  /** keccak256 of F over all questions, each answered with the likeliest class for a fee of its own. */
  readonly functionalHash: Hash;
}

/** Wei of the first question's fee; the n-th pays n times as much, so that their order matters. */
const FEE = 10n ** 15n;

/** Trains, indexes and asks a version, as operators do, and hashes what they would sign. */
export async function fingerprintVersion(work: VersionWork, options: WorkOptions): Promise<VersionFingerprint> {
  const { recipe, scheme, data, questions } = work;
  const { training, datanets } = data;
  const { models } = await trainVersion(recipe, training.rows, options);
  const sets = datanets.map(({ quality }) => quality);
  const { projections, ...built } = await buildIndex(scheme, recipe, models, training, sets, options);
  const examples = new Int32Array(training.contributions);
  for (const owner of training.contributionOfRow) examples[owner]!++;
  const { k } = built;
  const index = indexFrom(
    built,
    datanets,
    harmfulRows(data, () => MEASURED_HARM_RULE),
    (_, c) => examples[c]!,
  );

  const probabilities = predictEnsemble(kernelFactory(options.kernels), recipe, models, questions);
  const asked = { inputs: questions, labels: argmaxRows(probabilities, recipe.classes) };
  const psi = await queryFeatures({ scheme, recipe, models, training: training.rows, projections }, asked, options);
  const paid = Array.from(asked.labels, (_, q) => ({
    psi: psi.subarray(q * k, (q + 1) * k),
    counted: FEE * BigInt(q + 1),
  }));
  return {
    weightsHash: ensembleHash(models),
    indexHash: indexTreesOf(index).hash,
    functionalHash: hashInt16(epochFunctional(paid, 0n, directionIn(index))),
  };
}
