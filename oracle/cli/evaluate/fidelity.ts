import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { certificateHash, createCertificate } from "../../attribution/evaluate/certificate.ts";
import { explainedSubject } from "../../attribution/evaluate/explainedSubject.ts";
import type { FidelityStudy } from "../../attribution/evaluate/fidelityStudy.ts";
import { fidelityStudy, scenarioSubject } from "../../attribution/evaluate/fidelityStudy.ts";
import { examplesSection } from "../../attribution/evaluate/report/examples.ts";
import { fidelitySections } from "../../attribution/evaluate/report/fidelityReport.ts";
import { InputError } from "../../common/errors.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { createOutput, table } from "../output.ts";
import { addBackendOption, type BackendFlag, retrainerOf } from "../backend.ts";
import type { SchemeFlags, StudyFlags } from "./flags.ts";
import {
  addSchemeOptions,
  addStudyOptions,
  atLeast,
  figure,
  range,
  sayProgress,
  schemeOf,
  writeReport,
} from "./flags.ts";
import { limited } from "./limited.ts";
import { parseNewFile } from "../parse.ts";

interface FidelityFlags extends StudyFlags, SchemeFlags, BackendFlag {
  readonly coalitions: number;
  readonly models: number;
  readonly train: number;
  readonly test: number;
  readonly outside?: string;
  readonly out?: string;
}

/** Outputs that the report explains row by row. */
const EXPLAINED = 6;

export function addFidelity(program: Command, evaluate: Command): void {
  addBackendOption(addSchemeOptions(addStudyOptions(evaluate.command("fidelity"))), "measures, but certifies nothing")
    .description("scores against the Shapley values of fifty contributors: what a quality certificate states")
    .argument("<folder>", "labelled data set")
    .option("--coalitions <n>", "retrainings, an even number", atLeast(120), 360)
    .option("--models <n>", "models whose scores are averaged", atLeast(1, 4), 4)
    .option("--train <n>", "first training rows only", atLeast(1), Infinity)
    .option("--test <n>", "first test rows only", atLeast(1), Infinity)
    .option("--outside <folder>", "data set whose off-domain rows the off-domain contributors bring")
    .option("--out <file>", "write the certificate", parseNewFile)
    .action(async (folder: string, flags: FidelityFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      requireRepeatable(flags);
      const outside = flags.outside === undefined ? undefined : loadFolder(flags.outside).offDomain;
      const dataset = limited(loadFolder(folder), flags);
      const subject = scenarioSubject(createWasmKernels, dataset, flags.seed, outside);
      const scheme = schemeOf(dataset.kind, flags);
      const study = await fidelityStudy(createWasmKernels, subject, {
        ...{ folder: flags.keep, scheme, members: flags.models, coalitions: flags.coalitions, seed: flags.seed },
        ...{ retrainer: retrainerOf(flags), onProgress: sayProgress },
      });
      if (flags.html !== undefined) {
        const explained = explainedSubject(createWasmKernels, scheme, subject, EXPLAINED);
        writeReport(flags.html, `Payout fidelity: ${study.dataset}`, INTRO, [
          ...fidelitySections(study),
          examplesSection(explained),
        ]);
      }
      if (flags.backend === "node") {
        output.result({ backend: flags.backend, study }, () => describe(study));
        return;
      }
      const certificate = createCertificate(study);
      if (flags.out !== undefined) writeFileSync(flags.out, `${JSON.stringify(certificate, null, 2)}\n`);
      output.result({ ...certificate, hash: certificateHash(certificate) }, () => describe(study));
    });
}

/** @throws InputError for a certificate that nobody else could measure again */
function requireRepeatable({ backend, out }: FidelityFlags): void {
  if (backend !== "node" || out === undefined) return;
  throw new InputError("a certificate is not measured with native TensorFlow", {
    value: `--backend ${backend} --out ${out}`,
    limit: "truths that everybody retrains to the same bits",
    remedy: "Leave --backend away, or --out.",
  });
}

const INTRO =
  "How well the scores that divide a pool foretell what each contributor is worth to the answers that were paid for.";

/** For people. */
export function describe(study: FidelityStudy): string {
  const rows = table(study.fidelity, [
    { title: "queries", value: ({ mix }) => mix },
    { title: "pearson", value: ({ pearson }) => figure(pearson.estimate), align: "right" },
    { title: "95 %", value: ({ pearson }) => range(pearson), align: "right" },
    { title: "spearman", value: ({ spearman }) => figure(spearman.estimate), align: "right" },
    { title: "ceiling", value: ({ ceiling }) => figure(ceiling), align: "right" },
    { title: "corrected", value: ({ corrected }) => figure(corrected.estimate), align: "right" },
    { title: "95 %", value: ({ corrected }) => range(corrected), align: "right" },
  ]);
  const { rightCharged, wrongCharged } = study.quality;
  const oneClass =
    study.oneClass && `one class, corrected, mean: ${figure(study.oneClass.estimate)} (${range(study.oneClass)})\n`;
  return `${rows}

${oneClass ?? ""}share of the right contributors' contributions charged: ${figure(rightCharged.estimate)} (${range(rightCharged)})
share of the wrong labels' bonds charged: ${figure(wrongCharged.estimate)} (${range(wrongCharged)})`;
}
