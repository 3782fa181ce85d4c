// One measurement in a process of its own: `speedStage.ts NAME SEED DATA`.
import { join } from "node:path";
import process from "node:process";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { buildIndex, openVersion } from "../../oracle/attribution/buildIndex.ts";
import { kernelInfluence } from "../../oracle/attribution/methods/kernelInfluence.ts";
import { tapModel } from "../../oracle/attribution/methods/tappedModel.ts";
import { parseScheme } from "../../oracle/attribution/scheme.ts";
import { allocateTaps, fillTaps, tapElements } from "../../oracle/attribution/taps.ts";
import { hashNgramsBatch } from "../../oracle/data/hashedNgrams.ts";
import { loadFolder } from "../../oracle/data/loadFolder.ts";
import { architectureOf } from "../../oracle/model/architecture.ts";
import { preparedInputs } from "../../oracle/model/batches.ts";
import { argmaxRows, predict } from "../../oracle/model/predict.ts";
import { parseRecipe } from "../../oracle/model/recipe.ts";
import type { LabelledRows } from "../../oracle/model/rows.ts";
import { selectRows } from "../../oracle/model/rows.ts";
import { trainMember } from "../../oracle/model/train.ts";
import { trainVersion } from "../../oracle/model/trainVersion.ts";
import { permutation, randomStream } from "../../oracle/numerics/random.ts";
import { createWasmKernels } from "../../oracle/numerics/wasmKernels.ts";
import { createWorkspace } from "../../oracle/numerics/workspace.ts";
import type { PaidOutput } from "../../oracle/settlement/functional.ts";
import { epochFunctional } from "../../oracle/settlement/functional.ts";

const [name, seedText, data] = process.argv.slice(2) as [SpeedStage, string, string];
const seed = Number(seedText);

/** What a stage reports; `value` is its own figure. */
export interface SpeedResult {
  readonly value: number;
  readonly processorSeconds: number;
  readonly peakMiB: number;
}

export type SpeedStage = keyof typeof stages;

/** Processor time and own figure of the part that is measured. */
interface Measured {
  readonly value: number;
  readonly processorSeconds: number;
}

const stages = {
  product(): Measured {
    const size = 1024;
    const space = createWorkspace(createWasmKernels, 3 * size * size, "");
    const [a, b, c] = [space.allocate(size * size), space.allocate(size * size), space.allocate(size * size)];
    const multiply = () => {
      space.kernels.gemm(size, size, size, 1, a, size, 1, b, size, 1, 0, c, size, space.scratch);
    };
    multiply();
    const { processorSeconds } = best(5, multiply);
    return { value: (2 * size ** 3) / processorSeconds / 1e9, processorSeconds };
  },

  kernel(): Measured {
    const [rows, outputs] = [5000, 500];
    const recipe = perceptron([128, 64], 1);
    const training = images(rows, 1);
    const weights = trainMember(createWasmKernels, recipe, training, 0);
    const method = kernelInfluence({ weights: "uniform", damping: 0.3 });
    const queries = images(outputs, 2);
    const room = method.elements(architectureOf(recipe), rows, outputs);
    const run = () => method.scores(tapModel(createWasmKernels, recipe, weights, training, queries, room));
    return { value: 0, ...best(2, run) };
  },

  features(): Measured {
    const rows = images(8192, 1);
    const recipe = perceptron([512, 256], 1);
    const architecture = architectureOf(recipe);
    const weights = trainMember(createWasmKernels, recipe, rows, 0);
    const epoch = best(3, () => trainMember(createWasmKernels, recipe, rows, 0, { start: weights }));
    const space = createWorkspace(createWasmKernels, tapElements(architecture, 8192, 0), "");
    const taps = allocateTaps(space, architecture, 8192, 0);
    const inputs = preparedInputs(rows.inputs);
    const features = best(3, () => {
      fillTaps(createWasmKernels, space, architecture, weights, taps, inputs, rows.labels);
    });
    return { value: features.processorSeconds / epoch.processorSeconds, ...features };
  },

  epoch(): Measured {
    const [k, chunk, receipts, contributions] = [512, 1000, 100_000, 10_000];
    const stream = randomStream(seed, 3);
    const psi = Float64Array.from({ length: chunk * k }, () => stream.normal());
    const fees = Array.from({ length: chunk }, () => BigInt(stream.below(2 ** 31)) * 10n ** 9n);
    const features = Int8Array.from({ length: contributions * k }, () => stream.below(255) - 127);
    const scales = Array.from({ length: contributions }, () => 1 + stream.below(2 ** 24));
    const G = Int16Array.from({ length: k }, () => stream.below(65_535) - 32_767);
    function* outputs(): Generator<PaidOutput> {
      for (let receipt = 0; receipt < receipts; receipt++) {
        const q = receipt % chunk;
        yield { psi: psi.subarray(q * k, (q + 1) * k), counted: fees[q]! };
      }
    }
    return {
      value: 0,
      ...best(1, () => {
        return scoresOf(epochFunctional(outputs(), 10n ** 21n, G), features, scales);
      }),
    };
  },

  index512: () => indexFidelity(512),
  index256: () => indexFidelity(256),

  banking77: () => textClassifier("banking77"),
  clinc150: () => textClassifier("clinc150"),

  async large(): Promise<Measured> {
    const rows = images(15_000, 1);
    const recipe = perceptron([128, 64], 2);
    const { models } = await trainVersion(recipe, rows);
    const contributionOfRow = Int32Array.from({ length: 15_000 }, (_, row) => row % 1000);
    const training = { rows, contributionOfRow, contributions: 1000 };
    const quality = images(1000, 2);
    const start = process.cpuUsage();
    await buildIndex(scheme(512), recipe, models, training, [quality], { workers: 2 });
    return { value: 0, processorSeconds: secondsSince(start) };
  },
};

