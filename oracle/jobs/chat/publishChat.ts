import { MOST_LESSONS } from "../../attribution/chat/adapterIndex.ts";
import { defaultChatScheme } from "../../attribution/chat/chatScheme.ts";
import { InputError } from "../../common/errors.ts";
import { chatRecipeSchema } from "../../model/chat/chatRecipe.ts";
import { chosenRecipe } from "../chosenRecipe.ts";
import { getGenerator } from "../bases/generatorFiles.ts";
import type { Context } from "../context.ts";
import type { TrainingChoice } from "../prepareTraining.ts";
import { storeVersion } from "../storeVersion.ts";
import type { TrainedArtefacts } from "../trainedArtefacts.ts";
import type { TrainingSize } from "../trainingSize.ts";
import type { ChatPlan } from "../versionFiles.ts";
import type { Contributed } from "../versionTask.ts";
import { type ChatLessons, chatLessons } from "./chatLessons.ts";
import { chatPlan } from "./chatPlan.ts";
import { chatSize, chatTask } from "./chatTask.ts";
import { openWriter } from "./openWriter.ts";

/** Trains a version that writes its answers on what was contributed, and stores manifest and weights. */
export async function trainChat(
  context: Pick<Context, "content">,
  snapshotIds: readonly bigint[],
  contributed: Contributed,
  choice: TrainingChoice,
): Promise<TrainedArtefacts> {
  const { plan, data } = await prepare(context, contributed, choice);
  const scheme = defaultChatScheme();
  const task = await chatTask(context, { plan, scheme }, contributed);
  const models = await task.train();
  return {
    ...(await storeVersion(context.content, models, { plan, scheme })),
    snapshotIds: [...snapshotIds],
    size: task.size,
    accuracy: undefined,
    trainingRows: data.lessons.length,
    duplicates: data.duplicates,
    certificate: undefined,
  };
}

/** Does all of a training that can fail, and says what the rest of it takes. @throws InputError as {@link trainChat} */
export async function rehearseChat(
  context: Pick<Context, "content">,
  contributed: Contributed,
  choice: TrainingChoice,
): Promise<TrainingSize> {
  return (await prepare(context, contributed, choice)).size;
}

async function prepare(
  { content }: Pick<Context, "content">,
  contributed: Contributed,
  choice: TrainingChoice,
): Promise<{ readonly plan: ChatPlan; readonly data: ChatLessons; readonly size: TrainingSize }> {
  const base = requireGenerator(choice);
  const { places } = (await getGenerator(content, base)).shape;
  const { format, recipe } = chatPlan(choice, base, places);
  const plan = { format, recipe: chosenRecipe(chatRecipeSchema, recipe, choice.recipe, ["format", "base"]) };
  const writer = await openWriter(content, plan.recipe);
  const data = chatLessons(plan.recipe, writer.pairs, contributed);
  requireLearnable(data);
  return { plan, data, size: chatSize(plan.recipe, writer, data) };
}

/** The generator that was chosen. @throws InputError without one, or with a parent */
export function requireGenerator({ base, parentVersionId }: Pick<TrainingChoice, "base" | "parentVersionId">): string {
  if (base === undefined) {
    throw new InputError("a version that writes its answers stands on a generator", {
      limit: "the name or hash of one that was added",
      remedy: "Add one, and name it: npx openledger base add smollm2, then --base smollm2.",
    });
  }
  if (parentVersionId !== null) {
    throw new InputError("a version that writes its answers starts from no other", {
      value: parentVersionId,
      remedy: "Leave --parent-version away.",
    });
  }
  return base;
}

function requireLearnable({ lessons, quality }: ChatLessons): void {
  if (lessons.length === 0 || lessons.length > MOST_LESSONS) {
    throw new InputError("the Datanets hold too few or too many pieces of text", {
      value: `${lessons.length} pieces`,
      limit: `1 to ${MOST_LESSONS}`,
      remedy: "Train on other Datanets.",
    });
  }
  if (quality.some((questions) => questions.length > 0)) return;
  throw new InputError("the version's Datanets have no quality set", {
    limit: "at least one question with the passage that answers it, as a contribution of kind quality",
    remedy: "Let a validator of the Datanet contribute one: npx openledger contribute --documents --quality.",
  });
}
