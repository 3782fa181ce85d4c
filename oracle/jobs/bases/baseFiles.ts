import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { z } from "zod";
import { ContentError, messageOf } from "../../common/errors.ts";
import type { BertModel } from "../../model/bert/bert.ts";
import { bertShapeSchema } from "../../model/bert/bertShape.ts";
import { decodeSafetensors, encodeSafetensors, SafetensorsError } from "../../model/safetensors.ts";
import type { ContentFiles } from "../contentFiles.ts";

/** What a base's hash points to: a pretrained encoder that no contribution of a Datanet made. */
const baseSchema = z.strictObject({
  format: z.literal("openledger-base/1"),
  kind: z.literal("bert/1"),
  shape: bertShapeSchema,
  /** CID of the vocabulary: a JSON array of its pieces. */
  vocabulary: z.string(),
  /** CID of the weights, a safetensors file. */
  weights: z.string(),
});

const vocabularySchema = z.array(z.string());
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Stores a base's files. Its hash is the CID of the file that names the others: the same model has the same hash everywhere. */
export async function putBase(content: Pick<ContentFiles, "put">, model: BertModel): Promise<string> {
  const base: z.output<typeof baseSchema> = {
    format: "openledger-base/1",
    kind: "bert/1",
    shape: model.shape,
    vocabulary: await content.put(new TextEncoder().encode(JSON.stringify(model.vocabulary))),
    weights: await content.put(encodeSafetensors(model.weights)),
  };
  return content.put(new TextEncoder().encode(canonicalJson(base)));
}

/** @throws ContentError for files that are no encoder's; as `ContentFiles.get` */
export async function getBase(content: Pick<ContentFiles, "get">, hash: string): Promise<BertModel> {
  return readingBase(hash, async () => {
    const base = baseSchema.parse(parseJson(await content.get(hash)));
    const vocabulary = vocabularySchema.parse(parseJson(await content.get(base.vocabulary)));
    const { weights } = decodeSafetensors(await content.get(base.weights));
    return { shape: base.shape, vocabulary, weights };
  });
}

/** Whatever cannot be read of a base's files is told as that. */
export async function readingBase<T>(hash: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (
      error instanceof SyntaxError ||
      error instanceof z.ZodError ||
      error instanceof TypeError ||
      error instanceof SafetensorsError
    ) {
      throw new ContentError(`a base cannot be read: ${messageOf(error)}`, {
        value: hash,
        limit: "a base of the kind that is needed, made by `npx openledger base add`",
        cause: error,
      });
    }
    throw error;
  }
}

export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}
