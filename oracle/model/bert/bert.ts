import { InputError } from "../../common/errors.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { aligned, createWorkspace, type Workspace } from "../../numerics/workspace.ts";
import { type Encoder, toLengthOne } from "../answers/encoder.ts";
import type { Weights } from "../weights.ts";
import { bertTensors, type BertShape, checkBertWeights } from "./bertShape.ts";
import { createWordPiece } from "./wordPiece.ts";

/** Tokens that are computed at the same time unless one piece of text is longer: what fits into the caches. */
const ROWS = 384;
/** Integers of eleven bits: 1,023² · 2,048 is below 2³¹. */
const LEVELS = 1_023;

/** A pretrained encoder. */
export interface BertModel {
  readonly shape: BertShape;
  readonly vocabulary: readonly string[];
  readonly weights: Weights;
}

/** A matrix of the frozen model: int16 in strips, a scale per output, a bias. */
interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  readonly strips: number;
  readonly scales: number;
  readonly bias: number;
}

interface Norm {
  readonly gain: number;
  readonly bias: number;
}

interface Block {
  readonly attention: Dense;
  readonly attended: Dense;
  readonly attendedNorm: Norm;
  readonly up: Dense;
  readonly down: Dense;
  readonly downNorm: Norm;
}

/**
 * A BERT encoder (Devlin et al. 2018) with the mean over a text's tokens (Reimers and Gurevych 2019). Its matrices are products of integers of eleven
 * bits, exact in any order, one scale per row; everything else is float32 in `ieee-sequential/1` order. A row never meets a row of another text, so a
 * text's vector does not depend on what it is encoded with. A text longer than the model reads is read in pieces; one without a known token is zero.
 *
 * @throws InputError for a vocabulary that does not fit; TensorMismatchError, WeightValueError
 */
export function openBert(createKernels: KernelFactory, { shape, vocabulary, weights }: BertModel): Encoder {
  checkBertWeights(shape, weights);
  if (vocabulary.length !== shape.vocabulary) {
    throw new InputError("the vocabulary does not fit the model", {
      value: `${vocabulary.length} pieces`,
      limit: `${shape.vocabulary} pieces`,
    });
  }
  const tokenizer = createWordPiece(vocabulary);
  const { hidden, length } = shape;
  const rows = Math.max(ROWS, length);
  const space = createWorkspace(createKernels, elementsOf(shape, rows), "use a smaller base");
  const forward = loadForward(space, shape, weights, rows);

  /** The token numbers of each piece of a text; none for a text without a known token. */
  function piecesOf(text: string): number[][] {
    const tokens = tokenizer.tokens(text);
    if (tokens.every((token) => token === tokenizer.unknown)) return [];
    const inside = length - 2;
    return Array.from({ length: Math.ceil(tokens.length / inside) }, (_, i) => [
      tokenizer.begin,
      ...tokens.slice(i * inside, (i + 1) * inside),
      tokenizer.end,
    ]);
  }

  return {
    dimension: hidden,
    encode(texts) {
      const sums = new Float32Array(texts.length * hidden);
      let waiting: { readonly text: number; readonly piece: readonly number[] }[] = [];
      let tokens = 0;
      const flush = (): void => {
        const pooled = forward(waiting.map(({ piece }) => piece));
        for (const [i, { text }] of waiting.entries()) {
          for (let j = 0; j < hidden; j++) {
            sums[text * hidden + j] = sums[text * hidden + j]! + pooled[i * hidden + j]!;
          }
        }
        waiting = [];
        tokens = 0;
      };
      for (const [text, written] of texts.entries()) {
        for (const piece of piecesOf(written)) {
          if (tokens + piece.length > rows) flush();
          waiting.push({ text, piece });
          tokens += piece.length;
        }
      }
      if (waiting.length > 0) flush();
      return toLengthOne(sums, hidden);
    },
  };
}

/** Elements that are in the workspace at the same time. */
function elementsOf(shape: BertShape, rows: number): number {
  const { hidden, units, length } = shape;
  let elements = 0;
  for (const { shape: sizes, elements: count } of bertTensors(shape)) {
    elements += sizes.length === 1 ? 2 * aligned(count) : aligned(count / 2);
  }
  const largest = Math.max(3 * hidden * hidden, units * hidden);
  const padded = Math.ceil(length / 4) * 4;
  const floats = [largest, largest / 2, hidden * rows, hidden * rows, hidden * rows, 3 * hidden * rows, units * rows];
  return (
    elements +
    [...floats, (Math.max(hidden, units) * rows) / 2, rows, rows, length * padded, hidden].reduce(
      (sum, size) => sum + aligned(size),
      0,
    )
  );
}

/** Sums over the tokens of pieces, pieces x hidden. */
type Forward = (pieces: readonly (readonly number[])[]) => Float32Array;

