import { DisagreementError } from "../common/errors.ts";
import { requireCanonicalBackend } from "../numerics/backend/nativeLoaded.ts";
import { runSelfTestApart } from "../numerics/selfTestApart.ts";

/**
 * Keeps a machine from signing that computes other bits than the rest.
 *
 * @throws DisagreementError with what differs, AccessError as `requireCanonicalBackend`
 */
export async function requireFaithfulNumerics(): Promise<void> {
  requireCanonicalBackend();
  const wrong = (await runSelfTestApart()).filter(({ actual, expected }) => actual !== expected);
  if (wrong.length === 0) return;
  throw new DisagreementError("this machine computes other bits than every other operator", {
    value: wrong.map(({ name, actual }) => `${name}: ${actual}`).join(", "),
    limit: wrong.map(({ name, expected }) => `${name}: ${expected}`).join(", "),
    remedy: "Operate on another machine, or with another build of Node: whatever this one signs would be slashed.",
  });
}
