import type { Architecture } from "../../model/architecture.ts";
import { architectureOf } from "../../model/architecture.ts";
import type { PreparedInputs } from "../../model/batches.ts";
import { checkRows, preparedInputs } from "../../model/batches.ts";
import type { Recipe } from "../../model/recipe.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { RowsError } from "../../model/rows.ts";
import type { Weights } from "../../model/weights.ts";
import { checkWeights } from "../../model/weights.ts";
import { packedElements, PANEL } from "../../numerics/cholesky32.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import type { Workspace } from "../../numerics/workspace.ts";
import { aligned, createWorkspace, largestFitting } from "../../numerics/workspace.ts";
import type { KernelScratch, Postings } from "../kernel.ts";
import { allocateKernelScratch, createPostings, KERNEL_SCRATCH_ELEMENTS, kernelBlock } from "../kernel.ts";
import type { Taps } from "../taps.ts";
import { allocateTaps, fillTaps, tapElements } from "../taps.ts";

/**
 * One trained model with the per-row gradient features of its training rows and of the outputs to explain. Features are of the
 * margin; the gradient of minus the cross-entropy is (1 - p) times it, with 1 - p in `doubt`.
 */
export interface TappedModel {
  readonly space: Workspace;
  readonly architecture: Architecture;
  /** Training rows. */
  readonly rows: number;
  readonly training: Taps;
  /** Outputs to explain. */
  readonly outputs: number;
  readonly queries: Taps;
  /** 1 - p_y of each training row and of each output, as float64. */
  readonly trainingDoubt: Float64Array;
  readonly queryDoubt: Float64Array;
  readonly scratch: KernelScratch;
  /** Takes the features of the training rows as if their labels were these. */
  fillTraining(taps: Taps, labels: Int32Array): void;
  /** The training rows' bags inverted, where the model has an embedding bag. */
  readonly postings: Postings | undefined;
}

/** An attribution method: scores of every training row for every output, from one trained model. */
export interface AttributionMethod {
  readonly name: string;
  /** Workspace elements that `scores` allocates. */
  elements(architecture: Architecture, rows: number, outputs: number): number;
  /** outputs x rows, row-major; higher = including the row raises the output. */
  scores(model: TappedModel): Float32Array;
}

/** Workspace elements of a kernel method: the packed kernel and one block of right-hand sides. */
export function kernelElements(rows: number, outputs: number): number {
  return packedElements(rows) + aligned(rows * outputs) + aligned(PANEL * rows);
}

/**
 * Takes the features of rows and outputs under one set of weights.
 *
 * @param methodElements room for the methods that will run on it, the largest of their `elements`; as a function of the rows where a number of
 * rows that fits can be named
 * @throws RowsError (sequences have a method of their own, sequenceInfluence.ts), TensorMismatchError, WorkspaceTooLargeError
 */
