import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { architectureOf } from "./architecture.ts";
import { nameMapSchema, NameMapError, weightsByName } from "./namedWeights.ts";
import { parseRecipe } from "./recipe.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { TensorMismatchError, WeightValueError } from "./weights.ts";

const recipe = parseRecipe({
  format: "openledger-recipe/1",
  input: { kind: "dense", width: 3 },
  layers: [{ kind: "dense", units: 2 }, { kind: "norm" }],
  optimizer: { kind: "adam", learningRate: 0.05 },
  ...{ classes: 4, epochs: 1, batch: 8, seed: 1 },
});
const architecture = architectureOf(recipe);
/** As `nn.Sequential(nn.Linear(3, 2), nn.SiLU(), nn.LayerNorm(2), nn.Linear(2, 4))` is stored. */
const tensor = (name: string, shape: readonly number[]) => ({
  ...{ name, shape },
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
});
const tensors = [
  ...[tensor("0.weight", [2, 3]), tensor("0.bias", [2]), tensor("2.weight", [2]), tensor("2.bias", [2])],
  ...[tensor("3.weight", [4, 2]), tensor("3.bias", [4])],
];
const parameters = {
  ...{ "layers.0.weight": "0.weight", "layers.0.bias": "0.bias" },
  ...{ "layers.1.gain": "2.weight", "layers.1.bias": "2.bias" },
  ...{ "classifier.weight": "3.weight", "classifier.bias": "3.bias" },
};
const map = nameMapSchema.parse({ parameters });
const take = (given = tensors, by = map, of = architecture) => weightsByName(of, given, by);
const without = (name: keyof typeof parameters) =>
  nameMapSchema.parse({ parameters: Object.fromEntries(Object.entries(parameters).filter(([key]) => key !== name)) });

describe("weights by a name map", () => {
  it("are refused where a side is missing, with both names", () => {
    expect(() => take(tensors, without("layers.0.bias"))).toThrow(/lacks a parameter/u);
    expect(() => take(tensors.slice(1))).toThrow(/the file lacks a tensor/u);
    expect(() => take([...tensors, tensor("counter", [1])])).toThrow(/does not mention/u);
    const strange = nameMapSchema.parse({ parameters: { ...parameters, "layers.9.weight": "0.weight" } });
    expect(() => take(tensors, strange)).toThrow(NameMapError);
    expect(() => nameMapSchema.parse({ parameters, rename: {} })).toThrow(/rename/u);
  });

  it("are refused with another shape, a value that is none, and for convolutions", () => {
    const with0 = (first: (typeof tensors)[number]) => [first, ...tensors.slice(1)];
    expect(() => take(with0(tensor("0.weight", [3, 2])))).toThrow(TensorMismatchError);
    expect(() => take(with0(tensor("0.weight", [3, 2])))).toThrow(/\[2, 3\], outputs before inputs/u);
    const spoiled = tensor("0.weight", [2, 3]);
    spoiled.values[4] = NaN;
    expect(() => take(with0(spoiled))).toThrow(WeightValueError);
    const convolution = architectureOf(
      parseRecipe({
        ...recipe,
        input: { kind: "image", height: 4, width: 4, channels: 1 },
        layers: [{ kind: "convolution", kernel: 3, filters: 2 }],
      }),
    );
    expect(() => take(tensors, map, convolution)).toThrow(/convolution's kernels/u);
  });

  it("turn matrices and keep the rest, and may pass tensors over", () => {
    const ignoring = nameMapSchema.parse({ parameters, ignored: ["counter"] });
    const weights = take([...tensors, tensor("counter", [1])], ignoring);
    expect(weights.map(({ name, shape }) => [name, shape])).toEqual(
      architecture.parameters.map(({ name, shape }) => [name, shape]),
    );
    expect([...weights[0]!.values]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...weights[4]!.values]).toEqual([1, 3, 5, 7, 2, 4, 6, 8]);
    expect([...weights[2]!.values]).toEqual([1, 2]);
  });
});

/** A safetensors file of one tensor in another format. */
function fileOf(dtype: string, bytes: Buffer): Uint8Array {
  const header = JSON.stringify({ t: { dtype, shape: [bytes.length / 2], data_offsets: [0, bytes.length] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), bytes]);
}
const read = (dtype: string, bits: readonly number[]) =>
  decodeSafetensors(fileOf(dtype, Buffer.from(Uint16Array.from(bits).buffer))).weights[0]!.values;

describe("narrow floating-point numbers", () => {
  it("are read without rounding: zeros, smallest, largest, and what is no number", () => {
    expect([
      ...read("F16", [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00]),
    ]).toEqual([0, -0, 2 ** -24, 1_023 * 2 ** -24, 2 ** -14, 1, -2, 65_504, Infinity, -Infinity, NaN]);
    expect([...read("BF16", [0x0000, 0x8000, 0x3f80, 0xc000, 0x7f80])]).toEqual([0, -0, 1, -2, Infinity]);
  });

  it("in bfloat16 are the float32 whose lower half is zero", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 20 }), (bits) => {
        const wide = new Float32Array(Uint32Array.from(bits, (upper) => upper << 16).buffer);
        const { weights } = decodeSafetensors(encodeSafetensors([{ name: "t", shape: [bits.length], values: wide }]));
        expect(read("BF16", bits)).toEqual(weights[0]!.values);
      }),
    );
  });
});
