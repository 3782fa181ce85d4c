import type { Recipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import { concatenateInputs, concatenateRows, labelsOf, rowCount, selectInputs } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import type { KernelChoice, ShardPool } from "../numerics/shardPool.ts";
import { createShardPool } from "../numerics/shardPool.ts";
import { contributionBasis } from "./contributionBasis.ts";
import { contributionColumns } from "./contributionColumns.ts";
import { IndexInputError } from "./errors.ts";
import { comparedRows } from "./landmarkOperator.ts";
import type { TrainingSet } from "./memberOperator.ts";
import type { MemberTask, ProjectResult } from "./memberWorker.ts";
import { noJudgement, qualityFunctional } from "./qualityFunctional.ts";
import { quantiseRows } from "./quantiseRows.ts";
import type { Scheme } from "./scheme.ts";

export interface BuildIndexOptions {
  /** Worker threads; the models of the ensemble are shared among them. Default 1. */
  readonly workers?: number;
  readonly kernels?: KernelChoice;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the chain commits to, and what answers queries. */
export interface AttributionIndex {
  /** Columns: a multiple of 32. */
  readonly k: number;
  /** Contributions x k, row by row. */
  readonly features: Int8Array;
  /** One per contribution, at least 1. */
  readonly scales: Uint32Array;
  /** G of each Datanet, in the order of the quality sets. */
  readonly qualities: readonly Int16Array[];
  /** Per model the projected operator, training rows (or landmarks) x k; recomputable from models and rows, kept to answer queries. */
  readonly projections: readonly Float32Array[];
}

/**
 * The attribution index of a model version under `kernel-operator/1`. The bytes depend on the arguments before `options` alone.
 *
 * @param models the ensemble, in order
 * @param quality rows that the data of each Datanet are judged by, with their true labels; undefined where there are none
 * @throws IndexInputError, ShardError (with the name and message of what failed under a model)
 */
export async function buildIndex(
  scheme: Scheme,
  recipe: Recipe,
  models: readonly Weights[],
  training: TrainingSet,
  quality: readonly (LabelledRows | undefined)[],
  options: BuildIndexOptions = {},
): Promise<AttributionIndex> {
  const { workers = 1, kernels = "wasm", onProgress } = options;
  const sets = quality.filter((rows) => rows !== undefined);
  checkTraining(training, models.length, sets);
  const every = concatenateRows(sets);
  const { contributions } = training;
  const k = contributionColumns(scheme.rank, contributions);
  const exact = contributions <= k;
  const total = models.length * (exact ? 2 : 3);
  let done = 0;
  const pool = createShardPool(new URL("./memberWorker.ts", import.meta.url), Math.min(workers, models.length));
  const run = async (member: number, task: MemberTask): Promise<unknown> => {
    const result = await pool.run(member, task);
    onProgress?.(++done, total);
    return result;
  };
  try {
    const fit = (weights: Weights, member: number) =>
      run(member, { kind: "fit", kernels, scheme, recipe, weights, training, rank: k });
    const project = (member: number, basis: Float32Array) =>
      run(member, { kind: "project", basis, quality: every }) as Promise<ProjectResult>;

    let basis: Float32Array;
    let projected: ProjectResult[];
    if (exact) {
      basis = contributionBasis(kernelFactory(kernels), new Float32Array(), contributions, k, scheme.seed);
      // Sent together, so that a thread lets one member's factor go before it fits the next.
      const tasks = models.map((weights, member) => Promise.all([fit(weights, member), project(member, basis)]));
      projected = (await Promise.all(tasks)).map(([, result]) => result);
    } else {
      await Promise.all(models.map(fit));
      const influence = await meanInfluence(run, models.length, referenceRows(scheme, training.rows, every));
      basis = contributionBasis(kernelFactory(kernels), influence, contributions, k, scheme.seed);
      projected = await Promise.all(models.map((_, member) => project(member, basis)));
    }
    const psi = meanOf(projected.map((member) => member.psi));
    let first = 0;
    const qualities = quality.map((rows) => {
      if (rows === undefined) return noJudgement(k);
      const own = psi.subarray(first * k, (first += rowCount(rows.inputs)) * k);
      return qualityFunctional(own, k, judgedClasses(rows), recipe.classes);
    });
    return {
      k,
      ...quantiseRows(basis, contributions, k),
      qualities,
      projections: projected.map((member) => member.projection),
    };
  } finally {
    await pool.close();
  }
}

/** What queries are answered with. */
export interface IndexedVersion {
  readonly scheme: Scheme;
  readonly recipe: Recipe;
  readonly models: readonly Weights[];
  readonly training: LabelledRows;
  readonly projections: readonly Float32Array[];
}

/** An indexed version held ready by worker threads. */
export interface OpenVersion {
  /** ψ of each query, queries x k: its input and the class that was answered, in float64. */
  queryFeatures(queries: LabelledRows): Promise<Float64Array>;
  close(): Promise<void>;
}

/** Recomputes the features of the rows that queries are compared with, under each model; afterwards queries cost one pass each. */
export async function openVersion(
  version: IndexedVersion,
  options: Pick<BuildIndexOptions, "workers" | "kernels"> = {},
): Promise<OpenVersion> {
  const { workers = 1, kernels = "wasm" } = options;
  const { recipe, models, projections } = version;
  const training = comparedRows(version.scheme, version.training);
  const pool: ShardPool = createShardPool(
    new URL("./memberWorker.ts", import.meta.url),
    Math.min(workers, models.length),
  );
  try {
    await Promise.all(
      models.map((weights, member) => {
        const projection = projections[member]!;
        return pool.run(member, { kind: "open", kernels, recipe, weights, training, projection } satisfies MemberTask);
      }),
    );
  } catch (error) {
    await pool.close();
    throw error;
  }
  return {
    async queryFeatures(queries) {
      const parts = models.map((_, member) => pool.run(member, { kind: "query", queries } satisfies MemberTask));
      return meanOf((await Promise.all(parts)) as Float32Array[]);
    },
    close: () => pool.close(),
  };
}

/** ψ of each query; for many calls keep an {@link openVersion}. */
export async function queryFeatures(
  version: IndexedVersion,
  queries: LabelledRows,
  options: Pick<BuildIndexOptions, "workers" | "kernels"> = {},
): Promise<Float64Array> {
  const open = await openVersion(version, options);
  try {
    return await open.queryFeatures(queries);
  } finally {
    await open.close();
  }
}

function checkTraining(training: TrainingSet, models: number, quality: readonly LabelledRows[]): void {
  const { rows, contributionOfRow, contributions } = training;
  if (models === 0) throw new IndexInputError("an index needs at least one model");
  if (contributions < 1) throw new IndexInputError("an index needs at least one contribution");
  if (quality.every(({ labels }) => labels.length === 0))
    throw new IndexInputError("the quality sets are empty: set rows aside to judge data by");
  if (contributionOfRow.length !== rowCount(rows.inputs)) {
    throw new IndexInputError(
      `${rowCount(rows.inputs)} training rows have ${contributionOfRow.length} contributions: give one for each row`,
    );
  }
  const bad = contributionOfRow.findIndex((c) => c < -1 || c >= contributions);
  if (bad >= 0) {
    throw new IndexInputError(
      `training row ${bad} belongs to contribution ${contributionOfRow[bad]}: -1 to ${contributions - 1} exist`,
    );
  }
}

/** Sequences have no class and count alike. */
function judgedClasses({ inputs, labels }: LabelledRows): Int32Array {
  return inputs.kind === "tokens" ? new Int32Array(rowCount(inputs)) : labels;
}

/** The quality rows, filled up with training rows evenly spaced, at most `scheme.references` in all. */
function referenceRows(scheme: Scheme, training: LabelledRows, quality: LabelledRows): LabelledRows {
  const fromQuality = evenlySpaced(rowCount(quality.inputs), scheme.references);
  const fromTraining = evenlySpaced(rowCount(training.inputs), scheme.references - fromQuality.length);
  const blocks = [selectInputs(quality.inputs, fromQuality), selectInputs(training.inputs, fromTraining)];
  const labels = [...labelsOf(quality, fromQuality), ...labelsOf(training, fromTraining)];
  return { inputs: concatenateInputs(blocks), labels: Int32Array.from(labels) };
}

function evenlySpaced(count: number, limit: number): number[] {
  const taken = Math.min(count, limit);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}

async function meanInfluence(
  run: (member: number, task: MemberTask) => Promise<unknown>,
  models: number,
  references: LabelledRows,
): Promise<Float32Array> {
  const parts = Array.from({ length: models }, (_, member) => run(member, { kind: "influence", references }));
  return Float32Array.from(meanOf((await Promise.all(parts)) as Float32Array[]));
}

/** Elementwise mean in float64, added in order. */
function meanOf(parts: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(parts[0]!.length);
  for (const part of parts) for (let i = 0; i < mean.length; i++) mean[i]! += part[i]!;
  for (let i = 0; i < mean.length; i++) mean[i]! /= parts.length;
  return mean;
}
