import { z } from "zod";
import { ContentError } from "../../common/errors.ts";
import { decodeSafetensors } from "../safetensors.ts";
import type { Tensor } from "../weights.ts";
import type { BertModel } from "./bert.ts";
import { parseBertShape } from "./bertShape.ts";

/** The files that a sentence encoder is published as. */
export interface BertFiles {
  /** config.json */
  readonly config: Uint8Array;
  /** tokenizer.json */
  readonly tokenizer: Uint8Array;
  /** sentence_bert_config.json */
  readonly sentences: Uint8Array;
  /** model.safetensors, tensors named as PyTorch's BertModel names them */
  readonly weights: Uint8Array;
}

const configSchema = z.object({
  model_type: z.literal("bert"),
  hidden_act: z.literal("gelu"),
  position_embedding_type: z.literal("absolute").default("absolute"),
  hidden_size: z.number(),
  intermediate_size: z.number(),
  num_attention_heads: z.number(),
  num_hidden_layers: z.number(),
  max_position_embeddings: z.number(),
  vocab_size: z.number(),
  layer_norm_eps: z.number(),
});
const sentencesSchema = z.object({ max_seq_length: z.number() });
const tokenizerSchema = z.object({
  normalizer: z.object({
    type: z.literal("BertNormalizer"),
    lowercase: z.literal(true),
    handle_chinese_chars: z.literal(true),
    strip_accents: z.literal([true, null]),
  }),
  model: z.object({
    // older files do not say so
    type: z.literal("WordPiece").default("WordPiece"),
    continuing_subword_prefix: z.literal("##"),
    max_input_chars_per_word: z.literal(100),
    vocab: z.record(z.string(), z.number().int().nonnegative()),
  }),
});

/** What a sentence encoder does not use: numbers of the places, and what the pretraining's second task read. */
const UNUSED = new Set(["embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"]);

/**
 * A pretrained BERT encoder in the project's weights. The kind of the first sentence, which every token has, is added to its place.
 *
 * @throws ContentError for files of another kind of model; InputError for sizes that cannot be run; SafetensorsError
 */
export function importBert(files: BertFiles): BertModel {
  const config = parseFile("config.json", files.config, configSchema);
  const { model: { vocab } } = parseFile("tokenizer.json", files.tokenizer, tokenizerSchema); // prettier-ignore
  const sentences = parseFile("sentence_bert_config.json", files.sentences, sentencesSchema);
  const shape = parseBertShape({
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    hidden: config.hidden_size,
    units: config.intermediate_size,
    vocabulary: config.vocab_size,
    places: config.max_position_embeddings,
    length: sentences.max_seq_length,
    epsilon: config.layer_norm_eps,
  });
  const tensors = new Map(decodeSafetensors(files.weights, UNUSED).weights.map((tensor) => [tensor.name, tensor]));
  const take = (source: string, name: string): Tensor => {
    const found = tensors.get(source);
    if (found === undefined) throw new ContentError("the model's weights lack a tensor", { value: source });
    return { ...found, name };
  };
  const affine = (source: string, name: string, factor: "gain" | "weights"): Tensor[] => [
    take(`${source}.weight`, `${name}.${factor}`),
    take(`${source}.bias`, `${name}.bias`),
  ];
  const weights = [
    take("embeddings.word_embeddings.weight", "words"),
    placesOf(
      take("embeddings.position_embeddings.weight", "places"),
      take("embeddings.token_type_embeddings.weight", ""),
    ),
    ...affine("embeddings.LayerNorm", "embedding.norm", "gain"),
    ...Array.from({ length: shape.layers }, (_, layer) => {
      const source = `encoder.layer.${layer}`;
      const parts = ["query", "key", "value"].map((part) => `${source}.attention.self.${part}`);
      return [
        below(
          `${layer}.attention.weights`,
          parts.map((part) => take(`${part}.weight`, "")),
        ),
        below(
          `${layer}.attention.bias`,
          parts.map((part) => take(`${part}.bias`, "")),
        ),
        ...affine(`${source}.attention.output.dense`, `${layer}.attended`, "weights"),
        ...affine(`${source}.attention.output.LayerNorm`, `${layer}.attended.norm`, "gain"),
        ...affine(`${source}.intermediate.dense`, `${layer}.up`, "weights"),
        ...affine(`${source}.output.dense`, `${layer}.down`, "weights"),
        ...affine(`${source}.output.LayerNorm`, `${layer}.down.norm`, "gain"),
      ];
    }).flat(),
  ];
  return { shape, vocabulary: vocabularyOf(vocab, shape.vocabulary), weights };
}

function parseFile<T>(name: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : "it is not JSON";
    throw new ContentError(`${name} is not that of a BERT encoder: ${reason}`, {
      limit: "an uncased BERT with WordPiece, GELU and learned places",
      cause,
    });
  }
}

function vocabularyOf(vocab: Readonly<Record<string, number>>, size: number): string[] {
  const pieces = Object.entries(vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([piece, id], i) => {
      if (id === i) return piece;
      throw new ContentError("the vocabulary's numbers have a gap or a repetition", { value: `${piece}: ${id}` });
    });
  if (pieces.length === size) return pieces;
  throw new ContentError("the vocabulary does not fit the model", { value: pieces.length, limit: `${size} pieces` });
}

function placesOf(places: Tensor, kinds: Tensor): Tensor {
  const width = places.shape[1]!;
  return { ...places, values: places.values.map((value, i) => value + kinds.values[i % width]!) };
}

function below(name: string, tensors: readonly Tensor[]): Tensor {
  const rows = tensors.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const values = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.values.length, 0));
  let at = 0;
  for (const tensor of tensors) {
    values.set(tensor.values, at);
    at += tensor.values.length;
  }
  return { name, shape: [rows, ...tensors[0]!.shape.slice(1)], values };
}
