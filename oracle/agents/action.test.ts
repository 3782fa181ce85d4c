import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { describe, expect, it } from "vitest";
import { DisagreementError, InputError, NotFoundError } from "../common/errors.ts";
import type { Buyer } from "../gateway/buyer.ts";
import { type ActionAnswer, answerSchema, outputHash } from "../jobs/receiptFiles.ts";
import { createActor, inferencesOf } from "./action.ts";
import { type AgentManifest, manifestHash, manifestSchema } from "./manifest.ts";

const MANIFEST: AgentManifest = {
  format: "openledger-agent/1",
  name: "Front desk",
  description: "Sorts messages.",
  prompt: "{desk}: {label}",
  tools: [
    { name: "clinic", modelId: "2" },
    { name: "law", modelId: "1" },
  ],
  quotes: 1,
};
const REQUEST = { kind: "text", input: "when are you open" } as const;

/** Sells labels: the model's id is its confidence. @param unsold a model that nobody serves */
function seller(unsold?: bigint) {
  const bought: bigint[] = [];
  const buyer: Buyer = {
    quote: async (modelId) => {
      if (modelId === unsold) throw new NotFoundError("no provider that may be asked serves the model");
      return Promise.resolve({} as never);
    },
    buy: async (modelId) => {
      bought.push(modelId);
      const receipt = {
        versionId: modelId,
        consumer: asAddress(`0x${"11".repeat(20)}`),
        requestHash: asHash(keccakText("question")),
        outputHash: asHash(keccakText("answer")),
        fee: modelId * 10n ** 18n,
        paymentId: asHash(keccakText(`payment ${modelId}`)),
        cumulative: modelId * 10n ** 18n,
        time: 7n,
      };
      return Promise.resolve({
        answer: { label: `l${modelId}`, confidence: Number(modelId) },
        receipt,
        signature: "0x00",
      });
    },
  };
  return { buyer, bought };
}

describe("an agent's action", () => {
  it("asks every tool once, replies, and binds what it bought under one root", async () => {
    const { buyer, bought } = seller();
    const answer = (await createActor(MANIFEST, buyer).answer(REQUEST)) as ActionAnswer;
    expect(answer.reply).toBe("clinic: l2");
    expect(bought).toEqual([2n, 1n]);
    expect(answer.inferences.map(({ modelId }) => modelId)).toEqual(["2", "1"]);
    expect(inferencesOf(answer).map(({ fee }) => fee)).toEqual([2n * 10n ** 18n, 10n ** 18n]);
    // what travels as JSON has the same hash
    const travelled = answerSchema.parse(JSON.parse(JSON.stringify(answer)));
    expect(outputHash(travelled)).toBe(outputHash(answer));
  });

  it("shows a receipt that was changed, left out or added afterwards", async () => {
    const answer = (await createActor(MANIFEST, seller().buyer).answer(REQUEST)) as ActionAnswer;
    const [first, second] = answer.inferences as [ActionAnswer["inferences"][0], ActionAnswer["inferences"][0]];
    const dearer = { ...first, receipt: { ...first.receipt, fee: "1" } };
    for (const inferences of [[dearer, second], [first], [first, second, second]]) {
      expect(() => inferencesOf({ ...answer, inferences })).toThrow(DisagreementError);
    }
  });

  it("buys nothing where one of its tools cannot be asked, and reads no images", async () => {
    const { buyer, bought } = seller(1n);
    const actor = createActor(MANIFEST, buyer);
    await expect(actor.answer(REQUEST)).rejects.toThrow(NotFoundError);
    expect(() => actor.check({ kind: "image", width: 1, height: 1, channels: 1, pixels: "AA==" })).toThrow(InputError);
    expect(bought).toEqual([]);
  });
});

describe("an agent's manifest", () => {
  it("has another hash with another prompt, tool or model", () => {
    const [tool] = MANIFEST.tools;
    const others = [
      { ...MANIFEST, prompt: "x" },
      { ...MANIFEST, quotes: 2 },
      { ...MANIFEST, tools: [tool!] },
      { ...MANIFEST, tools: [tool!, { name: "law", modelId: "3" }] },
    ];
    const hashes = [MANIFEST, ...others].map((one) => manifestHash(manifestSchema.parse(one)));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each([
    ["no tools", { tools: [] }],
    [
      "a model twice",
      {
        tools: [
          { name: "a", modelId: "1" },
          { name: "b", modelId: "1" },
        ],
      },
    ],
    ["nine tools", { tools: Array.from({ length: 9 }, (_, i) => ({ name: "a", modelId: `${i + 1}` })) }],
    ["a model that is none", { tools: [{ name: "a", modelId: "0" }] }],
    ["a name of two lines", { name: "a\nb" }],
    ["something that nobody reads", { model: "1" }],
  ])("is refused with %s", (_, changes) => {
    expect(manifestSchema.safeParse({ ...MANIFEST, ...changes }).success).toBe(false);
  });
});
