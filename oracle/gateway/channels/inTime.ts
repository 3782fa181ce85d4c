import { NotYetError } from "../../common/errors.ts";

/**
 * What is made within the provider's own deadline. What comes later is not sold.
 *
 * @param limitMs undefined: there is no deadline
 * @throws NotYetError at the deadline, or, for work that lets nothing else run meanwhile, after it
 */
export async function inTime<T>(make: () => Promise<T>, limitMs: number | undefined): Promise<T> {
  if (limitMs === undefined) return make();
  const began = performance.now();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(lateError(limitMs)), limitMs);
  try {
    const made = await Promise.race([make(), late.promise]);
    if (performance.now() - began > limitMs) throw lateError(limitMs);
    return made;
  } finally {
    clearTimeout(timer);
  }
}

function lateError(limitMs: number): NotYetError {
  return new NotYetError("the answer did not come in time, and is not charged", {
    value: `more than ${limitMs} ms`,
    limit: `${limitMs} ms, the deadline of the provider's offers`,
    remedy: "Ask again with the same voucher, which still pays for one answer.",
  });
}
