/**
 * The tangent kernel K(n, m) = Σ_layers <∇_layer f_n, ∇_layer f_m> by ghost dot products: (a_n·a_m + 1)(δ_n·δ_m) for a dense layer,
 * (bag_n·bag_m)(δ_n·δ_m) for an embedding table, Σ_t Σ_s (a_nt·a_ms + 1)(δ_nt·δ_ms) for a layer over a sequence, the plain product for a
 * gradient that was formed.
 */
import { PANEL, panelStart } from "../numerics/cholesky32.ts";
import type { Workspace } from "../numerics/workspace.ts";
import { aligned } from "../numerics/workspace.ts";
import type { LayerTap, Taps } from "./taps.ts";

/** Columns of a block that is computed at a time: its two temporaries stay in the cache. */
const COLUMNS = 1024;

/** For each token id the training rows that hold it, ascending, with their weights. */
export interface Postings {
  readonly offsets: number;
  readonly rows: number;
  readonly weights: number;
}

/** Temporaries of a kernel block of at most PANEL rows. */
export interface KernelScratch {
  readonly left: number;
  readonly right: number;
}

export const KERNEL_SCRATCH_ELEMENTS = 2 * aligned(PANEL * COLUMNS);

export function allocateKernelScratch(space: Workspace): KernelScratch {
  return { left: space.allocate(PANEL * COLUMNS), right: space.allocate(PANEL * COLUMNS) };
}

/** Inverts the bags of taps. Workspace elements: aligned(buckets + 1) + 2·aligned(entries). */
export function createPostings(space: Workspace, taps: Taps, buckets: number): Postings {
  const rowOffsets = space.integers(taps.bags.offsets, taps.rows + 1);
  const entries = rowOffsets[taps.rows]!;
  const ids = space.integers(taps.bags.ids, entries);
  const weights = space.floats(taps.bags.weights, entries);
  const postings = {
    offsets: space.allocate(buckets + 1),
    rows: space.allocate(entries),
    weights: space.allocate(entries),
  };
  const offsets = space.integers(postings.offsets, buckets + 1);
  const postedRows = space.integers(postings.rows, entries);
  const postedWeights = space.floats(postings.weights, entries);
  offsets.fill(0);
  for (const id of ids) offsets[id + 1]!++;
  for (let id = 0; id < buckets; id++) offsets[id + 1]! += offsets[id]!;
  const next = offsets.slice(0, buckets);
  for (let row = 0; row < taps.rows; row++) {
    for (let t = rowOffsets[row]!; t < rowOffsets[row + 1]!; t++) {
      const at = next[ids[t]!]!++;
      postedRows[at] = row;
      postedWeights[at] = weights[t]!;
    }
  }
  return postings;
}

/**
 * out (rows x columns, row stride `stride`) = K(x[firstRow …], y[firstColumn …]).
 *
 * @param x at most PANEL rows are taken from it
 * @param postings y's bags inverted, where the model has an embedding bag
 */
export function kernelBlock(
  space: Workspace,
  scratch: KernelScratch,
  x: Taps,
  firstRow: number,
  rows: number,
  y: Taps,
  postings: Postings | undefined,
  firstColumn: number,
  columns: number,
  out: number,
  stride: number,
): void {
  const { kernels } = space;
  for (let r = 0; r < rows; r++) space.floats(out + 4 * r * stride, columns).fill(0);
  for (let c = 0; c < columns; c += COLUMNS) {
    const width = Math.min(COLUMNS, columns - c);
    const column = firstColumn + c;
    const target = out + 4 * c;
    for (const [l, tap] of x.layers.entries()) {
      const other = y.layers[l]!;
      if (tap.kind === "sequence" || tap.kind === "tokens") {
        addSequences(space, scratch, tap, firstRow, rows, other, column, width, target, stride);
        continue;
      }
      if (tap.kind === "gradient") {
        product(space, tap.outputs, tap.delta, firstRow, rows, other.delta, column, width, 1, target, stride);
        continue;
      }
      product(space, tap.outputs, tap.delta, firstRow, rows, other.delta, column, width, 0, scratch.right, width);
      if (tap.kind === "outer") {
        product(space, tap.inputs, tap.a, firstRow, rows, other.a, column, width, 0, scratch.left, width);
      } else {
        const { offsets, ids, weights } = x.bags;
        const last = column + width;
        const posted = postings!;
        kernels.bagOverlap(
          ...([rows, offsets + 4 * firstRow, ids, weights, posted.offsets, posted.rows, posted.weights] as const),
          ...([column, last, scratch.left] as const),
        );
      }
      kernels.addProducts(rows, width, 1, tap.bias, scratch.left, width, scratch.right, width, target, stride);
    }
  }
}

/** Positions of rows, and of columns, whose products fit into the scratch: at most 512. */
const SEQUENCE_POSITIONS = 512;

