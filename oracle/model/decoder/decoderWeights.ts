import { ContentError } from "../../common/errors.ts";
import { roundHalfEven } from "../../numerics/roundHalfEven.ts";
import { littleEndianBytes } from "../weights.ts";
import { decoderParts, type DecoderShape } from "./decoderShape.ts";

const LEVELS = 127;

/** A frozen matrix: a value is `integers` times its row's scale. */
export interface Int8Matrix {
  readonly outputs: number;
  readonly inputs: number;
  /** By rows, -127 to 127. */
  readonly integers: Int8Array;
  /** One for each row. */
  readonly scales: Float32Array;
}

/** The weights of a decoder by the names of its parts. */
export interface DecoderWeights {
  readonly matrices: ReadonlyMap<string, Int8Matrix>;
  readonly gains: ReadonlyMap<string, Float32Array>;
}

/** Rows of float32 as int8: scale = largest / 127, integers = x · (127 / largest), to nearest, ties to even. */
export function int8Matrix(outputs: number, inputs: number, values: Float32Array): Int8Matrix {
  const integers = new Int8Array(outputs * inputs);
  const scales = new Float32Array(outputs);
  for (let row = 0; row < outputs; row++) {
    let largest = 0;
    for (let t = row * inputs; t < (row + 1) * inputs; t++) largest = Math.max(largest, Math.abs(values[t]!));
    if (largest < 1e-30) continue;
    scales[row] = largest / LEVELS;
    const factor = Math.fround(LEVELS / largest);
    for (let t = row * inputs; t < (row + 1) * inputs; t++) {
      integers[t] = roundHalfEven(Math.fround(values[t]! * factor));
    }
  }
  return { outputs, inputs, integers, scales };
}

/** One sequence of bytes for the same weights: part after part, a matrix as its integers and then its scales, numbers in float32, little-endian. */
export function encodeDecoderWeights(shape: DecoderShape, { matrices, gains }: DecoderWeights): Uint8Array {
  const bytes = new Uint8Array(weightBytes(shape));
  let at = 0;
  const add = (more: Uint8Array) => {
    bytes.set(more, at);
    at += more.length;
  };
  for (const part of decoderParts(shape)) {
    if (part.kind === "gain") {
      add(littleEndianBytes(gains.get(part.name)!));
      continue;
    }
    const { integers, scales } = matrices.get(part.name)!;
    add(new Uint8Array(integers.buffer, integers.byteOffset, integers.length));
    add(littleEndianBytes(scales));
  }
  return bytes;
}

/** @throws ContentError for bytes that are no weights of this shape */
export function decodeDecoderWeights(shape: DecoderShape, bytes: Uint8Array): DecoderWeights {
  if (bytes.length !== weightBytes(shape)) {
    throw new ContentError("the weights do not fit the decoder's sizes", {
      value: `${bytes.length} bytes`,
      limit: `${weightBytes(shape)} bytes`,
    });
  }
  const matrices = new Map<string, Int8Matrix>();
  const gains = new Map<string, Float32Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const floats = (name: string, count: number): Float32Array => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++, at += 4) {
      values[i] = view.getFloat32(at, true);
      if (Number.isFinite(values[i]!)) continue;
      throw new ContentError("the decoder's weights hold what is no number", { value: `${values[i]} in ${name}` });
    }
    return values;
  };
  for (const part of decoderParts(shape)) {
    if (part.kind === "gain") {
      gains.set(part.name, floats(part.name, part.size));
      continue;
    }
    const { name, outputs, inputs } = part;
    const integers = new Int8Array(bytes.buffer, bytes.byteOffset + at, outputs * inputs);
    at += integers.length;
    matrices.set(name, { outputs, inputs, integers, scales: floats(name, outputs) });
  }
  return { matrices, gains };
}

function weightBytes(shape: DecoderShape): number {
  return decoderParts(shape).reduce(
    (sum, part) => sum + (part.kind === "gain" ? 4 * part.size : part.outputs * (part.inputs + 4)),
    0,
  );
}
