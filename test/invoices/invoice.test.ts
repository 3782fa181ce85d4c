import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { hexlify, randomBytes, Wallet } from "ethers";
import { contentRoutes } from "../../oracle/api/routes/content.ts";
import { startApi } from "../../oracle/api/server.ts";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { messageOf } from "../../oracle/common/errors.ts";
import { toJson } from "../../oracle/common/json.ts";
import { buyAnswer, readOffer } from "../../oracle/gateway/client.ts";
import { committedRecords } from "../../oracle/invoices/committedRecords.ts";
import { type BilledReceipt, checkInvoice, invoiceSchema, makeInvoice } from "../../oracle/invoices/invoice.ts";
import { requireSigned } from "../../oracle/invoices/signedInvoice.ts";
import { commitReceiptsStage } from "../../oracle/jobs/stages/commitReceipts.ts";
import { openGateway, openShop, PRICE, text } from "../gateway/openGateway.ts";
import { closeAll } from "../watch/openWatchtower.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });

describe("an invoice over what a provider committed to", () => {
  it("has every answer that the account paid for, and is refused with one that nobody signed", async () => {
    const shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    const gateway = await openGateway(shop);
    const { context, deployment, tower, token } = shop;
    const files = await startApi({
      title: "provider",
      host: "127.0.0.1",
      port: 0,
      log: context.log,
      metrics: context.metrics,
      routes: [contentRoutes(context.content)],
    });
    try {
      const [account, other] = [new Wallet(hexlify(randomBytes(32))), new Wallet(hexlify(randomBytes(32)))];
      const offer = await readOffer(context.contracts, context.deployment, 1n);
      for (const [payer, question] of [
        [account, "one"],
        [other, "two"],
        [account, "three"],
      ] as const) {
        await token.transfer(payer.address, PRICE);
        const validBefore = (await blockTime(context.provider, "latest")) + 600n;
        const terms = { salt: asHash(hexlify(randomBytes(32))), validBefore };
        await buyAnswer(gateway.url, offer, payer, text(question), terms);
      }
      const epoch = await deployment.clock.current();
      await deployment.market.sweep(1);
      await tower.run("scan");
      await commitReceiptsStage(context, gateway).run(`1-${epoch}`);

      const billed: BilledReceipt[] = [];
      for await (const { records } of committedRecords(context, 1n, files.url)) {
        billed.push(...records.map(({ receipt, signature }) => ({ modelId: 1n, receipt, signature })));
      }
      expect(billed.length).equal(3);
      const month = new Date(Number(billed[0]!.receipt.time) * 1_000).toISOString().slice(0, 7);
      const made = makeInvoice(31_337, asAddress(account.address), month, billed);
      expect({ lines: made.lines.length, total: made.total }).deep.equal({ lines: 2, total: 2n * PRICE });
      const read = invoiceSchema.parse(JSON.parse(toJson(made)));
      checkInvoice(read);
      await requireSigned(context, read);

      const [first] = read.lines as [BilledReceipt];
      const forged = { ...first, receipt: { ...first.receipt, fee: 2n * PRICE, cumulative: 2n * PRICE } };
      const dearer = makeInvoice(31_337, read.consumer, month, [forged]);
      checkInvoice(dearer);
      expect(await requireSigned(context, dearer).then(() => "", messageOf)).match(/not of the model's provider/u);
      const elsewhere = { ...read, chainId: 1 };
      expect(await requireSigned(context, elsewhere).then(() => "", messageOf)).match(/another chain/u);
    } finally {
      await files.close();
      await gateway.close();
      await shop.db.close();
      await closeAll();
    }
  });
});
