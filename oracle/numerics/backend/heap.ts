import { MachineError } from "../../common/errors.ts";

const PAGE = 65_536;
/** Room for tensors. The operating system commits a page when it is first written. */
export const HEAP_BYTES = 2 ** 31;

/** Tensors that are alive at the same time do not fit. */
export class HeapFullError extends MachineError {
  constructor(bytes: number) {
    super(
      `no room for a tensor of ${bytes} bytes in a heap of ${HEAP_BYTES}: lower the recipe's batch or its layer sizes`,
    );
  }
}

/** Regions of a linear memory that are allocated and freed in any order. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** A region of at least this many bytes, aligned to 64. Its content is undefined. @throws HeapFullError */
  allocate(bytes: number): number;
  free(pointer: number): void;
}

/** Freed regions are kept by size class (at most a quarter larger than asked for) and given out again. */
export function createHeap(): Heap {
  const pages = HEAP_BYTES / PAGE;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const sizes = new Map<number, number>();
  const freed = new Map<number, number[]>();
  let end = PAGE;
  return {
    memory,
    allocate(bytes) {
      const size = sizeClass(bytes);
      const pointer = freed.get(size)?.pop() ?? end;
      if (pointer === end) {
        if (end + size > HEAP_BYTES) throw new HeapFullError(bytes);
        end += size;
      }
      sizes.set(pointer, size);
      return pointer;
    },
    free(pointer) {
      const size = sizes.get(pointer)!;
      sizes.delete(pointer);
      const list = freed.get(size);
      if (list === undefined) freed.set(size, [pointer]);
      else list.push(pointer);
    },
  };
}

/** The next of 64, 80, 96, 112, 128, 160, … rounded to 64 bytes. */
function sizeClass(bytes: number): number {
  let step = 64;
  while (step * 8 < bytes) step *= 2;
  return Math.max(64, Math.ceil(bytes / step) * step);
}
