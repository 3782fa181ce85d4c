import type { Command } from "commander";
import {
  LDS_MLP,
  LDS_REGRESSION,
  LDS_TESTS,
  ldsData,
  MEAN_FIELD_REGRESSION,
} from "../../attribution/evaluate/ldsProtocol.ts";
import type { LdsReport, MethodLds } from "../../attribution/evaluate/ldsStudy.ts";
import { ldsStudy } from "../../attribution/evaluate/ldsStudy.ts";
import { explainOutputs, examplesSection } from "../../attribution/evaluate/report/examples.ts";
import { ldsSections } from "../../attribution/evaluate/report/ldsReport.ts";
import { METHODS } from "../../attribution/methods/registry.ts";
import { InputError } from "../../common/errors.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { createOutput, table } from "../output.ts";
import { addBackendOption, type BackendFlag, retrainerOf } from "../backend.ts";
import type { StudyFlags } from "./flags.ts";
import { addStudyOptions, atLeast, figure, methodOf, range, sayProgress, writeReport } from "./flags.ts";

interface LdsFlags extends Omit<StudyFlags, "seed">, BackendFlag {
  readonly network: string;
  readonly method: string;
  readonly models: number;
  readonly exact: number;
  readonly subsets: number;
}

const NETWORKS = { mlp: LDS_MLP, regression: LDS_REGRESSION };
/** Outputs that a report shows. */
const SHOWN = 2;
const EXPLAINED = 5;

export function addLds(program: Command, evaluate: Command): void {
  addBackendOption(addStudyOptions(evaluate.command("lds")), "retrains the halves of the truth with it")
    .description("linear datamodelling score on MNIST, dattri's protocol (LDS-A)")
    .argument("<folder>", "MNIST")
    .option("--network <name>", Object.keys(NETWORKS).join(" or "), "mlp")
    .option(
      "--method <names>",
      `on one model of the full data, several with commas: ${[...METHODS.keys()].join(", ")}`,
      "kernel",
    )
    .option("--models <n>", "models of random halves in a kernel ensemble; 0 for none", atLeast(0), 10)
    .option(
      "--exact <outputs>",
      "exact derivatives of a run, for so many outputs (regression); 0 for none",
      atLeast(0, LDS_TESTS),
      0,
    )
    .option("--subsets <n>", "retrained halves", atLeast(20), 100)
    .action(async (folder: string, flags: LdsFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const recipe = NETWORKS[networkOf(flags.network)];
      const dataset = loadFolder(folder);
      const study = await ldsStudy(
        createWasmKernels,
        {
          ...{ folder: flags.keep, recipe, data: ldsData(dataset), subsets: flags.subsets, onProgress: sayProgress },
          ...(flags.backend === "node" && { retrainer: retrainerOf(flags) }),
        },
        () => performance.now() / 1000,
      );
      const methods: Omit<MethodLds, "scores">[] = [];
      let first: Float32Array | undefined;
      for (const name of flags.method.split(",")) {
        const { scores, lds, seconds } = await study.oneCheckpoint(methodOf(name));
        first ??= scores;
        methods.push({ name, lds, seconds });
      }
      if (flags.models > 0) {
        const name = `kernel, ${flags.models} half models`;
        const lds = await study.halves(flags.models);
        methods.push({ name, lds, seconds: undefined });
      }
      if (flags.exact > 0) {
        if (flags.network !== "regression") {
          throw new InputError("exact derivatives are measured on the regression", { value: flags.network });
        }
        const lds = await study.metagradients(MEAN_FIELD_REGRESSION, flags.exact, sayProgress);
        methods.push({ name: `exact derivatives, ${flags.exact} outputs`, lds, seconds: undefined });
      }
      const report: LdsReport = {
        ...{ network: flags.network, subsets: flags.subsets, methods },
        samples: first === undefined ? [] : study.samples(first, SHOWN),
      };
      if (flags.html !== undefined && first !== undefined) {
        const rows = dataset.train.slice(0, study.rows).map((example, row) => ({ example, contributor: `row ${row}` }));
        const outputs = dataset.test.slice(0, EXPLAINED).map((query) => ({ query, delivered: query.label }));
        writeReport(flags.html, `LDS: MNIST, ${flags.network}`, INTRO, [
          ...ldsSections(report),
          examplesSection(explainOutputs(first, outputs, rows)),
        ]);
      }
      output.result(report, ({ methods: rows }) =>
        table(rows, [
          { title: "method", value: ({ name }) => name },
          { title: "LDS", value: ({ lds }) => figure(lds.estimate), align: "right" },
          { title: "95 %", value: ({ lds }) => range(lds), align: "right" },
          { title: "seconds", value: ({ seconds }) => seconds?.toFixed(1) ?? "", align: "right" },
        ]),
      );
    });
}

const INTRO =
  "How well scores foretell the outputs of models that were trained on parts of the data (Park et al. 2023, Deng et al. 2024).";

function networkOf(name: string): keyof typeof NETWORKS {
  if (name === "mlp" || name === "regression") return name;
  throw new InputError("there is no such network", { value: name, limit: Object.keys(NETWORKS).join(" or ") });
}
