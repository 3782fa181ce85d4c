import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../common/errors.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { createPlainKernels } from "../../numerics/plainKernels.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { openDecoder, type Decoder, type DecoderProfile } from "./decoder.ts";
import { importGguf } from "./importGguf.ts";
import { referenceLogits } from "./testing/referenceDecoder.ts";
import { tinyGguf } from "./testing/tinyGguf.ts";

const LENGTH = 100;
const SEQUENCES = 16;
const file = tinyGguf(1);
const { shape, weights } = importGguf(file);
const PROFILES: readonly DecoderProfile[] = ["float32/1", "int8-exact/1"];

function open(profile: DecoderProfile, kernels: KernelFactory = createWasmKernels): Decoder {
  return openDecoder(kernels, shape, weights, { profile, sequences: SEQUENCES, length: LENGTH });
}

/** The logits after each token. */
function read(decoder: Decoder, sequence: number, tokens: readonly number[]): Float32Array[] {
  const all: Float32Array[] = [];
  decoder.advance([{ sequence, tokens, seen: tokens.length }], (_, __, state) =>
    all.push(decoder.logits(state).slice()),
  );
  return all;
}

const token = fc.nat(shape.vocabulary - 1);
const tokens = fc.array(token, { minLength: 1, maxLength: LENGTH });
const TOKENS = Array.from({ length: 60 }, (_, i) => (37 * i + 11) % shape.vocabulary);

describe("a decoder", () => {
  it("refuses a context that it has not learned, tokens that it has not, and more tokens than fit", () => {
    const room = { profile: "float32/1", sequences: 1, length: shape.places + 1 } as const;
    expect(() => openDecoder(createWasmKernels, shape, weights, room)).toThrow(InputError);
    const decoder = open("float32/1");
    for (const bad of [-1, shape.vocabulary, 0.5, NaN]) expect(() => read(decoder, 0, [bad])).toThrow(InputError);
    read(decoder, 0, TOKENS);
    expect(() => read(decoder, 0, TOKENS)).toThrow(/longer than the model's context/u);
    read(decoder, 1, TOKENS);
    decoder.rewind(0, 40);
    read(decoder, 0, TOKENS);
  });

  it("agrees with the definition in float64", () => {
    const expected = referenceLogits(file, TOKENS);
    for (const [profile, least] of [
      ["float32/1", 1 - 1e-9],
      ["int8-exact/1", 0.995],
    ] as const) {
      for (const [i, logits] of read(open(profile), 0, TOKENS).entries()) {
        expect(cosine([...logits], expected[i]!)).toBeGreaterThan(least);
      }
    }
  });

  it.each(PROFILES)("has the same bits in plain loops: %s", (profile) => {
    const [wasm, plain] = [createWasmKernels, createPlainKernels].map((kernels) =>
      read(open(profile, kernels), 0, TOKENS),
    );
    expect(plain).toEqual(wasm);
  });

  it.each(PROFILES)("has the same bits for tokens that are read at once, in parts, or one by one: %s", (profile) => {
    const [whole, parts] = [open(profile), open(profile)];
    fc.assert(
      fc.property(tokens, fc.array(fc.integer({ min: 1, max: 45 }), { minLength: 1, maxLength: 8 }), (all, sizes) => {
        whole.rewind(0, 0);
        parts.rewind(0, 0);
        const expected = read(whole, 0, all);
        const found: Float32Array[] = [];
        for (let at = 0, i = 0; at < all.length; i++) {
          const some = all.slice(at, at + sizes[i % sizes.length]!);
          found.push(...read(parts, 0, some));
          at += some.length;
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it.each(PROFILES)("has the same bits beside up to fifteen other sequences: %s", (profile) => {
    const [alone, together] = [open(profile), open(profile)];
    const sequences = fc.array(fc.array(token, { minLength: 1, maxLength: 40 }), {
      minLength: 1,
      maxLength: SEQUENCES,
    });
    fc.assert(
      fc.property(sequences, (all) => {
        const steps = all.map((one, sequence) => ({ sequence, tokens: one, seen: 2 }));
        const found = all.map((): Float32Array[] => []);
        for (const [i] of all.entries()) together.rewind(i, 0);
        together.advance(steps, (step, _, state) => found[step]!.push(together.logits(state).slice()));
        for (const [i, one] of all.entries()) {
          alone.rewind(0, 0);
          expect(found[i]).toEqual(read(alone, 0, one).slice(-2));
        }
      }),
      { numRuns: 8 },
    );
  });

  it("goes on from where it was rewound to as if nothing had been read since", () => {
    const decoder = open("int8-exact/1");
    const expected = read(decoder, 0, TOKENS);
    decoder.rewind(0, 20);
    read(decoder, 0, [5, 6, 7]);
    decoder.rewind(0, 20);
    expect(read(decoder, 0, TOKENS.slice(20))).toEqual(expected.slice(20));
  });
});

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
