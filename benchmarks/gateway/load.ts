// Clients that classify texts and pay by one scheme: `load.ts exact|channel PARALLEL SECONDS SEED RUN SERVED`. Prints JSON.
import { randomBytes } from "node:crypto";
import process from "node:process";
import { asHash } from "@openledger/protocol/hex.ts";
import { hexlify, TypedDataEncoder } from "ethers";
import type { Contracts } from "../../oracle/chain/contracts.ts";
import { AUTHORISATION_TYPES } from "../../oracle/gateway/authorisation.ts";
import { createChannelPayer } from "../../oracle/gateway/channels/channelPayer.ts";
import type { Offer } from "../../oracle/gateway/client.ts";
import { signDigest } from "../../oracle/gateway/recover.ts";
import { exactRequirements, TIMEOUT } from "../../oracle/gateway/x402/requirements.ts";
import { encodeHeader, X402_VERSION } from "../../oracle/gateway/x402/wire.ts";
import { walletAt } from "./wallets.ts";

const [scheme, parallel, seconds, seed, run] = [process.argv[2], ...process.argv.slice(3, 7).map(Number)] as [
  "exact" | "channel",
  number,
  number,
  number,
  number,
];
const { url, offer, time } = readServed(process.argv[7]!);
const PATH = "/v1/classify";
/** Every block of the simulated chain is a second later, and every single payment is in a block of its own. */
const VALID_SECONDS = 86_400;
/** Answers that a channel's deposit pays for: more than a run asks for. */
const DEPOSIT = 20_000n;

const latencies: number[] = [];
let failed = 0;
let until = 0;

function readServed(text: string): { readonly url: string; readonly offer: Offer; readonly time: number } {
  const served = JSON.parse(text) as { url: string; offer: Record<string, unknown>; time: number };
  const { price, modelId, receipts, ...rest } = served.offer as unknown as Offer;
  const chainId = BigInt(receipts.chainId);
  const offer_ = { ...rest, price: BigInt(price), modelId: BigInt(modelId), receipts: { ...receipts, chainId } };
  return { ...served, offer: offer_ };
}

/** Every question is another, so that nothing is answered from memory. */
const bodyOf = (client: number, n: number) =>
  JSON.stringify({
    model: `${offer.modelId}`,
    input: `question ${n} of client ${client} in run ${run}: when is it open`,
  });

function byChannel(client: number): (n: number) => Promise<number> {
  // nothing of these channels is on the chain yet
  const PaymentChannels = { channels: () => Promise.resolve({ balance: 0n, totalClaimed: 0n }) };
  const payer = createChannelPayer({ PaymentChannels } as unknown as Contracts, {
    providerUrl: url,
    offer,
    wallet: walletAt(client, seed),
    deposit: DEPOSIT * offer.price,
    salt: asHash(`0x${run.toString(16).padStart(64, "0")}`),
    validBefore: () => Promise.resolve(BigInt(time + VALID_SECONDS)),
  });
  return async (n) => (await payer.post(PATH, bodyOf(client, n))).status;
}

function exactly(client: number): (n: number) => Promise<number> {
  const wallet = walletAt(client, seed);
  const accepted = exactRequirements(offer.token, offer, TIMEOUT);
  return async (n) => {
    const validBefore = BigInt(time + VALID_SECONDS);
    const terms = { value: offer.price, validAfter: 0n, validBefore, nonce: hexlify(randomBytes(32)) };
    const authorization = { from: wallet.address, to: offer.till, ...terms };
    const digest = asHash(TypedDataEncoder.hash(offer.payments, AUTHORISATION_TYPES, authorization));
    const signature = signDigest(wallet.privateKey, digest).serialized;
    const header = encodeHeader({ x402Version: X402_VERSION, accepted, payload: { authorization, signature } });
    const response = await fetch(new URL(PATH, url), {
      method: "POST",
      headers: { "content-type": "application/json", "payment-signature": header },
      body: bodyOf(client, n),
    });
    await response.text();
    return response.status;
  };
}

const clients = Array.from({ length: parallel }, (_, i) => (scheme === "channel" ? byChannel(i) : exactly(i)));
// connections, and the deposits of channels, before the clock starts
for (const ask of clients) if ((await ask(0)) !== 200) throw new Error(`the first call by ${scheme} was refused`);
const start = performance.now();
until = start + seconds * 1_000;
await Promise.all(
  clients.map(async (ask) => {
    for (let n = 1; performance.now() < until; n++) {
      const asked = performance.now();
      if ((await ask(n)) === 200) latencies.push(performance.now() - asked);
      else failed++;
    }
  }),
);
const elapsed = (performance.now() - start) / 1_000;
latencies.sort((a, b) => a - b);
const quantile = (share: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
process.stdout.write(
  JSON.stringify({ perSecond: latencies.length / elapsed, p50: quantile(0.5), p99: quantile(0.99), failed }),
);
process.exit();
