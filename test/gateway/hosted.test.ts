import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { hexlify, randomBytes, Wallet } from "ethers";
import OpenAI from "openai";
import { announceWithdrawal, depositToChannel, finishWithdrawal } from "../../oracle/actions/channels.ts";
import { type Call, encodeCall } from "../../oracle/actions/call.ts";
import { startApi } from "../../oracle/api/server.ts";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { InputError } from "../../oracle/common/errors.ts";
import { toJson } from "../../oracle/common/json.ts";
import { channelConfig } from "../../oracle/gateway/channels/channelConfig.ts";
import { createChannelPayer } from "../../oracle/gateway/channels/channelPayer.ts";
import { authorizeDeposit } from "../../oracle/gateway/channels/depositAuthorization.ts";
import { type Offer, readOffer } from "../../oracle/gateway/client.ts";
import { hostedRoutes } from "../../oracle/gateway/hosted/hostedRoutes.ts";
import { type KeyOrder, signOrder } from "../../oracle/gateway/hosted/keyOrder.ts";
import { newSecret, readKeys } from "../../oracle/gateway/proxy/apiKeys.ts";
import { openKeyBudgets } from "../../oracle/gateway/proxy/keyBudgets.ts";
import { proxyRoutes } from "../../oracle/gateway/proxy/proxyRoutes.ts";
import { openUsageBook } from "../../oracle/gateway/proxy/usageBook.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { installChannels } from "./channelPayer.ts";
import { openGateway, openShop, PRICE, type Shop } from "./openGateway.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const ask = (content: string) => ({ model: "1", messages: [{ role: "user" as const, content }] });
const DEPOSIT = 20n * PRICE;

