import { expect } from "chai";
import { network } from "hardhat";
import { announce } from "../access/announce.ts";
import { DAY, Licence, OPEN, TERMS } from "../datanet/deployRegistries.ts";
import { MIN_PARENT_SHARE } from "../model/deployModels.ts";
import { SPLIT, activate, deployMarket } from "./deployMarket.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const chain = { ethers, networkHelpers };

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
  await models.connect(owner).publishVersion(1, artefacts, 0n);
  await activate(ethers, loaded, 1n);
  await models.connect(curator).mint({ ...terms, parents: [{ modelId: 1n, shareBps: MIN_PARENT_SHARE }] }, "");
  await models.connect(curator).publishVersion(2, artefacts, 0n);
  return loaded;
}
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

  describe("sweep", () => {
    it("waits for an active version; the money waits in the till", async () => {
      const { market, token, clock, models } = await loadRunning();
      const till = await market.tillOf(2);
      await token.transfer(till, OPEN);
      const until = (await models.modelOf(2)).mintedAt + 90n * DAY;
      await expect(market.sweep(2))
        .to.be.revertedWithCustomError(market, "MarketNoActiveVersion")
        .withArgs(2n, await clock.current(), until);
      await expect(market.sweep(9)).to.be.revertedWithCustomError(models, "ERC721NonexistentToken");
      expect(await token.balanceOf(till)).to.equal(OPEN);
    });

    it("gives the contributors' part of a model that nobody ever activated to the treasury, after 90 days", async () => {
      const { market, token, models, owner, curator, treasury, provider, distributor } = await loadRunning();
      await token.transfer(await market.tillOf(2), 1_000n * OPEN);
      const until = (await models.modelOf(2)).mintedAt + 90n * DAY;
      await time.setNextBlockTimestamp(until - 1n);
      await expect(market.sweep(2)).to.be.revertedWithCustomError(market, "MarketNoActiveVersion");
      await time.setNextBlockTimestamp(until);
      const sweep = market.sweep(2);
      await expect(sweep).to.changeTokenBalances(
        ethers,
        token,
        [treasury, curator, await market.tillOf(1), provider, distributor, owner],
        [550n * OPEN, 180n * OPEN, 20n * OPEN, 150n * OPEN, 0n, 0n],
      );
    });

    it("gives the contributors' part of a base model to its owner, at once and without a version", async () => {
      const { market, token, models, terms, stranger, treasury, provider, stakes, distributor } = await loadRunning();
      await models.connect(stranger).mint({ ...terms, base: true }, "");
      await token.transfer(await market.tillOf(3), 1_000n * OPEN);
      await expect(market.sweep(3)).to.changeTokenBalances(
        ethers,
        token,
        [treasury, stranger, provider, await stakes.rewards(), distributor],
        [50n * OPEN, 700n * OPEN, 150n * OPEN, 100n * OPEN, 0n],
      );
    });

    it("gives everything but the protocol's and the stakers' part of a non-commercial model to contributors", async () => {
      const loaded = await loadRunning();
      const { market, token, models, datanets, owner, curator, treasury, provider, stakes, distributor } = loaded;
      await models.connect(owner).setPrice(1, 0n);
      await datanets.connect(curator).setTerms(1, { ...TERMS, licence: Licence.TRAIN });
      await models.connect(owner).publishVersion(1, loaded.artefacts, 0n);
      await token.transfer(await market.tillOf(1), 1_000n * OPEN);
      await expect(market.sweep(1)).to.changeTokenBalances(
        ethers,
        token,
        [treasury, owner, curator, provider, await stakes.rewards(), distributor],
        [50n * OPEN, 0n, 0n, 0n, 100n * OPEN, 850n * OPEN],
      );
    });

    it("gives the owners of the active version's Datanets their part of the contributors' half", async () => {
      const { market, token, curator, owner, distributor } = await loadRunning();
      await announce(chain, market, "setSplit", [{ ...SPLIT, curatorBps: 500n }]);
      await market.setSplit({ ...SPLIT, curatorBps: 500n });
      await token.transfer(await market.tillOf(1), 1_000n * OPEN + 19n);
      await expect(market.sweep(1)).to.changeTokenBalances(
        ethers,
        token,
        [owner, curator, distributor],
        [200n * OPEN + 3n, 50n * OPEN, 450n * OPEN + 13n],
      );
    });

    it("refuses an empty till", async () => {
      const { market } = await loadRunning();
      await expect(market.sweep(1)).to.be.revertedWithCustomError(market, "MarketNothingToSweep").withArgs(1n);
    });

    it("splits the revenue among its parties to the last wei", async () => {
      const { market, token, clock, owner, provider, treasury, stakes, distributor, stranger } = await loadRunning();
      const amount = 1_000n * OPEN + 7n;
      await token.transfer(await market.tillOf(1), amount);
      const parts = {
        protocol: 50n * OPEN,
        owner: 200n * OPEN + 1n,
        parents: [],
        compute: 150n * OPEN + 1n,
        stakers: 100n * OPEN,
        curators: [],
        contributors: 500n * OPEN + 5n,
      };
      expect(await market.partsOf(1, amount)).to.deep.equal(Object.values(parts));
      const epoch = await clock.current();
      const sweep = market.connect(stranger).sweep(1);
      await expect(sweep).to.changeTokenBalances(
        ethers,
        token,
        [await market.tillOf(1), treasury, owner, provider, await stakes.rewards(), distributor, market],
        [-amount, parts.protocol, parts.owner, parts.compute, parts.stakers, parts.contributors, 0n],
      );
      await expect(sweep).to.emit(market, "Swept").withArgs(1n, epoch, 1n, amount, Object.values(parts));
      expect(await distributor.poolOf(1, epoch)).to.equal(parts.contributors);
    });

    it("sends a royalty one hop, to the tills of the parents", async () => {
      const loaded = await loadRunning();
      const { market, token, curator, owner, distributor, clock } = loaded;
      await activate(ethers, loaded, 2n);
      await token.transfer(await market.tillOf(2), 1_000n * OPEN);
      await expect(market.sweep(2)).to.changeTokenBalances(
        ethers,
        token,
        [curator, owner, await market.tillOf(1)],
        [180n * OPEN, 0n, 20n * OPEN],
      );
      await market.sweep(1);
      expect(await distributor.poolOf(1, await clock.current())).to.equal(10n * OPEN);
      expect(await token.balanceOf(market)).to.equal(0n);
    });

    it("handles a single wei and parts that are zero", async () => {
      const { market, token, distributor, clock, owner, provider } = await loadRunning();
      await token.transfer(await market.tillOf(1), 1n);
      await market.sweep(1);
      expect(await distributor.poolOf(1, await clock.current())).to.equal(1n);
      await announce(chain, market, "setSplit", [[0n, 0n, 0n, 0n, 0n]]);
      await market.setSplit({ protocolBps: 0n, ownerBps: 0n, computeBps: 0n, stakersBps: 0n, curatorBps: 0n });
      await token.transfer(await market.tillOf(1), OPEN);
      await expect(market.sweep(1)).to.changeTokenBalances(
        ethers,
        token,
        [owner, provider, distributor],
        [0n, 0n, OPEN],
      );
    });

    it("follows the split, the owner and the provider of its moment", async () => {
      const { market, token, models, owner, stranger, curator, provider } = await loadRunning();
      await announce(chain, market, "setSplit", [{ ...SPLIT, computeBps: 1_000n }]);
      await models.connect(owner).setProvider(1, curator);
      await models.connect(owner).transferFrom(owner, stranger, 1);
      await market.setSplit({ ...SPLIT, computeBps: 1_000n });
      await token.transfer(await market.tillOf(1), 100n * OPEN);
      await expect(market.sweep(1)).to.changeTokenBalances(
        ethers,
        token,
        [owner, stranger, provider, curator],
        [0n, 20n * OPEN, 10n * OPEN, 0n],
      );
      await time.increase(DAY);
      await token.transfer(await market.tillOf(1), 100n * OPEN);
      await expect(market.sweep(1)).to.changeTokenBalances(ethers, token, [provider, curator], [0n, 10n * OPEN]);
    });

    it("takes what an ERC-3009 authorisation paid", async () => {
      const { market, token, contributor, stranger, distributor, clock } = await loadRunning();
      const { chainId } = await ethers.provider.getNetwork();
      const payment = {
        from: contributor.address,
        to: await market.tillOf(1),
        value: 2n * OPEN,
        validAfter: 0n,
        validBefore: 2n ** 40n,
        nonce: ethers.id("payment"),
      };
      const signature = await contributor.signTypedData(
        { name: "OpenLedger", version: "1", chainId, verifyingContract: await token.getAddress() },
        {
          TransferWithAuthorization: [
            { name: "from", type: "address" },
            { name: "to", type: "address" },
            { name: "value", type: "uint256" },
            { name: "validAfter", type: "uint256" },
            { name: "validBefore", type: "uint256" },
            { name: "nonce", type: "bytes32" },
          ],
        },
        payment,
      );
      await token
        .connect(stranger)
        ["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
          payment.from,
          payment.to,
          payment.value,
          payment.validAfter,
          payment.validBefore,
          payment.nonce,
          signature,
        );
      await market.sweep(1);
      expect(await distributor.poolOf(1, await clock.current())).to.equal(OPEN);
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
