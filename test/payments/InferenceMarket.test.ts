import { expect } from "chai";
import { network } from "hardhat";
import { announce } from "../access/announce.ts";
import { DAY, OPEN } from "../datanet/deployRegistries.ts";
import { SPLIT, deployOwned, deployRunning } from "./deployMarket.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const chain = { ethers, networkHelpers };

const fixture = () => deployOwned(ethers);
const load = () => networkHelpers.loadFixture(fixture);

const running = () => deployRunning(ethers);
const loadRunning = () => networkHelpers.loadFixture(running);

describe("InferenceMarket", () => {
  describe("governance", () => {
    it("leaves contributors at least 30 %", async () => {
      const { market } = await load();
      const floor = 3_000n;
      for (const [split, left] of [
        [{ ...SPLIT, ownerBps: 4_001n }, 2_999n],
        [{ protocolBps: 0n, ownerBps: 0n, computeBps: 10_000n, stakersBps: 0n, curatorBps: 0n }, 0n],
        [{ ...SPLIT, ownerBps: 3_600n, curatorBps: 500n }, 2_900n],
        [{ protocolBps: 65_535n, ownerBps: 65_535n, computeBps: 65_535n, stakersBps: 65_535n, curatorBps: 0n }, 0n],
      ] as const) {
        await announce(chain, market, "setSplit", [split]);
        await expect(market.setSplit(split))
          .to.be.revertedWithCustomError(market, "MarketSplitOutOfBounds")
          .withArgs(left, floor);
      }
      await announce(chain, market, "setSplit", [{ ...SPLIT, curatorBps: 501n }]);
      await expect(market.setSplit({ ...SPLIT, curatorBps: 501n }))
        .to.be.revertedWithCustomError(market, "MarketCuratorsOutOfBounds")
        .withArgs(501n, 500n);
      const split = { ...SPLIT, ownerBps: 4_000n };
      await expect(market.setSplit(split)).to.be.revertedWithCustomError(market, "ExitDelayNotAnnounced");
      await announce(chain, market, "setSplit", [split]);
      await expect(market.setSplit(split)).to.emit(market, "SplitSet").withArgs(Object.values(split));
      expect(await market.split()).to.deep.equal(Object.values(split));
    });

    it("names a treasury, and distributor and indexes once", async () => {
      const { market, token, clock, models, stakes, timelock, stranger } = await load();
      await announce(chain, market, "setTreasury", [ethers.ZeroAddress]);
      await expect(market.setTreasury(ethers.ZeroAddress)).to.be.revertedWithCustomError(
        market,
        "MarketInvalidAddress",
      );
      await expect(market.setTreasury(stranger)).to.be.revertedWithCustomError(market, "ExitDelayNotAnnounced");
      await announce(chain, market, "setTreasury", [stranger.address]);
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
      const connected = fresh.setCollaborators(stranger, timelock);
      await expect(connected).to.emit(fresh, "CollaboratorsSet").withArgs(stranger.address, timelock.address);
      await expect(connected).to.emit(fresh, "DistributorSet").withArgs(stranger.address, 0n);
    });

    it("sends later pools to another distributor from an announced epoch on; the one before keeps its own", async () => {
      const { market, token, clock, stakes, timelock, distributor, stranger } = await loadRunning();
      const fresh = await ethers.deployContract("RewardDistributor", [
        ...[token, clock, stakes, timelock, timelock, 3_600n, DAY],
      ]);
      await fresh.wire(stranger, [market]);
      const from = (await clock.current()) + 62n;
      await expect(market.setDistributor(fresh, from)).to.be.revertedWithCustomError(market, "ExitDelayNotAnnounced");
      await market.announce(
        market.interface.encodeFunctionData("setDistributor", [await fresh.getAddress(), from - 62n]),
      );
      await announce(chain, market, "setDistributor", [await fresh.getAddress(), from]);
      await expect(market.setDistributor(fresh, from - 62n))
        .to.be.revertedWithCustomError(market, "MarketEpochTooEarly")
        .withArgs(from - 62n, (await clock.current()) + 1n);
      await expect(market.setDistributor(fresh, from)).to.emit(market, "DistributorSet");
      expect(await market.distributorOf(from - 1n)).to.equal(await distributor.getAddress());
      expect(await market.distributorOf(from)).to.equal(await fresh.getAddress());

      await token.transfer(await market.tillOf(1), OPEN);
      await market.connect(stranger).sweep(1);
      const before = await clock.current();
      expect(before < from).to.equal(true);
      expect(await distributor.poolOf(1, before)).to.equal(OPEN / 2n);
      await time.increaseTo(await clock.startOf(from));
      await token.transfer(await market.tillOf(1), OPEN);
      await market.connect(stranger).sweep(1);
      expect(await fresh.poolOf(1, from)).to.equal(OPEN / 2n);
      expect(await token.balanceOf(distributor)).to.equal(OPEN / 2n);
    });

    it("belongs to the timelock", async () => {
      const { market, token, clock, models, stakes, stranger, timelock } = await load();
      const logic = await ethers.deployContract("InferenceMarket", [token, clock, models, stakes]);
      const outside = market.connect(stranger);
      for (const call of [
        () => outside.setSplit(SPLIT),
        () => outside.setTreasury(stranger),
        () => outside.setDistributor(stranger, 1_000n),
        () => outside.setCollaborators(stranger, stranger),
        () => outside.upgradeToAndCall(logic, "0x"),
      ])
        await expect(call()).to.be.revertedWithCustomError(market, "OwnableUnauthorizedAccount");
      await expect(market.initialize(timelock, timelock, SPLIT)).to.be.revertedWithCustomError(
        market,
        "InvalidInitialization",
      );
      const till = await market.tillOf(1);
      await announce(chain, market, "upgradeToAndCall", [await logic.getAddress(), "0x"]);
      await market.upgradeToAndCall(logic, "0x");
      expect(await market.tillOf(1)).to.equal(till);
    });
  });

  describe("tills", () => {
    it("have an address before they exist, one for each model", async () => {
      const { market, token, owner } = await loadRunning();
      const till = await market.tillOf(1);
      expect(await market.tillOf(2)).not.to.equal(till);
      expect(await ethers.provider.getCode(till)).to.equal("0x");
      await token.transfer(till, OPEN);
      await expect(market.connect(owner).sweep(1)).to.emit(market, "TillDeployed").withArgs(1n, till);
      expect(await ethers.provider.getCode(till)).not.to.equal("0x");
      expect(await market.tillOf(1)).to.equal(till);
      await token.transfer(till, OPEN);
      await expect(market.sweep(1)).not.to.emit(market, "TillDeployed");
    });

    it("are emptied by the market alone and refuse ether", async () => {
      const { market, token, owner } = await loadRunning();
      const till = await ethers.getContractAt("Till", await market.tillOf(1));
      await token.transfer(till, OPEN);
      await market.sweep(1);
      for (const target of [till, await ethers.getContractAt("Till", await market.tillImplementation())])
        await expect(target.connect(owner).empty())
          .to.be.revertedWithCustomError(target, "TillUnauthorized")
          .withArgs(owner.address);
      await expect(owner.sendTransaction({ to: till, value: 1n })).to.be.revert(ethers);
      expect(await till.market()).to.equal(await market.getAddress());
      expect(await till.token()).to.equal(await token.getAddress());
    });
  });

  describe("receipts", () => {
    const ROOT = ethers.id("receipts");

    it("come from the provider of the epoch", async () => {
      const { market, owner, models, clock, provider, stranger } = await loadRunning();
      const epoch = await clock.current();
      await models.connect(owner).setProvider(1, stranger);
      for (const account of [owner, stranger])
        await expect(market.connect(account).commitReceipts(1, epoch, ROOT, 3, "ipfs://receipts"))
          .to.be.revertedWithCustomError(market, "MarketNotProvider")
          .withArgs(1n, epoch, account.address);
      await time.increase(DAY);
      await expect(
        market.connect(provider).commitReceipts(1, epoch + 1n, ROOT, 3, "ipfs://receipts"),
      ).to.be.revertedWithCustomError(market, "MarketNotProvider");
      await market.connect(stranger).commitReceipts(1, epoch + 1n, ROOT, 3, "ipfs://receipts");
    });

    it("have a root", async () => {
      const { market, clock, provider } = await loadRunning();
      await expect(
        market.connect(provider).commitReceipts(1, await clock.current(), ethers.ZeroHash, 0, ""),
      ).to.be.revertedWithCustomError(market, "MarketEmptyReceiptsRoot");
    });

    it("are taken while the epoch is open, the last commitment counts", async () => {
      const { market, clock, provider } = await loadRunning();
      const epoch = await clock.current();
      const by = market.connect(provider);
      expect(await market.receiptsOf(1, epoch)).to.deep.equal([ethers.ZeroHash, 0n]);
      await expect(by.commitReceipts(1, epoch + 1n, ROOT, 1, ""))
        .to.be.revertedWithCustomError(market, "MarketReceiptsClosed")
        .withArgs(epoch + 1n);
      await by.commitReceipts(1, epoch, ethers.id("earlier"), 2, "");
      const closes = (await clock.endOf(epoch)) + (await clock.receiptsGrace());
      await time.setNextBlockTimestamp(closes - 1n);
      await expect(by.commitReceipts(1, epoch, ROOT, 3, "ipfs://receipts"))
        .to.emit(market, "ReceiptsCommitted")
        .withArgs(1n, epoch, provider.address, ROOT, 3n, "ipfs://receipts");
      await expect(by.commitReceipts(1, epoch, ethers.id("late"), 4, "")).to.be.revertedWithCustomError(
        market,
        "MarketReceiptsClosed",
      );
      expect(await market.receiptsOf(1, epoch)).to.deep.equal([ROOT, 3n]);
    });

    it("are signed as EIP-712 data of the market", async () => {
      const { market, owner } = await loadRunning();
      const { chainId } = await ethers.provider.getNetwork();
      const receipt = {
        versionId: 1n,
        consumer: owner.address,
        requestHash: ethers.id("request"),
        outputHash: ethers.id("output"),
        fee: OPEN,
        paymentId: ethers.id("payment"),
        cumulative: 3n * OPEN,
        time: 1_800_000_000n,
      };
      const types = {
        Receipt: [
          { name: "versionId", type: "uint256" },
          { name: "consumer", type: "address" },
          { name: "requestHash", type: "bytes32" },
          { name: "outputHash", type: "bytes32" },
          { name: "fee", type: "uint256" },
          { name: "paymentId", type: "bytes32" },
          { name: "cumulative", type: "uint256" },
          { name: "time", type: "uint64" },
        ],
      };
      const domain = { name: "OpenLedger", version: "2", chainId, verifyingContract: await market.getAddress() };
      expect(await market.receiptDigest(receipt)).to.equal(ethers.TypedDataEncoder.hash(domain, types, receipt));
    });
  });
});
