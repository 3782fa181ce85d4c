/**
 * Does this machine compute the bits that every other operator computes? Small fixed computations, from single functions to a trained
 * and indexed model, are compared with digests that are part of the source. An operator whose machine disagrees must not sign.
 */
import { createHash } from "node:crypto";
import { fitMember } from "../attribution/fitMember.ts";
import { contributionBasis } from "../attribution/contributionBasis.ts";
import { quantiseRows } from "../attribution/quantiseRows.ts";
import { parseScheme } from "../attribution/scheme.ts";
import { openBert } from "../model/bert/bert.ts";
import { bertTensors, parseBertShape } from "../model/bert/bertShape.ts";
import { openDecoder } from "../model/decoder/decoder.ts";
import { decoderParts, parseDecoderShape } from "../model/decoder/decoderShape.ts";
import { int8Matrix } from "../model/decoder/decoderWeights.ts";
import { parseRecipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import { trainMember } from "../model/train.ts";
import { weightsHash } from "../model/weights.ts";
import { choleskyPacked, packedElements, solvePacked } from "./cholesky32.ts";
import { exp, log } from "./elementary.ts";
import { kernelFactory } from "./kernelChoice.ts";
import type { KernelFactory } from "./kernels.ts";
import { randomStream } from "./random.ts";
import type { KernelChoice } from "./shardPool.ts";
import { createWorkspace } from "./workspace.ts";

/** One comparison. */
export interface SelfTestCase {
  readonly name: string;
  /** The first 16 hex digits of a sha256 over the result's bytes. */
  readonly expected: string;
  readonly actual: string;
}

const DIGESTS = {
  "exp and log": "331685277578c0b5",
  "normal deviates": "3111d9b370d61d7a",
  "matrix product": "60b3ec7b0f0d48af",
  "Cholesky solution": "79397e85ae7232ae",
  "trained perceptron": "79360d0d26c2a756",
  "trained convolution": "a2d4e88af9112fc1",
  "trained text classifier": "7bfeeb9bb2281c79",
  "trained Transformer and adapters": "e902547d4fde5aae",
  "frozen encoder": "bd45e63c6b58c49b",
  "frozen generator": "113ecf54e92b3e89",
  "index features and query features": "48c9c8b3d735718c",
} as const;

type CaseName = keyof typeof DIGESTS;

/**
 * Runs every comparison: under a second with `wasm`.
 * @returns the comparisons in a fixed order; the machine may sign when `actual` equals `expected` in all of them
 */
export function runSelfTest(choice: KernelChoice = "wasm"): SelfTestCase[] {
  const kernels = kernelFactory(choice);
  const computations: Record<CaseName, () => string> = {
    "exp and log": elementaryDigest,
    "normal deviates": normalDigest,
    "matrix product": () => productDigest(kernels),
    "Cholesky solution": () => choleskyDigest(kernels),
    "trained perceptron": () => trainedDigest(kernels, perceptron, images()),
    "trained convolution": () => trainedDigest(kernels, convolution, images()),
    "trained text classifier": () => trainedDigest(kernels, textClassifier, texts()),
    "trained Transformer and adapters": () => transformerDigest(kernels),
    "frozen encoder": () => encoderDigest(kernels),
    "frozen generator": () => generatorDigest(kernels),
    "index features and query features": () => indexDigest(kernels),
  };
  return (Object.keys(DIGESTS) as CaseName[]).map((name) => ({
    name,
    expected: DIGESTS[name],
    actual: computations[name](),
  }));
}

function digest(...arrays: readonly ArrayBufferView[]): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of arrays) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex").slice(0, 16);
}

function elementaryDigest(): string {
  const values = new Float64Array(4000);
  const stream = randomStream(1, 0);
  for (let i = 0; i < 2000; i++) {
    values[i] = exp(1500 * stream.uniform() - 750);
    values[2000 + i] = log(values[i]!);
  }
  return digest(values);
}

function normalDigest(): string {
  const stream = randomStream(2, 0);
  return digest(Float64Array.from({ length: 1000 }, () => stream.normal()));
}

