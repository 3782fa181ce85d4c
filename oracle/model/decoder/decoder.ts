import { InputError } from "../../common/errors.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { placeInStrip } from "../../numerics/int8Strips.ts";
import { createWorkspace } from "../../numerics/workspace.ts";
import type { DecoderShape } from "./decoderShape.ts";
import type { DecoderWeights } from "./decoderWeights.ts";
import { elementsOf, loadDecoder, type Packed } from "./loadDecoder.ts";
import { rotaryAngles } from "./rotaryAngles.ts";

/** Tokens that are computed at the same time. */
const ROWS = 32;
/** Places of a block of keys in the cache. */
const PLACES = 16;
/** Integers of a row of activations under `int8-exact/1`. */
const LEVELS = 127;

/**
 * How rows meet the frozen int8 matrices: `float32/1` in float32, each sum one chain in ascending order; `int8-exact/1` as int8 with a scale for each
 * row, whose sums are exact in any order. Everything else is the same.
 */
export type DecoderProfile = "float32/1" | "int8-exact/1";

/** What a decoder makes room for. */
export interface DecoderRoom {
  readonly profile: DecoderProfile;
  /** Sequences that are continued at the same time. */
  readonly sequences: number;
  /** Places of a sequence, at most those that the model has learned. */
  readonly length: number;
}

/** Tokens that a sequence goes on with. */
export interface Step {
  readonly sequence: number;
  readonly tokens: readonly number[];
  /** The states after so many of the last tokens are wanted. */
  readonly seen: number;
}

/** A decoder of the Llama kind with a cache of keys and values. */
export interface Decoder {
  readonly shape: DecoderShape;
  readonly length: number;
  /** Reads on. `see` is called with the state after a token, in the order of steps and tokens; it is valid during the call. @throws InputError */
  advance(steps: readonly Step[], see: (step: number, token: number, state: Float32Array) => void): void;
  /** The logits of what comes after a state; valid until the next call. */
  logits(state: Float32Array): Float32Array;
  /** Forgets a sequence from a place on. */
  rewind(sequence: number, to: number): void;
}

/**
 * Root mean squares, rotary places, attention with shared keys, gated units, and logits by the matrix of the words (Touvron et al. 2023). Tokens that are
 * read one by one, all at once, or beside other sequences have the same bits: every element is a chain of its own.
 *
 * @throws InputError for room that the model does not fill; WorkspaceTooLargeError
 */
