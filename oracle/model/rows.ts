import { ContentError } from "../common/errors.ts";

/** Rows of fixed width, row-major float32: features, or images as height x width x channels. */
export interface DenseInputs {
  readonly kind: "dense";
  readonly values: Float32Array;
  readonly width: number;
}

/** Bags of token ids: row r holds ids[offsets[r]] … ids[offsets[r + 1] - 1], ascending, repetitions allowed. */
export interface BagInputs {
  readonly kind: "bags";
  readonly ids: Int32Array;
  /** rows + 1 entries, the first 0. */
  readonly offsets: Int32Array;
}

/** Sequences of token ids: row r holds ids[r · length] … ids[(r + 1) · length - 1]. */
export interface TokenInputs {
  readonly kind: "tokens";
  readonly ids: Int32Array;
  readonly length: number;
}

export type Inputs = DenseInputs | BagInputs | TokenInputs;

/** The label of a position whose token is not judged: padding, or what is given before what is answered. */
export const NO_LABEL = -1;

/** Rows with a class each; sequences with a class, or {@link NO_LABEL}, for each position. */
export interface LabelledRows {
  readonly inputs: Inputs;
  readonly labels: Int32Array;
}

export function rowCount(inputs: Inputs): number {
  if (inputs.kind === "dense") return inputs.values.length / inputs.width;
  return inputs.kind === "tokens" ? inputs.ids.length / inputs.length : inputs.offsets.length - 1;
}

/** Labels per row. */
export function labelsPerRow(inputs: Inputs): number {
  return inputs.kind === "tokens" ? inputs.length : 1;
}

/** Labels of the rows with these indices, row after row. */
export function labelsOf({ inputs, labels }: LabelledRows, rows: ArrayLike<number>): Int32Array {
  const each = labelsPerRow(inputs);
  const chosen = new Int32Array(rows.length * each);
  for (let i = 0; i < rows.length; i++) chosen.set(labels.subarray(rows[i]! * each, (rows[i]! + 1) * each), i * each);
  return chosen;
}

/** Blocks of rows of one kind, one after the other. */
export function concatenateRows(blocks: readonly LabelledRows[]): LabelledRows {
  const labels = Int32Array.from(blocks.flatMap((block) => [...block.labels]));
  return { inputs: concatenateInputs(blocks.map(({ inputs }) => inputs)), labels };
}

/** The rows with these indices, in this order. */
export function selectInputs(inputs: Inputs, rows: ArrayLike<number>): Inputs {
  if (inputs.kind === "dense") {
    const { width } = inputs;
    const values = new Float32Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) {
      values.set(inputs.values.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
    }
    return { kind: "dense", values, width };
  }
  if (inputs.kind === "tokens") {
    const { length } = inputs;
    const ids = new Int32Array(rows.length * length);
    for (let i = 0; i < rows.length; i++) {
      ids.set(inputs.ids.subarray(rows[i]! * length, (rows[i]! + 1) * length), i * length);
    }
    return { kind: "tokens", ids, length };
  }
  const offsets = new Int32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    offsets[i + 1] = offsets[i]! + inputs.offsets[rows[i]! + 1]! - inputs.offsets[rows[i]!]!;
  }
  const ids = new Int32Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    ids.set(inputs.ids.subarray(inputs.offsets[rows[i]!], inputs.offsets[rows[i]! + 1]), offsets[i]);
  }
  return { kind: "bags", ids, offsets };
}

/** The rows with these indices and their labels. */
export function selectRows(rows: LabelledRows, indices: ArrayLike<number>): LabelledRows {
  return {
    inputs: selectInputs(rows.inputs, indices),
    labels: labelsOf(rows, indices),
  };
}

/** One block of rows after another. */
export function concatenateInputs(blocks: readonly Inputs[]): Inputs {
  const first = blocks[0]!;
  if (first.kind === "dense") {
    const parts = blocks.filter((block) => block.kind === "dense");
    const values = new Float32Array(parts.reduce((sum, block) => sum + block.values.length, 0));
    let at = 0;
    for (const block of parts) {
      values.set(block.values, at);
      at += block.values.length;
    }
    return { kind: "dense", values, width: first.width };
  }
  if (first.kind === "tokens") {
    const ids = blocks.flatMap((block) => (block.kind === "tokens" ? [...block.ids] : []));
    return { kind: "tokens", ids: Int32Array.from(ids), length: first.length };
  }
  const parts = blocks.filter((block) => block.kind === "bags");
  const ids = new Int32Array(parts.reduce((sum, block) => sum + block.ids.length, 0));
  const offsets = new Int32Array(parts.reduce((sum, block) => sum + block.offsets.length - 1, 1));
  let row = 0;
  let at = 0;
  for (const block of parts) {
    ids.set(block.ids, at);
    for (let r = 1; r < block.offsets.length; r++) offsets[++row] = at + block.offsets[r]!;
    at += block.ids.length;
  }
  return { kind: "bags", ids, offsets };
}

/** Bags as sparse rows: each id once, with its share of the bag as weight (the mean over tokens is then Σ weight · embedding). */
export interface SparseRows {
  readonly offsets: Int32Array;
  readonly ids: Int32Array;
  readonly weights: Float32Array;
}

export function sparseRows(bags: BagInputs): SparseRows {
  const count = bags.offsets.length - 1;
  const offsets = new Int32Array(count + 1);
  const ids = new Int32Array(bags.ids.length);
  const weights = new Float32Array(bags.ids.length);
  let next = 0;
  for (let r = 0; r < count; r++) {
    const sorted = bags.ids.slice(bags.offsets[r], bags.offsets[r + 1]).sort();
    for (let i = 0; i < sorted.length;) {
      let end = i + 1;
      while (end < sorted.length && sorted[end] === sorted[i]) end++;
      ids[next] = sorted[i]!;
      weights[next++] = (end - i) / sorted.length;
      i = end;
    }
    offsets[r + 1] = next;
  }
  return { offsets, ids: ids.slice(0, next), weights: weights.slice(0, next) };
}

/** Rows that do not fit the model. */
export class RowsError extends ContentError {}