export function tapModel(
  createKernels: KernelFactory,
  recipe: Recipe,
  weights: Weights,
  training: LabelledRows,
  queries: LabelledRows,
  methodElements: number | ((rows: number) => number),
): TappedModel {
  const architecture = architectureOf(recipe);
  if (recipe.input.kind === "tokens") {
    throw new RowsError("these methods score rows of one label: score sequences with sequenceInfluence");
  }
  checkRows(architecture, training);
  checkRows(architecture, queries);
  checkWeights(architecture, weights);
  const prepared = [preparedInputs(training.inputs), preparedInputs(queries.inputs)] as const;
  const [rows, outputs] = [training.labels.length, queries.labels.length];
  const [entries, queryEntries] = [entriesOf(prepared[0]), entriesOf(prepared[1])];
  const buckets = recipe.input.kind === "bags" ? recipe.input.buckets : 0;
  const methodRoom = typeof methodElements === "number" ? () => methodElements : methodElements;
  /** Of the first `count` rows, if their bags are as long as the others. */
  const elementsOf = (count: number): number => {
    const bags = Math.ceil((entries * count) / rows);
    const own = tapElements(architecture, count, bags) + aligned(buckets + 1) + 2 * aligned(bags);
    return own + tapElements(architecture, outputs, queryEntries) + KERNEL_SCRATCH_ELEMENTS + methodRoom(count);
  };
  const fitting = (): string => `use at most ${largestFitting(rows, elementsOf)} training rows, or a smaller model`;
  const space = createWorkspace(createKernels, elementsOf(rows), fitting);

  const taps = allocateTaps(space, architecture, rows, entries);
  const queryTaps = allocateTaps(space, architecture, outputs, queryEntries);
  fillTaps(createKernels, space, architecture, weights, taps, prepared[0], training.labels);
  fillTaps(createKernels, space, architecture, weights, queryTaps, prepared[1], queries.labels);
  return {
    space,
    architecture,
    rows,
    training: taps,
    outputs,
    queries: queryTaps,
    trainingDoubt: Float64Array.from(space.floats(taps.doubt, rows)),
    queryDoubt: Float64Array.from(space.floats(queryTaps.doubt, outputs)),
    fillTraining(other, labels) {
      fillTaps(createKernels, space, architecture, weights, other, prepared[0], labels);
    },
    postings: buckets === 0 ? undefined : createPostings(space, taps, buckets),
    scratch: allocateKernelScratch(space),
  };
}

/**
 * The kernel between rows and the training rows in blocks of at most PANEL rows, in order. Takes PANEL · N workspace elements.
 *
 * @param taps the training rows' or the outputs' @param use `block` points to rows first … first + count - 1, count x N
 */
export function eachKernelBlock(
  model: TappedModel,
  taps: Taps,
  use: (first: number, count: number, block: number) => void,
): void {
  const { space, scratch, training, postings, rows } = model;
  const mark = space.mark();
  const block = space.allocate(PANEL * rows);
  for (let first = 0; first < taps.rows; first += PANEL) {
    const count = Math.min(PANEL, taps.rows - first);
    kernelBlock(space, scratch, taps, first, count, training, postings, 0, rows, block, rows);
    use(first, count, block);
  }
  space.release(mark);
}

/** The kernel between outputs and training rows of the margin's gradients, outputs x rows, summed over layers. */
export function crossKernel(model: TappedModel): Float32Array {
  const { space, rows, outputs } = model;
  const result = new Float32Array(outputs * rows);
  eachKernelBlock(model, model.queries, (first, count, block) => {
    result.set(space.floats(block, count * rows), first * rows);
  });
  return result;
}

/** Squared norm of every row's gradient of the margin, per layer: layers x rows. */
export function squaredNorms(space: Workspace, taps: Taps): Float64Array[] {
  return taps.layers.map((tap) => {
    const a = space.floats(tap.a, taps.rows * tap.inputs);
    const delta = space.floats(tap.delta, taps.rows * tap.outputs);
    const offsets = tap.kind === "bag" ? space.integers(taps.bags.offsets, taps.rows + 1) : undefined;
    const weights = offsets && space.floats(taps.bags.weights, offsets[taps.rows]!);
    return Float64Array.from({ length: taps.rows }, (_, r) => {
      let input = 1;
      if (tap.kind === "outer") input += sumOfSquares(a, r * tap.inputs, (r + 1) * tap.inputs);
      if (offsets && weights) input = sumOfSquares(weights, offsets[r]!, offsets[r + 1]!);
      return input * sumOfSquares(delta, r * tap.outputs, (r + 1) * tap.outputs);
    });
  });
}

function sumOfSquares(values: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i]! * values[i]!;
  return sum;
}

function entriesOf(inputs: PreparedInputs): number {
  return inputs.kind === "sparse" ? inputs.ids.length : 0;
}

/** A model whose taps are those of layer `index` alone: kernels of it are that layer's part. */
export function singleLayer(model: TappedModel, index: number): TappedModel {
  const only = (taps: Taps): Taps => ({ ...taps, layers: [taps.layers[index]!] });
  return { ...model, training: only(model.training), queries: only(model.queries) };
}
