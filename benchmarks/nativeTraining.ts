// `npm run bench -- nativeTraining`: the same trainings in the canonical arithmetic and with native TensorFlow, and how far the results are apart.
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { imageInputs, textInputs } from "../oracle/attribution/evaluate/studyData.ts";
import { labelled } from "../oracle/attribution/evaluate/contributions.ts";
import { loadFolder } from "../oracle/data/loadFolder.ts";
import { openModel, shareRight } from "../oracle/model/predict.ts";
import { parseRecipe } from "../oracle/model/recipe.ts";
import type { LabelledRows } from "../oracle/model/rows.ts";
import { trainMember } from "../oracle/model/train.ts";
import { nativeAbsence } from "../oracle/native/loadNative.ts";
import { trainNative } from "../oracle/native/nativeRetrainer.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import { DATA } from "./folders.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 20_260_101;

interface Workload {
  readonly name: string;
  readonly folder: "mnist" | "banking77";
  readonly rows: number;
  readonly recipe: object;
}

const common = { format: "openledger-recipe/1", seed: SEED, members: 1 };
const adam = { kind: "adam", learningRate: 0.002 };
const dense = (units: readonly number[], batch: number) => ({
  ...{ ...common, input: { kind: "dense", width: 784 }, classes: 10, epochs: 1, batch, optimizer: adam },
  layers: units.map((count) => ({ kind: "dense", units: count })),
});

const WORKLOADS: readonly Workload[] = [
  { name: "MNIST, 784-128-64-10, batches of 128", folder: "mnist", rows: 20_000, recipe: dense([128, 64], 128) },
  { name: "MNIST, 784-512-256-10, batches of 128", folder: "mnist", rows: 20_000, recipe: dense([512, 256], 128) },
  { name: "MNIST, 784-2048-1024-10, batches of 512", folder: "mnist", rows: 5_000, recipe: dense([2048, 1024], 512) },
  {
    name: "MNIST, two convolutions, batches of 128",
    folder: "mnist",
    rows: 10_000,
    recipe: {
      ...{ ...common, classes: 10, epochs: 1, batch: 128, optimizer: adam },
      input: { kind: "image", height: 28, width: 28, channels: 1 },
      layers: [
        { kind: "convolution", filters: 16, kernel: 5, stride: 2 },
        { kind: "convolution", filters: 32, kernel: 3, stride: 2 },
      ],
    },
  },
  {
    name: "BANKING77, embedding bag of 64, batches of 128",
    folder: "banking77",
    rows: 10_003,
    recipe: {
      ...{ ...common, input: { kind: "bags", buckets: 2 ** 14 }, classes: 77, epochs: 1, batch: 128 },
      ...{ layers: [{ kind: "embeddingBag", dimension: 64 }], optimizer: { kind: "adam", learningRate: 0.02 } },
    },
  },
];

export const benchmark: Benchmark = {
  name: "nativeTraining",
  seed: SEED,
  *measure() {
    const absence = nativeAbsence();
    if (absence !== undefined) {
      process.stderr.write(`not measured: ${absence}\n`);
      return;
    }
    for (const workload of WORKLOADS) {
      if (existsSync(join(DATA, workload.folder))) yield* measured(workload);
      else process.stderr.write(`not measured: no ${workload.folder} in ${DATA}\n`);
    }
  },
};

/** One epoch on either, after a first one of few rows that warms up. */
function* measured({ name, folder, rows, recipe: plain }: Workload): Generator<Row> {
  const recipe = parseRecipe(plain);
  const dataset = loadFolder(join(DATA, folder));
  const toInputs = folder === "mnist" ? imageInputs : textInputs;
  const training = labelled(dataset.train.slice(0, rows), dataset.labels, toInputs);
  const test = labelled(dataset.test.slice(0, 2_000), dataset.labels, toInputs);
  const few = labelled(dataset.train.slice(0, recipe.batch), dataset.labels, toInputs);

  trainMember(createWasmKernels, recipe, few, 0);
  const canonical = timed(() => trainMember(createWasmKernels, recipe, training, 0));
  trainNative(recipe, few, 0).close();
  const native = timed(() => trainNative(recipe, training, 0));
  const open = openModel(createWasmKernels, recipe, canonical.result);

  yield { name: `${name}: epoch of ${rows}, ieee-sequential, one thread`, value: canonical.seconds, unit: "s" };
  yield { name: `${name}: the same, native`, value: native.seconds, unit: "s" };
  yield { name: `${name}: processor time, ieee-sequential`, value: canonical.processorSeconds, unit: "s" };
  yield { name: `${name}: processor time, native, all threads`, value: native.processorSeconds, unit: "s" };
  const apart = native.result.distanceTo(canonical.result);
  yield { name: `${name}: relative difference of the weights`, value: apart, unit: "", comparator: "<=", target: 0.01 };
  const difference = Math.abs(accuracy(open, test) - accuracy(native.result, test));
  yield { name: `${name}: difference in accuracy`, value: difference, unit: "", comparator: "<=", target: 0.005 };
  open.close();
  native.result.close();
}

function accuracy(model: Pick<ReturnType<typeof openModel>, "predict">, { inputs, labels }: LabelledRows): number {
  return shareRight(model.predict(inputs).probabilities, labels);
}

function timed<T>(work: () => T): { result: T; seconds: number; processorSeconds: number } {
  const [start, processor] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(processor);
  return { result, seconds: (performance.now() - start) / 1000, processorSeconds: (user + system) / 1e6 };
}
