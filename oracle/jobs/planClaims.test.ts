import { OPEN } from "@openledger/protocol/units.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Channels, StoredChannel } from "../store/channels.ts";
import type { Context } from "./context.ts";
import { planClaims } from "./planClaims.ts";

const NOW_MS = 1_800_000_000_000;
const EPOCH_END = 1_800_003_600n;
const AGE_S = 3_600;

const channel = (changes: Partial<StoredChannel> = {}): StoredChannel => ({
  channelId: `0x${"01".repeat(32)}`,
  modelId: 1n,
  config: {},
  charged: OPEN,
  claimed: 0n,
  signature: "0x",
  waitingSince: NOW_MS,
  ...changes,
});

/** Vouchers of a provider that claims when 100 OPEN wait, or one waits for an hour. */
function planned(
  waiting: readonly StoredChannel[],
  {
    leaving = [],
    chainTime = EPOCH_END - 3_600n,
    versions = [4n, 4n],
  }: { leaving?: readonly string[]; chainTime?: bigint; versions?: readonly [now: bigint, next: bigint] } = {},
) {
  const context = {
    config: { OPENLEDGER_CLAIM_OPEN: 100, OPENLEDGER_CLAIM_AGE_S: AGE_S },
    contracts: {
      EpochClock: { current: async () => 7n, endOf: async () => EPOCH_END },
      IndexRegistry: { activeVersionOf: async (_: bigint, epoch: bigint) => versions[Number(epoch - 7n)] },
    },
    events: {
      find: async () => leaving.map((channelId) => ({ args: { channelId } })),
      head: async () => ({ timestamp: Number(chainTime) }),
    },
  } as unknown as Context;
  const channels = { unclaimed: async () => [...waiting] } as unknown as Channels;
  return planClaims(context, channels, () => NOW_MS);
}

const CLAIM = [["claimVouchers", "1"]];

describe("vouchers are claimed", () => {
  it("not while they are few and new", async () => {
    expect(await planned([])).toEqual([]);
    expect(await planned([channel(), channel({ charged: 98n * OPEN })])).toEqual([]);
  });

  it("as soon as those of a model are worth the threshold, whichever channels they are of", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            claimed: fc.bigInt(0n, 50n * OPEN),
            more: fc.bigInt(1n, 60n * OPEN),
            modelId: fc.bigInt(1n, 2n),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        async (rows) => {
          const waiting = rows.map(({ claimed, more, modelId }) =>
            channel({ claimed, charged: claimed + more, modelId }),
          );
          const worth = (id: bigint) =>
            rows.filter(({ modelId }) => modelId === id).reduce((sum, { more }) => sum + more, 0n);
          const due = [1n, 2n].filter((id) => worth(id) >= 100n * OPEN).map((id) => ["claimVouchers", `${id}`]);
          expect((await planned(waiting)).toSorted()).toEqual(due);
        },
      ),
    );
  });

  it("when one has waited long enough", async () => {
    expect(await planned([channel({ waitingSince: NOW_MS - AGE_S * 1_000 + 1 })])).toEqual([]);
    expect(await planned([channel(), channel({ waitingSince: NOW_MS - AGE_S * 1_000 })])).toEqual(CLAIM);
  });

  it("when their payer announces a withdrawal, and not when another's does", async () => {
    expect(await planned([channel()], { leaving: [`0x${"02".repeat(32)}`] })).toEqual([]);
    expect(await planned([channel()], { leaving: [channel().channelId] })).toEqual(CLAIM);
  });

  it("in the last ten minutes of an epoch after which another version answers", async () => {
    const waiting = [channel({ waitingSince: NOW_MS - 60_000 })];
    const versions = [4n, 5n] as const;
    expect(await planned(waiting, { versions, chainTime: EPOCH_END - 601n })).toEqual([]);
    expect(await planned(waiting, { versions, chainTime: EPOCH_END - 600n })).toEqual(CLAIM);
    expect(await planned(waiting, { versions: [4n, 4n], chainTime: EPOCH_END - 600n })).toEqual([]);
    // and not once for every answer of these minutes
    const fresh = [channel({ waitingSince: NOW_MS - 59_999 })];
    expect(await planned(fresh, { versions, chainTime: EPOCH_END - 1n })).toEqual([]);
  });
});
