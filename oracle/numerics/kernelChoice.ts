import type { KernelFactory } from "./kernels.ts";
import { createPlainKernels } from "./plainKernels.ts";
import type { KernelChoice } from "./shardPool.ts";
import { createWasmKernels } from "./wasmKernels.ts";

/** `wasm` is what runs; `plain` gives the same bits, slowly, to prove it. */
export function kernelFactory(choice: KernelChoice): KernelFactory {
  return choice === "wasm" ? createWasmKernels : createPlainKernels;
}