function loadForward(space: Workspace, shape: BertShape, weights: Weights, rows: number): Forward {
  const { kernels, scratch } = space;
  const { layers, heads, hidden, units, length, epsilon } = shape;
  const tensors = new Map(weights.map(({ name, values }) => [name, values]));
  const headSize = hidden / heads;
  const largest = Math.max(3 * hidden * hidden, units * hidden);

  const vector = (name: string): number => {
    const values = tensors.get(name)!;
    const pointer = space.allocate(values.length);
    space.floats(pointer, values.length).set(values);
    return pointer;
  };
  const norm = (name: string): Norm => ({ gain: vector(`${name}.gain`), bias: vector(`${name}.bias`) });
  const staged = space.allocate(largest);
  const rounded = space.allocate(largest / 2);
  const dense = (name: string, outputs: number, inputs: number): Dense => {
    space.floats(staged, outputs * inputs).set(tensors.get(`${name}.weights`)!);
    const [strips, scales] = [space.allocate((outputs * inputs) / 2), space.allocate(outputs)];
    kernels.quantiseRows(outputs, inputs, LEVELS, staged, rounded, scales);
    kernels.packStrips(outputs, inputs, rounded, strips);
    return { inputs, outputs, strips, scales, bias: vector(`${name}.bias`) };
  };
  const embeddingNorm = norm("embedding.norm");
  const blocks = Array.from({ length: layers }, (_, layer): Block => {
    const attention = dense(`${layer}.attention`, 3 * hidden, hidden);
    // scores are products of queries and keys over √headSize: the queries come divided
    const share = Math.fround(1 / Math.sqrt(headSize));
    for (const pointer of [attention.scales, attention.bias]) {
      const queries = space.floats(pointer, hidden);
      for (let i = 0; i < hidden; i++) queries[i] = queries[i]! * share;
    }
    return {
      attention,
      attended: dense(`${layer}.attended`, hidden, hidden),
      attendedNorm: norm(`${layer}.attended.norm`),
      up: dense(`${layer}.up`, units, hidden),
      down: dense(`${layer}.down`, hidden, units),
      downNorm: norm(`${layer}.down.norm`),
    };
  });

  const padded = Math.ceil(length / 4) * 4;
  const [x, y, context] = [space.allocate(rows * hidden), space.allocate(rows * hidden), space.allocate(rows * hidden)];
  const [joint, wide] = [space.allocate(rows * 3 * hidden), space.allocate(rows * units)];
  const [values, scales] = [space.allocate((rows * Math.max(hidden, units)) / 2), space.allocate(rows)];
  const [inverse, scores, sum] = [space.allocate(rows), space.allocate(length * padded), space.allocate(hidden)];
  const [words, places] = [tensors.get("words")!, tensors.get("places")!];

  const apply = (
    count: number,
    { inputs, outputs, strips, scales: factors, bias }: Dense,
    from: number,
    to: number,
  ) => {
    kernels.quantiseRows(count, inputs, LEVELS, from, values, scales);
    kernels.integerProduct(count, outputs, inputs, values, scales, strips, factors, bias, to);
  };
  const normalise = (count: number, { gain, bias }: Norm, from: number, to: number) => {
    kernels.normalise(count, hidden, epsilon, from, from, inverse);
    kernels.scaleColumns(count, hidden, from, gain, to);
    kernels.addBias(count, hidden, to, bias);
  };
  /** Scores lie with a row for each key, so that every query's sum is a lane of its own. */
  const attend = (first: number, size: number) => {
    const width = Math.ceil(size / 4) * 4;
    const row = 3 * hidden;
    for (let head = 0; head < heads; head++) {
      const queries = joint + 4 * (first * row + head * headSize);
      const [keys, contents] = [queries + 4 * hidden, queries + 8 * hidden];
      kernels.gemm(size, size, headSize, 1, keys, row, 1, queries, 1, row, 0, scores, width, scratch);
      kernels.softmaxColumns(size, width, scores);
      const to = context + 4 * (first * hidden + head * headSize);
      kernels.gemm(size, headSize, size, 1, scores, 1, width, contents, row, 1, 0, to, hidden, scratch);
    }
  };

  return (pieces) => {
    const count = pieces.reduce((total, piece) => total + piece.length, 0);
    const embedded = space.floats(y, count * hidden);
    let at = 0;
    for (const piece of pieces) {
      for (const [place, token] of piece.entries()) {
        for (let j = 0; j < hidden; j++) embedded[at++] = words[token * hidden + j]! + places[place * hidden + j]!;
      }
    }
    normalise(count, embeddingNorm, y, x);
    for (const { attention, attended, attendedNorm, up, down, downNorm } of blocks) {
      apply(count, attention, x, joint);
      let first = 0;
      for (const { length: size } of pieces) {
        attend(first, size);
        first += size;
      }
      apply(count, attended, context, y);
      kernels.addBias(1, count * hidden, y, x);
      normalise(count, attendedNorm, y, x);
      apply(count, up, x, wide);
      kernels.geluByErf(count * units, wide);
      apply(count, down, wide, y);
      kernels.addBias(1, count * hidden, y, x);
      normalise(count, downNorm, y, x);
    }
    const pooled = new Float32Array(pieces.length * hidden);
    let first = 0;
    for (const [i, { length: size }] of pieces.entries()) {
      kernels.columnSums(size, hidden, x + 4 * first * hidden, sum);
      pooled.set(space.floats(sum, hidden), i * hidden);
      first += size;
    }
    return pooled;
  };
}
