/** Does influence on a language model say what its documents did? Measured by retraining on random halves of them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Json } from "@openledger/protocol/canonicalJson.ts";
import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { decodeCharacters, encodeCharacters } from "../../data/characters.ts";
import type { Dataset } from "../../data/dataset.ts";
import { generate } from "../../model/generate.ts";
import type { Recipe } from "../../model/recipe.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { rowCount, RowsError, selectRows } from "../../model/rows.ts";
import { decodeSafetensors, encodeSafetensors } from "../../model/safetensors.ts";
import { lastTokenRow } from "../../model/sequences.ts";
import { tokenScores } from "../../model/tokenScores.ts";
import type { TrainingProgress } from "../../model/train.ts";
import { trainMember } from "../../model/train.ts";
import type { Weights } from "../../model/weights.ts";
import { weightsHash } from "../../model/weights.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { permutation, randomStream } from "../../numerics/random.ts";
import type { TokenExplanation } from "../explainToken.ts";
import { documentScores, explainToken } from "../explainToken.ts";
import { createSequenceInfluence } from "../sequenceInfluence.ts";
import type { LanguageData } from "./languageData.ts";
import { languageData } from "./languageData.ts";
import { linearDatamodelingScores, meanScore } from "./lds.ts";
import type { RunProgress } from "./runLog.ts";
import { collectRuns } from "./runLog.ts";
import type { Interval } from "./statistics.ts";

/** Documents and a recipe that trains on them, from a parent's weights where it has adapters. */
export interface LanguageSubject {
  readonly recipe: Recipe;
  readonly parent: Weights | undefined;
  readonly data: LanguageData;
  /** Sequences whose margins are predicted. */
  readonly queries: LabelledRows;
}

export interface HalvesOptions {
  /** Folder of the retrained results, kept so that a study goes on where it was stopped. */
  readonly folder: string;
  /** Retrainings, each on its own random half of the documents. */
  readonly subsets: number;
  readonly seed: number;
  readonly onProgress?: (progress: RunProgress) => void;
}

/** Retrained halves: their documents, and the margins that each model gives the queries. */
export interface Halves {
  readonly subsets: readonly Int32Array[];
  /** subsets x queries */
  readonly margins: Float32Array;
}

/** Trains on random halves of the documents, with the recipe's own seed. @throws RunLogMismatchError */
export async function retrainedHalves(
  createKernels: KernelFactory,
  { recipe, parent, data, queries }: LanguageSubject,
  { folder, subsets, seed, onProgress }: HalvesOptions,
): Promise<Halves> {
  const count = data.documents.length;
  const halves = Array.from({ length: subsets }, (_, i) =>
    Int32Array.from(permutation(randomStream(seed, i), count).subarray(0, Math.floor(count / 2))).sort(),
  );
  const { rows, documentOfRow } = data.contributed;
  const parentHash = parent === undefined ? null : weightsHash(parent);
  const study = { recipe, parent: parentHash, documents: count, queries: rowCount(queries.inputs), seed };
  const margins = await collectRuns({
    file: join(folder, "language-halves.f32"),
    study: canonicalJson(study),
    width: rowCount(queries.inputs),
    count: subsets,
    run: (i) => {
      const included = new Set(halves[i]);
      const kept = [...documentOfRow.keys()].filter((row) => included.has(documentOfRow[row]!));
      const weights = trainMember(createKernels, recipe, selectRows(rows, kept), 0, parent && { start: parent });
      return Float32Array.from(tokenScores(createKernels, recipe, weights, queries).margins);
    },
    ...(onProgress && { onProgress }),
  });
  return { subsets: halves, margins };
}

/** Linear datamodelling score of documents, mean over the queries. @param scores queries x documents */
export function documentLds(scores: Float64Array, documents: number, { subsets, margins }: Halves): Interval {
  const stream = randomStream(0, 0);
  return meanScore(linearDatamodelingScores(scores, documents, subsets, margins), () => stream.uniform());
}

