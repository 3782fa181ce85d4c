import { randomStream } from "../../../numerics/random.ts";
import { encodeSafetensors } from "../../safetensors.ts";
import type { Tensor } from "../../weights.ts";
import type { BertFiles } from "../importBert.ts";

const HIDDEN = 32;
const UNITS = 64;
const PLACES = 24;
const LENGTH = 16;

/** Pieces enough for words of the tests; every small letter is one, so that any Latin word is known. */
export const TINY_VOCABULARY: readonly string[] = [
  ...["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",", "?", "!", "-", "'", "東", "京", "ア"],
  ...Array.from("abcdefghijklmnopqrstuvwxyz0123456789", (letter) => [letter, `##${letter}`]).flat(),
  ...["the", "water", "##ed", "##ing", "un", "##known", "cafe", "naive", "fever", "cold", "bees", "α", "##β"],
];

/** A sentence encoder of two layers with random weights, in the files that such encoders are published as. */
export function tinyBertFiles(seed: number): BertFiles {
  const stream = randomStream(seed, 0);
  const tensors: Tensor[] = [];
  const add = (name: string, shape: readonly number[], scale: number, middle = 0): void => {
    const elements = shape.reduce((product, size) => product * size, 1);
    tensors.push({
      name,
      shape,
      values: Float32Array.from({ length: elements }, () => middle + scale * stream.normal()),
    });
  };
  const dense = (name: string, outputs: number, inputs: number): void => {
    add(`${name}.weight`, [outputs, inputs], 1 / Math.sqrt(inputs));
    add(`${name}.bias`, [outputs], 0.1);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [HIDDEN], 0.1, 1);
    add(`${name}.bias`, [HIDDEN], 0.1);
  };
  add("embeddings.word_embeddings.weight", [TINY_VOCABULARY.length, HIDDEN], 1);
  add("embeddings.position_embeddings.weight", [PLACES, HIDDEN], 0.3);
  add("embeddings.token_type_embeddings.weight", [2, HIDDEN], 0.3);
  norm("embeddings.LayerNorm");
  for (const layer of [0, 1]) {
    const name = `encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) dense(`${name}.attention.self.${part}`, HIDDEN, HIDDEN);
    dense(`${name}.attention.output.dense`, HIDDEN, HIDDEN);
    norm(`${name}.attention.output.LayerNorm`);
    dense(`${name}.intermediate.dense`, UNITS, HIDDEN);
    dense(`${name}.output.dense`, HIDDEN, UNITS);
    norm(`${name}.output.LayerNorm`);
  }
  dense("pooler.dense", HIDDEN, HIDDEN);
  const vocab = Object.fromEntries(TINY_VOCABULARY.map((piece, id) => [piece, id]));
  return {
    config: jsonBytes({
      ...{ model_type: "bert", hidden_act: "gelu", hidden_size: HIDDEN, intermediate_size: UNITS },
      ...{ num_attention_heads: 4, num_hidden_layers: 2, max_position_embeddings: PLACES },
      ...{ vocab_size: TINY_VOCABULARY.length, layer_norm_eps: 1e-12 },
    }),
    tokenizer: jsonBytes({
      normalizer: { type: "BertNormalizer", lowercase: true, handle_chinese_chars: true, strip_accents: null },
      model: { type: "WordPiece", continuing_subword_prefix: "##", max_input_chars_per_word: 100, vocab },
    }),
    sentences: jsonBytes({ max_seq_length: LENGTH, do_lower_case: false }),
    weights: encodeSafetensors(tensors),
  };
}

export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
