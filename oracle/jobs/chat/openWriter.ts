import { adaptDecoder } from "../../model/chat/headAdapter.ts";
import type { ChatRecipe } from "../../model/chat/chatRecipe.ts";
import { type BytePairs, createBytePairs } from "../../model/decoder/bytePairs.ts";
import { type Decoder, openDecoder } from "../../model/decoder/decoder.ts";
import type { Int8Matrix } from "../../model/decoder/decoderWeights.ts";
import type { Weights } from "../../model/weights.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import { getGenerator } from "../bases/generatorFiles.ts";
import type { ContentFiles } from "../contentFiles.ts";

/** A generator, ready to read and to write. */
export interface Writer {
  /** As it was published, without an adapter. */
  readonly decoder: Decoder;
  readonly pairs: BytePairs;
  /** The matrix that logits are made by. */
  readonly words: Int8Matrix;
  adapted(weights: Weights): Decoder;
}

/** @param sequences answers that are written at the same time; @throws as `getGenerator`; InputError for a length that the base has not learned */
export async function openWriter(
  content: Pick<ContentFiles, "get">,
  recipe: ChatRecipe,
  sequences = 1,
): Promise<Writer> {
  const { shape, vocabulary, weights } = await getGenerator(content, recipe.base);
  const { profile, length } = recipe;
  const decoder = openDecoder(kernelFactory("wasm"), shape, weights, { profile, sequences, length });
  return {
    decoder,
    pairs: createBytePairs(vocabulary),
    words: weights.matrices.get("words")!,
    adapted: (adapter) => adaptDecoder(decoder, recipe, adapter),
  };
}
