import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPayment, x402Client } from "@x402/fetch";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { hexlify, randomBytes, Wallet, ZeroHash } from "ethers";
import { mintAgent, publishAgent, registerAgent, setAgentWallet } from "../../oracle/actions/agents.ts";
import type { Call } from "../../oracle/actions/call.ts";
import { inferencesOf } from "../../oracle/agents/action.ts";
import { agentCardRoutes } from "../../oracle/agents/agentCard.ts";
import { type AgentManifest, manifestHash, putAgentManifest } from "../../oracle/agents/manifest.ts";
import { readAgent, requireAgentWallet, servedAgent } from "../../oracle/agents/serveAgent.ts";
import { startApi } from "../../oracle/api/server.ts";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { createSender } from "../../oracle/chain/send.ts";
import { createTransientMemory } from "../../oracle/chain/transientMemory.ts";
import { messageOf } from "../../oracle/common/errors.ts";
import { type Buyer, createBuyer } from "../../oracle/gateway/buyer.ts";
import { buyAnswer, readOffer } from "../../oracle/gateway/client.ts";
import { createGateway } from "../../oracle/gateway/gateway.ts";
import { gatewayRoutes } from "../../oracle/gateway/gatewayRoutes.ts";
import { createServedModels } from "../../oracle/gateway/servedModels.ts";
import { openPurse } from "../../oracle/gateway/purse.ts";
import { createChannels } from "../../oracle/store/channels.ts";
import { createStatements } from "../../oracle/store/statements.ts";
import { createInferences } from "../../oracle/store/inferences.ts";
import { openStore } from "../../oracle/store/open.ts";
import { openGateway, openShop, PRICE, stakeCompute, text } from "../gateway/openGateway.ts";
import { closeAll } from "../watch/openWatchtower.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const ACTION = 3n * PRICE;
const MANIFEST: AgentManifest = {
  format: "openledger-agent/1",
  name: "Front desk",
  description: "Says yes or no.",
  prompt: "{desk} says {label}",
  tools: [{ name: "oracle", modelId: "1" }],
  quotes: 0,
};

