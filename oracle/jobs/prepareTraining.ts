import { defaultScheme, type Scheme } from "../attribution/scheme.ts";
import { InputError } from "../common/errors.ts";
import type { Example } from "../data/example.ts";
import type { Encoder } from "../model/answers/encoder.ts";
import { shareRight } from "../model/predict.ts";
import type { Inputs } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import type { Contribution } from "../store/protocolView.ts";
import { recipeSchema } from "../model/recipe.ts";
import { type ChosenParts, chosenRecipe } from "./chosenRecipe.ts";
import type { Context } from "./context.ts";
import { defaultRecipe, type RecipeChoice } from "./defaultRecipe.ts";
import { loadStart } from "./loadStart.ts";
import { encodeInputs, encodingOf, inputOf, openBaseOf } from "./trainingData.ts";
import {
  type ContributedExamples,
  fetchExamples,
  labelled,
  labelsIn,
  type VersionData,
  versionData,
} from "./versionData.ts";
import type { Plan } from "./versionFiles.ts";
import type { Contributed } from "./versionTask.ts";

/** What decides a training besides the data. */
export interface TrainingChoice extends RecipeChoice {
  /** The version to start from; null for a model of its own. */
  readonly parentVersionId: string | null;
  /** Hash of the pretrained model that the version stands on; none when absent. */
  readonly base?: string;
  /** Parts of the recipe in the place of the usual ones; none when absent. */
  readonly recipe?: ChosenParts;
  /** Hash of the pretrained encoder that passages are found by, where a generator writes from them; none when absent. */
  readonly encoder?: string;
  /** Whether a version on documents and questions writes its answers, out of the model or from passages, instead of quoting passages. */
  readonly writes?: "model" | "passages";
}

/** Everything that a training and its index depend on. */
export interface PreparedTraining {
  readonly plan: Plan;
  readonly scheme: Scheme;
  readonly train: readonly ContributedExamples[];
  readonly data: VersionData;
  /** The parent's models; undefined for a model of its own. */
  readonly start: Weights[] | undefined;
  /** Of a plan whose inputs are vectors of one. */
  readonly base: Encoder | undefined;
}

/** What snapshots of the Datanets would hold if they were pinned now. */
export async function presentContributions(
  { view }: Pick<Context, "view">,
  datanetIds: readonly bigint[],
): Promise<Contribution[]> {
  const accepted = await Promise.all(datanetIds.map((datanetId) => view.contributions(datanetId)));
  return accepted.flat().filter(({ revokedFrom }) => revokedFrom === undefined);
}

/** Fetches what contributions to the Datanets hold, ascending by id. @throws InputError when there is nothing to train on */
export async function fetchContributed(
  context: Context,
  datanetIds: readonly bigint[],
  contributions: readonly Contribution[],
): Promise<Contributed> {
  const ascending = contributions.toSorted((a, b) => (a.contributionId < b.contributionId ? -1 : 1));
  const idsOf = (kind: string) => ascending.filter((c) => c.kind === kind).map((c) => c.contributionId);
  const train = await fetchExamples(context, idsOf("train"));
  if (train[0]?.examples[0] === undefined) {
    throw new InputError("there is no training data", { value: `${contributions.length} accepted contributions` });
  }
  return {
    datanetIds: datanetIds.toSorted((a, b) => (a < b ? -1 : 1)),
    train,
    quality: await fetchExamples(context, idsOf("quality")),
  };
}

/** Settles how labelled examples are trained on. @throws InputError for a mixture of kinds */
export async function prepareTraining(
  context: Context,
  contributed: Contributed,
  choice: TrainingChoice,
): Promise<PreparedTraining> {
  const [train, quality] = [labelled(contributed.train), labelled(contributed.quality)];
  const first = train[0]!.examples[0]!;
  const encoding = encodingOf(
    train.flatMap(({ examples }) => examples),
    choice.base,
  );
  const base = await openBaseOf({ encoding }, context, [...train, ...quality]);
  const labels = labelsIn([...train, ...quality]);
  const usual = defaultRecipe(inputOf(encoding, [first], base), labels.length, choice, first.kind);
  const recipe = chosenRecipe(recipeSchema, usual, choice.recipe, ["format", "input", "classes"]);
  const plan: Plan = { format: "openledger-plan/1", recipe, encoding, labels, parentVersionId: choice.parentVersionId };
  const data = versionData(plan, contributed.datanetIds, train, quality, base);
  return { plan, scheme: defaultScheme(first.kind), train, data, start: await loadStart(context, plan), base };
}

/**
 * Share of the test examples that are answered right, undefined without any. A label that the plan does not know cannot be
 * answered, so it counts as wrong.
 *
 * @param answer class probabilities, rows x classes
 */
export function accuracyOf(
  plan: Pick<Plan, "encoding" | "labels">,
  answer: (inputs: Inputs) => Float32Array,
  test: readonly Example[],
  base?: Encoder,
): number | undefined {
  if (test.length === 0) return undefined;
  const truth = Int32Array.from(test, ({ label }) => plan.labels.indexOf(label));
  return shareRight(answer(encodeInputs(plan.encoding, test, base)), truth);
}
