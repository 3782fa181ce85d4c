import type { Command } from "commander";
import { removalStudy } from "../../attribution/evaluate/ldsB.ts";
import { LDS_TESTS, ldsData } from "../../attribution/evaluate/ldsProtocol.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { createOutput } from "../output.ts";
import type { StudyFlags } from "./flags.ts";
import { addStudyOptions, atLeast, figure, range, sayProgress, share } from "./flags.ts";

interface RemovalFlags extends Omit<StudyFlags, "html"> {
  readonly removed: number;
  readonly subsets: number;
  readonly outputs: number;
}

export function addRemoval(program: Command, evaluate: Command): void {
  addStudyOptions(evaluate.command("removal"))
    .description("exact derivatives against the same training without some rows, on MNIST (LDS-B)")
    .argument("<folder>", "MNIST")
    .option("--removed <share>", "share of the rows left out of each retraining, such as 0.5, 0.1 or 0.01", share, 0.01)
    .option("--subsets <n>", "retrainings", atLeast(10), 60)
    .option("--outputs <n>", "test images, spread evenly", atLeast(2, LDS_TESTS), 12)
    .action(async (folder: string, flags: RemovalFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const data = ldsData(loadFolder(folder));
      const lds = await removalStudy({
        ...{ folder: flags.keep, data, removed: flags.removed, subsets: flags.subsets, outputs: flags.outputs },
        onProgress: sayProgress,
      });
      const { removed, subsets, outputs } = flags;
      output.result(
        { removed, subsets, outputs, lds },
        () => `MAGIC, ${100 * removed} % of the rows removed: LDS ${figure(lds.estimate)} (${range(lds)})`,
      );
    });
}
