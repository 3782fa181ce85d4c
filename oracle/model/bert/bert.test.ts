import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../common/errors.ts";
import { createPlainKernels } from "../../numerics/plainKernels.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { TensorMismatchError, WeightValueError } from "../weights.ts";
import { openBert } from "./bert.ts";
import { importBert } from "./importBert.ts";
import { referenceVector } from "./testing/referenceBert.ts";
import { TINY_VOCABULARY, tinyBertFiles } from "./testing/tinyBert.ts";
import { createWordPiece } from "./wordPiece.ts";

const files = tinyBertFiles(1);
const model = importBert(files);
const encoder = openBert(createWasmKernels, model);
const { begin, end, tokens } = createWordPiece(TINY_VOCABULARY);

const TEXTS = [
  "the cold water",
  "fever",
  "unknown bees watered the naive cafe, 3?",
  "東京",
  "a b c d e f g h i j k l m n",
];
const text = fc.string({ unit: fc.constantFrom(...Array.from("abcdefgh .,é東ไ")), maxLength: 60 });

describe("a BERT encoder", () => {
  it("is refused with another vocabulary, a tensor missing, of another size, or not finite", () => {
    const open = (change: Partial<typeof model>) => () => openBert(createWasmKernels, { ...model, ...change });
    expect(open({ vocabulary: TINY_VOCABULARY.slice(1) })).toThrow(InputError);
    expect(open({ weights: model.weights.slice(1) })).toThrow(TensorMismatchError);
    expect(open({ weights: [...model.weights, model.weights[0]!] })).toThrow(TensorMismatchError);
    expect(open({ shape: { ...model.shape, units: 72 } })).toThrow(TensorMismatchError);
    const [first, ...rest] = model.weights;
    const values = first!.values.map((value, i) => (i === 5 ? NaN : value));
    expect(open({ weights: [{ ...first!, values }, ...rest] })).toThrow(WeightValueError);
  });

  it("agrees with the definition in float64 within what eleven bits allow", () => {
    for (const [i, written] of TEXTS.entries()) {
      const expected = referenceVector(files, [begin, ...tokens(written), end]);
      const actual = encoder.encode(TEXTS).subarray(i * 32, (i + 1) * 32);
      const cosine = actual.reduce((sum, value, j) => sum + value * expected[j]!, 0);
      expect(cosine).toBeGreaterThan(0.9999);
    }
  });

  it("has the same bits in plain loops", () => {
    expect(openBert(createPlainKernels, model).encode(TEXTS)).toEqual(encoder.encode(TEXTS));
  });

  it("gives a text the same bits whatever it is encoded with", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), (texts) => {
        const together = encoder.encode(texts);
        for (const [i, one] of texts.entries()) {
          expect(encoder.encode([one])).toEqual(together.slice(i * 32, (i + 1) * 32));
        }
      }),
      { numRuns: 20 },
    );
  });

  it("reads the whole of a text that is longer than a piece", () => {
    const long = "a ".repeat(40);
    const [whole, changed] = [encoder.encode([long]), encoder.encode([`${long} fever`])];
    expect(changed).not.toEqual(whole);
    const inside = model.shape.length - 2;
    const repeated = encoder.encode(["b ".repeat(inside), "b ".repeat(3 * inside)]);
    for (let j = 0; j < 32; j++) expect(repeated[32 + j]).toBeCloseTo(repeated[j]!, 6);
  });

  it("has nothing to go by in a text without a known word", () => {
    expect(encoder.encode(["", "ไทย ไทย"])).toEqual(new Float32Array(64));
    expect(encoder.encode([])).toEqual(new Float32Array(0));
  });

  it("makes vectors of length 1", () => {
    const vector = encoder.encode(["the cold water"]);
    expect(vector.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 6);
  });
});