export interface LanguageStudyOptions extends HalvesOptions {
  readonly dataset: Dataset;
  readonly base: Recipe;
  /** Trains on the documents, from the base. */
  readonly adapters: Recipe;
  readonly documents: number;
  readonly characters: number;
  /** Held-out sequences whose margins are predicted, spread evenly. */
  readonly queries: number;
  /** What the adapted model goes on from, and how many characters it adds; the last is explained. */
  readonly prompt: string;
  readonly added: number;
  readonly onBaseProgress?: (progress: TrainingProgress) => void;
}

/** Bits per character. */
export interface Bits {
  readonly heldOut: number;
  /** Of the documents that the adapters are trained on. */
  readonly documents: number;
}

export interface LanguageStudy {
  readonly bits: { readonly base: Bits; readonly adapted: Bits };
  readonly hashes: { readonly base: string; readonly adapted: string };
  readonly lds: Interval;
  readonly data: LanguageData;
  readonly continuation: string;
  readonly explanation: TokenExplanation;
}

/** λ as a share of the kernel's mean diagonal, as in `kernel-operator/1`. */
const DAMPING = 0.3;
/** Training sequences of an explained character that are taken apart. */
const EXPLAINED = 5;

/**
 * Trains a language model, adapts it to documents, measures how well influence predicts models of half the documents, and explains one character
 * that the adapted model gives.
 *
 * @throws RangeError for too few documents, DataError for a prompt with unknown characters, RunLogMismatchError
 */
export async function languageStudy(
  createKernels: KernelFactory,
  options: LanguageStudyOptions,
): Promise<LanguageStudy> {
  const { base, adapters, documents, characters, folder } = options;
  if (adapters.input.kind !== "tokens") throw new RowsError("the recipe's input is not tokens");
  const { length } = adapters.input;
  const data = languageData(options.dataset, { length, documents, characters });
  const { rows, documentOfRow } = data.contributed;
  const parent = keptWeights(join(folder, "language-base.safetensors"), { recipe: base, documents, characters }, () =>
    trainMember(createKernels, base, data.base, 0, {
      ...(options.onBaseProgress && { onProgress: options.onBaseProgress }),
    }),
  );
  const adapted = trainMember(createKernels, adapters, rows, 0, { start: parent });
  const influence = createSequenceInfluence(createKernels, adapters, adapted, rows, DAMPING);

  const held = rowCount(data.heldOut.inputs);
  const evenly = Array.from({ length: options.queries }, (_, i) => Math.floor((i * held) / options.queries));
  const queries = selectRows(data.heldOut, evenly);
  const halves = await retrainedHalves(createKernels, { recipe: adapters, parent, data, queries }, options);
  const scores = documentScores(influence.sequences(queries), documentOfRow, documents);

  const prompt = encodeCharacters(data.vocabulary, options.prompt);
  const added = generate(createKernels, adapters, adapted, prompt, options.added, {
    seed: options.seed,
    temperature: 0.8,
  });
  const query = lastTokenRow(Int32Array.from([...prompt, ...added]), length);
  const bitsOf = (recipe: Recipe, weights: Weights): Bits => ({
    heldOut: tokenScores(createKernels, recipe, weights, data.heldOut).bitsPerToken,
    documents: tokenScores(createKernels, recipe, weights, rows).bitsPerToken,
  });
  return {
    bits: { base: bitsOf(base, parent), adapted: bitsOf(adapters, adapted) },
    hashes: { base: weightsHash(parent), adapted: weightsHash(adapted) },
    lds: documentLds(scores, documents, halves),
    data,
    continuation: decodeCharacters(data.vocabulary, added),
    explanation: explainToken(influence, data.contributed, documents, query, EXPLAINED),
  };
}

/** Weights that were kept for the same study, or newly trained ones, kept. */
function keptWeights(file: string, study: Json, train: () => Weights): Weights {
  const key = canonicalJson(study);
  if (existsSync(file)) {
    const { weights, metadata } = decodeSafetensors(readFileSync(file));
    if (metadata["study"] === key) return weights;
  }
  const weights = train();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, encodeSafetensors(weights, { study: key }));
  return weights;
}
