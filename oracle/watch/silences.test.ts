import { asHash } from "@openledger/protocol/hex.ts";
import { describe, expect, it } from "vitest";
import type { ChainEvents } from "../store/chainEvents.ts";
import { indexSubject, rootSubject } from "./demands.ts";
import { mendedSilences } from "./silences.ts";

type Said = readonly [contract: string, name: string, args: object];

const hash = (digit: string) => asHash(`0x${digit.repeat(64)}`);
const [rootHash, partsHash, otherRoot] = [hash("1"), hash("2"), hash("3")];
const QUESTION = "0xabcdef";

/** The chain says each of these a second after the one before, beginning at 1. */
const storeOf = (said: readonly Said[]) =>
  ({
    find: async ({ contract, name }: { contract: string; name: string | string[] }) =>
      said
        .map(([of, named, args], i) => ({
          of,
          name: named,
          args,
          timestamp: i + 1,
          transactionHash: "0x",
          logIndex: i,
        }))
        .filter((event) => event.of === contract && [name].flat().includes(event.name)),
  }) as unknown as ChainEvents;

const root = (of = rootHash) =>
  [
    "RewardDistributor",
    "RootPosted",
    {
      ...{ rootHash: of, lastEpoch: "1", payoutsRoot: hash("4"), payoutsTotal: "5", accounts: "1" },
      ...{ modelsRoot: hash("5"), bundleHash: hash("6") },
    },
  ] as const;
const became = (name: "RootCancelled" | "RootFinalized", of = rootHash) =>
  ["RewardDistributor", name, { rootHash: of }] as const;
const attested = (challengeEnds: bigint) =>
  [
    "IndexRegistry",
    "IndexAttested",
    {
      ...{ versionId: "7", partsHash, challengeEnds: `${challengeEnds}`, parts: [] },
      attestation: { bundleHash: hash("6") },
    },
  ] as const;
const asked = (demandId: string, subject: string, question = QUESTION) =>
  ["AttributionDemands", "Demanded", { demandId, subject, challenger: "0x1", deadline: "9", question }] as const;
const answered = (demandId: string) => ["AttributionDemands", "Answered", { demandId }] as const;
const escrow = (name: "Held" | "Returned" | "Forfeited", demandId = "silent") =>
  ["SlashEscrow", name, { demandId }] as const;

/** A root of second 1 falls silent, and is posted again in second 6. */
const silent = [
  root(),
  asked("silent", rootSubject(rootHash, 1n)),
  ["AttributionDemands", "Defaulted", { demandId: "silent" }],
  escrow("Held"),
  became("RootCancelled"),
  root(),
] as const;
const again = asked("again", rootSubject(rootHash, 6n));
const mended = [{ demandId: "silent", question: QUESTION, answeredOf: 6n }];

describe("a silence", () => {
  const otherFinal = [root(otherRoot), became("RootFinalized", otherRoot)] as const;
  const otherQuestion = asked("again", rootSubject(rootHash, 6n), "0xab");
  const aboutOther = asked("again", rootSubject(otherRoot, 8n));
  it.each([
    ["is not answered later", [again, became("RootFinalized")]],
    ["is answered to another question", [otherQuestion, answered("again"), became("RootFinalized")]],
    [
      "is answered about another root",
      [became("RootCancelled"), root(otherRoot), aboutOther, answered("again"), became("RootFinalized", otherRoot)],
    ],
    ["is answered, but its root is not final", [again, answered("again")]],
    ["is answered, but a later root is final", [again, answered("again"), became("RootFinalized"), ...otherFinal]],
  ])("is not mended when it %s", async (_, then) => {
    expect(await mendedSilences(storeOf([...silent, ...then]))).toEqual([]);
  });

  it.each(["Returned", "Forfeited"] as const)("is over once what is held of it is %s", async (name) => {
    const events = [...silent, again, answered("again"), became("RootFinalized"), escrow(name)];
    expect(await mendedSilences(storeOf(events))).toEqual([]);
  });

  it("is mended by an answer about any later posting of the root that is final", async () => {
    const answer = [again, answered("again")] as const;
    expect(await mendedSilences(storeOf([...silent, ...answer, became("RootFinalized")]))).toEqual(mended);
    const thrice = [...silent, ...answer, became("RootCancelled"), root(), became("RootFinalized")];
    expect(await mendedSilences(storeOf(thrice))).toEqual(mended);
  });

  it("about an index is mended by an answer about a later attestation of it", async () => {
    const events = [
      attested(50n),
      asked("silent", indexSubject(7n, partsHash, 50n)),
      escrow("Held"),
      attested(90n),
      asked("again", indexSubject(7n, partsHash, 90n)),
    ];
    expect(await mendedSilences(storeOf(events))).toEqual([]);
    expect(await mendedSilences(storeOf([...events, answered("again")]))).toEqual([
      { demandId: "silent", question: QUESTION, answeredOf: 90n },
    ]);
  });
});
