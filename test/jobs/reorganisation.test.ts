import { expect } from "chai";
import { network } from "hardhat";
import { NotYetError } from "../../oracle/common/errors.ts";
import type { Context } from "../../oracle/jobs/context.ts";
import { plan } from "../../oracle/jobs/plan.ts";
import { resultOf } from "../../oracle/jobs/results.ts";
import { runStage } from "../../oracle/jobs/stage.ts";
import { settleStage } from "../../oracle/jobs/stages/settle.ts";
import { deployDisputes, OPEN, RECEIPTS_GRACE } from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { versionIndexOf } from "../watch/publishedEconomy.ts";
import { closeAll, openWatchtower, storeIndex, type Watchtower } from "../watch/openWatchtower.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

/** A model with an active version; nothing is paid for yet. */
async function town() {
  const deployment = await deployDisputes(ethers, wait);
  const { activateAll, versions } = await createEconomy(deployment, { seed: 5, models: 1, epochs: 0 }, wait);
  await activateAll();
  return { deployment, index: versions[0]! };
}

describe("a reorganisation while a stage works", () => {
  afterEach(closeAll);

  it("stores nothing of what was begun before it, and computes it again from the new blocks", async () => {
    const { deployment, index } = await networkHelpers.loadFixture(town);
    const { clock, market, token, distributor } = deployment;
    const machine = await openMachine();
    const fork = await networkHelpers.takeSnapshot();

    await earn(3n * OPEN);
    const subject = await machine.read();
    const { reached, go, context } = held(machine.context);
    const begun = runStage(context.results, settleStage(context), subject, 0);
    await reached;

    await fork.restore();
    await earn(5n * OPEN);
    await machine.read();
    go();
    expect(await begun.catch((error: unknown) => error)).instanceOf(NotYetError);
    expect(await machine.context.results.has("settle", subject)).equal(false);

    const again = await machine.settle();
    expect(again.root.payoutsTotal).equal(await distributor.fundedIn(again.root.lastEpoch));
    expect(again.rootHash).equal((await (await openMachine()).settle()).rootHash);

    /** A model earns in the present epoch, which ends. */
    async function earn(amount: bigint) {
      const end = await clock.endOf(await clock.current());
      await token.transfer(await market.tillOf(index.versionId), amount);
      await market.sweep(index.versionId);
      await networkHelpers.time.increaseTo(end + RECEIPTS_GRACE);
    }

    /** A machine that has read the chain and holds the index. */
    async function openMachine() {
      const tower = await openWatchtower(deployment, ethers, { peers: [], dryRun: true });
      const { context: own } = tower;
      const read = async () => {
        await tower.run("scan");
        for (const stage of ["snapshot", "fetch", "train"])
          await own.results.write(stage, "1", {}, await own.results.fork());
        await storeIndex(own, versionIndexOf(index));
        const due = (await plan(own)).find(([stage]) => stage === "settle");
        return due?.[1] ?? "";
      };
      const settle = async () => {
        const range = await read();
        await runStage(own.results, settleStage(own), range, await own.results.fork());
        return resultOf(own, "settle", range);
      };
      await read();
      return { context: own, read, settle };
    }
  });
});

/** The context with files that come as late as they are let go, and when the first of them is asked for. */
function held(context: Watchtower["context"]) {
  const reached = Promise.withResolvers<true>();
  const released = Promise.withResolvers<true>();
  const get: Context["content"]["get"] = async (cid) => {
    reached.resolve(true);
    await released.promise;
    return context.content.get(cid);
  };
  const go = () => released.resolve(true);
  return { reached: reached.promise, go, context: { ...context, content: { ...context.content, get } } };
}