/** Pearson between uncompressed influence and scores from int8 features and int16 functionals, over 100 outputs. */
async function indexFidelity(rank: number): Promise<Measured> {
  const [count, contributions, outputs] = [3000, 500, 100];
  const { recipe, train, test } = texts("banking77", 2);
  const rows = thinned(train, count, 0);
  const { models } = await trainVersion(recipe, rows);
  const order = permutation(randomStream(seed, 5), count);
  const contributionOfRow = Int32Array.from(order, (place) => place % contributions);
  const training = { rows, contributionOfRow, contributions };
  const [quality, queries] = [thinned(test, 500, 0), thinned(test, outputs, 1)];
  const start = process.cpuUsage();
  const index = await buildIndex(scheme(rank), recipe, models, training, [quality]);
  const processorSeconds = secondsSince(start);
  const psi = await featuresOf(index.projections);
  // On 512 columns each of the 500 contributions has its own: ψ is the uncompressed influence.
  const exact = rank === 512 ? index : await buildIndex(scheme(512), recipe, models, training, [quality]);
  const uncompressed = rank === 512 ? psi : await featuresOf(exact.projections);
  let sum = 0;
  for (let q = 0; q < outputs; q++) {
    const output = { psi: psi.subarray(q * index.k, (q + 1) * index.k), counted: 10n ** 18n };
    const F = epochFunctional([output], 0n, index.qualities[0]!);
    const scores = scoresOf(F, index.features, [...index.scales]).map(Number);
    sum += pearson(scores, [...uncompressed.subarray(q * 512, q * 512 + contributions)]);
  }
  return { value: sum / outputs, processorSeconds };

  async function featuresOf(projections: readonly Float32Array[]): Promise<Float64Array> {
    const open = await openVersion({ scheme: scheme(rank), recipe, models, training: rows, projections });
    try {
      return await open.queryFeatures(queries);
    } finally {
      await open.close();
    }
  }
}

/** Accuracy of the settled text recipe on a data set's own test rows. */
function textClassifier(folder: string): Measured {
  const { recipe, train, test } = texts(folder, 1);
  const { result: weights, processorSeconds } = best(1, () => trainMember(createWasmKernels, recipe, train, 0));
  const answers = argmaxRows(predict(createWasmKernels, recipe, weights, test.inputs).probabilities, recipe.classes);
  const right = answers.reduce((sum, answer, row) => sum + (answer === test.labels[row] ? 1 : 0), 0);
  return { value: right / answers.length, processorSeconds };
}

/** A data set of texts as bags of hashed n-grams, and the recipe for it. */
function texts(folder: string, members: number) {
  const dataset = loadFolder(join(data, folder));
  const classOf = new Map(dataset.labels.map((label, i) => [label, i]));
  const rowsOf = (examples: typeof dataset.train): LabelledRows => ({
    inputs: { kind: "bags", ...hashNgramsBatch(examples.map(({ input }) => (typeof input === "string" ? input : ""))) },
    labels: Int32Array.from(examples, ({ label }) => classOf.get(label)!),
  });
  const recipe = parseRecipe({
    format: "openledger-recipe/1",
    input: { kind: "bags", buckets: 2 ** 14 },
    layers: [{ kind: "embeddingBag", dimension: 64 }],
    classes: dataset.labels.length,
    optimizer: { kind: "adam", learningRate: 0.02 },
    epochs: 8,
    batch: 128,
    seed: 1,
    members,
  });
  return { recipe, train: rowsOf(dataset.train), test: rowsOf(dataset.test) };
}

/** `count` rows evenly spaced over all, from `offset` on. */
function thinned(rows: LabelledRows, count: number, offset: number): LabelledRows {
  const step = rows.labels.length / count;
  return selectRows(
    rows,
    Array.from({ length: count }, (_, i) => Math.floor(i * step) + offset),
  );
}

/** Least processor time of several runs, and the last result. */
function best<T>(runs: number, work: () => T): { result: T; processorSeconds: number } {
  let processorSeconds = Infinity;
  let result!: T;
  for (let run = 0; run < runs; run++) {
    const start = process.cpuUsage();
    result = work();
    processorSeconds = Math.min(processorSeconds, secondsSince(start));
  }
  return { result, processorSeconds };
}

function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [i, value] of x.entries()) {
    xy += (value - mx) * (y[i]! - my);
    xx += (value - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

function scheme(rank: number) {
  return parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1", rank });
}

function perceptron(units: readonly number[], members: number) {
  return parseRecipe({
    format: "openledger-recipe/1",
    input: { kind: "dense", width: 784 },
    layers: units.map((count) => ({ kind: "dense", units: count })),
    classes: 10,
    optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9 },
    epochs: 1,
    batch: 128,
    seed,
    members,
  });
}

/** Rows of 784 features in ten overlapping clusters. */
function images(count: number, part: number): LabelledRows {
  const centres = randomStream(seed, 0);
  const means = Float32Array.from({ length: 10 * 784 }, () => 0.25 * centres.normal());
  const stream = randomStream(seed, part);
  const values = new Float32Array(count * 784);
  const labels = Int32Array.from({ length: count }, () => stream.below(10));
  for (let i = 0; i < values.length; i++)
    values[i] = means[labels[Math.floor(i / 784)]! * 784 + (i % 784)]! + stream.normal();
  return { inputs: { kind: "dense", values, width: 784 }, labels };
}

const measured = await stages[name]();
const peakMiB = process.resourceUsage().maxRSS / 1024;
const { value, processorSeconds } = measured;
process.stdout.write(JSON.stringify({ value, processorSeconds, peakMiB } satisfies SpeedResult));
