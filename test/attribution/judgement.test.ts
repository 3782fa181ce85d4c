import { expect } from "chai";
import { network } from "hardhat";
import { deployDisputes, SLASH_BPS } from "./deployDisputes.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

async function deployed() {
  return deployDisputes(ethers, wait);
}

const load = () => networkHelpers.loadFixture(deployed);

describe("Judgement", () => {
  it("is deployed with a slash within its bounds, which nobody changes afterwards", async () => {
    const { disputes, stakes, contributions, models, indexes, market, distributor, demands, escrow } = await load();
    const references = { stakes, contributions, models, indexes, market, distributor, demands, escrow };
    for (const bps of [999, 10_001]) {
      await expect(ethers.deployContract("AttributionDisputes", [references, bps]))
        .to.be.revertedWithCustomError(disputes, "DisputeOutOfBounds")
        .withArgs(bps, 1_000, 10_000);
    }
    expect(await disputes.slashBps()).to.equal(SLASH_BPS);
    expect(disputes.interface.getFunction("owner" as "slashBps")).to.equal(null);
  });
});
