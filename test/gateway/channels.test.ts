import { expect } from "chai";
import { network } from "hardhat";
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from "@x402/core/http";
import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { hexlify, randomBytes } from "ethers";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { signedBy, countReceipts } from "../../oracle/settlement/receipts.ts";
import { getReceipts } from "../../oracle/jobs/receiptLines.ts";
import { planClaims } from "../../oracle/jobs/planClaims.ts";
import { committedReceipts } from "../../oracle/jobs/poolEvents.ts";
import { sweptRevenue } from "../../oracle/jobs/sweptRevenue.ts";
import { claimVouchersStage } from "../../oracle/jobs/stages/claimVouchers.ts";
import { commitReceiptsStage } from "../../oracle/jobs/stages/commitReceipts.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { type ChannelPayer, installChannels, openPayer } from "./channelPayer.ts";
import { openGateway, openShop, PRICE, type Shop, text } from "./openGateway.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const PATH = "/v1/models/1/infer";
const DAY = 86_400;

interface Body {
  readonly error?: string;
  readonly value?: string;
  readonly limit?: string;
  readonly remedy?: string;
  readonly receipt: { readonly paymentId: string; readonly cumulative: string; readonly fee: string };
}

describe("a channel pays for answers", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    await installChannels(ethers, shop);
    gateway = await openGateway(shop);
  });
  after(async () => {
    await gateway.close();
    await shop.db.close();
    await closeAll();
  });

  /** The provider's process ends without a warning, and another begins on what it has stored. */
  async function restart() {
    await gateway.close();
    gateway = await openGateway(shop);
  }
  const payer = (money?: bigint) =>
    openPayer({ ethers, shop, paid: { token: gateway.token, provider: shop.tower.address } }, money);
  const inTill = () => shop.token.balanceOf(shop.till);
  const pay = (paying: typeof fetch, question: string) =>
    paying(`${gateway.url}${PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(text(question)),
    });
  async function send(headers: Record<string, string>, question = "when is it open") {
    const response = await gateway.post(PATH, text(question), headers);
    return { status: response.status, response, body: (await response.json()) as Body };
  }
  const chargedOf = async ({ channelId }: ChannelPayer) => (await gateway.channels.find(channelId))?.charged ?? 0n;
  /** A channel with a deposit that has paid for one answer. */
  async function opened() {
    const one = await payer();
    expect((await pay(one.paying, "first")).status).equal(200);
    return one;
  }
  async function claim() {
    await shop.tower.run("scan");
    await claimVouchersStage(shop.context, gateway.channels).run("1");
  }

  it("of a stock client, with one transaction for all of them", async () => {
    const one = await payer();
    const before = await ethers.provider.getTransactionCount(shop.tower.address);
    const responses: Response[] = [];
    for (const question of ["a", "b", "c"]) responses.push(await pay(one.paying, question));
    expect(responses.map(({ status }) => status)).deep.equal([200, 200, 200]);
    expect(await ethers.provider.getTransactionCount(shop.tower.address)).equal(before + 1);
    const bodies = (await Promise.all(responses.map((response) => response.json()))) as Body[];
    expect(bodies.map(({ receipt }) => [receipt.paymentId, receipt.cumulative, receipt.fee])).deep.equal(
      [1n, 2n, 3n].map((n) => [one.channelId, `${n * PRICE}`, `${PRICE}`]),
    );
    const settled = decodePaymentResponseHeader(responses[2]!.headers.get("payment-response")!);
    expect(settled.extra).deep.include({ chargedAmount: `${PRICE}` });
    const name = responses[1]!.headers.get("x-openledger-receipt")!;
    const again = (await (await fetch(`${gateway.url}/v1/receipts/${name}`)).json()) as Body;
    expect(again.receipt).deep.equal(bodies[1]!.receipt);
    expect(await chargedOf(one)).equal(3n * PRICE);
  });

  it("and tops itself up when it is used up", async () => {
    const one = await payer();
    for (let i = 0; i < 7; i++) expect((await pay(one.paying, `question ${i}`)).status).equal(200);
    expect((await one.channels.channels(one.channelId)).balance > 5n * PRICE).equal(true);
  });

  it("once where the same voucher comes twice, at once or after the process was killed", async () => {
    const one = await opened();
    const voucher = await one.voucher(2n * PRICE);
    const both = await Promise.all([send(voucher), send(voucher)]);
    await restart();
    const replies = [...both, await send(voucher)];
    expect(replies.map(({ status }) => status)).deep.equal([200, 200, 200]);
    for (const { body } of replies) expect(body).deep.equal(replies[0]!.body);
    expect(await chargedOf(one)).equal(2n * PRICE);
    expect((await send(await one.voucher(3n * PRICE))).status).equal(200);
  });

  it("for one of two questions that come with one voucher; the other learns where the channel is", async () => {
    const one = await opened();
    const voucher = await one.voucher(2n * PRICE);
    const replies = await Promise.all([send(voucher, "left"), send(voucher, "right")]);
    expect(replies.map(({ status }) => status).toSorted()).deep.equal([200, 402]);
    const { response, body } = replies.find(({ status }) => status === 402)!;
    expect(body).include({ value: `${2n * PRICE} wei` });
    const required = decodePaymentRequiredHeader(response.headers.get("payment-required")!);
    const { extra } = required.accepts.find(({ scheme }) => scheme === "batch-settlement")!;
    expect(extra["channelState"]).include({ chargedCumulativeAmount: `${2n * PRICE}` });
    expect(await chargedOf(one)).equal(2n * PRICE);
    // the stock client, which knows of neither, corrects itself
    expect((await pay(one.paying, "and on")).status).equal(200);
    expect(await chargedOf(one)).equal(3n * PRICE);
  });

  it("once under one payment identifier, with whatever voucher", async () => {
    const one = await opened();
    const extensions = one.named("pay_0123456789abcdef");
    const first = await send(await one.voucher(2n * PRICE, { extensions }));
    const second = await send(await one.voucher(3n * PRICE, { extensions }));
    expect([first.status, second.status]).deep.equal([200, 200]);
    expect(second.body).deep.equal(first.body);
    expect(await chargedOf(one)).equal(2n * PRICE);
    const settled = decodePaymentResponseHeader(second.response.headers.get("payment-response")!);
    expect(settled.extra).deep.include({ chargedAmount: "0" });
    expect((await send(await one.voucher(3n * PRICE, { extensions }), "another")).status).equal(409);
  });

  describe("and nothing is computed or stored for", () => {
    const stranger = privateKeyToAccount(hexlify(randomBytes(32)) as Hex);
    const cases: [string, (one: ChannelPayer) => Promise<Record<string, string>>, RegExp][] = [
      [
        "a voucher of another key",
        (one) => one.voucher(2n * PRICE, { signer: stranger }),
        /not signed by the channel's key/u,
      ],
      ["one that skips a part", (one) => one.voucher(3n * PRICE), /does not go on where the channel is/u],
      ["one below the price", (one) => one.voucher(2n * PRICE - 1n), /does not go on where the channel is/u],
      [
        "a channel to another till",
        (one) => one.voucher(PRICE, { changes: { receiver: `0x${"11".repeat(20)}` } }),
        /another receiver/u,
      ],
      [
        "a channel that somebody else claims from",
        (one) => one.voucher(PRICE, { changes: { receiverAuthorizer: `0x${"11".repeat(20)}` } }),
        /another receiverAuthorizer/u,
      ],
      [
        "a channel whose withdrawals take minutes",
        (one) => one.voucher(PRICE, { changes: { withdrawDelay: 900 } }),
        /withdrawals take too short/u,
      ],
      [
        "a channel without a deposit",
        (one) => one.voucher(PRICE, { changes: { salt: `0x${"22".repeat(32)}` } }),
        /balance does not cover/u,
      ],
    ];
    for (const [what, headers, words] of cases) {
      it(what, async () => {
        const one = await opened();
        const { status, body } = await send(await headers(one));
        expect(status).equal(402);
        expect(body.error).match(words);
        for (const part of [body.value, body.limit, body.remedy]) expect(part).match(/./u);
        expect(await chargedOf(one)).equal(PRICE);
      });
    }
  });

  it("until its payer announces a withdrawal, before whose end the provider claims", async () => {
    const one = await opened();
    expect((await pay(one.paying, "second")).status).equal(200);
    await networkHelpers.impersonateAccount(one.account.address);
    await networkHelpers.setBalance(one.account.address, 10n ** 18n);
    const before = await shop.token.balanceOf(one.account.address);
    const { balance } = await one.channels.channels(one.channelId);
    await one.channels.connect(await ethers.getSigner(one.account.address)).initiateWithdraw(one.config, balance);
    await restart();
    const refused = await send(await one.voucher(3n * PRICE));
    expect([refused.status, refused.body.error]).deep.equal([402, "a withdrawal from the channel is pending"]);

    await shop.tower.run("scan");
    expect(await planClaims(shop.context, gateway.channels)).deep.equal([["claimVouchers", "1"]]);
    await claim();
    await networkHelpers.time.increase(DAY);
    await one.channels.finalizeWithdraw(one.config);
    expect((await shop.token.balanceOf(one.account.address)) - before).equal(balance - 2n * PRICE);
    // the chain's time was moved by a day in a moment
    await restart();
  });

  it("and what all of them paid is claimed, swept and explained by receipts to the wei", async () => {
    const { context, deployment, tower } = shop;
    const owed = (await gateway.inferences.finished(1n)).length;
    const one = await opened();
    await shop.tower.run("scan");
    // neither worth enough nor old enough
    expect(await planClaims(context, gateway.channels)).deep.equal([]);
    expect(await planClaims(context, gateway.channels, () => Date.now() + 3_600_000)).deep.equal([
      ["claimVouchers", "1"],
    ]);
    await claim();
    await claim();
    expect(await gateway.channels.unclaimed()).deep.equal([]);
    const revenue = await inTill();
    expect(revenue).equal(PRICE * BigInt(owed + 1));
    expect((await one.channels.channels(one.channelId)).totalClaimed).equal(PRICE);

    const epoch = await deployment.clock.current();
    await deployment.market.sweep(1);
    await tower.run("scan");
    await commitReceiptsStage(context, gateway).run(`1-${epoch}`);
    await tower.run("scan");
    const committed = (await committedReceipts(context.events, 1n, epoch))!;
    const receipts = await getReceipts(context.content, committed.uri);
    const market = asAddress(context.deployment.addresses.InferenceMarket);
    const { counted, rejected, unexplained } = countReceipts({
      receipts,
      receiptsRoot: committed.receiptsRoot,
      receiptCount: committed.count,
      versionId: 1n,
      ...(await sweptRevenue(context.events, 1n, epoch, shop.till, context.deployment.addresses)),
      isProviders: signedBy(signingDomain(31_337n, market), asAddress(tower.address)),
      isConfirmed: () => false,
    });
    expect(rejected).deep.equal([]);
    expect(counted.reduce((sum, receipt) => sum + receipt.counted, 0n)).equal(revenue);
    expect(unexplained).equal(0n);
  });
});