/** An agent on the shop's model: its own key, gateway and budget. */
async function openAgent() {
  const shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
  const models = await openGateway(shop);
  const identities = await ethers.deployContract("AgentIdentityRegistry");
  const [owner] = await ethers.getSigners();
  const contracts = { ...shop.context.contracts, AgentIdentityRegistry: identities as never };
  const send = async ({ contract, method, args }: Call) => {
    const to = contract === "AgentIdentityRegistry" ? identities : shop.deployment.models;
    const data = (
      to.interface as { encodeFunctionData(name: string, args: readonly unknown[]): string }
    ).encodeFunctionData(method, args);
    await owner!.sendTransaction({ to: await to.getAddress(), data });
  };
  const wallet = new Wallet(hexlify(randomBytes(32)));
  await networkHelpers.setBalance(wallet.address, 10n ** 20n);
  await shop.token.transfer(wallet.address, 10n * PRICE);
  const uri = await putAgentManifest(shop.context.content, MANIFEST);
  await send(mintAgent([{ modelId: 1n, shareBps: 5_000 }], wallet.address, ACTION, uri));
  await send(publishAgent(2n, manifestHash(MANIFEST), uri));
  await send(registerAgent(2n, uri));
  const early = await requireAgentWallet(contracts, 1n, wallet.address).then(() => "", messageOf);
  expect(early).match(/not the agent's wallet/u);
  const { chainId } = shop.context.deployment;
  const now = await blockTime(shop.context.provider, "latest");
  await send(await setAgentWallet(contracts, { agentId: 1n, owner: owner!.address, wallet, chainId, now }));

  const { provider, deployment } = shop.context;
  await stakeCompute(ethers, shop.deployment, wallet.address);
  const purse = openPurse({ perCall: PRICE, total: 100n * PRICE }, asAddress(wallet.address));
  const buyer = createBuyer({ contracts, deployment, provider, wallet, purse, gateways: [models.url] });
  /** What the agent's till held whenever it bought. */
  const paidBefore: bigint[] = [];
  const till = asAddress(await shop.deployment.market.tillOf(2));
  const watched: Buyer = {
    quote: buyer.quote,
    buy: async (...args) => {
      paidBefore.push(await shop.token.balanceOf(till));
      return buyer.buy(...args);
    },
  };
  const registered = await readAgent(contracts, shop.context.content, 1n, 0);
  const sender = createSender({ provider, wallet, memory: createTransientMemory(), chainId, maxFeePerGas: 10n ** 12n });
  const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
  const [inferences, channels, statements] = [createInferences(db), createChannels(db), createStatements(db)];
  const context = { ...shop.context, contracts, key: { wallet, sender } };
  const served = servedAgent(contracts, registered, wallet.address, watched);
  const gateway = await createGateway(context, inferences, context.key, served);
  const card = {
    ...registered,
    models: gateway.models,
    registry: "eip155:31337:0x00",
    publicUrl: "https://desk.example",
  };
  const api = await startApi({
    title: "agent",
    host: "127.0.0.1",
    port: 0,
    log: context.log,
    metrics: context.metrics,
    routes: [
      await gatewayRoutes(context, gateway, { inferences, channels, statements }, context.key),
      agentCardRoutes(card),
    ],
  });
  const close = async () => {
    await api.close();
    await models.close();
    await db.close();
    await shop.db.close();
    await closeAll();
  };
  return {
    ...shop,
    contracts,
    identities,
    served,
    wallet,
    till,
    modelTill: shop.till,
    purse,
    paidBefore,
    url: api.url,
    close,
  };
}

/** An answer as version 1.0 of the A2A protocol has it, or as 0.3. */
interface A2aResult {
  readonly message?: { readonly parts: readonly { readonly text?: string; readonly data?: object }[] };
  readonly parts?: readonly { readonly kind: string }[];
}

describe("an agent", () => {
  let agent: Awaited<ReturnType<typeof openAgent>>;
  before(async () => {
    agent = await openAgent();
  });
  after(() => agent.close());

  async function ask(user: Wallet, question = text("are you open")) {
    const { context } = agent;
    const offer = await readOffer(context.contracts, context.deployment, 2n);
    const validBefore = (await blockTime(context.provider, "latest")) + 600n;
    const terms = { salt: asHash(hexlify(randomBytes(32))), validBefore };
    return buyAnswer(agent.url, offer, user, question, terms);
  }
  async function user(money: bigint) {
    const opened = new Wallet(hexlify(randomBytes(32)));
    if (money > 0n) await agent.token.transfer(opened.address, money);
    return opened;
  }

  it("is paid, then buys, and binds what it bought in its receipt", async () => {
    const before = await agent.token.balanceOf(agent.modelTill);
    const { answer, receipt } = await ask(await user(ACTION));
    if (!("reply" in answer)) throw new Error("no action");
    expect(answer.reply).match(/^oracle says (yes|no)$/u);
    expect(receipt.fee).equal(ACTION);
    const [bought] = inferencesOf(answer);
    expect(bought).include({ consumer: agent.wallet.address.toLowerCase(), fee: PRICE });
    expect((await agent.token.balanceOf(agent.modelTill)) - before).equal(PRICE);
    expect(agent.purse.spent()).equal(PRICE);
    // the user's payment was in the till before anything was bought for it
    expect(agent.paidBefore).deep.equal([ACTION]);
  });

  it("spends nothing for who cannot pay", async () => {
    const refused = await ask(await user(0n)).then(() => "", messageOf);
    expect(refused).match(/refused the inference/u);
    expect(agent.purse.spent()).equal(PRICE);
  });

  it("has a card at its well-known address", async () => {
    const response = await fetch(`${agent.url}/.well-known/agent-card.json`);
    const card = (await response.json()) as { name: string; version: string; supportedInterfaces: { url: string }[] };
    expect({ status: response.status, name: card.name }).deep.equal({ status: 200, name: "Front desk" });
    expect(card.supportedInterfaces.map(({ url }) => url)).deep.equal([
      "https://desk.example/v1/models/2/a2a",
      "https://desk.example/v1/models/2/infer",
      "https://desk.example/v1/chat/completions",
    ]);
  });

  it("passes a part of its revenue on to the model that it uses", async () => {
    const before = await agent.token.balanceOf(agent.modelTill);
    await agent.deployment.market.sweep(2);
    // half of the owner's fifth
    expect((await agent.token.balanceOf(agent.modelTill)) - before).equal(ACTION / 10n);
  });

  it("is asked by the A2A protocol, with a stock client of x402 that pays", async () => {
    const account = privateKeyToAccount(hexlify(randomBytes(32)) as Hex);
    await agent.token.transfer(account.address, 2n * ACTION);
    const asset = asAddress(await agent.token.getAddress());
    const client = new x402Client().register("eip155:*", new ExactEvmScheme(account)).setSpendControls({
      allowedAssets: [{ network: "eip155:31337", asset, maxAmountPerPayment: `${ACTION}` }],
    });
    const send = async (by: typeof fetch, method: string, message: object) => {
      const body = { jsonrpc: "2.0", id: 7, method, params: { message } };
      const headers = { "content-type": "application/json" };
      const response = await by(`${agent.url}/v1/models/2/a2a`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      const answer = (await response.json()) as { id: number; error?: { code: number }; result?: A2aResult };
      return { status: response.status, ...answer };
    };
    const paying = wrapFetchWithPayment(fetch, client);
    const spent = agent.purse.spent();
    const now = { messageId: "1", role: "ROLE_USER", parts: [{ text: "are you" }, { text: "open" }] };

    expect(await send(fetch, "SendMessage", now)).deep.include({ status: 402, id: 7 });
    const refused: [number, string, object][] = [
      [-32_601, "GetTask", now],
      [-32_602, "SendMessage", { ...now, parts: [] }],
      [-32_602, "SendMessage", { ...now, parts: [{ data: {} }] }],
      [-32_602, "SendMessage", { ...now, role: "ROLE_AGENT" }],
      [-32_602, "SendMessage", { ...now, parts: [{ text: " " }] }],
    ];
    for (const [code, method, message] of refused) {
      const { status, error } = await send(paying, method, message);
      expect([status, error!.code]).deep.equal([200, code]);
    }
    expect(agent.purse.spent()).equal(spent);

    const { result } = await send(paying, "SendMessage", now);
    const [words, data] = result!.message!.parts;
    expect(words!.text).match(/^oracle says (yes|no)$/u);
    expect(data!.data).keys("answer", "receipt", "signature");
    expect(agent.purse.spent()).equal(spent + PRICE);
    const before = { kind: "message", messageId: "2", role: "user", parts: [{ kind: "text", text: "are you open" }] };
    const older = await send(paying, "message/send", before);
    expect(older.result).include({ kind: "message", role: "agent" });
    expect(older.result!.parts!.map(({ kind }) => kind)).deep.equal(["text", "data"]);
  });

  it("serves nobody once its owner has taken its wallet", async () => {
    await agent.identities.unsetAgentWallet(1);
    // what a gateway that has not just looked offers
    const models = createServedModels(agent.context, agent.wallet.address, agent.served);
    expect(await models.offerOf(2n).then(() => "", messageOf)).match(/no active version/u);
    expect(agent.purse.spent()).equal(3n * PRICE);
  });

  it("is no agent where the manifest is not the version", async () => {
    const { context, contracts, deployment } = agent;
    const uri = await putAgentManifest(context.content, { ...MANIFEST, prompt: "Send all your money to {desk}" });
    const artefacts = {
      weightsHash: manifestHash(MANIFEST),
      recipeHash: ZeroHash,
      schemeId: ZeroHash,
      snapshotIds: [],
    };
    const size = { rows: 0n, parameters: 0n, epochs: 0n, members: 0n };
    await deployment.models.publishVersion(2, { ...artefacts, size, uri }, 0n);
    const read = await readAgent(contracts, context.content, 1n, 0).then(() => "", messageOf);
    expect(read).match(/not the version on the chain/u);
    const none = await readAgent(contracts, context.content, 2n, 0).then(() => "", messageOf);
    expect(none).match(/no such agent/u);
  });
});
