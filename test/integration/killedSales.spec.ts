import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ChannelConfig, channelHashes } from "@openledger/protocol/eip712/channel.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { Wallet } from "ethers";
import { describe, expect, it } from "vitest";
import { findFreePort } from "../../oracle/common/ports.ts";
import { toJson } from "../../oracle/common/json.ts";
import { poll } from "../../oracle/common/retry.ts";
import { signDigest } from "../../oracle/gateway/recover.ts";
import { receiptSchema } from "../../oracle/jobs/receiptFiles.ts";
import { createChannels } from "../../oracle/store/channels.ts";
import { createInferences } from "../../oracle/store/inferences.ts";
import { openStore } from "../../oracle/store/open.ts";
import { CHAIN_ID, OFFER, PROVIDER_KEY, TOKEN } from "../gateway/standingChain.ts";
import { withDirectory } from "./startUp.ts";

const SELLER = fileURLToPath(new URL("../gateway/sellByChannels.ts", import.meta.url));
const CUSTOMERS = 200;
const CALLS = 3;
/** After so many answers the seller is killed, with its database. */
const KILLS = [1, 150, 300, 450];
const hashes = channelHashes(CHAIN_ID);

/** A customer with a channel of its own, who sends a call again until it is answered. */
function customer(i: number, url: string) {
  const wallet = new Wallet(keccakText(`customer ${i}`));
  const config: ChannelConfig = {
    payer: asAddress(wallet.address),
    payerAuthorizer: asAddress(wallet.address),
    receiver: OFFER.till,
    receiverAuthorizer: asAddress(new Wallet(PROVIDER_KEY).address),
    token: TOKEN,
    withdrawDelay: 86_400,
    salt: asHash(`0x${"00".repeat(32)}`),
  };
  const channelId = hashes.idOf(config);

  function bodyOf(call: number): string {
    const maxClaimableAmount = OFFER.price * BigInt(call + 1);
    const { serialized } = signDigest(wallet.privateKey, hashes.digestOf({ channelId, maxClaimableAmount }));
    const voucher = { channelId, maxClaimableAmount: `${maxClaimableAmount}`, signature: serialized };
    const request = { kind: "text", input: `question ${call} of customer ${i}` };
    return toJson({ request, payment: { type: "voucher", channelConfig: config, voucher } });
  }
  async function tryOnce(body: string): Promise<string | undefined> {
    const response = await fetch(url, { method: "POST", body }).catch(() => undefined);
    const text = await response?.text().catch(() => undefined);
    if (response?.status === 402) throw new Error(`customer ${i} is refused: ${text}`);
    return text;
  }
  /** Each answer as often as it came: a customer that has one asks for it again. */
  async function buy(onAnswer: () => void): Promise<string[][]> {
    const answers: string[][] = [];
    for (let call = 0; call < CALLS; call++) {
      const body = bodyOf(call);
      const first = await poll(() => tryOnce(body), { intervalMs: 20 });
      onAnswer();
      answers.push([first, await poll(() => tryOnce(body), { intervalMs: 20 })]);
    }
    return answers;
  }
  return { channelId, consumer: config.payer, buy };
}

describe("a seller that is killed, with its database, in the middle of 200 channels at once", () => {
  it("loses no answer that it gave, and sells no part of a channel twice", async () => {
    await withDirectory(async (directory) => {
      const port = await findFreePort();
      let child: ChildProcess;
      const failed = Promise.withResolvers<never>();
      const start = () => {
        child = spawn(process.execPath, [SELLER, directory, String(port)], { stdio: ["ignore", "ignore", "inherit"] });
        child.once("exit", (status) => {
          if (status !== null) failed.reject(new Error(`the seller has ended with ${status}`));
        });
      };
      start();
      let answered = 0;
      const kills = [...KILLS];
      const onAnswer = () => {
        if (++answered !== kills[0]) return;
        kills.shift();
        child.once("exit", start);
        child.kill("SIGKILL");
      };
      const customers = Array.from({ length: CUSTOMERS }, (_, i) => customer(i, `http://127.0.0.1:${port}/`));
      const allBought = Promise.all(customers.map(({ buy }) => buy(onAnswer)));
      const bought = await Promise.race([failed.promise, allBought]).finally(async () => {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        if (child.kill("SIGKILL")) await ended;
      });
      expect(kills).toEqual([]);

      const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: directory });
      try {
        const [channels, stored] = [createChannels(db), await createInferences(db).finished(OFFER.modelId)];
        expect(stored.length).toBe(CUSTOMERS * CALLS);
        const sold = new Set(stored.map(({ outcome }) => receiptType.hash(receiptSchema.parse(outcome!.receipt))));
        for (const [i, { channelId, consumer }] of customers.entries()) {
          expect((await channels.find(channelId))?.charged).toBe(OFFER.price * BigInt(CALLS));
          for (const [call, [answer, again]] of bought[i]!.entries()) {
            expect(again).toBe(answer);
            const receipt = receiptSchema.parse((JSON.parse(answer!) as { receipt: unknown }).receipt);
            expect(receipt).toMatchObject({
              consumer,
              paymentId: channelId,
              fee: OFFER.price,
              cumulative: OFFER.price * BigInt(call + 1),
            });
            expect(sold.has(receiptType.hash(receipt))).toBe(true);
          }
        }
      } finally {
        await db.close();
      }
    });
  });
});
