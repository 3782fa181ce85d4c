import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { createCertificate, certificateHash } from "../attribution/evaluate/certificate.ts";
import { labelled } from "../attribution/evaluate/contributions.ts";
import { fidelityStudy } from "../attribution/evaluate/fidelityStudy.ts";
import type { FidelityStudy } from "../attribution/evaluate/fidelityStudy.ts";
import { LDS_MLP, LDS_REGRESSION, ldsData } from "../attribution/evaluate/ldsProtocol.ts";
import { ldsStudy } from "../attribution/evaluate/ldsStudy.ts";
import { encodeNpy } from "../attribution/evaluate/npy.ts";
import { renderReport } from "../attribution/evaluate/report.ts";
import type { RunProgress } from "../attribution/evaluate/runLog.ts";
import { imageInputs, textInputs } from "../attribution/evaluate/studyData.ts";
import { METHODS } from "../attribution/methods/registry.ts";
import { tapModel } from "../attribution/methods/tappedModel.ts";
import { parseScheme } from "../attribution/scheme.ts";
import { InputError } from "../common/errors.ts";
import { loadFolder } from "../data/loadFolder.ts";
import { architectureOf } from "../model/architecture.ts";
import { parseRecipe } from "../model/recipe.ts";
import { decodeSafetensors } from "../model/safetensors.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { createOutput, table } from "./output.ts";
import type { AddCommand } from "./program.ts";

/** Where retrained models' outputs are kept, so that a study goes on where it was stopped. */
const KEEP = ".openledger/evaluate";
const SCHEME = { method: "kernel-operator/1", numerics: "ieee-sequential/1" };

/** `openledger evaluate`: how good scores are, measured by retraining. */
export const evaluateCommand: AddCommand = (program) => {
  const evaluate = program.command("evaluate").description("measure how good attribution scores are, by retraining");
  addFidelity(program, evaluate);
  addLds(program, evaluate);
  addScores(evaluate);
};

interface FidelityFlags {
  readonly coalitions: number;
  readonly models: number;
  readonly seed: number;
  readonly keep: string;
  readonly outside?: string;
  readonly out?: string;
  readonly html?: string;
}

function addFidelity(program: Command, evaluate: Command): void {
  evaluate
    .command("fidelity")
    .description("scores against the Shapley values of fifty contributors: a version's quality certificate")
    .argument("<folder>", "labelled data set")
    .option("--coalitions <n>", "retrainings, an even number", atLeast(120), 360)
    .option("--models <n>", "models whose scores are averaged, 1 to 4", atLeast(1), 4)
    .option("--seed <n>", "seed of the division among contributors", atLeast(0), 7)
    .option("--outside <folder>", "data set whose rows the off-domain contributors bring")
    .option("--keep <folder>", "folder of the retrained results", KEEP)
    .option("--out <file>", "write the certificate")
    .option("--html <file>", "write a report in one page")
    .action(async (folder: string, flags: FidelityFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const outside = flags.outside === undefined ? undefined : loadFolder(flags.outside).train;
      const study = await fidelityStudy(createWasmKernels, loadFolder(folder), {
        ...{
          folder: resolve(flags.keep),
          scheme: parseScheme(SCHEME),
          members: flags.models,
          coalitions: flags.coalitions,
          seed: flags.seed,
        },
        ...(outside && { outside }),
        onProgress: (progress) => {
          say("coalitions", progress);
        },
      });
      const certificate = createCertificate(study);
      if (flags.out !== undefined) writeFileSync(flags.out, `${JSON.stringify(certificate, null, 2)}\n`);
      if (flags.html !== undefined) writeFileSync(flags.html, renderReport(study));
      output.result({ ...certificate, hash: certificateHash(certificate) }, () => describe(study));
    });
}

function describe(study: FidelityStudy): string {
  const rows = table(study.fidelity, [
    { title: "queries", value: ({ mix }) => mix },
    { title: "pearson", value: ({ pearson }) => figure(pearson.estimate), align: "right" },
    { title: "95 %", value: ({ pearson }) => `${figure(pearson.low)} – ${figure(pearson.high)}`, align: "right" },
    { title: "spearman", value: ({ spearman }) => figure(spearman.estimate), align: "right" },
    { title: "ceiling", value: ({ ceiling }) => figure(ceiling), align: "right" },
    { title: "corrected", value: ({ corrected }) => figure(corrected), align: "right" },
  ]);
  const { rightCharged, wrongCharged } = study.quality;
  return `${rows}\n\nright contributors charged: ${rightCharged} · share of the wrong labels' bonds charged: ${figure(wrongCharged)}`;
}

