import { defaultScheme, type Scheme } from "../attribution/scheme.ts";
import { InputError } from "../common/errors.ts";
import type { Example } from "../data/example.ts";
import { shareRight } from "../model/predict.ts";
import { parseRecipe, type Recipe } from "../model/recipe.ts";
import type { Inputs } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import type { Contribution } from "../store/protocolView.ts";
import type { Context } from "./context.ts";
import { loadStart } from "./loadVersion.ts";
import { encodingOf, inputOf, labelledRows } from "./trainingData.ts";
import { type ContributedExamples, fetchExamples, labelsIn, type VersionData, versionData } from "./versionData.ts";
import type { Plan } from "./versionFiles.ts";

/** What decides a training besides the data; the rest of the recipe follows from the data's kind. */
export interface TrainingChoice {
  readonly seed: number;
  /** Models of the ensemble. */
  readonly members: number;
  readonly epochs: number;
  /** The version to start from; null for a model of its own. */
  readonly parentVersionId: string | null;
}

/** Everything that a training and its index depend on. */
export interface PreparedTraining {
  readonly plan: Plan;
  readonly scheme: Scheme;
  readonly train: readonly ContributedExamples[];
  readonly data: VersionData;
  /** The parent's models; undefined for a model of its own. */
  readonly start: Weights[] | undefined;
}

/** Fetches what contributions hold and settles how it is trained on. @throws InputError when there is nothing to train on */
export async function prepareTraining(
  context: Context,
  contributions: readonly Contribution[],
  choice: TrainingChoice,
): Promise<PreparedTraining> {
  const ascending = contributions.toSorted((a, b) => (a.contributionId < b.contributionId ? -1 : 1));
  const idsOf = (kind: string) => ascending.filter((c) => c.kind === kind).map((c) => c.contributionId);
  const train = await fetchExamples(context, idsOf("train"));
  const quality = await fetchExamples(context, idsOf("quality"));
  const first = train[0]?.examples[0];
  if (first === undefined) {
    throw new InputError("there is no training data", { value: `${contributions.length} accepted contributions` });
  }
  const encoding = encodingOf(first);
  const labels = labelsIn([...train, ...quality]);
  const recipe = recipeFor(inputOf(encoding, [first]), labels.length, choice);
  const plan: Plan = { format: "openledger-plan/1", recipe, encoding, labels, parentVersionId: choice.parentVersionId };
  const data = versionData(plan, train, quality);
  return { plan, scheme: defaultScheme(first.kind), train, data, start: await loadStart(context, plan) };
}

/** A bag of embeddings for texts, a small dense network for images. */
export function recipeFor(input: Recipe["input"], classes: number, { seed, members, epochs }: TrainingChoice): Recipe {
  const text = input.kind === "bags";
  return parseRecipe({
    format: "openledger-recipe/1",
    input,
    layers: text
      ? [{ kind: "embeddingBag", dimension: 64 }]
      : [
          { kind: "dense", units: 128 },
          { kind: "dense", units: 64 },
        ],
    classes,
    optimizer: { kind: "adam", learningRate: text ? 0.02 : 0.002, schedule: "linear" },
    epochs,
    batch: 128,
    seed,
    members,
  });
}

/**
 * Share of the test examples that are answered right, of those whose label the plan knows; undefined without any.
 *
 * @param answer class probabilities, rows x classes
 */
export function accuracyOf(
  plan: Pick<Plan, "encoding" | "labels">,
  answer: (inputs: Inputs) => Float32Array,
  test: readonly Example[],
): number | undefined {
  const known = test.filter((example) => plan.labels.includes(example.label));
  if (known.length === 0) return undefined;
  const { inputs, labels } = labelledRows(plan, known);
  return shareRight(answer(inputs), labels);
}