/** out += Σ_t Σ_s (a_nt·a_ms + bias)(δ_nt·δ_ms), a few sequences at a time; for tokens a_nt·a_ms is 1 where they are equal, else 0. */
function addSequences(
  space: Workspace,
  scratch: KernelScratch,
  x: LayerTap,
  firstRow: number,
  rows: number,
  y: LayerTap,
  firstColumn: number,
  columns: number,
  out: number,
  stride: number,
): void {
  const { positions, inputs, outputs, bias } = x;
  const each = Math.max(1, Math.floor(SEQUENCE_POSITIONS / positions));
  for (let r = 0; r < rows; r += each) {
    const height = Math.min(each, rows - r);
    const [top, count] = [(firstRow + r) * positions, height * positions];
    for (let c = 0; c < columns; c += each) {
      const width = Math.min(each, columns - c);
      const [left, across] = [(firstColumn + c) * positions, width * positions];
      if (x.kind === "tokens") {
        equalTokens(space, x.a + 4 * top, count, y.a + 4 * left, across, scratch.left);
      } else {
        space.floats(scratch.left, count * across).fill(bias);
        product(space, inputs, x.a, top, count, y.a, left, across, 1, scratch.left, across);
      }
      product(space, outputs, x.delta, top, count, y.delta, left, across, 0, scratch.right, across);
      const to = out + 4 * (r * stride + c);
      space.kernels.positionProducts(height, width, positions, scratch.left, scratch.right, to, stride);
    }
  }
}

function equalTokens(space: Workspace, x: number, rows: number, y: number, columns: number, out: number): void {
  const [own, other] = [space.integers(x, rows), space.integers(y, columns)];
  const equal = space.floats(out, rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) equal[r * columns + c] = own[r] === other[c] ? 1 : 0;
}

/** out = beta·out + X[first …]·Y[column …]ᵀ for row-major X and Y of the same width. */
function product(
  space: Workspace,
  inner: number,
  x: number,
  first: number,
  rows: number,
  y: number,
  column: number,
  columns: number,
  beta: number,
  out: number,
  stride: number,
): void {
  const left = x + 4 * first * inner;
  const right = y + 4 * column * inner;
  space.kernels.gemm(rows, columns, inner, 1, left, inner, 1, right, 1, inner, beta, out, stride, space.scratch);
}

/** The upper triangle of K over all rows of `taps`, packed as cholesky32.ts reads it, with λ added to the diagonal. */
export function packedKernel(
  space: Workspace,
  scratch: KernelScratch,
  taps: Taps,
  postings: Postings | undefined,
  lambda: number,
  out: number,
): void {
  const n = taps.rows;
  for (let j = 0; j * PANEL < n; j++) {
    const first = j * PANEL;
    const stride = n - first;
    const height = Math.min(PANEL, stride);
    const panel = out + 4 * panelStart(n, j);
    kernelBlock(space, scratch, taps, first, height, taps, postings, first, stride, panel, stride);
    for (let r = 0; r < height; r++) space.floats(panel + 4 * (r * stride + r), 1)[0]! += lambda;
  }
}

/** Trace of each layer's part of K, float64 sums in row order. */
export function layerTraces(space: Workspace, taps: Taps): Float64Array {
  const entries = taps.layers.some(({ kind }) => kind === "bag")
    ? space.integers(taps.bags.offsets, taps.rows + 1)
    : undefined;
  const weights = entries === undefined ? undefined : space.floats(taps.bags.weights, entries[taps.rows]!);
  return Float64Array.from(taps.layers, (tap) => {
    if (tap.kind === "sequence" || tap.kind === "tokens") return sequenceTrace(space, tap, taps.rows);
    const a = space.floats(tap.a, taps.rows * tap.inputs);
    const delta = space.floats(tap.delta, taps.rows * tap.outputs);
    let trace = 0;
    for (let r = 0; r < taps.rows; r++) {
      let left = 1;
      if (tap.kind === "outer") left = tap.bias + squares(a, r * tap.inputs, (r + 1) * tap.inputs);
      if (tap.kind === "bag") left = squares(weights!, entries![r]!, entries![r + 1]!);
      trace += left * squares(delta, r * tap.outputs, (r + 1) * tap.outputs);
    }
    return trace;
  });
}

function sequenceTrace(space: Workspace, tap: LayerTap, rows: number): number {
  const { positions, inputs, outputs, bias } = tap;
  const a = space.floats(tap.a, rows * positions * inputs);
  const ids = space.integers(tap.a, rows * positions * inputs);
  const delta = space.floats(tap.delta, rows * positions * outputs);
  let trace = 0;
  for (let t = 0; t < rows * positions; t++) {
    const first = t - (t % positions);
    for (let s = first; s < first + positions; s++) {
      const left = tap.kind === "tokens" ? Number(ids[t] === ids[s]) : bias + inner(a, t, s, inputs);
      trace += left * inner(delta, t, s, outputs);
    }
  }
  return trace;
}

/** Inner product of rows t and s. */
function inner(values: Float32Array, t: number, s: number, width: number): number {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += values[t * width + i]! * values[s * width + i]!;
  return sum;
}

function squares(values: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** Multiplies each layer's deltas, so that its part of the kernel is multiplied by the factor's square. */
export function scaleLayers(space: Workspace, taps: Taps, factors: Float64Array): void {
  for (const [l, tap] of taps.layers.entries()) {
    const factor = Math.fround(factors[l]!);
    const delta = space.floats(tap.delta, taps.rows * tap.positions * tap.outputs);
    for (let i = 0; i < delta.length; i++) delta[i]! *= factor;
  }
}
