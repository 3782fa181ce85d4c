import { expect } from "chai";
import { network } from "hardhat";
import { appendPaymentIdentifierToExtensions } from "@x402/extensions/payment-identifier";
import {
  extractOffersFromPaymentRequired,
  extractReceiptFromResponse,
  verifyOfferSignatureEIP712,
  verifyReceiptSignatureEIP712,
} from "@x402/extensions/offer-receipt";
import { validateDiscoveryExtension } from "@x402/extensions/bazaar";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { decodePaymentRequiredHeader, decodePaymentResponseHeader, HTTPFacilitatorClient } from "@x402/core/http";
import { wrapAxiosWithPayment, x402Client as AxiosClient } from "@x402/axios";
import { wrapFetchWithPayment, x402Client } from "@x402/fetch";
import axios from "axios";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { paymentNonce } from "@openledger/protocol/paymentNonce.ts";
import { hexlify, randomBytes, Wallet } from "ethers";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { messageOf } from "../../oracle/common/errors.ts";
import { buyAnswer, readOffer } from "../../oracle/gateway/client.ts";
import { requestHash } from "../../oracle/jobs/receiptFiles.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { claimRevenue } from "./claimRevenue.ts";
import { openGateway, openShop, PRICE, type Shop, text } from "./openGateway.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const QUESTION = text("when is it open");
const PATH = "/v1/models/1/infer";

