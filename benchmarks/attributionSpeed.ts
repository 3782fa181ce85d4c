// `npm run bench -- attributionSpeed [--large]`: how fast models are trained, indexed and queried, each in a process of its own.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { SpeedResult, SpeedStage } from "./attribution/speedStage.ts";
import { DATA } from "./folders.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 20_260_101;
/** Time of all threads of the stage: what a busy machine does not distort much. */
const PROCESSOR = "s of processor";

/** `--large` also indexes 15,000 rows, which takes minutes. */
export const benchmark: Benchmark = {
  name: "attributionSpeed",
  seed: SEED,
  *measure(options) {
    yield { name: "float32 matrix product, 1024³, one thread", value: stage("product").value, unit: "GFLOP/s" };
    yield* kernelRows();
    yield* featureRows();
    yield* epochRows();
    if (existsSync(join(DATA, "banking77"))) yield* indexRows();
    for (const name of ["banking77", "clinc150"] as const) {
      if (!existsSync(join(DATA, name))) continue;
      const { value, processorSeconds } = stage(name);
      yield { name: `${name}: one model of the embedding bag, trained`, value: processorSeconds, unit: PROCESSOR };
      const target = name === "banking77" ? 0.91 : 0.92;
      yield { name: `${name}: accuracy of one model`, value, unit: "", comparator: ">=", target };
    }
    if (!options.includes("--large")) return;
    const large = stage("large");
    yield { name: "index, 15,000 rows, 2 models, 1,000 contributions", value: large.processorSeconds, unit: PROCESSOR };
    yield {
      name: "index, 15,000 rows, 2 models, peak memory",
      value: large.peakMiB,
      unit: "MiB",
      comparator: "<=",
      target: 3072,
    };
  },
};

function* kernelRows(): Generator<Row> {
  const { processorSeconds, peakMiB } = stage("kernel");
  yield {
    ...{ name: "500 outputs × 5,000 rows, MLP 784-128-64-10, trained model to scores", value: processorSeconds },
    ...{ unit: PROCESSOR, comparator: "<=", target: 5 },
    peer: "kronfluence EK-FAC 17.3 s; dattri TRAK-2048 84.5 s; traker-2048 36.5 s (one AVX-512 core)",
  };
  yield { name: "the same, peak memory", value: peakMiB, unit: "MiB", peer: "2,764; 7,098; 2,061 MB" };
}

function* featureRows(): Generator<Row> {
  const { value, processorSeconds } = stage("features");
  yield {
    ...{ name: "features of 8,192 rows, MLP 784-512-256-10, in epochs of training", value, unit: "×" },
    ...{ comparator: "<=", target: 1 },
  };
  const peer = "torch, activations and deltas: 87,295; vmap(grad): 4,214";
  yield { name: "the same in rows", value: 8192 / processorSeconds, unit: "rows/s", peer };
}

function* epochRows(): Generator<Row> {
  const { processorSeconds, peakMiB } = stage("epoch");
  const name = "epoch of 100,000 receipts × 10,000 contributions, k = 512";
  yield { name, value: processorSeconds, unit: PROCESSOR, comparator: "<=", target: 10 };
  yield { name: `${name}, peak memory`, value: peakMiB, unit: "MiB", comparator: "<=", target: 1024 };
}

function* indexRows(): Generator<Row> {
  const exact = stage("index512");
  const name = "scores of the int8 index against uncompressed, 500 contributions";
  yield { name: `${name}, k = 512, Pearson`, value: exact.value, unit: "", comparator: ">=", target: 0.99 };
  const half = stage("index256");
  yield { name: `${name}, k = 256, Pearson`, value: half.value, unit: "" };
  yield { name: "index, 3,000 texts, 2 models, k = 512", value: exact.processorSeconds, unit: PROCESSOR };
  yield { name: "index, 3,000 texts, 2 models, k = 256 (basis fitted)", value: half.processorSeconds, unit: PROCESSOR };
}

function stage(name: SpeedStage): SpeedResult {
  const script = join(import.meta.dirname, "attribution", "speedStage.ts");
  const output = execFileSync(process.execPath, [script, name, String(SEED), DATA], { encoding: "utf8" });
  return JSON.parse(output) as SpeedResult;
}
