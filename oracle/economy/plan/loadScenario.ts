import { join } from "node:path";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { InputError } from "../../common/errors.ts";
import { type Dataset, splitByKey, thinned } from "../../data/dataset.ts";
import { type AnyExample, type Example, exampleHash } from "../../data/example.ts";
import type { BadRow } from "../../data/files/rows.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { type Contributor, createScenario, ROWS_PER_QUALITY_ROW } from "../../data/scenario/scenario.ts";
import { randomStream } from "../../numerics/random.ts";
import { scenarioOptions } from "./scenarioOptions.ts";

/** Who contributes what to a Datanet of the scenario. */
export interface PlannedContributor {
  readonly name: string;
  readonly behaviour: string;
  readonly examples: readonly AnyExample[];
}

/** A Datanet of the scenario: who contributes what to it, what it is judged by, and what is asked of its model. */
export interface DatanetPlan {
  readonly name: string;
  readonly tags: readonly string[];
  readonly contributors: readonly PlannedContributor[];
  readonly quality: readonly AnyExample[];
  readonly test: readonly AnyExample[];
  /** The labelled training examples before contributors copied, mislabelled or invented any; absent for documents. */
  readonly published?: readonly Example[];
  readonly rows: number;
  /** Rows of the files that were left out. */
  readonly badRows: readonly BadRow[];
}

/** A Datanet of labelled examples. */
export interface LabelledPlan extends DatanetPlan {
  readonly contributors: readonly Contributor[];
  readonly quality: readonly Example[];
  readonly test: readonly Example[];
  readonly published: readonly Example[];
}

export interface DataOptions {
  /** Folder of real data for the first Datanet; the project's own examples when absent. */
  readonly folder?: string;
  readonly limit?: number;
  readonly skipBad: boolean;
}

const SEED = 2_026;
/** Share of the training rows that are for testing where a data set has no test rows, in 256ths: a tenth. */
const TEST_SHARE = 26;
/** Share of an image data set's training rows that make the second Datanet, in 256ths: a sixth. */
const SECOND_SHARE = 43;
const LARGEST_QUALITY_SET = 2_500;

/**
 * The two Datanets. Texts: the data set and a field of the project's own examples. Images: two parts of the data set,
 * because a model of images is fine-tuned on images.
 *
 * @throws InputError for data that are too few to divide; DataError for data that cannot be read
 */
export function loadScenario({ folder, limit, skipBad }: DataOptions): LabelledPlan[] {
  const example = (field: string) => loadFolder(join(REPOSITORY, "examples", field));
  if (folder === undefined) return divide([example("health"), example("law")]);
  const loaded = withTestRows(loadFolder(folder, { skipBad, ...(limit === undefined ? {} : { limit }) }));
  requireLabels(loaded, folder);
  return divide(loaded.kind === "image" ? inTwoParts(loaded) : [loaded, example("health")]);
}

function divide([first, second]: readonly [Dataset, Dataset]): LabelledPlan[] {
  return [planOf(first, second, 0), planOf(second, first, 1)];
}

/** @param other where rows of another field come from if the data set has none */
function planOf(dataset: Dataset, other: Dataset, stream: number): LabelledPlan {
  const elsewhere = dataset.kind === "text" ? other.train : [];
  const outside = dataset.offDomain.length > 0 ? dataset.offDomain : elsewhere;
  const options = scenarioOptions(dataset, outside);
  const { contributors, quality, test } = createScenario(dataset, options, randomStream(SEED, stream));
  if (quality.length === 0) {
    throw new InputError(`${dataset.name} has no rows to judge data by`, {
      value: `${dataset.train.length} training rows of ${dataset.labels.length} labels`,
      limit: `quality rows of its own, or ${ROWS_PER_QUALITY_ROW} training rows of a label`,
      remedy: "Add rows, or quality.jsonl (docs/data.md).",
    });
  }
  const withRows = contributors.filter(({ examples }) => examples.length > 0);
  return {
    name: dataset.name,
    tags: [dataset.kind, dataset.licence],
    contributors: withRows,
    quality: thinned(quality, LARGEST_QUALITY_SET),
    test,
    published: dataset.train,
    rows: withRows.reduce((sum, { examples }) => sum + examples.length, 0),
    badRows: dataset.badRows,
  };
}

function withTestRows(dataset: Dataset): Dataset {
  if (dataset.test.length > 0) return dataset;
  return { ...dataset, ...splitByKey(dataset.train, exampleHash, TEST_SHARE) };
}

function inTwoParts(dataset: Dataset): [Dataset, Dataset] {
  const { train: most, test: rest } = splitByKey(dataset.train, exampleHash, SECOND_SHARE);
  return [
    { ...dataset, name: `${dataset.name}, first part`, train: most },
    { ...dataset, name: `${dataset.name}, second part`, train: rest, badRows: [] },
  ];
}

function requireLabels({ labels, train, test }: Dataset, folder: string): void {
  if (labels.length >= 2 && test.length > 0) return;
  throw new InputError("the data are too few to train a model on", {
    value: `${train.length} training and ${test.length} test rows of ${labels.length} labels in ${folder}`,
    limit: "two labels, and test rows or some ten training rows to take one from",
    remedy: "Add rows (docs/data.md).",
  });
}
