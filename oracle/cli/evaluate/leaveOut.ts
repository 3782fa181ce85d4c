import type { Command } from "commander";
import { scenarioSubject } from "../../attribution/evaluate/fidelityStudy.ts";
import type { LeaveOutStudy } from "../../attribution/evaluate/leaveOutStudy.ts";
import { leaveOutStudy } from "../../attribution/evaluate/leaveOutStudy.ts";
import { htmlTable, withInterval } from "../../attribution/evaluate/report/page.ts";
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

interface LeaveOutFlags extends StudyFlags, SchemeFlags, BackendFlag {
  readonly seeds: number;
  readonly models: number;
  readonly train: number;
  readonly test: number;
  readonly outside?: string;
}

export function addLeaveOut(program: Command, evaluate: Command): void {
  addBackendOption(addSchemeOptions(addStudyOptions(evaluate.command("leave-out"))), "retrains with it")
    .description("scores against what leaving each contributor out costs, with paired seeds")
    .argument("<folder>", "labelled data set")
    .option("--seeds <n>", "trainings with and without each contributor", atLeast(2), 4)
    .option("--models <n>", "models whose scores are averaged", atLeast(1, 4), 4)
    .option("--train <n>", "first training rows only", atLeast(1), Infinity)
    .option("--test <n>", "first test rows only", atLeast(1), Infinity)
    .option("--outside <folder>", "data set whose off-domain rows the off-domain contributors bring")
    .action(async (folder: string, flags: LeaveOutFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const outside = flags.outside === undefined ? undefined : loadFolder(flags.outside).offDomain;
      const dataset = limited(loadFolder(folder), flags);
      const subject = scenarioSubject(createWasmKernels, dataset, flags.seed, outside);
      const study = await leaveOutStudy(createWasmKernels, subject, {
        ...{ folder: flags.keep, scheme: schemeOf(dataset.kind, flags), members: flags.models, seeds: flags.seeds },
        ...{ seed: flags.seed, retrainer: retrainerOf(flags), onProgress: sayProgress },
      });
      writeReport(flags.html, `Leaving one contributor out: ${study.dataset}`, INTRO, [section(study)]);
      output.result(study, describe);
    });
}

const INTRO =
  "Scores beside what the outputs lose without a contributor, trained with and without under the same seeds.";

function section({ seeds, fidelity }: LeaveOutStudy) {
  return {
    heading: "How well do scores foretell what is lost without a contributor?",
    intro: `Over ${seeds} seeds; the ceiling comes from the agreement between the seeds.`,
    html: htmlTable(fidelity, [
      { title: "queries", value: ({ mix }) => mix },
      { title: "Pearson", value: ({ pearson }) => withInterval(pearson), number: true },
      { title: "Spearman", value: ({ spearman }) => withInterval(spearman), number: true },
      { title: "ceiling", value: ({ ceiling }) => figure(ceiling), number: true },
    ]),
  };
}

function describe({ fidelity }: LeaveOutStudy): string {
  return table(fidelity, [
    { title: "queries", value: ({ mix }) => mix },
    { title: "pearson", value: ({ pearson }) => figure(pearson.estimate), align: "right" },
    { title: "95 %", value: ({ pearson }) => range(pearson), align: "right" },
    { title: "spearman", value: ({ spearman }) => figure(spearman.estimate), align: "right" },
    { title: "95 %", value: ({ spearman }) => range(spearman), align: "right" },
    { title: "ceiling", value: ({ ceiling }) => figure(ceiling), align: "right" },
  ]);
}