export function openDecoder(
  createKernels: KernelFactory,
  shape: DecoderShape,
  weights: DecoderWeights,
  { profile, sequences, length }: DecoderRoom,
): Decoder {
  if (length < 1 || length > shape.places) {
    throw new InputError("the model has not learned so many places", {
      value: length,
      limit: `1 to ${shape.places}`,
      remedy: "Give a smaller length.",
    });
  }
  const { hidden, heads, keyHeads, units, vocabulary, epsilon } = shape;
  const capacity = Math.ceil(length / PLACES) * PLACES;
  const size = hidden / heads;
  const half = size / 2;
  const shared = keyHeads * size;
  const width = hidden + 2 * shared;
  const elements = elementsOf(shape, ROWS, sequences, capacity);
  const space = createWorkspace(createKernels, elements, "make room for fewer sequences or a smaller length");
  const { kernels } = space;
  const { words, layers, norm } = loadDecoder(space, shape, weights, sequences, capacity);
  const { cosines, sines } = rotaryAngles(length, size, shape.theta);
  const used = Array.from({ length: sequences }, () => 0);

  const [x, y] = [space.allocate(ROWS * hidden), space.allocate(ROWS * hidden)];
  const joint = space.allocate(ROWS * width);
  const [gated, raised] = [space.allocate(ROWS * Math.max(hidden, units)), space.allocate(ROWS * units)];
  const [rounded, factors] = [space.allocate((ROWS * Math.max(hidden, units)) / 2), space.allocate(ROWS)];
  const scratch = space.allocate(3 * capacity);
  const [last, logits] = [space.allocate(hidden), space.allocate(vocabulary)];
  const embedded = new Int8Array(kernels.memory.buffer);
  const floats = new Float32Array(kernels.memory.buffer);

  function apply(rows: number, { outputs, inputs, strips, scales }: Packed, from: number, to: number): void {
    if (profile === "float32/1") {
      kernels.floatByInt8(rows, outputs, inputs, from, strips, scales, to);
      return;
    }
    kernels.quantiseRows(rows, inputs, LEVELS, from, rounded, factors);
    kernels.int8ByInt8(rows, outputs, inputs, rounded, factors, strips, scales, to);
  }

  /** Turns pairs (i, i + size/2) of the queries and keys of a row by its place. */
  function turn(row: number, place: number): void {
    for (let head = 0; head < heads + keyHeads; head++) {
      const first = joint / 4 + row * width + head * size;
      for (let i = 0; i < half; i++) {
        const [cos, sin] = [cosines[place * half + i]!, sines[place * half + i]!];
        const [a, b] = [floats[first + i]!, floats[first + half + i]!];
        floats[first + i] = Math.fround(a * cos) - Math.fround(b * sin);
        floats[first + half + i] = Math.fround(b * cos) + Math.fround(a * sin);
      }
    }
  }

  function remember(row: number, place: number, keys: number, values: number): void {
    const from = joint / 4 + row * width + hidden;
    const block = place - (place % PLACES);
    for (let head = 0; head < keyHeads; head++) {
      const first = head * capacity * size;
      for (let d = 0; d < size; d++) {
        floats[keys / 4 + first + block * size + d * PLACES + (place % PLACES)] = floats[from + head * size + d]!;
        floats[values / 4 + first + place * size + d] = floats[from + shared + head * size + d]!;
      }
    }
  }

  interface Run {
    readonly step: number;
    readonly sequence: number;
    /** Of the tokens within the step. */
    readonly from: number;
    readonly tokens: readonly number[];
    readonly place: number;
  }

  /** The last hidden rows of at most ROWS tokens, in x. */
  function forward(runs: readonly Run[]): void {
    let row = 0;
    for (const { tokens } of runs) {
      for (const token of tokens) {
        const scale = floats[words.scales / 4 + token]!;
        for (let t = 0; t < hidden; t++) {
          floats[x / 4 + row * hidden + t] = embedded[words.strips + placeInStrip(token, t, hidden)]! * scale;
        }
        row++;
      }
    }
    const rows = row;
    for (const layer of layers) {
      kernels.rootMeanSquare(rows, hidden, epsilon, x, layer.attentionNorm, y);
      apply(rows, layer.attention, y, joint);
      row = 0;
      for (const { sequence, tokens, place } of runs) {
        const [keys, values] = [layer.keys[sequence]!, layer.values[sequence]!];
        for (let i = 0; i < tokens.length; i++) {
          turn(row + i, place + i);
          remember(row + i, place + i, keys, values);
        }
        kernels.attend(
          ...([tokens.length, place, heads, keyHeads, size, capacity, 1 / Math.sqrt(size)] as const),
          ...([joint + 4 * row * width, width, keys, values, scratch, gated + 4 * row * hidden] as const),
        );
        row += tokens.length;
      }
      apply(rows, layer.attended, gated, y);
      kernels.addBias(1, rows * hidden, x, y);
      kernels.rootMeanSquare(rows, hidden, epsilon, x, layer.unitsNorm, y);
      apply(rows, layer.gate, y, gated);
      apply(rows, layer.up, y, raised);
      kernels.activation(1, rows * units, gated, gated);
      kernels.multiply(rows * units, gated, raised);
      apply(rows, layer.down, gated, y);
      kernels.addBias(1, rows * hidden, x, y);
    }
  }

  function check(steps: readonly Step[]): void {
    const after = [...used];
    for (const { sequence, tokens } of steps) {
      const strange = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
      if (strange !== undefined) {
        throw new InputError("the model has no such token", { value: strange, limit: `0 to ${vocabulary - 1}` });
      }
      after[sequence] = after[sequence]! + tokens.length;
      if (after[sequence] <= length) continue;
      throw new InputError("the text is longer than the model's context", {
        value: `${after[sequence]} tokens`,
        limit: `${length} tokens, the answer's included`,
        remedy: "Shorten the question, or ask for a shorter answer.",
      });
    }
  }

  return {
    shape,
    length,
    advance(steps, see) {
      check(steps);
      let waiting: Run[] = [];
      let rows = 0;
      const flush = () => {
        forward(waiting);
        let row = 0;
        for (const { step, from, tokens } of waiting) {
          for (let i = 0; i < tokens.length; i++, row++) {
            const { tokens: all, seen } = steps[step]!;
            if (from + i < all.length - seen) continue;
            kernels.rootMeanSquare(1, hidden, epsilon, x + 4 * row * hidden, norm, last);
            see(step, from + i, space.floats(last, hidden));
          }
        }
        waiting = [];
        rows = 0;
      };
      for (const [step, { sequence, tokens }] of steps.entries()) {
        for (let from = 0; from < tokens.length;) {
          const some = tokens.slice(from, from + ROWS - rows);
          waiting.push({ step, sequence, from, tokens: some, place: used[sequence]! });
          used[sequence] = used[sequence]! + some.length;
          rows += some.length;
          from += some.length;
          if (rows === ROWS) flush();
        }
      }
      if (rows > 0) flush();
    },
    logits(state) {
      space.floats(last, hidden).set(state);
      apply(1, words, last, logits);
      return space.floats(logits, vocabulary);
    },
    rewind(sequence, to) {
      used[sequence] = Math.min(used[sequence]!, to);
    },
  };
}
