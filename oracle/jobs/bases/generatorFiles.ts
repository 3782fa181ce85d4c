import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { z } from "zod";
import { decoderShapeSchema } from "../../model/decoder/decoderShape.ts";
import { decodeDecoderWeights, encodeDecoderWeights } from "../../model/decoder/decoderWeights.ts";
import type { DecoderModel } from "../../model/decoder/importGguf.ts";
import type { ContentFiles } from "../contentFiles.ts";
import { parseJson, readingBase } from "./baseFiles.ts";

/** What a generator's hash points to. */
const generatorSchema = z.strictObject({
  format: z.literal("openledger-base/1"),
  kind: z.literal("llama/1"),
  shape: decoderShapeSchema,
  /** CID of the tokenizer: tokens, merges and special tokens as JSON. */
  vocabulary: z.string(),
  /** CID of the weights: int8 rows and their scales, part after part. */
  weights: z.string(),
});

const vocabularySchema = z.strictObject({
  tokens: z.array(z.string()),
  merges: z.array(z.string()),
  specials: z.array(z.number().int().nonnegative()),
});

/** Stores a generator's files. Its hash is the CID of the file that names the others: the same model has the same hash everywhere. */
export async function putGenerator(
  content: Pick<ContentFiles, "put">,
  { shape, vocabulary, weights }: DecoderModel,
): Promise<string> {
  const { tokens, merges, specials } = vocabulary;
  const base: z.output<typeof generatorSchema> = {
    format: "openledger-base/1",
    kind: "llama/1",
    shape,
    vocabulary: await content.put(new TextEncoder().encode(JSON.stringify({ tokens, merges, specials }))),
    weights: await content.put(encodeDecoderWeights(shape, weights)),
  };
  return content.put(new TextEncoder().encode(canonicalJson(base)));
}

/** @throws ContentError for files that are no generator's; as `ContentFiles.get` */
export async function getGenerator(content: Pick<ContentFiles, "get">, hash: string): Promise<DecoderModel> {
  return readingBase(hash, async () => {
    const { shape, ...files } = generatorSchema.parse(parseJson(await content.get(hash)));
    const vocabulary = vocabularySchema.parse(parseJson(await content.get(files.vocabulary)));
    const weights = decodeDecoderWeights(shape, await content.get(files.weights));
    return { shape, vocabulary, weights };
  });
}
