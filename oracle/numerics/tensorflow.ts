import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { MachineError } from "../common/errors.ts";
import { transposeBeforeMatMul } from "./transposeBeforeMatMul.ts";

const BINARY = "tfjs-backend-wasm-simd.wasm";
/** sha256 of the SIMD binary of @tensorflow/tfjs-backend-wasm 4.22.0. */
const BINARY_SHA256 = "77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b";

/** TensorFlow.js cannot run as pinned. */
export class TensorflowSetupError extends MachineError {}

let started: Promise<void> | undefined;

/**
 * Makes TensorFlow.js compute on its own WebAssembly backend from here on: one thread, SIMD, the pinned binary, with the fast matrix
 * product. It is the independent second opinion on this package's backend and never on the path to a root.
 *
 * @throws TensorflowSetupError when the binary is not the pinned one or the engine has no SIMD
 */
export async function startTensorflow(): Promise<typeof tf> {
  started ??= start();
  await started;
  await tf.setBackend("wasm");
  return tf;
}

async function start(): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
  const found = createHash("sha256")
    .update(readFileSync(join(folder, BINARY)))
    .digest("hex");
  if (found !== BINARY_SHA256) {
    throw new TensorflowSetupError(
      `${BINARY} has sha256 ${found}, pinned is ${BINARY_SHA256}: install the locked packages again`,
    );
  }
  setWasmPaths(`${folder}/`);
  setThreadsCount(1);
  if (!(await tf.setBackend("wasm")) || !(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) {
    throw new TensorflowSetupError("this engine cannot run WebAssembly SIMD: use Node 22");
  }
  transposeBeforeMatMul();
}
