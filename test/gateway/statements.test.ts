import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { COUNTERSIGNED_CHANNEL, statementType } from "@openledger/protocol/eip712/statement.ts";
import { asAddress, type Hash } from "@openledger/protocol/hex.ts";
import { hexlify, randomBytes, Wallet } from "ethers";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { toJson } from "../../oracle/common/json.ts";
import { createChannelPayer } from "../../oracle/gateway/channels/channelPayer.ts";
import { type Offer, readOffer } from "../../oracle/gateway/client.ts";
import { addKey } from "../../oracle/gateway/proxy/apiKeys.ts";
import { readUsageBook } from "../../oracle/gateway/proxy/usageBook.ts";
import { signDigest } from "../../oracle/gateway/recover.ts";
import { countersign } from "../../oracle/gateway/statements/countersign.ts";
import { committedReceipts } from "../../oracle/jobs/poolEvents.ts";
import { openReceipts } from "../../oracle/jobs/receiptLines.ts";
import { claimVouchersStage } from "../../oracle/jobs/stages/claimVouchers.ts";
import { commitReceiptsStage } from "../../oracle/jobs/stages/commitReceipts.ts";
import { sweptRevenue } from "../../oracle/jobs/sweptRevenue.ts";
import { countReceipts, signedBy } from "../../oracle/settlement/receipts.ts";
import { confirmedBy, statementOf } from "../../oracle/settlement/statements.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { installChannels } from "./channelPayer.ts";
import { openGateway, openShop, PRICE, type Shop } from "./openGateway.ts";
import { openProxyApi } from "./openProxyApi.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });

