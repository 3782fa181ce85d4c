import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { asAddress } from "@openledger/protocol/hex.ts";
import { hexlify, randomBytes, Wallet } from "ethers";
import OpenAI from "openai";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { FIRST_CHANNEL } from "../../oracle/gateway/channels/channelConfig.ts";
import { createChannelPayer } from "../../oracle/gateway/channels/channelPayer.ts";
import { readOffer } from "../../oracle/gateway/client.ts";
import { addKey, type KeyTerms, removeKey } from "../../oracle/gateway/proxy/apiKeys.ts";
import { readUsageBook } from "../../oracle/gateway/proxy/usageBook.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { installChannels } from "./channelPayer.ts";
import { openGateway, openShop, PRICE, type Shop } from "./openGateway.ts";
import { openProxyApi } from "./openProxyApi.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const MODEL = "1";
const ask = (content: string) => ({ model: MODEL, messages: [{ role: "user" as const, content }] });

describe("a proxy pays for programs that know nothing of payments", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  let proxy: Awaited<ReturnType<typeof openProxy>>;
  let channelId: string;
  const folder = mkdtempSync(join(tmpdir(), "openledger-proxy-"));
  const file = join(folder, "keys.json");
  const wallet = new Wallet(hexlify(randomBytes(32)));

  /** The proxy's process, on the keys and the record of spending in the folder. */
  async function openProxy() {
    const { context } = shop;
    const offer = await readOffer(context.contracts, context.deployment, 1n);
    const payer = createChannelPayer(context.contracts, {
      providerUrl: gateway.url,
      offer,
      wallet,
      deposit: 40n * PRICE,
      salt: FIRST_CHANNEL,
      validBefore: async () => (await blockTime(context.provider, "latest")) + 600n,
    });
    channelId = payer.channelId;
    return openProxyApi(context, { providerUrl: gateway.url, offer, payer, file });
  }

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    await installChannels(ethers, shop);
    gateway = await openGateway(shop);
    await shop.token.transfer(wallet.address, 200n * PRICE);
    proxy = await openProxy();
  });
  after(async () => {
    await proxy.close();
    await gateway.close();
    await shop.db.close();
    await closeAll();
    rmSync(folder, { recursive: true });
  });

  const keyFor = (terms: Partial<KeyTerms> = {}) =>
    addKey(file, { name: "test", perCall: PRICE, perDay: 10n * PRICE, ...terms });
  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey, maxRetries: 0 });
  const charged = async () => (await gateway.channels.find(channelId))?.charged ?? 0n;
  const statusOf = (call: Promise<unknown>) =>
    call.then(
      () => 200,
      (error: unknown) => (error as { status: number }).status,
    );

  it("such as the stock OpenAI client, by its base URL and a key alone", async () => {
    const client = clientOf(keyFor().secret);
    expect((await client.models.list()).data.map(({ id }) => id)).deep.equal([MODEL]);
    const { data, response } = await client.chat.completions.create(ask("when is it open")).withResponse();
    expect(["no", "yes"]).include(data.choices[0]!.message.content);
    expect(response.headers.get("x-openledger-receipt")).equal(channelId);
    const stream = await client.chat.completions.create({ ...ask("where is it"), stream: true });
    let last: unknown;
    for await (const chunk of stream) last = chunk.usage ?? last;
    expect(last).include({ cost: "0.5" });
    expect(await charged()).equal(2n * PRICE);
    const { receipt } = (await (await fetch(`${gateway.url}/v1/receipts/${channelId}`)).json()) as {
      receipt: { consumer: string };
    };
    expect(receipt.consumer).equal(asAddress(wallet.address));
  });

  it("never beyond a key's budget, also of 200 requests at once and after it was killed", async () => {
    const before = await charged();
    const { id, secret } = keyFor({ perDay: 5n * PRICE });
    const client = clientOf(secret);
    const statuses = await Promise.all(
      Array.from({ length: 200 }, (_, i) => statusOf(client.chat.completions.create(ask(`question ${i}`)))),
    );
    expect(statuses.filter((status) => status === 200).length).equal(5);
    expect(statuses.filter((status) => status === 429).length).equal(195);
    expect((await charged()) - before).equal(5n * PRICE);

    const used = readUsageBook(`${file}.usage`).filter(({ key }) => key === id);
    expect(used.map(({ fee }) => fee)).deep.equal(Array.from({ length: 5 }, () => PRICE));
    expect(new Set(used.map(({ receipt }) => receipt)).size).equal(5);

    await proxy.close();
    proxy = await openProxy();
    expect(await statusOf(clientOf(secret).chat.completions.create(ask("one more")))).equal(429);
    expect((await charged()) - before).equal(5n * PRICE);
    const shown = await fetch(`${proxy.url}/v1/key`, { headers: { authorization: `Bearer ${secret}` } });
    expect(await shown.json()).include({ id, spentToday: `${5n * PRICE}` });
    expect(readFileSync(file, "utf8")).not.include(secret);
  });

  it("for nobody without a key, with one that expired, was taken away, or is for another model or a lower price", async () => {
    const before = await charged();
    const removed = keyFor();
    removeKey(file, removed.id);
    const refused: [string, number][] = [
      ["none", 401],
      [removed.secret, 401],
      [keyFor({ expires: 1 }).secret, 401],
      [keyFor({ models: ["2"] }).secret, 401],
      [keyFor({ perCall: PRICE - 1n }).secret, 429],
    ];
    for (const [secret, status] of refused) {
      expect(await statusOf(clientOf(secret).chat.completions.create(ask("when is it open")))).equal(status);
    }
    expect(await charged()).equal(before);
  });
});
