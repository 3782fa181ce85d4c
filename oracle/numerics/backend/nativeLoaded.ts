import { createRequire } from "node:module";
import { AccessError } from "../../common/errors.ts";

/** Name under which @tensorflow/tfjs-node registers itself. */
export const NATIVE_BACKEND = "tensorflow";

/** What it is loaded by, and every CommonJS module of the process beside it. */
const { cache } = createRequire(import.meta.url);
const PACKAGE = /[\\/]@tensorflow[\\/]tfjs-node[\\/]/u;

/**
 * Keeps a process that has loaded native TensorFlow from signing, publishing and certifying: its low bits depend on the processor, so whatever it
 * computed is a preview. The package cannot be unloaded, so the process stays barred.
 *
 * @throws AccessError
 */
export function requireCanonicalBackend(): void {
  // the engine would know as well, and is not loaded for the question
  if (!Object.keys(cache).some((file) => PACKAGE.test(file))) return;
  throw new AccessError("a process that has loaded native TensorFlow signs and publishes nothing", {
    value: "--backend node",
    limit: "the numerics profile ieee-sequential/1",
    remedy: "Run the command again without --backend node: it trains again, with the bits of every other operator.",
  });
}
