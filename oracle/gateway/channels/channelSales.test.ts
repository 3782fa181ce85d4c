import { channelHashes } from "@openledger/protocol/eip712/channel.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NotYetError } from "../../common/errors.ts";
import { createLogger } from "../../common/logger.ts";
import { createChannels } from "../../store/channels.ts";
import type { Database } from "../../store/database.ts";
import { createInferences } from "../../store/inferences.ts";
import { openStore } from "../../store/open.ts";
import { signDigest } from "../recover.ts";
import { createChannelSales } from "./channelSales.ts";
import type { VoucherCall } from "./voucherCall.ts";

const CHAIN_ID = 31_337n;
const TOKEN = asAddress(`0x${"70".repeat(20)}`);
const OFFER = { modelId: 1n, versionId: 1n, price: 5n, till: asAddress(`0x${"71".repeat(20)}`) };
const provider = new Wallet(`0x${"51".repeat(32)}`);
const consumer = new Wallet(`0x${"52".repeat(32)}`);
const hashes = channelHashes(CHAIN_ID);
const channelConfig = {
  payer: asAddress(consumer.address),
  payerAuthorizer: asAddress(consumer.address),
  receiver: OFFER.till,
  receiverAuthorizer: asAddress(provider.address),
  token: TOKEN,
  withdrawDelay: 86_400,
  salt: asHash(`0x${"00".repeat(32)}`),
};
const channelId = hashes.idOf(channelConfig);

function callFor(maxClaimableAmount: bigint): VoucherCall {
  const signature = signDigest(consumer.privateKey, hashes.digestOf({ channelId, maxClaimableAmount })).serialized;
  const voucher = { channelId, maxClaimableAmount, signature };
  return { request: { kind: "text", input: "when" }, payment: { type: "voucher", channelConfig, voucher } };
}

describe("a provider that has promised a deadline", () => {
  let db: Database;
  beforeAll(async () => {
    db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
  });
  afterAll(() => db.close());

  it("does not charge what comes after it, and answers in time for the same voucher", async () => {
    const answer = { label: "yes", confidence: 1_000_000 };
    const slow = Promise.withResolvers<typeof answer>();
    const answers = [slow.promise, Promise.resolve(answer)];
    const ends: boolean[] = [];
    const channels = createChannels(db);
    const sales = createChannelSales(
      {
        deployment: { chainId: Number(CHAIN_ID), addresses: { InferenceMarket: TOKEN } },
        log: createLogger({ level: "silent" }),
      } as never,
      {
        channels,
        inferences: createInferences(db),
        models: { predictorOf: () => Promise.resolve({ check: () => {}, answer: () => answers.shift()! }) },
        cover: { reserve: () => Promise.resolve({ end: (kept) => void ends.push(kept) }) },
        view: {
          time: () => Promise.resolve(1n),
          stateOf: () => Promise.resolve({ balance: 100n, totalClaimed: 0n, withdrawRequestedAt: 0n }),
          forget: () => {},
        },
        deposits: { make: () => Promise.reject(new Error("nobody deposits here")) },
        terms: {
          token: { network: `eip155:${CHAIN_ID}`, asset: TOKEN, extra: {} } as never,
          provider: provider.address,
          hashes,
        },
        wallet: provider,
        deadlineMs: 2_000,
      },
    );
    await expect(sales.sell(OFFER, callFor(5n))).rejects.toThrow(NotYetError);
    slow.resolve(answer);
    expect(await channels.find(channelId)).toBeUndefined();
    const { paid, charged } = await sales.sell(OFFER, callFor(5n));
    expect([charged, paid.receipt.fee, paid.receipt.cumulative]).toEqual([5n, 5n, 5n]);
    expect(ends).toEqual([false, true]);
  });
});
