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
export interface Generator {
  /** As it was published, without an adapter. */
  readonly decoder: Decoder;
  readonly pairs: BytePairs;
  /** The matrix that logits are made by. */
  readonly words: Int8Matrix;
}

/** A generator that an adapter can be put on. */
export interface Writer extends Generator {
  adapted(weights: Weights): Decoder;
}

/** @param sequences answers that are written at the same time; @throws as `getGenerator`; InputError for a length that the base has not learned */
export async function openGenerator(
  content: Pick<ContentFiles, "get">,
  { base, profile, length }: Pick<ChatRecipe, "base" | "profile" | "length">,
  sequences = 1,
): Promise<Generator> {
  const { shape, vocabulary, weights } = await getGenerator(content, base);
  return {
    decoder: openDecoder(kernelFactory("wasm"), shape, weights, { profile, sequences, length }),
    pairs: createBytePairs(vocabulary),
    words: weights.matrices.get("words")!,
  };
}

/** @throws as `openGenerator` */
export async function openWriter(
  content: Pick<ContentFiles, "get">,
  recipe: ChatRecipe,
  sequences = 1,
): Promise<Writer> {
  const generator = await openGenerator(content, recipe, sequences);
  return { ...generator, adapted: (adapter) => adaptDecoder(generator.decoder, recipe, adapter) };
}
