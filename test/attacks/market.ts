// A small market in which honest contributors and one attacker share the pool of an epoch of uniform queries.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { Dataset } from "../../oracle/data/dataset.ts";
import { trainingRows } from "../../oracle/data/duplicates/trainingRows.ts";
import type { Example } from "../../oracle/data/example.ts";
import { loadFolder } from "../../oracle/data/loadFolder.ts";
import type { Contributions } from "../../oracle/attribution/evaluate/contributions.ts";
import { labelled } from "../../oracle/attribution/evaluate/contributions.ts";
import { mixScores } from "../../oracle/attribution/evaluate/payoutFidelity.ts";
import { qualityVerdict } from "../../oracle/attribution/evaluate/qualitySign.ts";
import { textInputs } from "../../oracle/attribution/evaluate/studyData.ts";
import { meanInfluence, memberInfluence } from "../../oracle/attribution/evaluate/versionInfluence.ts";
import { defaultScheme } from "../../oracle/attribution/scheme.ts";
import { argmaxRows, predictEnsemble } from "../../oracle/model/predict.ts";
import { parseRecipe } from "../../oracle/model/recipe.ts";
import { selectRows } from "../../oracle/model/rows.ts";
import { trainMember } from "../../oracle/model/train.ts";
import { createWasmKernels } from "../../oracle/numerics/wasmKernels.ts";

const DATA = process.env["OPENLEDGER_DATA"] ?? resolve(import.meta.dirname, "../../../shared/data");
const FOLDER = join(DATA, "banking77");

/** Why the attacks cannot run here, or undefined. */
export const missingData = existsSync(FOLDER) ? undefined : `no BANKING77 at ${FOLDER}: set OPENLEDGER_DATA`;

/** Honest contributors, rows of each; rows set aside to judge data by. */
export const HONEST = 20;
export const SHARE = 100;
const QUALITY = 400;
const MODELS = 4;

export interface Party {
  readonly name: string;
  readonly examples: readonly Example[];
}

export interface Market {
  readonly dataset: Dataset;
  /** In the order of registration, each with rows of all classes and right labels. */
  readonly honest: readonly Party[];
  /** Rows that nobody holds. */
  readonly spare: readonly Example[];
  readonly quality: readonly Example[];
}

/** Deals BANKING77's rows round and round: every party has about the same mix of classes. */
export function createMarket(): Market {
  const dataset = loadFolder(FOLDER);
  const stride = 37; // coprime to the number of rows; the file is sorted by class
  const rows = dataset.train.map((_, i) => dataset.train[(i * stride) % dataset.train.length]!);
  const honest = Array.from({ length: HONEST }, (_, c) => ({
    name: `honest-${c}`,
    examples: rows.slice(c * SHARE, (c + 1) * SHARE),
  }));
  const taken = HONEST * SHARE;
  return { dataset, honest, quality: rows.slice(taken, taken + QUALITY), spare: rows.slice(taken + QUALITY) };
}

/** What a party has of a pool that is paid by influence. */
export interface Outcome {
  /** Score per registered row, relative to the mean of the honest parties; negative scores are paid nothing. */
  readonly perRow: ReadonlyMap<string, number>;
  /** Share of the pool. */
  readonly share: ReadonlyMap<string, number>;
  /** Share of the parties other than the wrong ones that are charged for harm. */
  readonly honestCharged: number;
  /** Share of the wrong parties' bonds that is charged. */
  readonly wrongCharged: number;
}

/**
 * Trains a version on all parties' rows as operators do, repetitions left out, and divides an epoch of one query per test row.
 *
 * @param wrong names of parties with wrong labels only
 */
export function settle(market: Market, parties: readonly Party[], wrong: ReadonlySet<string> = new Set()): Outcome {
  const { dataset } = market;
  const examples = parties.flatMap((party) => party.examples);
  const owner = Int32Array.from(parties.flatMap((party, p) => party.examples.map(() => p)));
  const kept = trainingRows(examples, market.quality);
  const contributions: Contributions = {
    contributors: parties.map(({ name }) => ({ name, behaviour: wrong.has(name) ? "mislabel-100" : "honest" })),
    training: selectRows(labelled(examples, dataset.labels, textInputs), kept),
    contributorOf: Int32Array.from(parties.keys()),
    examples: Int32Array.from(parties, (party) => party.examples.length),
    contributionOfRow: Int32Array.from(kept, (row) => owner[row]!),
    quality: labelled(market.quality, dataset.labels, textInputs),
  };
  const recipe = parseRecipe({
    format: "openledger-recipe/1",
    input: { kind: "bags", buckets: 16384 },
    layers: [{ kind: "embeddingBag", dimension: 32 }],
    classes: dataset.labels.length,
    optimizer: { kind: "adam", learningRate: 0.04 },
    epochs: 6,
    batch: 64,
    seed: 1,
  });
  const models = Array.from({ length: MODELS }, (_, m) =>
    trainMember(createWasmKernels, recipe, contributions.training, m),
  );
  const test = labelled(dataset.test, dataset.labels, textInputs);
  const delivered = argmaxRows(predictEnsemble(createWasmKernels, recipe, models, test.inputs), dataset.labels.length);
  const outputs = { inputs: test.inputs, labels: delivered };
  const scheme = defaultScheme("text");
  const influence = meanInfluence(
    models.map((weights) => memberInfluence(createWasmKernels, scheme, recipe, weights, contributions, outputs)),
  );
  const count = parties.length;
  const all = { name: "uniform", outputs: Int32Array.from(delivered.keys()) };
  const scores = mixScores(influence, count, all);
  const onQuality = influence.subarray(delivered.length * count);
  const verdict = qualityVerdict(contributions, onQuality, 1);

  const rowsOf = parties.map((party) => party.examples.length);
  const honest = parties.flatMap(({ name }, p) => (name.startsWith("honest") ? [scores[p]! / rowsOf[p]!] : []));
  const unit = honest.reduce((sum, value) => sum + value, 0) / honest.length;
  const paid = Array.from(scores, (score, p) => (verdict.perRow[p]! < 0 ? 0 : Math.max(0, score)));
  const pool = paid.reduce((sum, value) => sum + value, 0);
  return {
    perRow: new Map(parties.map(({ name }, p) => [name, scores[p]! / rowsOf[p]! / unit])),
    share: new Map(parties.map(({ name }, p) => [name, paid[p]! / pool])),
    honestCharged: verdict.rightCharged.estimate,
    wrongCharged: verdict.wrongCharged.estimate,
  };
}
