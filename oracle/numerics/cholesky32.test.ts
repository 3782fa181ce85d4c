import { describe, expect, it } from "vitest";
import { choleskyFactor, choleskySolve } from "./cholesky64.ts";
import {
  choleskyPacked,
  NotPositiveDefiniteError,
  packedElements,
  PANEL,
  panelStart,
  solvePacked,
} from "./cholesky32.ts";
import { randomStream } from "./random.ts";
import { createWasmKernels } from "./wasmKernels.ts";
import type { Workspace } from "./workspace.ts";
import { createWorkspace, WorkspaceTooLargeError } from "./workspace.ts";

/** A Gram matrix of random rows plus damping on its diagonal, packed; and the same in float64. */
function damped(space: Workspace, n: number, damping: number) {
  const stream = randomStream(1, 0);
  const width = 40;
  const rows = Float64Array.from({ length: n * width }, () => stream.normal() / Math.sqrt(width));
  const full = new Float64Array(n * n);
  const pointer = space.allocate(packedElements(n));
  const packed = space.floats(pointer, packedElements(n));
  for (let i = 0; i < n; i++) {
    const panel = Math.floor(i / PANEL);
    for (let j = i; j < n; j++) {
      let sum = i === j ? damping : 0;
      for (let t = 0; t < width; t++) sum += rows[i * width + t]! * rows[j * width + t]!;
      full[i * n + j] = full[j * n + i] = sum;
      packed[panelStart(n, panel) + (i - panel * PANEL) * (n - panel * PANEL) + j - panel * PANEL] = sum;
    }
  }
  return { pointer, full };
}

describe("the packed Cholesky factorisation", () => {
  it.each([1, 63, 64, 65, 255, 256, 257, 600])("solves systems of order %i as float64 does", (n) => {
    const columns = 3;
    const space = createWorkspace(createWasmKernels, packedElements(n) + n * columns + 64, "");
    const { pointer, full } = damped(space, n, 0.3);
    const right = space.allocate(n * columns);
    const stream = randomStream(2, 0);
    const values = space.floats(right, n * columns);
    for (let i = 0; i < values.length; i++) values[i] = stream.normal();
    const expected = Float64Array.from(values);
    choleskySolve(choleskyFactor(full, n), n, expected, columns);
    choleskyPacked(space, n, pointer);
    solvePacked(space, n, pointer, columns, right);
    const scale = Math.max(...expected.map(Math.abs));
    expect(Math.max(...values.map((value, i) => Math.abs(value - expected[i]!))) / scale).toBeLessThan(2e-5);
  });

  it("names the row where the matrix stops being positive definite", () => {
    const n = 400;
    const space = createWorkspace(createWasmKernels, packedElements(n), "");
    const { pointer } = damped(space, n, 0.3);
    space.floats(pointer, packedElements(n))[panelStart(n, 1) + 44 * (n - PANEL) + 44] = -1;
    expect(() => choleskyPacked(space, n, pointer)).toThrow(new NotPositiveDefiniteError(300));
  });
});

describe("a workspace", () => {
  it("refuses work that 4 GiB cannot hold and says what to change", () => {
    expect(() => createWorkspace(createWasmKernels, 2 ** 31, "use fewer training rows")).toThrow(
      WorkspaceTooLargeError,
    );
    expect(() => createWorkspace(createWasmKernels, 2 ** 31, "use fewer training rows")).toThrow(
      /needs 8.00 GiB of memory, more than the limit of 4 GiB: use fewer training rows/u,
    );
  });

  it("does not hand out more than it was made for", () => {
    const space = createWorkspace(createWasmKernels, 16, "");
    expect(() => space.allocate(100_000)).toThrow(/leaves the workspace/u);
  });
});
