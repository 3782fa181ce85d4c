import type { Command } from "commander";
import { mislabelAuc } from "../../attribution/evaluate/mislabel.ts";
import { wholeOf } from "../../attribution/evaluate/studyData.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { createOutput } from "../output.ts";
import { atLeast, figure, range } from "./flags.ts";
import { limited } from "./limited.ts";

interface MislabelFlags {
  readonly seed: number;
  readonly train: number;
}

export function addMislabel(program: Command, evaluate: Command): void {
  evaluate
    .command("mislabel")
    .description("flips a tenth of the labels and looks for them by self-influence")
    .argument("<folder>", "labelled data set")
    .option("--train <n>", "first training rows only", atLeast(100), 3000)
    .option("--seed <n>", "seed of the flips", atLeast(0), 7)
    .action((folder: string, { train, seed }: MislabelFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const { recipe, rows } = wholeOf(limited(loadFolder(folder), { train, test: 0 }));
      const auc = mislabelAuc(createWasmKernels, recipe, rows, seed);
      output.result({ rows: rows.labels.length, auc }, () => `AUC ${figure(auc.estimate)} (${range(auc)})`);
    });
}
