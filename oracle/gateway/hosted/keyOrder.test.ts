import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { Wallet } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConflictError, InputError } from "../../common/errors.ts";
import { type ApiKey, keyId } from "../proxy/apiKeys.ts";
import { type KeyOrder, requireOrdered, signedOrderSchema, signOrder } from "./keyOrder.ts";

const NOW = 1_800_000_000n;
const wallet = new Wallet(`0x${"11".repeat(32)}`);
const stranger = new Wallet(`0x${"22".repeat(32)}`);
const host = asAddress(`0x${"33".repeat(20)}`);
const domain = signingDomain(31_337n, asAddress(`0x${"44".repeat(20)}`));
const hash = "ab".repeat(32);
const order: KeyOrder = {
  account: asAddress(wallet.address),
  host,
  keyHash: asHash(`0x${hash}`),
  name: "desk",
  project: "support",
  models: "1,2",
  perCall: 5n,
  perDay: 12n,
  expires: NOW + 60n,
  issued: NOW,
};
const made: ApiKey = {
  id: keyId(hash),
  hash,
  account: order.account,
  issued: Number(NOW),
  name: "desk",
  project: "support",
  models: ["1", "2"],
  perCall: 5n,
  perDay: 12n,
  expires: Number(NOW + 60n),
};

async function take(changes: Partial<KeyOrder> = {}, keys: readonly ApiKey[] = [], by = wallet): Promise<ApiKey> {
  return requireOrdered(await signOrder(by, domain, { ...order, ...changes }), { domain, host, now: NOW, keys });
}

describe("an account's order for an API key", () => {
  it("is not taken when another has signed it, for another host, or at another time", async () => {
    await expect(take({}, [], stranger)).rejects.toThrow(/not signed by the account/u);
    await expect(take({ host: asAddress(`0x${"55".repeat(20)}`) })).rejects.toThrow(/another host/u);
    for (const issued of [NOW - 601n, NOW + 601n]) await expect(take({ issued })).rejects.toThrow(/not of now/u);
  });

  it("is not taken when anything in it was changed after it was signed", async () => {
    const signed = await signOrder(wallet, domain, order);
    const changes: Partial<KeyOrder>[] = [
      { keyHash: asHash(`0x${"cd".repeat(32)}`) },
      { perCall: 6n },
      { perDay: 13n },
      { models: "1,2,3" },
      { expires: 0n },
      { project: "" },
      { name: "another" },
    ];
    for (const change of changes) {
      const changed = { ...signed, order: { ...order, ...change } };
      expect(() => requireOrdered(changed, { domain, host, now: NOW, keys: [] })).toThrow(InputError);
    }
  });

  it("does not reach the key of another account, nor one whose name it could take", async () => {
    const others = { ...made, account: asAddress(stranger.address), issued: 1 };
    await expect(take({}, [others])).rejects.toThrow(ConflictError);
    const sameName = { ...made, hash: `${made.id}${"00".repeat(26)}`, issued: 1 };
    await expect(take({}, [sameName])).rejects.toThrow(ConflictError);
    const ofNobody: ApiKey = { id: made.id, hash, name: "desk", perCall: 1n, perDay: 1n };
    await expect(take({}, [ofNobody])).rejects.toThrow(ConflictError);
  });

  it("gives way to the last one of its key, whatever order they arrive in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: -600, max: 600 }), { minLength: 1 }), async (times) => {
        let keys: ApiKey[] = [];
        for (const time of times) {
          try {
            keys = [await take({ issued: NOW + BigInt(time), perDay: BigInt(time + 600) }, keys)];
          } catch (error) {
            expect(error).toBeInstanceOf(ConflictError);
          }
        }
        expect(keys[0]!.perDay).toBe(BigInt(Math.max(...times) + 600));
      }),
      { numRuns: 20 },
    );
  });

  it("is one of at most 64 of its account", async () => {
    const many = Array.from({ length: 64 }, (_, i) => ({ ...made, id: `${i}`, issued: 1 }));
    await expect(take({}, many)).rejects.toThrow(/too many keys/u);
    await expect(take({}, many.slice(1))).resolves.toEqual(made);
    await expect(take({}, [...many.slice(1), { ...made, issued: 1 }])).resolves.toEqual(made);
  });

  it("makes a key with the limits that were signed", async () => {
    await expect(take()).resolves.toEqual(made);
    const { id, account, issued, name, models, perCall, perDay } = made;
    const endless = { id, hash, account, issued, name, models, perCall, perDay };
    await expect(take({ project: "", expires: 0n })).resolves.toEqual(endless);
  });

  it("is refused as a form before anything is looked at", async () => {
    const { signature } = await signOrder(wallet, domain, order);
    const plain = { ...order, perCall: "5", perDay: "12", expires: "0", issued: `${NOW}` };
    expect(signedOrderSchema.safeParse({ order: plain, signature }).success).toBe(true);
    const bad: object[] = [
      { models: "" },
      { models: "0" },
      { models: "1,,2" },
      { models: Array.from({ length: 17 }, (_, i) => i + 1).join() },
      { name: "" },
      { name: "two\nlines" },
      { project: "x".repeat(65) },
      { perCall: "-1" },
      { perDay: "1e3" },
      { keyHash: "0x12" },
      { account: "somebody" },
    ];
    for (const change of bad) {
      expect(signedOrderSchema.safeParse({ order: { ...plain, ...change }, signature }).success).toBe(false);
    }
  });
});