function productDigest(createKernels: KernelFactory): string {
  const [m, n, k] = [61, 43, 301];
  const space = createWorkspace(createKernels, 65_536, "");
  const [a, b, c] = [space.allocate(m * k), space.allocate(k * n), space.allocate(m * n)];
  fillNormal(space.floats(a, m * k), 3);
  fillNormal(space.floats(b, k * n), 4);
  space.kernels.gemm(m, n, k, 1, a, k, 1, b, n, 1, 0, c, n, space.scratch);
  return digest(space.floats(c, m * n));
}

function choleskyDigest(createKernels: KernelFactory): string {
  const [n, columns] = [331, 5];
  const space = createWorkspace(createKernels, packedElements(n) + n * columns + 64, "");
  const [matrix, right] = [space.allocate(packedElements(n)), space.allocate(n * columns)];
  const values = space.floats(matrix, packedElements(n));
  fillNormal(values, 5);
  for (let i = 0; i < values.length; i++) values[i]! *= 0.05;
  // Diagonals of the two panels (256 rows of stride 331, then 75 of stride 75).
  for (let i = 0; i < n; i++) values[i < 256 ? i * n + i : 256 * n + (i - 256) * 76] = 4;
  fillNormal(space.floats(right, n * columns), 6);
  choleskyPacked(space, n, matrix);
  solvePacked(space, n, matrix, columns, right);
  return digest(space.floats(right, n * columns));
}

function fillNormal(values: Float32Array, seed: number): void {
  const stream = randomStream(seed, 0);
  for (let i = 0; i < values.length; i++) values[i] = stream.normal();
}

const common = { format: "openledger-recipe/1", classes: 3, epochs: 2, batch: 16, seed: 7, members: 1 };
const image = { kind: "image", height: 8, width: 8, channels: 1 };
const perceptron = {
  ...common,
  input: { kind: "dense", width: 64 },
  layers: [
    { kind: "dense", units: 12 },
    { kind: "dense", units: 9, activation: "relu", dropout: 0.2 },
  ],
  optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 0.001 },
};
const convolution = {
  ...common,
  input: image,
  layers: [{ kind: "convolution", filters: 4, kernel: 3, stride: 2 }],
  optimizer: { kind: "adam", learningRate: 0.01 },
};
const textClassifier = {
  ...common,
  input: { kind: "bags", buckets: 128 },
  layers: [{ kind: "embeddingBag", dimension: 8 }],
  optimizer: { kind: "adam", learningRate: 0.02 },
};

const transformer = {
  ...common,
  input: { kind: "tokens", vocabulary: 11, length: 6 },
  layers: [
    { kind: "embedding", dimension: 8 },
    { kind: "transformerBlock", heads: 2, units: 12 },
    { kind: "transformerBlock", heads: 4, units: 12, activation: "tanh" },
    { kind: "norm" },
  ],
  classes: 11,
  optimizer: { kind: "adam", learningRate: 0.01 },
};
const adapters = { kind: "lora", rank: 2, targets: ["query", "value", "up"] };

const ROWS = 70;

function images(): LabelledRows {
  const values = new Float32Array(ROWS * 64);
  fillNormal(values, 8);
  return { inputs: { kind: "dense", values, width: 64 }, labels: Int32Array.from({ length: ROWS }, (_, i) => i % 3) };
}

function texts(): LabelledRows {
  const stream = randomStream(9, 0);
  const lengths = Array.from({ length: ROWS }, () => 5 + stream.below(20));
  const offsets = new Int32Array(ROWS + 1);
  for (const [row, length] of lengths.entries()) offsets[row + 1] = offsets[row]! + length;
  const ids = Int32Array.from({ length: offsets[ROWS]! }, () => stream.below(128));
  return { inputs: { kind: "bags", ids, offsets }, labels: Int32Array.from({ length: ROWS }, (_, i) => i % 3) };
}

function sequences(): LabelledRows {
  const stream = randomStream(10, 0);
  const ids = Int32Array.from({ length: ROWS * 6 }, () => stream.below(11));
  return { inputs: { kind: "tokens", ids, length: 6 }, labels: ids.map((id) => (2 * id + 1) % 11) };
}