interface LdsFlags {
  readonly network: string;
  readonly method: string;
  readonly models: number;
  readonly subsets: number;
  readonly keep: string;
}

function addLds(program: Command, evaluate: Command): void {
  evaluate
    .command("lds")
    .description("linear datamodelling score on MNIST, dattri's protocol")
    .argument("<folder>", "MNIST")
    .option("--network <name>", "mlp or regression", "mlp")
    .option("--method <name>", `for one model of the full data: ${[...METHODS.keys()].join(", ")}`, "kernel")
    .option("--models <n>", "models of random halves in the ensemble; 0 for none", atLeast(0), 10)
    .option("--subsets <n>", "retrained halves", atLeast(20), 100)
    .option("--keep <folder>", "folder of the retrained results", KEEP)
    .action(async (folder: string, flags: LdsFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const recipe = { mlp: LDS_MLP, regression: LDS_REGRESSION }[flags.network];
      if (recipe === undefined)
        throw new InputError("there is no such network", { value: flags.network, limit: "mlp or regression" });
      const options = {
        folder: resolve(flags.keep),
        recipe,
        data: ldsData(loadFolder(folder)),
        subsets: flags.subsets,
        onProgress: say,
      };
      const study = await ldsStudy(createWasmKernels, options, () => performance.now() / 1000);
      const one = await study.oneCheckpoint(methodOf(flags.method));
      const ensemble = flags.models === 0 ? undefined : await study.halves(flags.models);
      output.result(
        { network: flags.network, method: flags.method, oneCheckpoint: one, models: flags.models, ensemble },
        () => {
          const line = (name: string, { estimate, low, high }: typeof one.lds): string =>
            `${name}: ${figure(estimate)} (${figure(low)} – ${figure(high)})`;
          const first = `${line(`${flags.method}, one model`, one.lds)}, ${one.seconds.toFixed(1)} s`;
          return ensemble === undefined
            ? first
            : `${first}\n${line(`kernel ensemble of ${flags.models} half models`, ensemble)}`;
        },
      );
    });
}

interface ScoresFlags {
  readonly method: string;
  readonly weights: string;
  readonly recipe: string;
  readonly out: string;
  readonly rows: number;
  readonly outputs: number;
}

function addScores(evaluate: Command): void {
  evaluate
    .command("scores")
    .description("the raw scores of a method as a NumPy matrix, outputs x rows, in the order of the data set's files")
    .argument("<folder>", "labelled data set: its training rows are scored for its test rows")
    .requiredOption("--method <name>", [...METHODS.keys()].join(", "))
    .requiredOption("--weights <file>", "the model's weights, safetensors")
    .requiredOption("--recipe <file>", "the model's recipe, JSON")
    .requiredOption("--out <file>", "the .npy file to write")
    .option("--rows <n>", "first training rows only", atLeast(1), Infinity)
    .option("--outputs <n>", "first test rows only", atLeast(1), Infinity)
    .action((folder: string, flags: ScoresFlags) => {
      const dataset = loadFolder(folder);
      const toInputs = dataset.kind === "text" ? textInputs : imageInputs;
      const training = labelled(dataset.train.slice(0, flags.rows), dataset.labels, toInputs);
      const queries = labelled(dataset.test.slice(0, flags.outputs), dataset.labels, toInputs);
      const recipe = parseRecipe(JSON.parse(readFileSync(flags.recipe, "utf8")));
      const { weights } = decodeSafetensors(readFileSync(flags.weights));
      const method = methodOf(flags.method);
      const elements = method.elements(architectureOf(recipe), training.labels.length, queries.labels.length);
      const scores = method.scores(tapModel(createWasmKernels, recipe, weights, training, queries, elements));
      writeFileSync(flags.out, encodeNpy(scores, [queries.labels.length, training.labels.length]));
    });
}

function methodOf(name: string) {
  const method = METHODS.get(name);
  if (method === undefined)
    throw new InputError("there is no such method", { value: name, limit: [...METHODS.keys()].join(", ") });
  return method;
}

/** Parser of an integer flag. */
function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) {
      throw new InputError("a number of a flag is out of range", { value: text, limit: `an integer from ${least}` });
    }
    return value;
  };
}

function say(what: string, { done, total, secondsLeft }: RunProgress): void {
  if (done % 10 === 0 || done === total) {
    process.stderr.write(`${what}: ${done} of ${total}, about ${Math.ceil(secondsLeft / 60)} min left\n`);
  }
}

function figure(value: number): string {
  return value.toFixed(3);
}
