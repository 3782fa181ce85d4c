import { join } from "node:path";
import { REPOSITORY } from "../../chain/artifacts.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Example } from "../../data/example.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { type Contributor, createScenario } from "../../data/scenario/scenario.ts";
import { randomStream } from "../../numerics/random.ts";

/** A Datanet of the scenario: who contributes what to it, what it is judged by, and what is asked of its model. */
export interface DatanetPlan {
  readonly name: string;
  readonly tags: readonly string[];
  readonly kind: Example["kind"];
  readonly contributors: readonly Contributor[];
  readonly quality: readonly Example[];
  readonly test: readonly Example[];
  /** The training examples before contributors copied, mislabelled or invented any. */
  readonly published: readonly Example[];
  readonly rows: number;
}

export interface DataOptions {
  /** Folder of real data for the first Datanet; the project's own examples when absent. */
  readonly folder?: string;
  readonly limit?: number;
  readonly skipBad: boolean;
}

/** Contributors of each kind in one Datanet. */
const COUNTS = {
  mixed: 4,
  honest: 2,
  specialist: 1,
  "mislabel-30": 1,
  "mislabel-100": 1,
  copier: 1,
  paraphraser: 0,
  "off-domain": 0,
  spammer: 1,
} as const;

const SEED = 2_026;
/** Share of a real data set's rows set aside for judging where it has no quality rows. */
const QUALITY_SHARE = 0.03;
const LARGEST_QUALITY_SET = 1_000;

/** The two Datanets: the project's examples of two fields, or real data first and an example field second. */
export function loadScenario({ folder, limit, skipBad }: DataOptions): DatanetPlan[] {
  const first = loadFolder(folder ?? join(REPOSITORY, "examples", "health"), {
    skipBad,
    ...(limit === undefined ? {} : { limit }),
  });
  const second = loadFolder(join(REPOSITORY, "examples", folder === undefined ? "law" : "health"));
  return [first, second].map((dataset, i) => divide(dataset, i));
}

function divide(dataset: Dataset, stream: number): DatanetPlan {
  const labels = dataset.labels.length;
  const { contributors, quality, test } = createScenario(
    dataset,
    {
      counts: COUNTS,
      labelsEach: Math.max(2, Math.ceil(labels / 5)),
      labelsPerSpecialist: Math.max(1, Math.floor(labels / 10)),
      specialistShare: 0.5,
      madeUpRows: Math.max(20, Math.floor(dataset.train.length / 40)),
      qualityShare: QUALITY_SHARE,
    },
    randomStream(SEED, stream),
  );
  return {
    name: dataset.name,
    tags: [dataset.kind, dataset.licence],
    kind: dataset.kind,
    contributors,
    quality: quality.slice(0, LARGEST_QUALITY_SET),
    test,
    published: dataset.train,
    rows: contributors.reduce((sum, { examples }) => sum + examples.length, 0),
  };
}
