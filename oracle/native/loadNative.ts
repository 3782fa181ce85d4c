import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import * as tf from "@tensorflow/tfjs";
import { NATIVE_BACKEND } from "../numerics/backend/nativeLoaded.ts";
import { InputError } from "../common/errors.ts";

const FOLDER = resolve(import.meta.dirname, "../../native");
const PACKAGE = join(FOLDER, "node_modules/@tensorflow/tfjs-node");
const ADDON = join(PACKAGE, "lib/napi-v8/tfjs_binding.node");

/** Native TensorFlow was asked for and cannot be used here. */
export class NativeAbsentError extends InputError {
  constructor(reason: string) {
    super(`native TensorFlow is not there: ${reason}`, {
      value: "--backend node",
      limit: "Linux on x86-64, set up once",
      remedy: "Run npm run native, or leave --backend away.",
    });
  }
}

/** Why native TensorFlow cannot be used here, or undefined when it can. */
export function nativeAbsence(): string | undefined {
  if (!existsSync(ADDON)) return "native/ holds no built package: run npm run native";
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as { version: string };
  if (version !== tf.version["tfjs-core"]) {
    return `native/ holds tfjs-node ${version}, TensorFlow.js is ${tf.version["tfjs-core"]}: run npm run native`;
  }
  return undefined;
}

/**
 * Makes TensorFlow.js compute with native TensorFlow from here on. Its low bits depend on the processor and on the number of its threads: from the
 * first call on this process cannot sign (`requireCanonicalBackend`).
 *
 * @throws NativeAbsentError
 */
export function useNative(): void {
  if (tf.findBackend(NATIVE_BACKEND) === null) {
    const absence = nativeAbsence();
    if (absence !== undefined) throw new NativeAbsentError(absence);
    load();
  }
  // Settles before it returns: the backend is made by the package's own start.
  if (tf.getBackend() !== NATIVE_BACKEND) void tf.setBackend(NATIVE_BACKEND);
}

/** The package has no TensorFlow.js of its own (scripts/native.mjs removes it), so it joins the one of this process. */
function load(): void {
  const require = createRequire(join(FOLDER, "package.json"));
  // The package calls a function that Node deprecated in 22 and removed in 23.
  const util = require("node:util") as { isNullOrUndefined: (value: unknown) => boolean };
  util.isNullOrUndefined = (value) => value === null || value === undefined;
  // TensorFlow announces the instructions of the processor unless told to warn only.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "1";
  require("@tensorflow/tfjs-node");
}
