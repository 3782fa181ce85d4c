import type { Dataset } from "../../data/dataset.ts";
import type { Example } from "../../data/example.ts";
import { defaultOptions } from "../../data/scenario/defaultOptions.ts";
import { createScenario } from "../../data/scenario/scenario.ts";
import { permutation, randomStream } from "../../numerics/random.ts";
import { type LabelledRows, selectInputs } from "../../model/rows.ts";
import { harmfulContributions } from "../judge/harmfulContributions.ts";
import type { HarmRule } from "../judge/harmRule.ts";
import { foldsOf } from "../judge/qualityFolds.ts";
import { RIGHT, WRONG } from "./chargedBehaviours.ts";
import { contributionsOf } from "./contributions.ts";
import { inputsOf } from "./studyData.ts";

/** Parts of contributors of one kind, and how many of them lose their bond. */
export interface ChargedParts {
  readonly parts: number;
  /** Parts with too few rows to be judged. */
  readonly small: number;
  readonly charged: number;
}

/** Who is charged by a quality set of so many rows a label. */
export interface ChargesStudy {
  readonly rowsPerLabel: number;
  readonly qualityRows: number;
  /** Right data. */
  readonly right: ChargedParts;
  /** Wrong labels only. */
  readonly wrong: ChargedParts;
  /** Milliseconds that the judging took. */
  readonly time: number;
}

/** Which of the quality rows an attacker has filled with rows of other labels: none, a fold, or as many of all folds. */
export const CAPTURES = ["none", "fold", "spread"] as const;
export type Capture = (typeof CAPTURES)[number];

/** Stream of the seed that draws the quality rows; the scenario has the first. */
const QUALITY_STREAM = 9;

/**
 * Sets so many rows of each label aside for quality, divides the others among the contributors of the default scenario, a part for each
 * contributor and label, and judges every part.
 */
export function chargesStudy(
  dataset: Dataset,
  seed: number,
  rowsPerLabel: number,
  capture: Capture,
  rule: HarmRule,
  now: () => number,
): ChargesStudy {
  const divided = withQualityRows(dataset, seed, rowsPerLabel);
  const scenario = createScenario(divided, defaultOptions(divided), randomStream(seed, 0));
  const { contributions } = contributionsOf(scenario, dataset.labels, inputsOf(dataset));
  const { contributors, contributorOf, contributionOfRow, training: rows } = contributions;
  const quality = captured(contributions.quality, capture, rule.judges);
  const start = now();
  const harmful = new Set(
    harmfulContributions(quality, { rows, contributionOfRow, contributions: contributorOf.length }, rule),
  );
  const time = now() - start;
  const sizes = new Int32Array(contributorOf.length);
  for (const contribution of contributionOfRow) sizes[contribution]!++;
  const partsOf = (behaviours: ReadonlySet<string>): ChargedParts => {
    const parts = [...contributorOf.keys()].filter((part) =>
      behaviours.has(contributors[contributorOf[part]!]!.behaviour),
    );
    return {
      parts: parts.length,
      small: parts.filter((part) => sizes[part]! < rule.fewestRows).length,
      charged: parts.filter((part) => harmful.has(part)).length,
    };
  };
  return { rowsPerLabel, qualityRows: quality.labels.length, right: partsOf(RIGHT), wrong: partsOf(WRONG), time };
}

/** Of a label with fewer than twice as many rows, half of them judge. */
function withQualityRows(dataset: Dataset, seed: number, rowsPerLabel: number): Dataset {
  const random = randomStream(seed, QUALITY_STREAM);
  const byLabel = new Map<string, Example[]>();
  for (const row of permutation(random, dataset.train.length)) {
    const example = dataset.train[row]!;
    const rows = byLabel.get(example.label);
    if (rows === undefined) byLabel.set(example.label, [example]);
    else rows.push(example);
  }
  const quality: Example[] = [];
  for (const rows of byLabel.values()) quality.push(...rows.slice(0, Math.min(rowsPerLabel, rows.length >> 1)));
  const aside = new Set(quality);
  return { ...dataset, quality, train: dataset.train.filter((example) => !aside.has(example)) };
}

/** The captured rows with one another's inputs, as far apart as they are many. */
function captured(quality: LabelledRows, capture: Capture, folds: number): LabelledRows {
  const { labels, inputs } = quality;
  const foldOf = foldsOf(labels, folds);
  const byLabel = [...labels.keys()].sort((a, b) => labels[a]! - labels[b]! || a - b);
  const taken = byLabel.filter((row, place) => {
    if (capture === "none") return false;
    return capture === "fold" ? foldOf[row] === 0 : Math.floor(place / folds) % folds === foldOf[row];
  });
  const inputOf = Array.from(labels.keys());
  for (const [i, row] of taken.entries()) inputOf[row] = taken[(i + (taken.length >> 1)) % taken.length]!;
  return { inputs: selectInputs(inputs, inputOf), labels };
}
