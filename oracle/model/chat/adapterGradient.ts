import type { KernelFactory } from "../../numerics/kernels.ts";
import { aligned, createWorkspace } from "../../numerics/workspace.ts";
import type { Int8Matrix } from "../decoder/decoderWeights.ts";
import type { Weights } from "../weights.ts";
import { adaptState, readByAdapter } from "./headAdapter.ts";
import type { ReadLesson } from "./lessons.ts";

/** Tokens whose logits are computed at the same time. */
const ROWS = 16;

/** What a lesson says about an adapter. */
export interface AdapterGradient {
  /** -Σ log p of the learned tokens. */
  readonly loss: number;
  /** Of the loss, in the elements of A and then of B. */
  readonly gradient: Float64Array;
}

/** Differentiates what the generator makes of lessons, through the frozen matrix of the words. */
export function createAdapterGradient(
  createKernels: KernelFactory,
  words: Int8Matrix,
  scale: number,
): (weights: Weights, lesson: ReadLesson) => AdapterGradient {
  const { outputs: classes, inputs: hidden, integers, scales } = words;
  const sizes = [classes * hidden, ROWS * hidden, ROWS * classes, ROWS * classes, ROWS, 2 * ROWS, 2 * classes];
  const elements = [...sizes, ROWS * hidden].reduce((sum, size) => sum + aligned(size), 0);
  const space = createWorkspace(createKernels, elements, "use a smaller base");
  const { kernels, scratch } = space;
  const [w, x, z, delta, labels, loss, doubles] = sizes.map((size) => space.allocate(size)) as [
    number, number, number, number, number, number, number,
  ]; // prettier-ignore
  const pull = space.allocate(ROWS * hidden);
  const matrix = space.floats(w, classes * hidden);
  for (let i = 0; i < matrix.length; i++) matrix[i] = integers[i]! * scales[Math.floor(i / hidden)]!;

  return (weights, { states, tokens }) => {
    const [a, b] = weights as [Weights[0], Weights[0]];
    const rank = a.values.length / hidden;
    const gradient = new Float64Array(2 * rank * hidden);
    let total = 0;
    for (let first = 0; first < tokens.length; first += ROWS) {
      const rows = Math.min(ROWS, tokens.length - first);
      const stateOf = (row: number) => states.subarray((first + row) * hidden, (first + row + 1) * hidden);
      for (let row = 0; row < rows; row++) {
        space.floats(x + 4 * row * hidden, hidden).set(adaptState(weights, scale, stateOf(row)));
      }
      space.integers(labels, rows).set(tokens.subarray(first, first + rows));
      kernels.gemm(rows, classes, hidden, 1, x, hidden, 1, w, 1, hidden, 0, z, classes, scratch);
      kernels.crossEntropy(rows, classes, 1, z, labels, delta, loss, doubles);
      kernels.gemm(rows, hidden, classes, 1, delta, classes, 1, w, hidden, 1, 0, pull, hidden, scratch);
      for (let row = 0; row < rows; row++) {
        total += space.doubles(loss, rows)[row]!;
        addOuter(gradient, b.values, scale, stateOf(row), readByAdapter(weights, stateOf(row)), space.floats(pull + 4 * row * hidden, hidden)); // prettier-ignore
      }
    }
    return { loss: total, gradient };
  };
}

/** Adds a token's gradient: of A (s·Bᵀ·pull) ⊗ state, of B s·pull ⊗ read. */
function addOuter(
  gradient: Float64Array,
  b: Float32Array,
  scale: number,
  state: Float32Array,
  read: Float32Array,
  pull: Float32Array,
): void {
  const [hidden, rank] = [state.length, read.length];
  for (let i = 0; i < rank; i++) {
    let back = 0;
    for (let j = 0; j < hidden; j++) back += b[j * rank + i]! * pull[j]!;
    for (let t = 0; t < hidden; t++) {
      const at = i * hidden + t;
      gradient[at] = gradient[at]! + scale * back * state[t]!;
    }
  }
  for (let j = 0; j < hidden; j++) {
    for (let i = 0; i < rank; i++) {
      const at = (hidden + j) * rank + i;
      gradient[at] = gradient[at]! + scale * pull[j]! * read[i]!;
    }
  }
}
