import { type Era, epochAt, endOf, isClosed } from "@openledger/protocol/epochs.ts";
import type { Contracts } from "./contracts.ts";

/** The chain's division of time into epochs. */
export interface EpochTimes {
  readonly eras: readonly Era[];
  /** Seconds after an epoch's end in which its receipts can still be committed. */
  readonly receiptsGrace: bigint;
  epochAt(time: bigint): bigint;
  endOf(epoch: bigint): bigint;
  isClosed(epoch: bigint, now: bigint): boolean;
}

/** Reads the clock's history from its events. */
export async function readEpochTimes(clock: Contracts["EpochClock"]): Promise<EpochTimes> {
  const receiptsGrace = await clock.receiptsGrace();
  const changes = await clock.queryFilter(clock.filters.LengthSet(), 0, "latest");
  const eras: Era[] = [];
  for (const { args } of changes) {
    const start = await clock.startOf(args.firstEpoch);
    const era = { firstEpoch: args.firstEpoch, start, length: args.length };
    // a change announced for the same epoch replaces the one before
    if (eras.at(-1)?.firstEpoch === era.firstEpoch) eras.pop();
    eras.push(era);
  }
  return {
    eras,
    receiptsGrace,
    epochAt: (time) => epochAt(eras, time),
    endOf: (epoch) => endOf(eras, epoch),
    isClosed: (epoch, now) => isClosed(eras, epoch, receiptsGrace, now),
  };
}
