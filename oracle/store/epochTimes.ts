import { type Era, endOf, epochAt, isClosed, startOf } from "@openledger/protocol/epochs.ts";
import { z } from "zod";
import type { ChainEvents } from "./chainEvents.ts";

/** The chain's division of time into epochs; times in unix seconds. */
export interface EpochTimes {
  epochAt(time: bigint): bigint;
  startOf(epoch: bigint): bigint;
  endOf(epoch: bigint): bigint;
  /** Whether its receipts can no longer change, so that a score root may cover it. */
  isClosed(epoch: bigint, now: bigint): boolean;
}

const lengthSet = z.object({ firstEpoch: z.coerce.bigint(), length: z.coerce.bigint() });

/**
 * Epochs as the clock's events define them.
 *
 * @param receiptsGrace seconds after an epoch's end in which its receipts can still be committed.
 */
export async function readEpochTimes(events: ChainEvents, receiptsGrace: bigint): Promise<EpochTimes> {
  const eras: Era[] = [];
  for (const event of await events.find({ contract: "EpochClock", name: "LengthSet" })) {
    const { firstEpoch, length } = lengthSet.parse(event.args);
    const before = eras.at(-1);
    // a second change for the same epoch replaces the first
    if (before?.firstEpoch === firstEpoch) eras[eras.length - 1] = { ...before, length };
    else eras.push({ firstEpoch, start: before ? startOf(eras, firstEpoch) : BigInt(event.timestamp), length });
  }
  return {
    epochAt: (time) => epochAt(eras, time),
    startOf: (epoch) => startOf(eras, epoch),
    endOf: (epoch) => endOf(eras, epoch),
    isClosed: (epoch, now) => isClosed(eras, epoch, receiptsGrace, now),
  };
}
