import { readFileSync } from "node:fs";
import { MachineError } from "../common/errors.ts";
import type { Kernels } from "./kernels.ts";

const binary = new URL("./build/algebra.wasm", import.meta.url);
let compiled: WebAssembly.Module | undefined;

/** The compiled algebra is missing: `node scripts/buildAlgebra.mjs` makes it. */
export class AlgebraMissingError extends MachineError {
  constructor(options: ErrorOptions) {
    super("oracle/numerics/build/algebra.wasm is missing: run `node scripts/buildAlgebra.mjs`", options);
  }
}

/** Kernels in WebAssembly SIMD over the given memory. Synchronous: the module is 10 kB and compiled once per thread. */
export function createWasmKernels(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(readBinary());
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  // The exports are the functions of assembly/*.ts, which plainKernels.test.ts compares one by one with this interface.
  return { ...(exports as unknown as Omit<Kernels, "memory">), memory };
}

function readBinary(): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(binary));
  } catch (cause) {
    throw new AlgebraMissingError({ cause });
  }
}
