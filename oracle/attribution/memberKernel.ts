/** One model's training features in a workspace, and the kernel between them and any queries. */
import { architectureOf, trainedLayers } from "../model/architecture.ts";
import type { PreparedInputs } from "../model/batches.ts";
import { checkRows, preparedInputs } from "../model/batches.ts";
import type { Recipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import { labelsPerRow, rowCount } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import { checkWeights } from "../model/weights.ts";
import { PANEL } from "../numerics/cholesky32.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import type { Workspace } from "../numerics/workspace.ts";
import { aligned, createWorkspace } from "../numerics/workspace.ts";
import { KernelRangeError } from "./errors.ts";
import type { KernelScratch, Postings } from "./kernel.ts";
import {
  allocateKernelScratch,
  createPostings,
  KERNEL_SCRATCH_ELEMENTS,
  kernelBlock,
  layerTraces,
  scaleLayers,
} from "./kernel.ts";
import type { Taps, TapTarget } from "./taps.ts";
import { allocateTaps, fillTaps, tapElements } from "./taps.ts";

export interface MemberKernel {
  readonly space: Workspace;
  /** Training rows N. */
  readonly rows: number;
  /** Features of the training rows, each layer scaled to a mean kernel diagonal of 1. */
  readonly taps: Taps;
  /** What each layer's deltas were multiplied by. */
  readonly factors: Float64Array;
  readonly postings: Postings | undefined;
  readonly scratch: KernelScratch;
  /** Layers with parameters: the mean of the kernel's diagonal. */
  readonly meanDiagonal: number;
  /** Calls `use` with blocks of at most 256 queries, in order. @param target of the queries, the margin when absent */
  queryKernel(queries: LabelledRows, use: UseBlock, target?: TapTarget): void;
}

/** @param block points to the kernel rows of queries first … first + count - 1, count x N @param doubts their 1 - p */
export type UseBlock = (first: number, count: number, block: number, doubts: Float32Array) => void;

/** Sparse entries that a block of queries may hold; a single row never has more than there are buckets. */
function queryEntries(inputs: PreparedInputs, buckets: number): number {
  return inputs.kind === "sparse" ? Math.max(2 ** 18, buckets) : 0;
}

/**
 * @param extraElements workspace elements that the caller allocates besides
 * @throws RowsError, TensorMismatchError, KernelRangeError, WorkspaceTooLargeError
 */
export function createMemberKernel(
  createKernels: KernelFactory,
  recipe: Recipe,
  weights: Weights,
  training: LabelledRows,
  extraElements: number,
): MemberKernel {
  const architecture = architectureOf(recipe);
  checkRows(architecture, training);
  const inputs = preparedInputs(training.inputs);
  const rows = rowCount(training.inputs);
  const entries = inputs.kind === "sparse" ? inputs.ids.length : 0;
  const buckets = recipe.input.kind === "bags" ? recipe.input.buckets : 0;
  const capacity = queryEntries(inputs, buckets);
  checkWeights(architecture, weights);
  const elements =
    tapElements(architecture, rows, entries) +
    (aligned(buckets + 1) + 2 * aligned(entries)) +
    KERNEL_SCRATCH_ELEMENTS +
    aligned(PANEL * rows) +
    tapElements(architecture, PANEL, capacity) +
    extraElements;
  const space = createWorkspace(
    createKernels,
    elements,
    "lower the scheme's exactRows below the training rows, so that landmarks stand for them, or use a smaller model",
  );
  const taps = allocateTaps(space, architecture, rows, entries);
  fillTaps(createKernels, space, architecture, weights, taps, inputs, training.labels, trainingTarget(recipe));
  const factors = layerTraces(space, taps).map((trace, l): number => {
    if (!(trace > 0) || !Number.isFinite(trace))
      throw new KernelRangeError(trainedLayers(architecture)[l]!.name, trace);
    return Math.sqrt(rows / trace);
  });
  scaleLayers(space, taps, factors);
  const postings = buckets === 0 ? undefined : createPostings(space, taps, buckets);
  const scratch = allocateKernelScratch(space);

  function queryKernel(queries: LabelledRows, use: UseBlock, target?: TapTarget): void {
    checkRows(architecture, queries);
    const prepared = preparedInputs(queries.inputs);
    const [total, labelsEach] = [rowCount(queries.inputs), labelsPerRow(queries.inputs)];
    const before = space.mark();
    const block = space.allocate(PANEL * rows);
    const beforeBlock = space.mark();
    for (let first = 0; first < total;) {
      const chunk = nextBlock(prepared, first, total, capacity);
      const queryTaps = allocateTaps(space, architecture, chunk.rows, chunk.entries);
      const labels = queries.labels.subarray(first * labelsEach, (first + chunk.rows) * labelsEach);
      fillTaps(createKernels, space, architecture, weights, queryTaps, chunk.inputs, labels, target);
      scaleLayers(space, queryTaps, factors);
      kernelBlock(space, scratch, queryTaps, 0, chunk.rows, taps, postings, 0, rows, block, rows);
      const doubts = space.floats(queryTaps.doubt, chunk.rows).slice();
      space.release(beforeBlock);
      use(first, chunk.rows, block, doubts);
      first += chunk.rows;
    }
    space.release(before);
  }
  return { space, rows, taps, factors, postings, scratch, meanDiagonal: taps.layers.length, queryKernel };
}

/**
 * What training rows are differentiated: the margin, whose weight 1 - p a scheme puts in afterwards, where a row has one label; the likelihood
 * of a sequence, where every token has a weight of its own. Queries are margins.
 */
export function trainingTarget({ input }: Recipe): TapTarget {
  return input.kind === "tokens" ? "likelihood" : "margin";
}

/** The next rows of queries: at most 256, at most `capacity` sparse entries. */
function nextBlock(
  inputs: PreparedInputs,
  first: number,
  end: number,
  capacity: number,
): { inputs: PreparedInputs; rows: number; entries: number } {
  let rows = Math.min(PANEL, end - first);
  if (inputs.kind === "dense") {
    const { width } = inputs;
    const values = inputs.values.subarray(first * width, (first + rows) * width);
    return { inputs: { kind: "dense", values, width }, rows, entries: 0 };
  }
  if (inputs.kind === "tokens") {
    const { length } = inputs;
    const ids = inputs.ids.subarray(first * length, (first + rows) * length);
    return { inputs: { kind: "tokens", ids, length }, rows, entries: 0 };
  }
  const start = inputs.offsets[first]!;
  while (inputs.offsets[first + rows]! - start > capacity) rows--;
  const stop = inputs.offsets[first + rows]!;
  const offsets = inputs.offsets.slice(first, first + rows + 1).map((offset) => offset - start);
  const ids = inputs.ids.subarray(start, stop);
  return {
    inputs: { kind: "sparse", offsets, ids, weights: inputs.weights.subarray(start, stop) },
    rows,
    entries: stop - start,
  };
}
