import type { Command } from "commander";
import { InputError } from "../common/errors.ts";
import { ieeeRetrainer, type Retrainer } from "../model/retrainer.ts";
import { nativeAbsence, NativeAbsentError } from "../native/loadNative.ts";
import { nativeRetrainer } from "../native/nativeRetrainer.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";

export type BackendName = Retrainer["backend"];

/** What `--backend` chooses; absent, it is `ieee-sequential`. */
export interface BackendFlag {
  readonly backend: BackendName;
}

/** Adds `--backend`. @param effect what choosing `node` does to the command */
export function addBackendOption(command: Command, effect: string): Command {
  return command.option(
    "--backend <name>",
    `ieee-sequential, or node: native TensorFlow, set up by npm run native; ${effect}`,
    parseBackend,
    "ieee-sequential",
  );
}

/** @throws InputError for another name, NativeAbsentError where native TensorFlow is chosen and not set up */
export function parseBackend(name: string): BackendName {
  if (name === "ieee-sequential") return name;
  if (name !== "node") {
    throw new InputError("there is no such backend", { value: name, limit: "ieee-sequential or node" });
  }
  const absence = nativeAbsence();
  if (absence !== undefined) throw new NativeAbsentError(absence);
  return name;
}

export function retrainerOf({ backend }: BackendFlag): Retrainer {
  return backend === "node" ? nativeRetrainer : ieeeRetrainer(createWasmKernels);
}