describe("a host pays for the keys of accounts out of their deposits", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  let host: Awaited<ReturnType<typeof openHost>>;
  let offer: Offer;
  const folder = mkdtempSync(join(tmpdir(), "openledger-host-"));
  const file = join(folder, "keys.json");
  const hostWallet = new Wallet(hexlify(randomBytes(32)));
  const account = new Wallet(hexlify(randomBytes(32)));
  const stranger = new Wallet(hexlify(randomBytes(32)));

  /** The host's process, on the keys and records in the folder. */
  async function openHost() {
    const { context } = shop;
    const { contracts, deployment, log } = context;
    const payers = new Map<string, ReturnType<typeof createChannelPayer>>();
    const payerOf = (of: string) => {
      const options = { providerUrl: gateway.url, offer, wallet: hostWallet, account: asAddress(of) };
      const payer = payers.get(of) ?? createChannelPayer(contracts, options);
      payers.set(of, payer);
      return payer;
    };
    const budgets = openKeyBudgets(`${file}.spent`);
    const usage = openUsageBook(`${file}.usage`);
    const api = await startApi({
      title: "test",
      host: "127.0.0.1",
      port: 0,
      log,
      metrics: context.metrics,
      rate: 0,
      routes: [
        proxyRoutes({
          providerUrl: gateway.url,
          modelOf: (_modelId, key) => Promise.resolve({ offer, payer: payerOf(key.account!) }),
          forget: () => {},
          keys: () => readKeys(file),
          budgets,
          usage,
          log,
        }),
        hostedRoutes({
          contracts,
          deployment,
          host: hostWallet.address,
          keys: file,
          usage: `${file}.usage`,
          offerOf: () => Promise.resolve(offer),
        }),
      ],
    });
    return {
      url: api.url,
      close: async () => {
        await api.close();
        budgets.close();
        usage.close();
      },
    };
  }

  const configOf = (of: Wallet) => channelConfig(offer, of.address, hostWallet.address);
  async function send(call: Call) {
    const { contracts, deployment } = shop.context;
    await networkHelpers.setBalance(account.address, 10n ** 18n);
    const signer = await ethers.getImpersonatedSigner(account.address);
    await (await signer.sendTransaction(encodeCall(contracts, deployment, call))).wait();
  }
  async function deposit(amount: bigint) {
    const { context } = shop;
    const channelId = asHash(await context.contracts.PaymentChannels.getChannelId(configOf(account)));
    const validBefore = (await blockTime(context.provider, "latest")) + 600n;
    const terms = { channelId, value: amount, validBefore };
    await send(depositToChannel(configOf(account), amount, await authorizeDeposit(account, offer.payments, terms)));
    return channelId;
  }

  let issued: bigint;
  async function order(terms: Partial<KeyOrder> = {}, by = account) {
    const { secret, hash } = newSecret();
    const { chainId, addresses } = shop.context.deployment;
    const signed = await signOrder(by, signingDomain(BigInt(chainId), asAddress(addresses.PaymentChannels)), {
      account: asAddress(by.address),
      host: asAddress(hostWallet.address),
      keyHash: asHash(`0x${hash}`),
      name: "desk",
      project: "support",
      models: "1",
      perCall: PRICE,
      perDay: 10n * PRICE,
      expires: 0n,
      issued: issued++,
      ...terms,
    });
    const response = await fetch(`${host.url}/v1/keys`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: toJson(signed),
    });
    return { status: response.status, secret, keyHash: signed.order.keyHash };
  }

  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${host.url}/v1`, apiKey, maxRetries: 0 });
  const statusOf = (apiKey: string, question = "when is it open") =>
    clientOf(apiKey)
      .chat.completions.create(ask(question))
      .then(
        () => 200,
        (error: unknown) => (error as { status: number }).status,
      );
  const charged = async (channelId: string) => (await gateway.channels.find(channelId))?.charged ?? 0n;

  before(async () => {
    // below the time of a host for every order of these tests
    issued = BigInt(Math.floor(Date.now() / 1_000)) - 300n;
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    await installChannels(ethers, shop);
    gateway = await openGateway(shop);
    offer = await readOffer(shop.context.contracts, shop.context.deployment, 1n);
    await shop.token.transfer(account.address, 2n * DEPOSIT);
    host = await openHost();
  });
  after(async () => {
    await host.close();
    await gateway.close();
    await shop.db.close();
    await closeAll();
    rmSync(folder, { recursive: true });
  });

  it("takes no order of an account that has deposited nothing", async () => {
    expect((await order()).status).equal(402);
    expect((await order({}, stranger)).status).equal(402);
    expect(readKeys(file)).deep.equal([]);
    await deposit(DEPOSIT);
    expect((await order({}, stranger)).status).equal(402);
    expect((await order({ host: asAddress(stranger.address) })).status).equal(400);
    expect((await order({ account: asAddress(account.address) }, stranger)).status).equal(400);
  });

  it("answers the stock client of OpenAI, and its receipt is the account's", async () => {
    const { status, secret } = await order();
    expect(status).equal(201);
    const { data, response } = await clientOf(secret).chat.completions.create(ask("when is it open")).withResponse();
    expect(["no", "yes"]).include(data.choices[0]!.message.content);
    const paymentId = response.headers.get("x-openledger-receipt")!;
    const { receipt } = (await (await fetch(`${gateway.url}/v1/receipts/${paymentId}`)).json()) as {
      receipt: { consumer: string };
    };
    expect(receipt.consumer).equal(asAddress(account.address));
    expect(readFileSync(file, "utf8")).not.include(secret);
    const headers = { authorization: `Bearer ${secret}` };
    const usage = await (await fetch(`${host.url}/v1/key/usage?format=csv`, { headers })).text();
    expect(usage.trim().split("\n").length).equal(2);
    expect(usage).include("support");
    expect((await fetch(`${host.url}/v1/key/usage`)).status).equal(422);
    const shown = await (await fetch(`${host.url}/v1/key`, { headers })).json();
    expect(shown).include({ project: "support", account: asAddress(account.address), spentToday: `${PRICE}` });
  });

  it("never beyond a key's budget, of 200 requests at once to two keys, nor after it was started again", async () => {
    const channelId = await shop.context.contracts.PaymentChannels.getChannelId(configOf(account));
    const before = await charged(channelId);
    const keys = [await order({ perDay: 3n * PRICE }), await order({ perDay: 4n * PRICE, project: "sales" })];
    const statuses = await Promise.all(
      Array.from({ length: 200 }, (_, i) => statusOf(keys[i % 2]!.secret, `question ${i}`)),
    );
    expect(statuses.filter((status) => status === 200).length).equal(7);
    expect(statuses.filter((status) => status === 429).length).equal(193);
    expect((await charged(channelId)) - before).equal(7n * PRICE);
    await host.close();
    host = await openHost();
    expect(await statusOf(keys[0]!.secret)).equal(429);
    expect((await charged(channelId)) - before).equal(7n * PRICE);
  });

  it("never beyond the deposit, and goes on when there is more", async () => {
    const channelId = await shop.context.contracts.PaymentChannels.getChannelId(configOf(account));
    const left = Number((DEPOSIT - (await charged(channelId))) / PRICE);
    const { secret } = await order({ perDay: 100n * PRICE });
    const statuses = await Promise.all(
      Array.from({ length: left + 5 }, (_, i) => statusOf(secret, `and question ${i}`)),
    );
    expect(statuses.filter((status) => status === 200).length).equal(left);
    expect(statuses.filter((status) => status === 402).length).equal(5);
    expect(await charged(channelId)).equal(DEPOSIT);
    await deposit(3n * PRICE);
    // the provider sees the chain once a second
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await statusOf(secret, "one more")).equal(200);
  });

  it("for a key as its account has last ordered it, and not at all once it was taken away", async () => {
    const { secret, keyHash } = await order();
    expect(await statusOf(secret)).equal(200);
    expect((await order({ keyHash, perCall: PRICE - 1n })).status).equal(201);
    expect(await statusOf(secret)).equal(429);
    expect((await order({ keyHash, issued: issued - 10n })).status).equal(409);
    expect((await order({ keyHash, expires: issued })).status).equal(201);
    expect(await statusOf(secret)).equal(401);
  });

  it("nothing more once the account takes its money back, which needs nobody", async () => {
    const { contracts, provider } = shop.context;
    const { secret } = await order();
    const before = await shop.token.balanceOf(account.address);
    await send(await announceWithdrawal(contracts, configOf(account)));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await statusOf(secret)).equal(402);
    const finish = async () => finishWithdrawal(contracts, configOf(account), await blockTime(provider, "latest"));
    await finish().then(
      () => expect.fail("too early"),
      (error: unknown) => expect(error).instanceOf(InputError),
    );
    await networkHelpers.time.increase(86_400n);
    await send(await finish());
    // nothing was claimed yet: what the provider is owed it has to claim in the day before
    expect(await shop.token.balanceOf(account.address)).equal(before + DEPOSIT + 3n * PRICE);
  });
});
