import { z } from "zod";
import { ContentError } from "../../common/errors.ts";
import type { Vocabulary } from "./bytePairs.ts";
import { decoderParts, type DecoderShape, parseDecoderShape } from "./decoderShape.ts";
import { type DecoderWeights, int8Matrix, type Int8Matrix } from "./decoderWeights.ts";
import { type Gguf, openGguf } from "./gguf.ts";

/** A pretrained generator. */
export interface DecoderModel {
  readonly shape: DecoderShape;
  readonly vocabulary: Vocabulary;
  readonly weights: DecoderWeights;
}

/** Kind of a token that stands for something else than text. */
const CONTROL = 3;

const headerSchema = z.object({
  "general.architecture": z.literal("llama"),
  "llama.block_count": z.number(),
  "llama.context_length": z.number(),
  "llama.embedding_length": z.number(),
  "llama.feed_forward_length": z.number(),
  "llama.attention.head_count": z.number(),
  "llama.attention.head_count_kv": z.number(),
  "llama.rope.freq_base": z.number(),
  "llama.attention.layer_norm_rms_epsilon": z.number(),
  "llama.vocab_size": z.number(),
  "tokenizer.ggml.model": z.literal("gpt2"),
  "tokenizer.ggml.pre": z.literal("smollm"),
  "tokenizer.ggml.tokens": z.array(z.string()),
  "tokenizer.ggml.merges": z.array(z.string()),
  "tokenizer.ggml.token_type": z.array(z.number()),
});

/**
 * A pretrained decoder of the Llama kind, its matrices as int8 with a scale for each row, out of a file of llama.cpp.
 *
 * @throws ContentError for another kind of model; InputError for sizes that cannot be run
 */
export function importGguf(bytes: Uint8Array): DecoderModel {
  const file = openGguf(bytes);
  const parsed = headerSchema.safeParse(Object.fromEntries(file.values));
  if (!parsed.success) {
    throw new ContentError(`the GGUF file holds another kind of model: ${z.prettifyError(parsed.error)}`, {
      limit: "a Llama with GPT-2's byte pairs as SmolLM2 has them",
    });
  }
  const header = parsed.data;
  const shape = parseDecoderShape({
    layers: header["llama.block_count"],
    heads: header["llama.attention.head_count"],
    keyHeads: header["llama.attention.head_count_kv"],
    hidden: header["llama.embedding_length"],
    units: header["llama.feed_forward_length"],
    vocabulary: header["llama.vocab_size"],
    places: header["llama.context_length"],
    theta: header["llama.rope.freq_base"],
    epsilon: header["llama.attention.layer_norm_rms_epsilon"],
  });
  const tokens = header["tokenizer.ggml.tokens"];
  if (tokens.length !== shape.vocabulary) {
    throw new ContentError("the vocabulary does not fit the model", {
      value: `${tokens.length} tokens`,
      limit: `${shape.vocabulary} tokens`,
    });
  }
  const specials = header["tokenizer.ggml.token_type"].flatMap((kind, id) => (kind === CONTROL ? [id] : []));
  return {
    shape,
    vocabulary: { tokens, merges: header["tokenizer.ggml.merges"], specials },
    weights: weightsOf(shape, file),
  };
}

function weightsOf(shape: DecoderShape, file: Gguf): DecoderWeights {
  const matrices = new Map<string, Int8Matrix>();
  const gains = new Map<string, Float32Array>();
  for (const part of decoderParts(shape)) {
    const values = valuesOf(shape, file, part.name);
    const expected = part.kind === "gain" ? part.size : part.outputs * part.inputs;
    if (values.length !== expected || !allFinite(values)) {
      throw new ContentError("a tensor does not fit the model", {
        value: `${part.name}: ${values.length} elements`,
        limit: `${expected} finite numbers`,
      });
    }
    if (part.kind === "gain") gains.set(part.name, values);
    else matrices.set(part.name, int8Matrix(part.outputs, part.inputs, values));
  }
  return { matrices, gains };
}

const NAMES: Readonly<Record<string, string>> = {
  "attention.norm": "attn_norm",
  attended: "attn_output",
  "units.norm": "ffn_norm",
  gate: "ffn_gate",
  up: "ffn_up",
  down: "ffn_down",
};

function valuesOf({ hidden, heads }: DecoderShape, file: Gguf, name: string): Float32Array {
  if (name === "words") return file.tensor("token_embd.weight");
  if (name === "norm") return file.tensor("output_norm.weight");
  const dot = name.indexOf(".");
  const [block, part] = [`blk.${name.slice(0, dot)}`, name.slice(dot + 1)];
  if (part !== "attention") return file.tensor(`${block}.${NAMES[part]!}.weight`);
  const size = hidden / heads;
  const [queries, keys] = ["attn_q", "attn_k"].map((one) =>
    halvesOf(file.tensor(`${block}.${one}.weight`), hidden, size),
  );
  return joined([queries!, keys!, file.tensor(`${block}.attn_v.weight`)]);
}

/** llama.cpp keeps the rows of a head as pairs (i, i + size/2); here they are in two halves, as they were published. */
function halvesOf(rows: Float32Array, hidden: number, size: number): Float32Array {
  const out = new Float32Array(rows.length);
  for (let row = 0; row < rows.length / hidden; row++) {
    const within = row % size;
    const to = row - within + (within % 2) * (size / 2) + (within >> 1);
    out.set(rows.subarray(row * hidden, (row + 1) * hidden), to * hidden);
  }
  return out;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function allFinite(values: Float32Array): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false;
  return true;
}
