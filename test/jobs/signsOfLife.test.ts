import { expect } from "chai";
import { network } from "hardhat";
import { Role } from "../rewards/deployRewards.ts";
import { deployDisputes } from "../attribution/deployDisputes.ts";
import { plan } from "../../oracle/jobs/plan.ts";
import { runStage } from "../../oracle/jobs/stage.ts";
import { showLifeStage } from "../../oracle/jobs/stages/showLife.ts";
import { closeAll, openWatchtower } from "../watch/openWatchtower.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
const load = () => networkHelpers.loadFixture(deployed);

async function deployed() {
  return deployDisputes(ethers, wait);
}

describe("an operator that is asked for a sign of life", () => {
  afterEach(closeAll);

  it("answers by itself, once, and is asked by nobody for a while", async () => {
    const deployment = await load();
    const { stakes, stranger } = deployment;
    const { context, run } = await openWatchtower(deployment, ethers, { peers: [] });
    const { address } = context.key!.wallet;
    await networkHelpers.setBalance(address, 10n ** 18n);
    await networkHelpers.impersonateAccount(address);
    await stakes.connect(await ethers.getSigner(address)).register(Role.Oracle, address, 0, 0, "0x");
    await networkHelpers.stopImpersonatingAccount(address);
    const { unbondingPeriod } = await stakes.parameters();
    await wait(unbondingPeriod + 14n * 86_400n);
    await stakes.connect(stranger).askForLife(address);

    const due = async () => {
      await run("scan");
      return (await plan(context)).filter(([stage]) => stage === "showLife");
    };
    expect(await due()).to.deep.equal([["showLife", "1"]]);
    await runStage(context.results, showLifeStage(context), "1", await context.results.fork());
    await networkHelpers.mine();
    expect(await due()).to.deep.equal([]);
    expect((await stakes.lifeOf(address)).askedAt).to.equal(0n);
    await wait(7n * 86_400n);
    await expect(stakes.markDormant(address)).to.be.revertedWithCustomError(stakes, "StakeNotAsked");
  });
});
