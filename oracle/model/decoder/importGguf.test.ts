import { describe, expect, it } from "vitest";
import { ContentError, InputError } from "../../common/errors.ts";
import { decodeDecoderWeights, encodeDecoderWeights, int8Matrix } from "./decoderWeights.ts";
import { openGguf } from "./gguf.ts";
import { importGguf } from "./importGguf.ts";
import { tinyGguf, VECTORS } from "./testing/tinyGguf.ts";

const file = tinyGguf(1);
const model = importGguf(file);

describe("a generator out of a file of llama.cpp", () => {
  it("is refused for another file, one that was cut off, another kind of model, sizes and forms", () => {
    expect(() => importGguf(new Uint8Array(100))).toThrow(/no GGUF file/u);
    for (const length of [5, 40, 1_000, file.length - 40]) {
      expect(() => importGguf(file.subarray(0, length))).toThrow(ContentError);
    }
    const others: Parameters<typeof tinyGguf>[1][] = [
      { "general.architecture": { text: "gemma" } },
      { "tokenizer.ggml.pre": { text: "llama-bpe" } },
      { "llama.vocab_size": { int: 488 } },
      { "llama.feed_forward_length": { int: 104 } },
      { "llama.block_count": { int: 3 } },
    ];
    for (const changes of others) {
      expect(() => importGguf(tinyGguf(1, changes))).toThrow(ContentError);
    }
    expect(() => importGguf(tinyGguf(1, { "llama.attention.head_count_kv": { int: 3 } }))).toThrow(InputError);
  });

  it("has its sizes and its vocabulary", () => {
    expect(model.shape).toMatchObject({ layers: 2, heads: 4, keyHeads: 2, hidden: 64, units: 96, vocabulary: 480 });
    expect(model.vocabulary).toEqual(VECTORS.vocabulary);
  });

  it("has its bits back from its bytes, and no others", () => {
    const bytes = encodeDecoderWeights(model.shape, model.weights);
    expect(encodeDecoderWeights(model.shape, decodeDecoderWeights(model.shape, bytes))).toEqual(bytes);
    expect(() => decodeDecoderWeights(model.shape, bytes.subarray(1))).toThrow(ContentError);
    bytes.fill(0xff, bytes.length - 4);
    expect(() => decodeDecoderWeights(model.shape, bytes)).toThrow(/no number/u);
  });

  it("reads blocks of four bits with a scale and a least value", () => {
    const name = "output_norm.weight";
    const bytes = Uint8Array.from(file);
    // the last tensor, 64 numbers: its kind and two blocks in its place
    const kindAt = Buffer.from(bytes).lastIndexOf(name) + name.length + 4 + 8;
    new DataView(bytes.buffer).setUint32(kindAt, 3, true);
    const data = bytes.length - 256;
    for (const block of [0, 1]) {
      const view = new DataView(bytes.buffer, data + 20 * block);
      view.setUint16(0, 0x4000, true);
      view.setUint16(2, 0xbc00, true);
      for (let i = 0; i < 16; i++) view.setUint8(4 + i, i | ((15 - i) << 4));
    }
    const half = Array.from({ length: 16 }, (_, i) => 2 * i - 1);
    expect([...openGguf(bytes).tensor(name)]).toEqual([...half, ...half.toReversed(), ...half, ...half.toReversed()]);
  });

  it("rounds rows to 127 steps of their largest value, ties to even", () => {
    const { integers, scales } = int8Matrix(3, 4, Float32Array.of(127, 0.5, 1.5, -126.5, 0, 0, 0, 0, -2, 1, 0, 2));
    expect([...integers]).toEqual([127, 0, 2, -126, 0, 0, 0, 0, -127, 64, 0, 127]);
    expect([...scales]).toEqual([1, 0, Math.fround(2 / 127)]);
  });
});
