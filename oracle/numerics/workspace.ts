import { MachineError } from "../common/errors.ts";
import type { KernelFactory, Kernels } from "./kernels.ts";

const PAGE = 65_536;
/** WebAssembly's 32-bit address space. */
const LIMIT = 65_535 * PAGE;
const GEMM_SCRATCH = 2 ** 21;

function workspaceBytes(elements: number): number {
  return PAGE + GEMM_SCRATCH + elements * 4;
}

/** The largest count below `count` whose elements fit into a workspace; 0 when not even one does. `elementsOf` does not fall. */
export function largestFitting(count: number, elementsOf: (count: number) => number): number {
  let [fits, fails] = [0, count];
  while (fails - fits > 1) {
    const middle = (fits + fails) >> 1;
    if (workspaceBytes(elementsOf(middle)) <= LIMIT) fits = middle;
    else fails = middle;
  }
  return fits;
}

/** The work does not fit into one linear memory. */
export class WorkspaceTooLargeError extends MachineError {
  readonly bytes: number;
  constructor(bytes: number, remedy: string) {
    super(`the work needs ${(bytes / 2 ** 30).toFixed(2)} GiB of memory, more than the limit of 4 GiB: ${remedy}`);
    this.bytes = bytes;
  }
}

/**
 * One linear memory and the kernels that work on it. Sizes are foreseen: a workspace is made as large as the work needs
 * and hands out aligned regions until it is full; `mark`/`release` give back what was allocated in between.
 */
export interface Workspace {
  readonly kernels: Kernels;
  /** Scratch of `gemm`. */
  readonly scratch: number;
  /** Allocates room for `count` float32 or int32 and returns the pointer. The content is undefined. */
  allocate(count: number): number;
  /** Views; valid for the life of the workspace because the memory never grows. */
  floats(pointer: number, count: number): Float32Array;
  doubles(pointer: number, count: number): Float64Array;
  integers(pointer: number, count: number): Int32Array;
  mark(): number;
  release(mark: number): void;
}

/**
 * @param elements float32 or int32 elements that will be allocated at the same time, each allocation rounded up to `ALIGNMENT`
 * @param remedy what the caller's user can change when the memory does not fit
 * @throws WorkspaceTooLargeError
 */
export function createWorkspace(
  createKernels: KernelFactory,
  elements: number,
  remedy: string | (() => string),
): Workspace {
  const bytes = workspaceBytes(elements);
  if (bytes > LIMIT) throw new WorkspaceTooLargeError(bytes, typeof remedy === "string" ? remedy : remedy());
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const kernels = createKernels(memory);
  const scratch = PAGE;
  let next = scratch + GEMM_SCRATCH;
  return {
    kernels,
    scratch,
    allocate(count) {
      const pointer = next;
      next += aligned(count) * 4;
      if (next > pages * PAGE) {
        throw new RangeError(
          `allocation of ${count} elements at byte ${pointer} leaves the workspace of ${bytes} bytes`,
        );
      }
      return pointer;
    },
    floats: (pointer, count) => new Float32Array(memory.buffer, pointer, count),
    doubles: (pointer, count) => new Float64Array(memory.buffer, pointer, count),
    integers: (pointer, count) => new Int32Array(memory.buffer, pointer, count),
    mark: () => next,
    release(mark) {
      next = mark;
    },
  };
}

/** Elements that an allocation of `count` takes: multiples of 64 bytes. */
export function aligned(count: number): number {
  return Math.ceil(count / 16) * 16;
}
