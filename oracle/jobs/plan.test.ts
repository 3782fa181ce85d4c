import { describe, expect, it } from "vitest";
import type { Context } from "./context.ts";
import { plan } from "./plan.ts";

const DAY = 86_400;
const WINDOW = BigInt(DAY);

/** A chain whose first epoch began at 0, with epochs of a day and an hour of grace. */
function contextAt(
  day: number,
  funded: readonly bigint[],
  roots: readonly (readonly [string, object])[] = [],
  life: readonly (readonly [string, object])[] = [],
  settled = hash("1"),
): Context {
  const at = ([name, args]: readonly [string, object], logIndex = 0) => ({
    ...{ name, args, blockNumber: 1, logIndex, transactionHash: "0x", timestamp: 0 },
  });
  const events: Record<string, unknown[]> = {
    LengthSet: [at(["LengthSet", { firstEpoch: "1", length: `${DAY}` }])],
    Funded: funded.map((epoch) => at(["Funded", { modelId: "1", epoch: `${epoch}`, amount: "5" }])),
    RootPosted: roots.map(at),
    AskedForLife: life.map(at),
  };
  return {
    view: { versions: async () => [] },
    results: { subjects: async () => ["1-33"], read: async () => ({ rootHash: settled }) },
    events: {
      find: async ({ name }: { name: string | string[] }) => events[typeof name === "string" ? name : name[0]!] ?? [],
      head: async () => ({ timestamp: day * DAY }),
    },
    contracts: {
      RewardDistributor: { challengeWindow: async () => WINDOW },
      EpochClock: { receiptsGrace: async () => 3_600n },
    },
  } as unknown as Context;
}

const hash = (digit: string) => `0x${digit.repeat(64)}`;
const posted = {
  rootHash: hash("1"),
  lastEpoch: "33",
  payoutsRoot: hash("2"),
  payoutsTotal: "5",
  accounts: "1",
  modelsRoot: hash("3"),
  bundleHash: hash("4"),
};
const final = [
  ["RootPosted", posted],
  ["RootFinalized", { rootHash: posted.rootHash }],
] as const;

describe("the plan of an operator", () => {
  it("settles a pool after any number of idle epochs, as soon as its epoch is closed", async () => {
    for (const epoch of [2n, 32n, 34n, 366n]) {
      expect(await plan(contextAt(Number(epoch), [epoch]))).toEqual([]);
      for (const later of [1, 40, 1_000]) {
        expect(await plan(contextAt(Number(epoch) + later, [epoch]))).toEqual([["settle", `1-${epoch}`]]);
      }
    }
  });

  it("ends a root with an epoch that earned something, and begins where the last one ended", async () => {
    expect(await plan(contextAt(100, [10n, 20n]))).toEqual([["settle", "1-20"]]);
    expect(await plan(contextAt(20, [10n, 20n, 30n]))).toEqual([["settle", "1-10"]]);
    expect(await plan(contextAt(500, [33n, 400n], final))).toEqual([["settle", "34-400"]]);
    expect(await plan(contextAt(500, [33n], final))).toEqual([]);
  });

  it("compares its root with the one that was posted before it goes on from it", async () => {
    for (const roots of [final, final.slice(0, 1)]) {
      expect(await plan(contextAt(500, [33n, 400n], roots, [], hash("5")))).toEqual([["adopt", posted.rootHash]]);
    }
    expect(await plan(contextAt(500, [33n], final.slice(0, 1)))).toEqual([["finalize", posted.rootHash]]);
  });

  it("takes at most 32 epochs that earned something into one root", async () => {
    const funded = Array.from({ length: 40 }, (_, i) => BigInt(3 * (i + 1)));
    expect(await plan(contextAt(1_000, funded))).toEqual([["settle", "1-96"]]);
  });

  it("answers when this operator is asked for a sign of life, once each time", async () => {
    const [own, other] = [hash("a").slice(0, 42), hash("b").slice(0, 42)];
    const asked = (operator: string) => ["AskedForLife", { operator }] as const;
    const showed = ["ShowedLife", { operator: own.toUpperCase().replace("0X", "0x") }] as const;
    const planOf = (life: Parameters<typeof contextAt>[3]) =>
      plan({ ...contextAt(1, [], [], life), key: { wallet: { address: own } } } as unknown as Context);
    expect(await planOf([asked(other)])).toEqual([]);
    expect(await planOf([asked(own)])).toEqual([["showLife", "1"]]);
    expect(await planOf([asked(own), showed])).toEqual([]);
    expect(await planOf([asked(own), showed, asked(own)])).toEqual([["showLife", "2"]]);
    expect(await plan(contextAt(1, [], [], [asked(own)]))).toEqual([]);
  });

  it("posts what is settled", async () => {
    expect(await plan(contextAt(100, [33n]))).toEqual([["post", "1-33"]]);
  });
});