describe("a stock client pays unmodified", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    gateway = await openGateway(shop);
  });
  after(async () => {
    await gateway.close();
    await shop.db.close();
    await closeAll();
  });

  async function account(money = 10n * PRICE) {
    const opened = privateKeyToAccount(hexlify(randomBytes(32)) as Hex);
    await shop.token.transfer(opened.address, money);
    return opened;
  }
  const allowed = () => ({
    allowedAssets: [
      {
        network: gateway.token.network as `${string}:${string}`,
        asset: gateway.token.asset,
        maxAmountPerPayment: `${PRICE}`,
      },
    ],
  });
  const clientOf = (payer: Awaited<ReturnType<typeof account>>) =>
    new x402Client().register("eip155:*", new ExactEvmScheme(payer)).setSpendControls(allowed());
  const inTill = () => shop.token.balanceOf(shop.till);
  const ask = (fetching: typeof fetch, question: unknown = QUESTION) =>
    fetching(`${gateway.url}${PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(question),
    });

  it("@x402/fetch: is told the price, pays, and gets answer and receipts", async () => {
    const payer = await account();
    const before = await inTill();
    const response = await ask(wrapFetchWithPayment(fetch, clientOf(payer)));
    const body = (await response.json()) as { answer: { label: string }; receipt: { paymentId: string; fee: string } };
    expect({ status: response.status, fee: body.receipt.fee }).deep.equal({ status: 200, fee: `${PRICE}` });
    expect(["no", "yes"]).include(body.answer.label);
    expect((await inTill()) - before).equal(PRICE);

    const paid = decodePaymentResponseHeader(response.headers.get("payment-response")!);
    expect(paid).include({ success: true, network: gateway.token.network, payer: payer.address.toLowerCase() });
    expect((await ethers.provider.getTransactionReceipt(paid.transaction))?.status).equal(1);
    expect(response.headers.get("x-openledger-receipt")).equal(body.receipt.paymentId);
    const again = await fetch(`${gateway.url}/v1/receipts/${body.receipt.paymentId}`);
    expect(((await again.json()) as typeof body).receipt).deep.equal(body.receipt);
    const ours = paid.extensions!["openledger-receipt"] as { info: { receipt: unknown } };
    expect(ours.info.receipt).deep.equal(body.receipt);
    const stock = await verifyReceiptSignatureEIP712(extractReceiptFromResponse(response) as never);
    expect(stock.signer.toLowerCase()).equal(shop.tower.address.toLowerCase());
    expect(stock.payload.transaction).equal(paid.transaction);
  });

  it("@x402/axios", async () => {
    const payer = await account();
    const client = new AxiosClient().register("eip155:*", new ExactEvmScheme(payer));
    const paying = wrapAxiosWithPayment(axios.create({ baseURL: gateway.url }), client);
    const before = await inTill();
    const { status, data } = await paying.post<{ receipt: { consumer: string } }>(PATH, QUESTION);
    expect({ status, consumer: data.receipt.consumer }).deep.equal({
      status: 200,
      consumer: payer.address.toLowerCase(),
    });
    expect((await inTill()) - before).equal(PRICE);
  });

  it("is refused without a payment, with a price that stock clients and verifiers read", async () => {
    const response = await ask(fetch);
    expect(response.status).equal(402);
    expect(response.headers.get("cache-control")).equal("no-store");
    const required = decodePaymentRequiredHeader(response.headers.get("payment-required")!);
    expect(response.headers.get("payment-required")!.length).lessThan(4_096);
    expect(required.error).match(
      /Payment required: 0\.5 OPEN .*client\.setSpendControls\(\{ allowedAssets: \[\{"network":"eip155:/u,
    );
    const { payTo, amount, extra } = required.accepts[0]!;
    expect({ payTo, amount, extra }).deep.equal({
      payTo: shop.till,
      amount: `${PRICE}`,
      extra: { name: "OpenLedger", version: "1" },
    });
    const [offer] = extractOffersFromPaymentRequired(required);
    const { signer, payload } = await verifyOfferSignatureEIP712(offer as never);
    expect(signer.toLowerCase()).equal(shop.tower.address.toLowerCase());
    expect(payload).include({ amount: `${PRICE}`, payTo: shop.till, resourceUrl: `${gateway.url}${PATH}` });
    expect(validateDiscoveryExtension(required.extensions!["bazaar"] as never)).deep.equal({ valid: true });
  });

  it("pays once under one payment identifier, with another authorization each time", async () => {
    const payer = await account();
    const named = (id: string) =>
      wrapFetchWithPayment(
        fetch,
        clientOf(payer).registerExtension({
          key: "payment-identifier",
          enrichPaymentPayload: (payload) => {
            const extensions = structuredClone(payload.extensions ?? {});
            appendPaymentIdentifierToExtensions(extensions, id);
            return Promise.resolve({ ...payload, extensions });
          },
        }),
      );
    const before = await inTill();
    const pay = named("pay_0123456789abcdef");
    const responses = [...(await Promise.all([ask(pay), ask(pay)])), await ask(pay)];
    expect(responses.map(({ status }) => status)).deep.equal([200, 200, 200]);
    const bodies = await Promise.all(responses.map((response) => response.json()));
    for (const body of bodies) expect(body).deep.equal(bodies[0]);
    expect((await inTill()) - before).equal(PRICE);

    expect((await ask(pay, text("something else"))).status).equal(409);
    expect((await ask(named("pay_fedcba9876543210"))).status).equal(200);
    expect((await inTill()) - before).equal(2n * PRICE);
  });

  it("is not given what another has paid for under the same identifier", async () => {
    const [payer, thief] = [await account(), await account()];
    const extensions = { "payment-identifier": { info: { required: false, id: "pay_of_somebody_else" } } };
    const { payTo, ...demand } = { payTo: shop.till, amount: `${PRICE}` };
    const header = async (signer: typeof payer) => {
      const scheme = new ExactEvmScheme(signer);
      const accepted = { scheme: "exact", ...gateway.token, ...demand, payTo, maxTimeoutSeconds: 10 ** 9 };
      const made = await scheme.createPaymentPayload(2, accepted as never);
      return { ...made, accepted, extensions };
    };
    const send = (payment: object) =>
      gateway.post(PATH, QUESTION, { "payment-signature": Buffer.from(JSON.stringify(payment)).toString("base64") });
    expect((await send(await header(payer))).status).equal(200);
    const forged = await header(thief);
    const authorization = { ...(forged.payload["authorization"] as object), from: payer.address };
    expect((await send({ ...forged, payload: { ...forged.payload, authorization } })).status).equal(402);
  });

  it("settles by this provider's facilitator, for its tills only", async () => {
    const payer = await account();
    const facilitator = new HTTPFacilitatorClient({ url: gateway.url });
    const supported = await facilitator.getSupported();
    expect(supported.kinds).deep.equal([{ x402Version: 2, scheme: "exact", network: gateway.token.network }]);
    const response = await ask(fetch);
    const required = decodePaymentRequiredHeader(response.headers.get("payment-required")!);
    const payload = await clientOf(payer).createPaymentPayload(required);
    const demand = required.accepts[0]!;
    expect(await facilitator.verify(payload, demand)).include({ isValid: true });
    const before = await inTill();
    expect(await facilitator.settle(payload, demand)).include({ success: true, amount: `${PRICE}` });
    expect((await inTill()) - before).equal(PRICE);

    const elsewhere = { ...demand, payTo: shop.deployment.stranger.address };
    const other = await clientOf(payer).createPaymentPayload({ ...required, accepts: [elsewhere] });
    expect(await facilitator.verify(other, elsewhere)).include({ isValid: false });
    const refused = await facilitator.settle(other, elsewhere);
    expect(refused).include({ success: false, transaction: "" });
    expect(refused.errorMessage).match(/the till of no model/u);
    // what was settled without a question is answered when it is asked with
    const header = Buffer.from(JSON.stringify(payload)).toString("base64");
    expect((await gateway.post(PATH, QUESTION, { "payment-signature": header })).status).equal(200);
    expect((await inTill()) - before).equal(PRICE);
  });

  it("and so does openledger infer, whose payment binds the question", async () => {
    const { context, tower } = shop;
    const offer = await readOffer(context.contracts, context.deployment, 1n);
    const wallet = new Wallet(hexlify(randomBytes(32)));
    await shop.token.transfer(wallet.address, PRICE);
    const salt = asHash(hexlify(randomBytes(32)));
    const validBefore = (await blockTime(context.provider, "latest")) + 600n;
    const { receipt } = await buyAnswer(gateway.url, offer, wallet, QUESTION, { salt, validBefore });
    expect(receipt.paymentId).equal(paymentNonce(1n, requestHash(QUESTION), salt));
    const kept = await gateway.inferences.find(wallet.address, receipt.paymentId);
    expect((kept!.request as { salt: string }).salt).equal(salt);
    // the same again pays nothing, with nothing left to pay with
    expect(await buyAnswer(gateway.url, offer, wallet, QUESTION, { salt, validBefore })).deep.include({ receipt });
    const other = { ...offer, provider: asAddress(tower.address), price: offer.price - 1n };
    const cheap = buyAnswer(gateway.url, other, wallet, QUESTION, {
      salt: asHash(hexlify(randomBytes(32))),
      validBefore,
    });
    expect(await cheap.then(() => "", messageOf)).match(/refused the inference: the payment is for something else/u);
  });

  it("and what all of them paid is swept with a receipt for each, and claimed by the contributors in their part", async () => {
    const { clock, distributor } = shop.deployment;
    const [epoch, revenue] = [await clock.current(), await inTill()];
    const { receipts, fees, claimed } = await claimRevenue(shop, gateway);
    expect({ receipts, fees }).deep.equal({ receipts: Number(revenue / PRICE), fees: revenue });
    expect(claimed).equal(await distributor.poolOf(1, epoch));
    expect(claimed > 0n && claimed < revenue).equal(true);
  });
});
