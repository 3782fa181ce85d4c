import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { Signature } from "ethers";
import { demandInclusion, demandSale, proveDoubleSale, punishSilence } from "../../oracle/actions/receiptDisputes.ts";
import { planProvider } from "../../oracle/jobs/planProvider.ts";
import { committedReceipts } from "../../oracle/jobs/poolEvents.ts";
import { receiptSchema } from "../../oracle/jobs/receiptFiles.ts";
import { getReceipts } from "../../oracle/jobs/receiptLines.ts";
import { answerReceiptDemandStage } from "../../oracle/jobs/stages/answerReceiptDemand.ts";
import { claimVouchersStage } from "../../oracle/jobs/stages/claimVouchers.ts";
import { commitReceiptsStage } from "../../oracle/jobs/stages/commitReceipts.ts";
import type { SignedReceipt } from "../../oracle/settlement/receipts.ts";
import { RECEIPT_DEMAND_FEE, RECEIPTS_GRACE } from "../attribution/deployDisputes.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { type ChannelPayer, installChannels, openPayer } from "./channelPayer.ts";
import { COMPUTE_STAKE as STAKE, openGateway, openShop, PRICE, type Shop, text } from "./openGateway.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });

describe("a provider of whom receipts are demanded", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  /** Receipts of one channel that a consumer holds. */
  let held: readonly SignedReceipt[];
  /** Has made its deposit before the chain's time runs ahead of the clock by which a stock client lets authorizations end. */
  let early: ChannelPayer;

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    await installChannels(ethers, shop);
    gateway = await openGateway(shop);
    const { token, receiptDisputes, bob } = shop.deployment;
    await token.connect(bob).approve(receiptDisputes, ethers.MaxUint256);
  });
  after(async () => {
    await gateway.close();
    await shop.db.close();
    await closeAll();
  });

  const stake = async () => (await shop.deployment.stakes.poolOf(ROLE.compute, shop.tower.address)).assets;
  const open = (method: "demandSale" | "demandInclusion", args: readonly unknown[]) =>
    shop.deployment.receiptDisputes
      .connect(shop.deployment.bob)
      .getFunction(method)
      .send(...args);

  const ask = ({ paying }: ChannelPayer, question: string) =>
    paying(`${gateway.url}/v1/models/1/infer`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(text(question)),
    });

  /** Answers of one channel, with the receipts that the consumer holds. */
  async function bought(questions: readonly string[], payer?: ChannelPayer) {
    const one =
      payer ?? (await openPayer({ ethers, shop, paid: { token: gateway.token, provider: shop.tower.address } }));
    const receipts: SignedReceipt[] = [];
    for (const question of questions) {
      const response = await ask(one, question);
      const { receipt, signature } = (await response.json()) as { receipt: unknown; signature: `0x${string}` };
      receipts.push({ receipt: receiptSchema.parse(receipt), signature });
    }
    return { ...one, receipts };
  }
  /** Everything that the provider can do now. */
  async function work() {
    await shop.tower.run("scan");
    const stages = [commitReceiptsStage(shop.context, gateway), answerReceiptDemandStage(shop.context, gateway)];
    const tasks = await planProvider(shop.context);
    for (const [stage, subject] of tasks) await stages.find(({ name }) => name === stage)!.run(subject);
    await shop.tower.run("scan");
    return tasks.map(([stage]) => stage);
  }

  it("shows what it sold for any wei that it has claimed, and keeps its stake", async () => {
    const { receipts, ...payer } = await bought(["a", "b", "c"]);
    const { config } = payer;
    [held, early] = [receipts, payer];
    await shop.tower.run("scan");
    const sale = (point: bigint) => demandSale(shop.context.contracts, { modelId: 1n, config, point });
    await expectRefusal(sale(1n), "this wei of the channel was not claimed");
    await claimVouchersStage(shop.context, gateway.channels).run("1");
    await expectRefusal(sale(0n), "this wei of the channel was not claimed");
    const points = [1n, PRICE, PRICE + 1n, 3n * PRICE];
    for (const point of points) {
      const { method, args } = await sale(point);
      await open(method as "demandSale", args);
    }
    const { token, receiptDisputes, bob } = shop.deployment;
    const before = await token.balanceOf(shop.tower.address);
    expect(await work()).deep.equal(points.map(() => "answerReceiptDemand"));
    expect((await token.balanceOf(shop.tower.address)) - before).equal(RECEIPT_DEMAND_FEE * BigInt(points.length));
    const shown = await receiptDisputes.queryFilter(receiptDisputes.filters.DemandAnswered());
    expect(shown.map(({ args }) => args.receipt.cumulative)).deep.equal(
      [0, 0, 1, 2].map((i) => receipts[i]!.receipt.cumulative),
    );
    expect(await work()).deep.equal([]);
    expect(await stake()).equal(STAKE);
    expect(await token.balanceOf(receiptDisputes)).equal(0n);
    expect(await token.balanceOf(bob)).not.equal(0n);
  });

  it("commits to a receipt that is demanded for an epoch, though nothing was swept, and shows its place", async () => {
    const { clock, market } = shop.deployment;
    const { receipts } = await bought(["d", "e"]);
    const epoch = await clock.current();
    const { method, args } = await demandInclusion(shop.context.contracts, { epoch, signed: receipts[1]! });
    await open(method as "demandInclusion", args);
    expect(await work()).deep.equal([]);
    await networkHelpers.time.increaseTo(await clock.endOf(epoch));
    expect(await work()).deep.equal(["commitReceipts"]);
    const { uri, receiptsRoot } = (await committedReceipts(shop.context.events, 1n, epoch))!;
    expect((await getReceipts(shop.context.content, uri)).map(({ receipt }) => receipt)).deep.equal([
      receipts[1]!.receipt,
    ]);
    // what is committed is not committed again
    expect(await work()).deep.equal(["commitReceipts"]);
    expect((await market.receiptsOf(1, epoch)).receiptsRoot).equal(receiptsRoot);
    await networkHelpers.time.increase(RECEIPTS_GRACE);
    expect(await work()).deep.equal(["answerReceiptDemand"]);
    expect(await work()).deep.equal([]);
    expect(await stake()).equal(STAKE);
  });

  it("loses stake when it is silent", async () => {
    const { receiptDisputes } = shop.deployment;
    const { contracts, provider } = shop.context;
    const one = await bought(["f"], early);
    await shop.tower.run("scan");
    await claimVouchersStage(shop.context, gateway.channels).run("1");
    const { method, args } = await demandSale(contracts, { modelId: 1n, config: one.config, point: 3n * PRICE + 1n });
    await open(method as "demandSale", args);
    const [asked] = await receiptDisputes.queryFilter(receiptDisputes.filters.SaleDemanded(), "latest");
    const { demandId, deadline } = asked!.args;
    const now = async () => BigInt((await provider.getBlock("latest"))!.timestamp);
    await expectRefusal(punishSilence(contracts, demandId, await now()), "the provider has time to answer");
    await networkHelpers.time.increaseTo(deadline + 1n);
    expect(await work()).not.include("answerReceiptDemand");
    const call = await punishSilence(contracts, demandId, await now());
    await receiptDisputes.getFunction(call.method).send(...call.args);
    expect(await stake()).equal((STAKE * 9n) / 10n);
    await expectRefusal(punishSilence(contracts, demandId, await now()), /no such demand/u);
    // it is in jail, where stake covers nothing: a process that has not looked a moment ago sees it
    await gateway.close();
    gateway = await openGateway(shop);
    const refused = await ask(one, "f again");
    expect(refused.status).equal(503);
    expect(await refused.json()).include({ error: "the provider has sold what its stake covers" });
  });

  it("loses more of it when it has signed two receipts for one part of a payment", async () => {
    const { receiptDisputes, market } = shop.deployment;
    const { contracts } = shop.context;
    const twice = { ...held[0]!.receipt, outputHash: keccakText("another answer") };
    const digest = await market.receiptDigest(twice);
    const { compactSerialized } = shop.context.key!.wallet.signingKey.sign(digest);
    const provider = shop.tower.address;
    await expectRefusal(
      proveDoubleSale(contracts, { provider, receipts: [held[0]!, held[1]!] }),
      "the receipts do not contradict each other",
    );
    const before = await stake();
    const other = { receipt: twice, signature: Signature.from(compactSerialized).serialized as `0x${string}` };
    const call = await proveDoubleSale(contracts, { provider, receipts: [held[0]!, other] });
    await receiptDisputes.getFunction(call.method).send(...call.args);
    expect(await stake()).equal(before / 2n);
  });
});

async function expectRefusal(action: Promise<unknown>, message: string | RegExp): Promise<void> {
  const problem = await action.then(
    () => new Error("it was accepted"),
    (error: unknown) => error as Error,
  );
  expect(problem.message).match(typeof message === "string" ? new RegExp(`^${message}`, "u") : message);
}
