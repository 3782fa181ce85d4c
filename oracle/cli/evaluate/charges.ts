import { type Command, Option } from "commander";
import { type Capture, CAPTURES, type ChargedParts, chargesStudy } from "../../attribution/evaluate/chargesStudy.ts";
import { MEASURED_HARM_RULE } from "../../attribution/judge/harmRule.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { createOutput, table } from "../output.ts";
import { atLeast } from "./flags.ts";

interface ChargesFlags {
  readonly rows: readonly number[];
  readonly seeds: readonly number[];
  readonly limit: number;
  readonly captured: Capture;
  readonly tolerance: number;
  readonly judges: number;
  readonly fewestRows: number;
}

/** What a proposal would change: the options measure it before anybody votes. */
const usual = MEASURED_HARM_RULE;

export function addCharges(program: Command, evaluate: Command): void {
  evaluate
    .command("charges")
    .description("whose bonds are charged: right data and wrong labels, by quality sets of several sizes")
    .argument("<folder...>", "labelled data sets")
    .option("--rows <list>", "quality rows for each label", listOf(2), [5, 16])
    .option("--seeds <list>", "seeds of the contributors and the quality rows", listOf(0), [1, 2, 3])
    .option("--limit <n>", "rows of each data set, evenly spread", atLeast(100), Infinity)
    .addOption(
      new Option("--captured <part>", "part of the quality rows that an attacker has filled: a fold, or some of each")
        .choices(CAPTURES)
        .default("none"),
    )
    .option(
      "--tolerance <bps>",
      "share of what is expected below which labels are wrong",
      atLeast(0),
      usual.toleranceBps,
    )
    .option("--judges <n>", "judges who all have to agree", atLeast(2), usual.judges)
    .option(
      "--fewest-rows <n>",
      "judged rows of a part without which it is never charged",
      atLeast(1),
      usual.fewestRows,
    )
    .action((folders: readonly string[], flags: ChargesFlags) => {
      const { rows, seeds, limit, captured, tolerance: toleranceBps, judges, fewestRows } = flags;
      const rule = { toleranceBps, judges, fewestRows };
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const studies = folders.flatMap((folder) => {
        const dataset = loadFolder(folder, { limit, skipBad: true });
        return rows.flatMap((each) =>
          seeds.map((seed) => {
            const study = {
              data: dataset.name,
              seed,
              ...chargesStudy(dataset, seed, each, captured, rule, () => performance.now()),
            };
            process.stderr.write(
              `${study.data}, ${each} rows a label, seed ${seed}: ${(study.time / 1_000).toFixed(1)} s\n`,
            );
            return study;
          }),
        );
      });
      output.result(studies, () =>
        table(studies, [
          { title: "data", value: ({ data }) => data },
          { title: "rows a label", value: ({ rowsPerLabel }) => `${rowsPerLabel}`, align: "right" },
          { title: "quality rows", value: ({ qualityRows }) => `${qualityRows}`, align: "right" },
          { title: "seed", value: ({ seed }) => `${seed}`, align: "right" },
          { title: "right, charged", value: ({ right }) => `${right.charged} of ${right.parts}`, align: "right" },
          { title: "wrong, charged", value: ({ wrong }) => chargedOf(wrong), align: "right" },
          { title: "too small", value: ({ wrong }) => `${wrong.small}`, align: "right" },
          { title: "seconds", value: ({ time }) => (time / 1_000).toFixed(1), align: "right" },
        ]),
      );
    });
}

/** Of the wrong parts that are large enough to be judged. */
function chargedOf({ parts, small, charged }: ChargedParts): string {
  const judged = parts - small;
  return `${charged} of ${judged} (${judged === 0 ? "–" : `${Math.round((100 * charged) / judged)} %`})`;
}

/** Parser of integers, separated by commas. */
function listOf(least: number): (text: string) => number[] {
  const parse = atLeast(least);
  return (text) => text.split(",").map(parse);
}
