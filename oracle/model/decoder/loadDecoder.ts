import { aligned, type Workspace } from "../../numerics/workspace.ts";
import { decoderParts, type DecoderShape } from "./decoderShape.ts";
import type { DecoderWeights, Int8Matrix } from "./decoderWeights.ts";

/** A matrix in strips, with its scales. */
export interface Packed {
  readonly outputs: number;
  readonly inputs: number;
  readonly strips: number;
  readonly scales: number;
}

/** Where a layer's weights and caches lie. */
export interface Layer {
  readonly attentionNorm: number;
  readonly attention: Packed;
  readonly attended: Packed;
  readonly unitsNorm: number;
  readonly gate: Packed;
  readonly up: Packed;
  readonly down: Packed;
  /** Cache of each sequence. */
  readonly keys: readonly number[];
  readonly values: readonly number[];
}

/** Elements that are in the workspace at the same time, for so many rows, sequences and places. */
export function elementsOf(shape: DecoderShape, rowCount: number, sequences: number, capacity: number): number {
  const { hidden, heads, keyHeads, units, layers, vocabulary } = shape;
  const shared = (keyHeads * hidden) / heads;
  const parts = decoderParts(shape).map((part) =>
    part.kind === "gain" ? aligned(part.size) : aligned((part.outputs * part.inputs) / 4) + aligned(part.outputs),
  );
  const largest = Math.max(
    ...decoderParts(shape).map((part) => (part.kind === "gain" ? 0 : part.outputs * part.inputs)),
  );
  const widest = Math.max(hidden, units);
  const rows = [hidden, hidden, hidden + 2 * shared, widest, units, widest / 2, 1];
  const sizes = [...rows.map((size) => rowCount * size), 3 * capacity, hidden, vocabulary, largest / 4];
  const cache = layers * sequences * 2 * aligned(shared * capacity);
  return [...parts, ...sizes.map(aligned), cache].reduce((sum, size) => sum + size, 0);
}

/** Brings weights into the workspace, and makes room for the cache. */
export function loadDecoder(
  space: Workspace,
  shape: DecoderShape,
  { matrices, gains }: DecoderWeights,
  sequences: number,
  capacity: number,
): { readonly words: Packed; readonly layers: readonly Layer[]; readonly norm: number } {
  const { kernels } = space;
  const gain = (name: string): number => {
    const values = gains.get(name)!;
    const pointer = space.allocate(values.length);
    space.floats(pointer, values.length).set(values);
    return pointer;
  };
  const matrix = (name: string): Packed => {
    const { outputs, inputs, integers, scales }: Int8Matrix = matrices.get(name)!;
    const packed = { outputs, inputs, strips: space.allocate(integers.length / 4), scales: space.allocate(outputs) };
    space.floats(packed.scales, outputs).set(scales);
    const mark = space.mark();
    const staged = space.allocate(integers.length / 4);
    new Int8Array(kernels.memory.buffer).set(integers, staged);
    kernels.packInt8(outputs, inputs, staged, packed.strips);
    space.release(mark);
    return packed;
  };
  const cache = () =>
    Array.from({ length: sequences }, () => space.allocate((shape.keyHeads * shape.hidden * capacity) / shape.heads));
  const words = matrix("words");
  const layers = Array.from({ length: shape.layers }, (_, i) => ({
    attentionNorm: gain(`${i}.attention.norm`),
    attention: matrix(`${i}.attention`),
    attended: matrix(`${i}.attended`),
    unitsNorm: gain(`${i}.units.norm`),
    gate: matrix(`${i}.gate`),
    up: matrix(`${i}.up`),
    down: matrix(`${i}.down`),
    keys: cache(),
    values: cache(),
  }));
  return { words, layers, norm: gain("norm") };
}
