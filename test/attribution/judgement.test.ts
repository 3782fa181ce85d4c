import { expect } from "chai";
import { network } from "hardhat";
import { deployDisputes } from "./deployDisputes.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

async function deployed() {
  return deployDisputes(ethers, wait);
}

const load = () => networkHelpers.loadFixture(deployed);

describe("Judgement", () => {
  it("refuses a slash that is not the owner's, or beyond its bounds", async () => {
    const { disputes, timelock, stranger } = await load();
    await expect(disputes.connect(stranger).setSlash(2_000))
      .to.be.revertedWithCustomError(disputes, "OwnableUnauthorizedAccount")
      .withArgs(stranger);
    for (const bps of [999, 10_001]) {
      await expect(disputes.connect(timelock).setSlash(bps))
        .to.be.revertedWithCustomError(disputes, "DisputeOutOfBounds")
        .withArgs(bps, 1_000, 10_000);
    }
    for (const bps of [1_000, 10_000]) {
      await expect(disputes.connect(timelock).setSlash(bps)).to.emit(disputes, "SlashSet").withArgs(bps);
      expect(await disputes.slashBps()).to.equal(bps);
    }
  });
});
