import { defaultQuotesScheme } from "../../attribution/quotes/quotesScheme.ts";
import { quotesRecipeSchema } from "../../model/quotes/quotesRecipe.ts";
import { chosenRecipe } from "../chosenRecipe.ts";
import { getGenerator } from "../bases/generatorFiles.ts";
import { requireAnswerable } from "../answers/publishAnswers.ts";
import { openAnswerLibrary } from "../answers/answerLibrary.ts";
import { answersSize } from "../answers/answersSize.ts";
import { requireGenerator } from "../chat/publishChat.ts";
import type { Context } from "../context.ts";
import type { TrainingChoice } from "../prepareTraining.ts";
import { storeVersion } from "../storeVersion.ts";
import type { TrainedArtefacts } from "../trainedArtefacts.ts";
import type { TrainingSize } from "../trainingSize.ts";
import type { QuotesPlan } from "../versionFiles.ts";
import type { Contributed } from "../versionTask.ts";
import { quotesPlan } from "./quotesPlan.ts";
import { quotesTask } from "./quotesTask.ts";

/** Trains a version that writes from passages on what was contributed, and stores manifest and weights. */
export async function trainQuotes(
  context: Pick<Context, "content" | "bases">,
  snapshotIds: readonly bigint[],
  contributed: Contributed,
  choice: TrainingChoice,
): Promise<TrainedArtefacts> {
  const { plan, opened } = await prepare(context, contributed, choice);
  const scheme = defaultQuotesScheme();
  const task = await quotesTask(context, { plan, scheme }, contributed);
  const models = await task.train();
  return {
    ...(await storeVersion(context.content, models, { plan, scheme })),
    snapshotIds: [...snapshotIds],
    size: task.size,
    accuracy: undefined,
    trainingRows: opened.library.passages.length,
    duplicates: opened.library.duplicates,
    certificate: undefined,
  };
}

/** Does all of a training that can fail, and says what the rest of it takes. @throws InputError as {@link trainQuotes} */
export async function rehearseQuotes(
  context: Pick<Context, "content" | "bases">,
  contributed: Contributed,
  choice: TrainingChoice,
): Promise<TrainingSize> {
  const { plan, opened } = await prepare(context, contributed, choice);
  return answersSize(plan.recipe.search, opened.library);
}

async function prepare(
  { content, bases }: Pick<Context, "content" | "bases">,
  contributed: Contributed,
  choice: TrainingChoice,
) {
  const base = requireGenerator(choice);
  const { places } = (await getGenerator(content, base)).shape;
  const encoder =
    choice.encoder === undefined
      ? {}
      : { encoder: { base: choice.encoder, dimension: (await bases.open(choice.encoder)).dimension } };
  const { format, recipe } = quotesPlan(choice, { base, places, ...encoder });
  const chosen = chosenRecipe(quotesRecipeSchema, recipe, choice.recipe, ["format", "base", "search"]);
  const plan: QuotesPlan = { format, recipe: chosen };
  const opened = await openAnswerLibrary(plan.recipe.search, contributed, bases);
  requireAnswerable(opened, choice);
  return { plan, opened };
}
