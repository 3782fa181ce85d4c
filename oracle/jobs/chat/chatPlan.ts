import { adapterTensors } from "../../model/chat/headAdapter.ts";
import { chatRecipeSchema } from "../../model/chat/chatRecipe.ts";
import type { Weights } from "../../model/weights.ts";
import type { ContentFiles } from "../contentFiles.ts";
import type { RecipeChoice } from "../defaultRecipe.ts";
import { getGenerator } from "../bases/generatorFiles.ts";
import { type ChatManifest, type ChatPlan, getTensors } from "../versionFiles.ts";

/** Places of question and answer together: what a paragraph or two and their answer take. */
const LENGTH = 1_024;

/** How a version is made that writes its answers. @param places that the base has learned */
export function chatPlan(
  { seed, epochs }: Pick<RecipeChoice, "seed" | "epochs">,
  base: string,
  places: number,
): ChatPlan {
  const recipe = chatRecipeSchema.parse({
    ...{ format: "openledger-chat-recipe/1", base, profile: "int8-exact/1", length: Math.min(LENGTH, places) },
    ...{ most: Math.min(128, Math.ceil(places / 4)), adapter: { kind: "head-lora/1", rank: 8, scale: 2 } },
    ...{ learningRate: 0.003, epochs, batch: 8, seed },
  });
  return { format: "openledger-chat-plan/1", recipe };
}

/** The published adapter. @throws ContentError for a file of another size; as `getGenerator` */
export async function getChatWeights(
  content: ContentFiles,
  { plan: { recipe }, weights }: Pick<ChatManifest, "plan" | "weights">,
): Promise<Weights[]> {
  const { shape } = await getGenerator(content, recipe.base);
  return getTensors(content, weights, adapterTensors(recipe, shape.hidden), 1);
}