describe("what a channel has paid for is confirmed by its payer", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  let offer: Offer;
  let channelId: Hash;
  let ask: (path: string, body: object) => Promise<Response>;
  let close: () => Promise<void>;
  const folder = mkdtempSync(join(tmpdir(), "openledger-statements-"));
  const file = join(folder, "keys.json");
  const wallet = new Wallet(hexlify(randomBytes(32)));
  const stranger = new Wallet(hexlify(randomBytes(32)));
  const domain = () => signingDomain(31_337n, asAddress(shop.context.deployment.addresses.InferenceMarket));

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    const { context } = shop;
    await installChannels(ethers, shop);
    gateway = await openGateway(shop);
    offer = await readOffer(context.contracts, context.deployment, 1n);
    await shop.token.transfer(wallet.address, 40n * PRICE);
    const payer = createChannelPayer(context.contracts, {
      providerUrl: gateway.url,
      offer,
      wallet,
      deposit: 20n * PRICE,
      salt: COUNTERSIGNED_CHANNEL,
      validBefore: async () => (await blockTime(context.provider, "latest")) + 600n,
    });
    channelId = payer.channelId;
    const { secret } = addKey(file, { name: "test", perCall: PRICE, perDay: 20n * PRICE });
    const proxy = await openProxyApi(context, { providerUrl: gateway.url, offer, payer, file });
    ask = (path, body) =>
      fetch(`${proxy.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
        body: toJson(body),
      });
    close = proxy.close;
  });
  after(async () => {
    await close();
    await gateway.close();
    await shop.db.close();
    await closeAll();
    rmSync(folder, { recursive: true });
  });

  const chat = (content: string) => ask("/v1/chat/completions", { model: "1", messages: [{ role: "user", content }] });
  const known = () => new Set(readUsageBook(`${file}.usage`).map(({ receiptHash }) => receiptHash));
  const confirm = (isKnown: (hash: Hash) => boolean, after = 0n) =>
    countersign(offer, { providerUrl: gateway.url, channelId, wallet, after, isKnown });
  const post = async (body: object, channel: string = channelId) =>
    (await gateway.post(`/v1/statements/${channel}`, body)).status;

  async function stated() {
    const response = await fetch(`${gateway.url}/v1/statements/${channelId}`);
    const { receipts } = (await response.json()) as { receipts: { receipt: { cumulative: string } }[] };
    return receipts.map(({ receipt }) => BigInt(receipt.cumulative));
  }

  /** What counts of the epoch, as every operator finds it. */
  async function settled() {
    const { context, deployment, tower } = shop;
    await tower.run("scan");
    await claimVouchersStage(context, gateway.channels).run("1");
    const epoch = await deployment.clock.current();
    await deployment.market.sweep(1);
    await tower.run("scan");
    await commitReceiptsStage(context, gateway).run(`1-${epoch}`);
    await tower.run("scan");
    const { receiptsRoot, count, uri } = (await committedReceipts(context.events, 1n, epoch))!;
    const file = await openReceipts(context.content, uri);
    return countReceipts({
      receipts: Array.from(file.records(), ({ record }) => record),
      receiptsRoot,
      receiptCount: count,
      versionId: 1n,
      ...(await sweptRevenue(context.events, 1n, epoch, shop.till, context.deployment.addresses)),
      isProviders: signedBy(domain(), asAddress(tower.address)),
      isConfirmed: confirmedBy(domain(), file.statements),
    });
  }

  it("by nobody else, not twice, and not what was not sold", async () => {
    expect(await confirm(() => true)).deep.equal({ confirmed: 0, unknown: 0, upto: 0n });
    expect((await chat("when is it open")).status).equal(200);
    expect(await stated()).deep.equal([PRICE]);
    const [record] = await gateway.inferences.answeredAfter(channelId, 0n, 1);
    const { receipt } = record!.outcome as { receipt: { fee: string } };
    expect(BigInt(receipt.fee)).equal(PRICE);
    const [hash] = [...known()] as [Hash];
    const digest = digestOf(domain(), statementType, statementOf({ channelId, receipts: [{ hash, fee: PRICE }] }));
    const sign = (by: Wallet) => signDigest(by.privateKey, digest).serialized;
    const receipts = [`${PRICE}`];
    expect(await post({ receipts, signature: sign(stranger) })).equal(400);
    expect(await post({ receipts: [`${PRICE + 1n}`], signature: sign(wallet) })).equal(400);
    expect(await post({ receipts: ["0"], signature: sign(wallet) })).equal(409);
    expect(await post({ receipts: [...receipts, ...receipts], signature: sign(wallet) })).equal(409);
    expect(await post({ receipts: [], signature: sign(wallet) })).equal(400);
    expect(await post({ receipts, signature: sign(wallet) }, `0x${"12".repeat(32)}`)).equal(404);
    expect(await stated()).deep.equal([PRICE]);
    expect(await post({ receipts, signature: sign(wallet) })).equal(201);
    expect(await post({ receipts, signature: sign(wallet) })).equal(409);
    expect(await stated()).deep.equal([]);
  });

  it("as far as it was asked and answered, and only that is attributed by its answers", async () => {
    expect((await chat("where is it")).status).equal(200);
    expect((await ask("/v1/classify", { model: "1", input: "what does it cost" })).status).equal(200);
    expect((await chat("who is there")).status).equal(200);
    const hashes = [...known()];
    expect(hashes.length).equal(4);
    // of the last, the provider's receipt is taken for another than the one that came with the answer
    const result = await confirm((hash) => hashes.slice(0, 3).includes(hash));
    expect(result).deep.equal({ confirmed: 2, unknown: 1, upto: 4n * PRICE });
    expect(await confirm(() => true, result.upto)).deep.equal({ confirmed: 0, unknown: 0, upto: 4n * PRICE });

    const { counted, rejected, unexplained } = await settled();
    expect(counted.map(({ receipt }) => receipt.cumulative)).deep.equal([PRICE, 2n * PRICE, 3n * PRICE]);
    expect(rejected.map(({ problem }) => problem)).deep.equal(["not confirmed"]);
    expect(unexplained).equal(PRICE);
  });
});
