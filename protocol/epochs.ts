import { OutOfRangeError } from "./errors.ts";

/** A stretch of epochs of equal length. The clock's history is a list of eras, each beginning where the one before ends. */
export interface Era {
  readonly firstEpoch: bigint;
  /** Start of `firstEpoch`, unix seconds. */
  readonly start: bigint;
  /** Seconds, at least 1. */
  readonly length: bigint;
}

/** At most this many funded epochs fit into one score root, with any number of epochs without revenue between them. */
export const MAX_EPOCHS_PER_ROOT = 32;

/** The epoch that contains `time`. Throws {@link OutOfRangeError} before the first era. */
export function epochAt(eras: readonly Era[], time: bigint): bigint {
  const era = eras.findLast((candidate) => candidate.start <= time);
  if (!era)
    throw new OutOfRangeError("time", time, `at or after the first epoch's start (${eras[0]?.start ?? "none"})`);
  return era.firstEpoch + (time - era.start) / era.length;
}

/** The first second of an epoch. Throws {@link OutOfRangeError} for an epoch before the first era. */
export function startOf(eras: readonly Era[], epoch: bigint): bigint {
  const era = eras.findLast((candidate) => candidate.firstEpoch <= epoch);
  if (!era) throw new OutOfRangeError("epoch", epoch, `at least ${eras[0]?.firstEpoch ?? "1, and the clock started"}`);
  return era.start + (epoch - era.firstEpoch) * era.length;
}

/** The first second after an epoch. */
export function endOf(eras: readonly Era[], epoch: bigint): bigint {
  return startOf(eras, epoch + 1n);
}

/** Whether receipts of the epoch can no longer be committed, so that a score root may cover it. */
export function isClosed(eras: readonly Era[], epoch: bigint, receiptsGrace: bigint, now: bigint): boolean {
  return now >= endOf(eras, epoch) + receiptsGrace;
}
