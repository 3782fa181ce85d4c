/** Gradients of single rows in one layer, formed from what the layer read and the deltas of its pre-activation. */
import type { Workspace } from "../numerics/workspace.ts";
import { aligned } from "../numerics/workspace.ts";

/** Rows of a layer that is applied at several positions: `a` is (rows · positions) x inputs, `delta` (rows · positions) x outputs. */
export interface AppliedLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly positions: number;
  readonly a: Float32Array;
  readonly delta: Float32Array;
}

/** Workspace elements that are taken while one row's gradient is formed. */
export function rowElements({ inputs, outputs, positions }: Omit<AppliedLayer, "a" | "delta">): number {
  return aligned(positions * inputs) + aligned(positions * outputs);
}

/** Row by row Σ_t a_t ⊗ δ_t, then, where the layer has a bias, Σ_t δ_t. @param out rows x (inputs + bias) · outputs */
export function outerGradients(space: Workspace, layer: AppliedLayer, rows: number, bias: 0 | 1, out: number): void {
  const { inputs, outputs, positions } = layer;
  const { kernels, scratch } = space;
  eachRow(space, layer, rows, (row, a, delta) => {
    const g = out + 4 * row * (inputs + bias) * outputs;
    kernels.gemm(inputs, outputs, positions, 1, a, 1, inputs, delta, outputs, 1, 0, g, outputs, scratch);
    if (bias === 1) kernels.columnSums(positions, outputs, delta, g + 4 * inputs * outputs);
  });
}

/** Row by row Σ_t normal_t ∘ δ_t (the gain's), then Σ_t δ_t (the bias's). @param out rows x 2 · outputs */
export function normGradients(space: Workspace, layer: AppliedLayer, rows: number, out: number): void {
  const { outputs, positions } = layer;
  const { kernels } = space;
  eachRow(space, layer, rows, (row, normal, delta) => {
    const g = out + 4 * row * 2 * outputs;
    kernels.columnProducts(positions, outputs, normal, delta, g);
    kernels.columnSums(positions, outputs, delta, g + 4 * outputs);
  });
}

/** Row by row the sum of the deltas of each token. @param ids rows · positions @param out rows x entries · outputs */
export function tableGradients(
  space: Workspace,
  ids: Int32Array,
  delta: Float32Array,
  rows: number,
  entries: number,
  outputs: number,
  out: number,
): void {
  const gradient = space.floats(out, rows * entries * outputs);
  const positions = ids.length / rows;
  gradient.fill(0);
  for (const [i, id] of ids.entries()) {
    const to = (Math.floor(i / positions) * entries + id) * outputs;
    for (let j = 0; j < outputs; j++) gradient[to + j]! += delta[i * outputs + j]!;
  }
}

function eachRow(
  space: Workspace,
  { inputs, outputs, positions, a, delta }: AppliedLayer,
  rows: number,
  use: (row: number, a: number, delta: number) => void,
): void {
  const mark = space.mark();
  const [read, deltas] = [space.allocate(positions * inputs), space.allocate(positions * outputs)];
  for (let row = 0; row < rows; row++) {
    const [left, right] = [positions * inputs, positions * outputs];
    space.floats(read, left).set(a.subarray(row * left, (row + 1) * left));
    space.floats(deltas, right).set(delta.subarray(row * right, (row + 1) * right));
    use(row, read, deltas);
  }
  space.release(mark);
}
