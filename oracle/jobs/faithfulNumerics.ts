import { AccessError, DisagreementError } from "../common/errors.ts";
import { nativeLoaded } from "../numerics/backend/nativeLoaded.ts";
import { runSelfTest } from "../numerics/selfTest.ts";

/**
 * Keeps a machine from signing that computes other bits than the rest.
 *
 * @throws DisagreementError with what differs, AccessError as {@link requireCanonicalBackend}
 */
export function requireFaithfulNumerics(): void {
  requireCanonicalBackend();
  const wrong = runSelfTest().filter(({ actual, expected }) => actual !== expected);
  if (wrong.length === 0) return;
  throw new DisagreementError("this machine computes other bits than every other operator", {
    value: wrong.map(({ name, actual }) => `${name}: ${actual}`).join(", "),
    limit: wrong.map(({ name, expected }) => `${name}: ${expected}`).join(", "),
    remedy: "Operate on another machine, or with another build of Node: whatever this one signs would be slashed.",
  });
}

/**
 * Keeps a process from signing that has loaded native TensorFlow: its low bits depend on the processor, so whatever it computed is a preview.
 *
 * @throws AccessError
 */
export function requireCanonicalBackend(): void {
  if (!nativeLoaded()) return;
  throw new AccessError("a process that has loaded native TensorFlow signs and publishes nothing", {
    value: "--backend node",
    limit: "the numerics profile ieee-sequential/1",
    remedy: "Run the command again without --backend node: it trains again, with the bits of every other operator.",
  });
}
