/**
 * Quality of the attribution engine beside the published figures: `npm run bench -- attributionQuality [--full] [--cache DIR] [--only lds,exact,payout]`.
 *
 * Quick (the default): an ensemble of 10 and a third of the retrainings, minutes. Full: the protocols as published, hours on two cores. Everything
 * that was retrained is kept in the cache folder, and a run that was stopped goes on where it was.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { loadFolder } from "../oracle/data/loadFolder.ts";
import { fidelityStudy, scenarioSubject } from "../oracle/attribution/evaluate/fidelityStudy.ts";
import { removalStudy } from "../oracle/attribution/evaluate/ldsB.ts";
import {
  LDS_MLP,
  LDS_REGRESSION,
  LDS_TESTS,
  ldsData,
  MEAN_FIELD_REGRESSION,
} from "../oracle/attribution/evaluate/ldsProtocol.ts";
import { ldsStudy } from "../oracle/attribution/evaluate/ldsStudy.ts";
import type { RunProgress } from "../oracle/attribution/evaluate/runLog.ts";
import { kernelInfluence } from "../oracle/attribution/methods/kernelInfluence.ts";
import { defaultScheme } from "../oracle/attribution/scheme.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import { DATA } from "./folders.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 7;
const MNIST_TRAIN = 5000;
const MNIST_TEST = 1000;

interface Settings {
  readonly full: boolean;
  readonly folder: string;
}

function settingsOf(options: readonly string[]): Settings & { only: readonly string[] } {
  const { values } = parseArgs({
    args: [...options],
    options: {
      full: { type: "boolean" },
      quick: { type: "boolean" },
      cache: { type: "string" },
      only: { type: "string" },
    },
  });
  const folder = resolve(values.cache ?? join(import.meta.dirname, "results/attribution"));
  return { full: values.full ?? false, folder, only: values.only?.split(",") ?? ["lds", "exact", "payout"] };
}

function say(what: string, { done, total, secondsLeft }: RunProgress): void {
  if (done % 10 === 0)
    process.stderr.write(`${what}: ${done} of ${total}, about ${Math.ceil(secondsLeft / 60)} min left\n`);
}

async function* ldsRows({ full, folder }: Settings): AsyncGenerator<Row> {
  const data = ldsData(loadFolder(join(DATA, "mnist")));
  const subsets = full ? 100 : 40;
  const study = await ldsStudy(
    createWasmKernels,
    { folder, recipe: LDS_MLP, data, subsets, onProgress: say },
    () => performance.now() / 1000,
  );
  const one = await study.oneCheckpoint(kernelInfluence({ weights: "logistic", damping: 0.3 }));
  yield { ...atLeast("MLP LDS-A, one checkpoint", one.lds.estimate, 0.27), peer: "kronfluence EK-FAC .228 (tuned)" };
  yield {
    name: "500 outputs x 5,000 rows, model to scores",
    value: one.seconds!,
    unit: "s",
    comparator: "<=",
    target: 5,
    peer: "kronfluence 17.3 s",
  };
  const ten = await study.halves(10);
  yield { ...atLeast("MLP LDS-A, 10 half models", ten.estimate, 0.46), peer: "TRAK-10 .332 (dattri), GraSS .437" };
  const regression = await ldsStudy(
    createWasmKernels,
    { folder, recipe: LDS_REGRESSION, data, subsets, onProgress: say },
    () => performance.now() / 1000,
  );
  const exact = await regression.metagradients(MEAN_FIELD_REGRESSION, full ? LDS_TESTS : 40, say);
  yield {
    ...atLeast("regression LDS-A, exact derivatives", exact.estimate, 0.8),
    peer: "IF explicit .799, TRAK-50 .683 (dattri)",
  };
  if (!full) return;
  const fifty = await study.halves(50);
  yield { ...atLeast("MLP LDS-A, 50 half models", fifty.estimate, 0.53), peer: "TRAK-50 .447 (dattri)" };
}

async function* exactRows({ full, folder }: Settings): AsyncGenerator<Row> {
  const data = ldsData(loadFolder(join(DATA, "mnist")));
  const size = full ? { subsets: 100, outputs: 50 } : { subsets: 20, outputs: 12 };
  const lds = await removalStudy({ folder, data, removed: 0.01, ...size, onProgress: say });
  yield { ...atLeast("MAGIC LDS-B, 1 % removed", lds.estimate, 0.95), peer: ".93-.98 (bergson, GPT-2)" };
}

async function* payoutRows({ full, folder }: Settings): AsyncGenerator<Row> {
  for (const name of ["mnist", "banking77", "clinc150"]) {
    const whole = loadFolder(join(DATA, name));
    const dataset =
      name === "mnist"
        ? { ...whole, train: whole.train.slice(0, MNIST_TRAIN), test: whole.test.slice(0, MNIST_TEST) }
        : whole;
    const outside = name === "banking77" ? loadFolder(join(DATA, "clinc150")).offDomain : dataset.offDomain;
    const subject = scenarioSubject(createWasmKernels, dataset, SEED, outside);
    const study = await fidelityStudy(createWasmKernels, subject, {
      ...{ folder, members: full ? 4 : 1, coalitions: full ? 360 : 140, seed: SEED, onProgress: say },
      scheme: defaultScheme(dataset.kind),
    });
    const uniform = study.fidelity[0]!;
    yield { name: `${name}: payout fidelity, uniform, raw`, value: uniform.pearson.estimate, unit: "" };
    yield { name: `${name}: ceiling of the truth`, value: uniform.ceiling, unit: "" };
    yield atLeast(`${name}: payout fidelity, uniform, corrected`, study.uniform.estimate, 0.97);
    if (study.oneClass !== undefined)
      yield atLeast(`${name}: payout fidelity, one class, corrected`, study.oneClass.estimate, 0.95);
    yield {
      name: `${name}: share of the right contributors' contributions charged`,
      value: study.quality.rightCharged.estimate,
      unit: "",
      comparator: "<=",
      target: 0,
    };
    yield atLeast(`${name}: share of the wrong labels' bond charged`, study.quality.wrongCharged.estimate, 0.95);
  }
}

function atLeast(name: string, value: number, target: number): Row {
  return { name, value, unit: "", comparator: ">=", target };
}

export const benchmark: Benchmark = {
  name: "attributionQuality",
  seed: SEED,
  async *measure(options) {
    const { only, ...settings } = settingsOf(options);
    if (!existsSync(join(DATA, "mnist")))
      throw new Error(`no data sets at ${DATA}: set OPENLEDGER_DATA to their folder`);
    if (only.includes("lds")) yield* ldsRows(settings);
    if (only.includes("exact")) yield* exactRows(settings);
    if (only.includes("payout")) yield* payoutRows(settings);
  },
};
