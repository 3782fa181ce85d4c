import { expect } from "chai";
import { network } from "hardhat";
import { announce } from "../access/announce.ts";
import { CAPS, DAY, OPEN, TERMS, partsOf } from "../datanet/deployRegistries.ts";
import { MIN_PARENT_SHARE, ROYALTY, deployMinted, deployModels } from "./deployModels.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

const fixture = () => deployModels(ethers);
const load = () => networkHelpers.loadFixture(fixture);

const minted = () => deployMinted(ethers);
const loadMinted = () => networkHelpers.loadFixture(minted);

describe("ModelRegistry", () => {
  describe("models", () => {
    it("need a provider, an existing parent and a share within bounds", async () => {
      const { models, terms } = await loadMinted();
      await expect(models.mint({ ...terms, provider: ethers.ZeroAddress }, "")).to.be.revertedWithCustomError(
        models,
        "ModelInvalidProvider",
      );
      await expect(models.mint({ ...terms, parents: [{ modelId: 2n, shareBps: MIN_PARENT_SHARE }] }, ""))
        .to.be.revertedWithCustomError(models, "ERC721NonexistentToken")
        .withArgs(2n);
      for (const share of [MIN_PARENT_SHARE - 1n, 10_001n])
        await expect(models.mint({ ...terms, parents: [{ modelId: 1n, shareBps: share }] }, ""))
          .to.be.revertedWithCustomError(models, "ModelShareOutOfBounds")
          .withArgs(share, MIN_PARENT_SHARE, 10_000n);
    });

    it("belong to who mints them, with royalties to the creator for ever", async () => {
      const { models, terms, buyer, stranger } = await load();
      await expect(models.connect(buyer).mint(terms, "ipfs://model"))
        .to.emit(models, "ModelMinted")
        .withArgs(1n, buyer.address, Object.values(terms), "ipfs://model");
      expect(await models.ownerOf(1)).to.equal(buyer.address);
      expect(await models.tokenURI(1)).to.equal("ipfs://model");
      expect(await models.modelCount()).to.equal(1n);
      await models.connect(buyer).transferFrom(buyer, stranger, 1);
      expect(await models.royaltyInfo(1, 10_000n)).to.deep.equal([buyer.address, ROYALTY]);
      const mintedAt = BigInt(await time.latest()) - 1n;
      expect(await models.modelOf(1)).to.deep.equal([[], buyer.address, OPEN, mintedAt, false, false]);
      await expect(models.modelOf(2)).to.be.revertedWithCustomError(models, "ERC721NonexistentToken");
      await expect(models.providerOf(2, 1)).to.be.revertedWithCustomError(models, "ERC721NonexistentToken");
    });

    it("descend from up to eight parents, in order, which share at most the whole of the owner's part", async () => {
      const { models, terms } = await loadMinted();
      for (let i = 0; i < 8; i++) await models.mint(terms, "");
      const mint = (...parents: [bigint, bigint][]) =>
        models.mint({ ...terms, parents: parents.map(([modelId, shareBps]) => ({ modelId, shareBps })) }, "");
      const share = MIN_PARENT_SHARE;
      for (const parents of [
        [2n, 1n],
        [2n, 2n],
      ])
        await expect(mint(...parents.map((id): [bigint, bigint] => [id, share])))
          .to.be.revertedWithCustomError(models, "ModelParentsOutOfOrder")
          .withArgs(1n);
      await expect(mint(...Array.from({ length: 9 }, (_, i): [bigint, bigint] => [BigInt(i + 1), share])))
        .to.be.revertedWithCustomError(models, "ModelTooManyParents")
        .withArgs(9n);
      await expect(mint([1n, 6_000n], [2n, 4_001n]))
        .to.be.revertedWithCustomError(models, "ModelShareOutOfBounds")
        .withArgs(4_001n, share, 4_000n);
      // Nobody can be diluted below the minimum by parents that are minted for it.
      await expect(mint([1n, share - 1n], [2n, 9_000n]))
        .to.be.revertedWithCustomError(models, "ModelShareOutOfBounds")
        .withArgs(share - 1n, share, 10_000n);
      await mint([1n, 6_000n], [3n, 4_000n]);
      expect((await models.modelOf(10)).parents).to.deep.equal([
        [1n, 6_000n],
        [3n, 4_000n],
      ]);
      await mint(...Array.from({ length: 8 }, (_, i): [bigint, bigint] => [BigInt(i + 1), 1_250n]));
      expect((await models.modelOf(11)).parents).to.have.length(8);
    });

    it("cost what their minter agreed to: a minimum share that was raised meanwhile refuses them", async () => {
      const { models, terms } = await loadMinted();
      await models.setMinParentShare(MIN_PARENT_SHARE + 1n);
      const parents = [{ modelId: 1n, shareBps: MIN_PARENT_SHARE }];
      await expect(models.mint({ ...terms, parents }, "")).to.be.revertedWithCustomError(
        models,
        "ModelShareOutOfBounds",
      );
    });

    it("are changed by their owner and its operators alone", async () => {
      const { models, stranger, timelock, buyer, artefacts } = await loadMinted();
      for (const account of [stranger, timelock]) {
        const outside = models.connect(account);
        for (const call of [
          () => outside.setPrice(1, 0n),
          () => outside.setProvider(1, account),
          () => outside.setUri(1, ""),
          () => outside.publishVersion(1, artefacts, 0n),
        ])
          await expect(call()).to.be.revertedWithCustomError(models, "ERC721InsufficientApproval");
      }
      await models.connect(buyer).setApprovalForAll(stranger, true);
      await expect(models.connect(stranger).setPrice(1, 5n)).to.emit(models, "PriceSet").withArgs(1n, 5n);
      await expect(models.connect(stranger).setUri(1, "ipfs://new")).to.emit(models, "MetadataUpdate").withArgs(1n);
      expect((await models.modelOf(1)).price).to.equal(5n);
    });

    it("change provider with the next epoch; past epochs keep theirs", async () => {
      const { models, buyer, relayer, stranger, clock } = await loadMinted();
      await expect(models.connect(buyer).setProvider(1, ethers.ZeroAddress)).to.be.revertedWithCustomError(
        models,
        "ModelInvalidProvider",
      );
      const epoch = await clock.current();
      await expect(models.connect(buyer).setProvider(1, stranger))
        .to.emit(models, "ProviderSet")
        .withArgs(1n, stranger.address, epoch + 1n);
      expect(await models.providerOf(1, epoch)).to.equal(relayer.address);
      await time.increase(3n * DAY);
      expect(await models.providerOf(1, epoch)).to.equal(relayer.address);
      expect(await models.providerOf(1, await clock.current())).to.equal(stranger.address);
    });
  });

  describe("snapshots", () => {
    it("need something to pin", async () => {
      const { models, datanets } = await load();
      await datanets.create("empty", "", [], TERMS);
      await expect(models.pinSnapshot(2)).to.be.revertedWithCustomError(models, "ModelEmptySnapshot").withArgs(2n);
      await expect(models.snapshotOf(1)).to.be.revertedWithCustomError(models, "ModelUnknownSnapshot").withArgs(1n);
    });

    it("pin the accumulator of their block", async () => {
      const { models, contributions, stranger } = await load();
      const { accumulator, accepted } = await contributions.accumulatorOf(1);
      const pin = models.connect(stranger).pinSnapshot(1);
      const block = BigInt(await time.latestBlock()) + 1n;
      await expect(pin).to.emit(models, "SnapshotPinned").withArgs(1n, 1n, block, accumulator, accepted);
      expect(await models.snapshotOf(1)).to.deep.equal([1n, block, accumulator, 3n]);
      expect(await models.snapshotCount()).to.equal(1n);
    });

    it("hold what was accepted before and not yet revoked", async () => {
      const { models, contributions, contributor } = await load();
      const by = contributions.connect(contributor);
      await by.revoke(1);
      await by.submit(1, partsOf(3), "", CAPS);
      await models.pinSnapshot(1);
      await by.revoke(2);
      await contributions.resolve(2, 0b011n, [], []);
      await models.pinSnapshot(1);
      const held = (snapshotId: bigint) =>
        Promise.all([1n, 2n, 3n, 4n, 5n, 6n].map((id) => models.inSnapshot(snapshotId, id)));
      expect(await held(1n)).to.deep.equal([false, true, true, false, false, false]);
      expect(await held(2n)).to.deep.equal([false, false, true, true, true, false]);
      expect((await models.snapshotOf(2)).count).to.equal(3n);
    });

    it("hold nothing of another Datanet", async () => {
      const { models, datanets, contributions, contributor } = await load();
      await datanets.create("other", "", [], TERMS);
      await contributions.connect(contributor).submit(2, partsOf(1), "", CAPS);
      await contributions.resolve(2, 1n, [], []);
      await models.pinSnapshot(2);
      expect(await models.inSnapshot(1, 1)).to.equal(false);
      expect(await models.inSnapshot(1, 4)).to.equal(true);
    });
  });

  describe("governance", () => {
    it("keeps shares and royalties in bounds", async () => {
      const { models, timelock, scheme } = await load();
      await expect(models.setMinParentShare(1_251n))
        .to.be.revertedWithCustomError(models, "ModelShareOutOfBounds")
        .withArgs(1_251n, 0n, 1_250n);
      for (const bps of [1_001n, 0n])
        await expect(models.setRoyalty(bps)).to.be.revertedWithCustomError(models, "ExitDelayNotAnnounced");
      await announce({ ethers, networkHelpers }, models, "setRoyalty", [1_001n]);
      await expect(models.setRoyalty(1_001n))
        .to.be.revertedWithCustomError(models, "ModelShareOutOfBounds")
        .withArgs(1_001n, 0n, 1_000n);
      await expect(models.setMinParentShare(1_250n)).to.emit(models, "MinParentShareSet").withArgs(1_250n);
      await announce({ ethers, networkHelpers }, models, "setRoyalty", [0n]);
      await expect(models.setRoyalty(0n)).to.emit(models, "RoyaltySet").withArgs(0n);
      expect(await models.minParentShareBps()).to.equal(1_250n);
      expect(await models.royaltyBps()).to.equal(0n);
      await expect(models.initialize(timelock, 0n, 0n, scheme)).to.be.revertedWithCustomError(
        models,
        "InvalidInitialization",
      );
    });

    it("allows and forbids schemes of later versions", async () => {
      const { models, buyer, scheme, artefacts } = await loadMinted();
      await expect(models.setScheme(scheme, false)).to.emit(models, "SchemeSet").withArgs(scheme, false);
      expect(await models.isSchemeAllowed(scheme)).to.equal(false);
      await expect(models.connect(buyer).publishVersion(1, artefacts, 0n)).to.be.revertedWithCustomError(
        models,
        "ModelSchemeNotAllowed",
      );
    });

    it("belongs to the timelock", async () => {
      const { models, stranger, scheme, clock, datanets, contributions } = await load();
      const logic = await ethers.deployContract("ModelRegistry", [clock, datanets, contributions]);
      const outside = models.connect(stranger);
      for (const call of [
        () => outside.setScheme(scheme, true),
        () => outside.setMinParentShare(0n),
        () => outside.setRoyalty(0n),
        () => outside.upgradeToAndCall(logic, "0x"),
      ])
        await expect(call()).to.be.revertedWithCustomError(models, "OwnableUnauthorizedAccount");
      await announce({ ethers, networkHelpers }, models, "upgradeToAndCall", [await logic.getAddress(), "0x"]);
      await models.upgradeToAndCall(logic, "0x");
      // ERC-721, ERC-2981, ERC-4906
      for (const id of ["0x80ac58cd", "0x2a55205a", "0x49064906"])
        expect(await models.supportsInterface(id)).to.equal(true);
      expect(await models.supportsInterface("0xffffffff")).to.equal(false);
    });
  });
});
