import { describe, expect, it } from "vitest";
import type { ChainEvents } from "./chainEvents.ts";
import { readEpochTimes } from "./epochTimes.ts";

const changes = (...list: [firstEpoch: string, length: string, timestamp: number][]) =>
  ({
    find: () =>
      Promise.resolve(list.map(([firstEpoch, length, timestamp]) => ({ args: { firstEpoch, length }, timestamp }))),
  }) as unknown as ChainEvents;

describe("readEpochTimes", () => {
  it("starts epoch 1 in the clock's first block", async () => {
    const times = await readEpochTimes(changes(["1", "100", 5_000]), 10n);
    expect(times.epochAt(5_000n)).toBe(1n);
    expect(times.epochAt(5_100n)).toBe(2n);
    expect(times.endOf(2n)).toBe(5_200n);
    expect(times.isClosed(1n, 5_109n)).toBe(false);
    expect(times.isClosed(1n, 5_110n)).toBe(true);
  });

  it("lets a new length begin with the epoch it names, and the last change for an epoch count", async () => {
    const times = await readEpochTimes(changes(["1", "100", 0], ["3", "50", 120], ["3", "20", 130]), 0n);
    expect(times.startOf(3n)).toBe(200n);
    expect(times.endOf(3n)).toBe(220n);
    expect(times.epochAt(221n)).toBe(4n);
  });
});
