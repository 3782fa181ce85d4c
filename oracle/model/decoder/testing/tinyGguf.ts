import { readFileSync } from "node:fs";
import { randomStream } from "../../../numerics/random.ts";
import type { Vocabulary } from "../bytePairs.ts";

/** A small vocabulary, and what the Hugging Face library `tokenizers` 0.23.3 makes of texts in many scripts with it. */
export const VECTORS = JSON.parse(readFileSync(new URL("bytePairVectors.json", import.meta.url), "utf8")) as {
  readonly vocabulary: Vocabulary;
  readonly texts: readonly { readonly text: string; readonly tokens: readonly number[] }[];
};

const LAYERS = 2;
const HEADS = 4;
const KEY_HEADS = 2;
export const TINY_HIDDEN = 64;
const SIZE = TINY_HIDDEN / HEADS;
const UNITS = 96;
const PLACES = 200;
const BLOCK = 32;
/** 2^-9 in half precision: with a largest integer of 127 in each row nothing is lost on the way to int8 rows. */
const SCALE_BITS = 0x1800;

/** A generator of two layers with random weights, in the file of llama.cpp that such generators are published as. */
export function tinyGguf(seed: number, changes: Readonly<Record<string, Value>> = {}): Uint8Array {
  const { tokens, merges, specials } = VECTORS.vocabulary;
  const values: Record<string, Value> = {
    "general.architecture": { text: "llama" },
    "llama.block_count": { int: LAYERS },
    "llama.context_length": { int: PLACES },
    "llama.embedding_length": { int: TINY_HIDDEN },
    "llama.feed_forward_length": { int: UNITS },
    "llama.attention.head_count": { int: HEADS },
    "llama.attention.head_count_kv": { int: KEY_HEADS },
    "llama.rope.freq_base": { float: 10_000 },
    "llama.attention.layer_norm_rms_epsilon": { float: 1e-5 },
    "llama.vocab_size": { int: tokens.length },
    "tokenizer.ggml.model": { text: "gpt2" },
    "tokenizer.ggml.pre": { text: "smollm" },
    "tokenizer.ggml.tokens": { texts: tokens },
    "tokenizer.ggml.merges": { texts: merges },
    "tokenizer.ggml.token_type": { ints: tokens.map((_, id) => (specials.includes(id) ? 3 : 1)) },
    ...changes,
  };
  const stream = randomStream(seed, 0);
  const tensors: { name: string; sizes: number[]; kind: number; bytes: Uint8Array }[] = [];
  const matrix = (name: string, outputs: number, inputs: number) => {
    const integers = Int8Array.from({ length: outputs * inputs }, (_, i) =>
      i % inputs === 0 ? 127 : Math.max(-127, Math.min(127, Math.round(40 * stream.normal()))),
    );
    const bytes = new Uint8Array((integers.length / BLOCK) * (2 + BLOCK));
    for (let block = 0; block < integers.length / BLOCK; block++) {
      new DataView(bytes.buffer).setUint16(block * (2 + BLOCK), SCALE_BITS, true);
      bytes.set(new Uint8Array(integers.buffer, block * BLOCK, BLOCK), block * (2 + BLOCK) + 2);
    }
    tensors.push({ name: `${name}.weight`, sizes: [inputs, outputs], kind: 8, bytes });
  };
  const gain = (name: string) => {
    const numbers = Float32Array.from({ length: TINY_HIDDEN }, () => 1 + 0.1 * stream.normal());
    tensors.push({ name: `${name}.weight`, sizes: [TINY_HIDDEN], kind: 0, bytes: new Uint8Array(numbers.buffer) });
  };
  matrix("token_embd", tokens.length, TINY_HIDDEN);
  for (let layer = 0; layer < LAYERS; layer++) {
    const block = `blk.${layer}`;
    gain(`${block}.attn_norm`);
    matrix(`${block}.attn_q`, TINY_HIDDEN, TINY_HIDDEN);
    for (const part of ["attn_k", "attn_v"]) matrix(`${block}.${part}`, KEY_HEADS * SIZE, TINY_HIDDEN);
    matrix(`${block}.attn_output`, TINY_HIDDEN, TINY_HIDDEN);
    gain(`${block}.ffn_norm`);
    for (const part of ["ffn_gate", "ffn_up"]) matrix(`${block}.${part}`, UNITS, TINY_HIDDEN);
    matrix(`${block}.ffn_down`, TINY_HIDDEN, UNITS);
  }
  gain("output_norm");
  return ggufOf(values, tensors);
}

type Value =
  | { readonly text: string }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly texts: readonly string[] }
  | { readonly ints: readonly number[] };

function ggufOf(
  values: Readonly<Record<string, Value>>,
  tensors: readonly { name: string; sizes: number[]; kind: number; bytes: Uint8Array }[],
): Uint8Array {
  const parts: Buffer[] = [];
  const number = (bytes: 4 | 8, value: number) => {
    const part = Buffer.alloc(bytes);
    if (bytes === 4) part.writeUInt32LE(value);
    else part.writeBigUInt64LE(BigInt(value));
    parts.push(part);
  };
  const text = (value: string) => {
    number(8, Buffer.byteLength(value));
    parts.push(Buffer.from(value));
  };
  number(4, 0x46554747);
  number(4, 3);
  number(8, tensors.length);
  number(8, Object.keys(values).length);
  for (const [name, value] of Object.entries(values)) {
    text(name);
    if ("text" in value) {
      number(4, 8);
      text(value.text);
    } else if ("int" in value) {
      number(4, 4);
      number(4, value.int);
    } else if ("float" in value) {
      number(4, 6);
      parts.push(Buffer.from(Float32Array.of(value.float).buffer));
    } else {
      number(4, 9);
      const list = "texts" in value ? value.texts : value.ints;
      number(4, "texts" in value ? 8 : 4);
      number(8, list.length);
      for (const one of list) {
        if (typeof one === "string") text(one);
        else number(4, one);
      }
    }
  }
  let offset = 0;
  for (const { name, sizes, kind, bytes } of tensors) {
    text(name);
    number(4, sizes.length);
    for (const size of sizes) number(8, size);
    number(4, kind);
    number(8, offset);
    offset += Math.ceil(bytes.length / 32) * 32;
  }
  const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
  return Buffer.concat([padded(Buffer.concat(parts)), ...tensors.map(({ bytes }) => padded(bytes))]);
}
