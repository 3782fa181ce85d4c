import { expect } from "chai";
import { network } from "hardhat";
import { DAY, OPEN } from "../datanet/deployRegistries.ts";
import { MIN_PARENT_SHARE } from "../model/deployModels.ts";
import { SPLIT, activate, deployMarket } from "./deployMarket.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

const fixture = async () => {
  const loaded = await deployMarket(ethers);
  return { ...loaded, owner: loaded.buyer, provider: loaded.relayer };
};
const load = () => networkHelpers.loadFixture(fixture);

/** Model 1 of `owner` with an active version, model 2 of `curator` that derives from it, its version published only. */
async function running() {
  const loaded = await fixture();
  const { models, owner, curator, terms, artefacts } = loaded;
  await models.connect(owner).mint(terms, "ipfs://model");
  await models.pinSnapshot(1);
  await models.connect(owner).publishVersion(1, artefacts);
  await activate(ethers, loaded, 1n);
  await models.connect(curator).mint({ ...terms, parentModelId: 1n, parentShareBps: MIN_PARENT_SHARE }, "");
  await models.connect(curator).publishVersion(2, artefacts);
  return loaded;
}
const loadRunning = () => networkHelpers.loadFixture(running);

describe("InferenceMarket", () => {
  describe("governance", () => {
    it("leaves contributors at least 30 %", async () => {
      const { market } = await load();
      const floor = await market.MIN_CONTRIBUTORS_BPS();
      for (const [split, left] of [
        [{ ...SPLIT, ownerBps: 4_001n }, 2_999n],
        [{ protocolBps: 0n, ownerBps: 0n, computeBps: 10_000n, stakersBps: 0n }, 0n],
        [{ protocolBps: 65_535n, ownerBps: 65_535n, computeBps: 65_535n, stakersBps: 65_535n }, 0n],
      ] as const)
        await expect(market.setSplit(split))
          .to.be.revertedWithCustomError(market, "MarketSplitOutOfBounds")
          .withArgs(left, floor);
      const split = { ...SPLIT, ownerBps: 4_000n };
      await expect(market.setSplit(split)).to.emit(market, "SplitSet").withArgs(Object.values(split));
      expect(await market.split()).to.deep.equal(Object.values(split));
    });

    it("names a treasury, and distributor and indexes once", async () => {
      const { market, token, clock, models, stakes, timelock, stranger } = await load();
      await expect(market.setTreasury(ethers.ZeroAddress)).to.be.revertedWithCustomError(
        market,
        "MarketInvalidAddress",
      );
      await expect(market.setTreasury(stranger)).to.emit(market, "TreasurySet").withArgs(stranger.address);
      expect(await market.treasury()).to.equal(stranger.address);
      await expect(market.setCollaborators(stranger, stranger)).to.be.revertedWithCustomError(
        market,
        "MarketAlreadyConnected",
      );
      const logic = await ethers.deployContract("InferenceMarket", [token, clock, models, stakes]);
      const call = logic.interface.encodeFunctionData("initialize", [timelock.address, timelock.address, SPLIT]);
      const proxy = await ethers.deployContract("ERC1967Proxy", [logic, call]);
      const fresh = await ethers.getContractAt("InferenceMarket", await proxy.getAddress());
      await expect(fresh.sweep(1)).to.be.revertedWithCustomError(fresh, "MarketNotConnected");
      for (const [distributor, indexes] of [
        [ethers.ZeroAddress, stranger.address],
        [stranger.address, ethers.ZeroAddress],
      ] as const)
        await expect(fresh.setCollaborators(distributor, indexes)).to.be.revertedWithCustomError(
          fresh,
          "MarketInvalidAddress",
        );
      await expect(fresh.setCollaborators(stranger, timelock))
        .to.emit(fresh, "CollaboratorsSet")
        .withArgs(stranger.address, timelock.address);
    });
  });
});