/** A language model, then adapters on it. */
function transformerDigest(createKernels: KernelFactory): string {
  const rows = sequences();
  const start = trainMember(createKernels, parseRecipe(transformer), rows, 0);
  const adapted = trainMember(createKernels, parseRecipe({ ...transformer, adapters }), rows, 0, { start });
  return weightsHash(adapted).slice(2, 18);
}

/** Two layers of BERT on texts of different lengths. */
function encoderDigest(createKernels: KernelFactory): string {
  const vocabulary = ["[UNK]", "[CLS]", "[SEP]", ...Array.from("abcdefghijklmnopqrstuvwxyz")];
  const shape = parseBertShape({
    ...{ layers: 2, heads: 2, hidden: 16, units: 40, places: 12, length: 12, epsilon: 1e-12 },
    vocabulary: vocabulary.length,
  });
  const weights = bertTensors(shape).map(({ name, shape: sizes, elements }, seed) => {
    const values = new Float32Array(elements);
    fillNormal(values, 20 + seed);
    return { name, shape: sizes, values };
  });
  const texts = ["a b c", "", "d e f g h i j k l m n o p q r s t", "z z y"];
  return digest(openBert(createKernels, { shape, vocabulary, weights }).encode(texts));
}

/** Two layers of a decoder in both profiles, two sequences at the same time. */
function generatorDigest(createKernels: KernelFactory): string {
  const shape = parseDecoderShape({
    ...{ layers: 2, heads: 2, keyHeads: 1, hidden: 32, units: 40, vocabulary: 56, places: 40 },
    ...{ theta: 10_000, epsilon: 1e-5 },
  });
  const [matrices, gains] = [new Map<string, ReturnType<typeof int8Matrix>>(), new Map<string, Float32Array>()];
  for (const [i, part] of decoderParts(shape).entries()) {
    const values = new Float32Array(part.kind === "gain" ? part.size : part.outputs * part.inputs);
    fillNormal(values, 60 + i);
    if (part.kind === "gain") gains.set(part.name, values);
    else matrices.set(part.name, int8Matrix(part.outputs, part.inputs, values));
  }
  const logits: Float32Array[] = [];
  for (const profile of ["float32/1", "int8-exact/1"] as const) {
    const decoder = openDecoder(createKernels, shape, { matrices, gains }, { profile, sequences: 2, length: 40 });
    const steps = [7, 40].map((count, sequence) => ({
      ...{ sequence, seen: count },
      tokens: Array.from({ length: count }, (_, i) => (17 * i + sequence) % 56),
    }));
    decoder.advance(steps, (_, __, state) => logits.push(decoder.logits(state).slice()));
  }
  return digest(...logits);
}

function trainedDigest(createKernels: KernelFactory, recipe: unknown, rows: LabelledRows): string {
  return weightsHash(trainMember(createKernels, parseRecipe(recipe), rows, 0)).slice(2, 18);
}

/** 40 contributions on 32 columns, so that the basis is fitted; the last network's operator by landmarks. */
function indexDigest(createKernels: KernelFactory): string {
  const contributions = 40;
  const scheme = parseScheme({
    method: "kernel-operator/1",
    numerics: "ieee-sequential/1",
    rank: 32,
    references: ROWS,
  });
  const byLandmarks = { ...scheme, exactRows: ROWS - 1, landmarks: ROWS / 2 };
  const plainDoubt = { ...scheme, rowWeight: "doubt" as const };
  const parts: ArrayBufferView[] = [];
  for (const [own, recipe, rows] of [
    [scheme, parseRecipe(perceptron), images()],
    [plainDoubt, parseRecipe(convolution), images()],
    [scheme, parseRecipe(textClassifier), texts()],
    [byLandmarks, parseRecipe(textClassifier), texts()],
  ] as const) {
    const weights = trainMember(createKernels, recipe, rows, 0);
    const contributionOfRow = Int32Array.from({ length: ROWS }, (_, i) => i % contributions);
    const operator = fitMember(createKernels, own, recipe, weights, { rows, contributionOfRow, contributions }, 32);
    const influence = operator.influence(rows);
    const basis = contributionBasis(createKernels, influence, contributions, scheme.rank, scheme.seed);
    operator.project(basis);
    const { features, scales } = quantiseRows(basis, contributions, scheme.rank);
    parts.push(features, scales, operator.query(rows));
  }
  return digest(...parts);
}
