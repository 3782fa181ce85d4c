import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStakeCover, type StakeCoverParts } from "./stakeCover.ts";

/** A provider whose stake and stored sales are what the test says. */
function cover({ stake = 100n, epoch = 7n }: { stake?: bigint; epoch?: bigint } = {}) {
  const state = { stake, stored: 0n, now: 0, askedSince: [] as bigint[], failing: false };
  const parts = {
    contracts: {
      EpochClock: { current: async () => epoch, startOf: async (of: bigint) => of * 1_000n },
      StakeManager: {
        stakeOf: async () => {
          if (state.failing) throw new Error("no answer");
          return state.stake;
        },
      },
    },
    provider: "0x01",
    inferences: {
      feesSince: async (since: bigint) => {
        state.askedSince.push(since);
        return state.stored;
      },
    },
    clock: () => state.now,
  } as unknown as StakeCoverParts;
  return { state, cover: createStakeCover(parts) };
}

describe("the stake that covers sales", () => {
  it("refuses what exceeds it, with value, limit and remedy, and counts nothing for that", async () => {
    const { cover: of } = cover();
    (await of.reserve(60n)).end(true);
    await expect(of.reserve(41n)).rejects.toMatchObject({
      message: "the provider has sold what its stake covers",
      retryable: true,
    });
    await expect(of.reserve(40n)).resolves.toBeDefined();
  });

  it("covers nothing without stake, and nothing in jail, a second after it was put there", async () => {
    await expect(cover({ stake: 0n }).cover.reserve(1n)).rejects.toThrow("covers");
    const { state, cover: of } = cover();
    (await of.reserve(1n)).end(true);
    state.stake = 0n;
    state.now += 1_000;
    await expect(of.reserve(1n)).rejects.toThrow("covers");
  });

  it("sells what costs nothing without any", async () => {
    await expect(cover({ stake: 0n }).cover.reserve(0n)).resolves.toBeDefined();
  });

  it("counts from the beginning of the last epoch on", async () => {
    const [seventh, first] = [cover(), cover({ epoch: 1n })];
    await seventh.cover.reserve(1n);
    await first.cover.reserve(1n);
    expect(seventh.state.askedSince).toEqual([6_000n]);
    expect(first.state.askedSince).toEqual([1_000n]);
  });

  it("gives back what was not sold", async () => {
    const { cover: of } = cover();
    (await of.reserve(100n)).end(false);
    await expect(of.reserve(100n)).resolves.toBeDefined();
  });

  it("asks the chain again after it gave no answer", async () => {
    const { state, cover: of } = cover();
    state.failing = true;
    await expect(of.reserve(1n)).rejects.toThrow("no answer");
    state.failing = false;
    await expect(of.reserve(1n)).resolves.toBeDefined();
  });

  it("never has more sold and under way than it covers, however calls interleave and whenever the sum is read again", async () => {
    const call = fc.record({
      price: fc.bigInt(0n, 40n),
      sold: fc.boolean(),
      later: fc.integer({ min: 0, max: 900_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(call, { maxLength: 8 }), { maxLength: 8 }), async (batches) => {
        const { state, cover: of } = cover();
        for (const batch of batches) {
          const reserved = await Promise.all(
            batch.map(async ({ price, sold, later }) => {
              state.now += later;
              const sale = await of.reserve(price).catch(() => undefined);
              return sale && { price, sold, sale };
            }),
          );
          const taken = reserved.filter((one) => one !== undefined);
          expect(state.stored + taken.reduce((sum, { price }) => sum + price, 0n)).toBeLessThanOrEqual(state.stake);
          for (const { price, sold, sale } of taken) {
            // it is stored before its end is told
            if (sold) state.stored += price;
            sale.end(sold);
          }
        }
      }),
    );
  });
});
