import { expect } from "chai";
import { network } from "hardhat";
import { CAPS, Licence, TERMS, partsOf } from "../datanet/deployRegistries.ts";
import { deployProxy } from "../deployProxy.ts";
import { SIZE } from "../training/freeTraining.ts";
import { MIN_PARENT_SHARE, ROYALTY, deployMinted } from "./deployModels.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

const minted = () => deployMinted(ethers);
const loadMinted = () => networkHelpers.loadFixture(minted);

describe("versions of a model", () => {
  it("need artefacts, an allowed scheme and 1 to 16 known snapshots", async () => {
    const { models, buyer, artefacts } = await loadMinted();
    const publish = (changes: Partial<typeof artefacts>) =>
      models.connect(buyer).publishVersion(1, { ...artefacts, ...changes }, 0n);
    await expect(publish({ weightsHash: ethers.ZeroHash })).to.be.revertedWithCustomError(models, "ModelEmptyArtefact");
    await expect(publish({ recipeHash: ethers.ZeroHash })).to.be.revertedWithCustomError(models, "ModelEmptyArtefact");
    await expect(publish({ schemeId: ethers.ZeroHash }))
      .to.be.revertedWithCustomError(models, "ModelSchemeNotAllowed")
      .withArgs(ethers.ZeroHash);
    for (const count of [0, 17])
      await expect(publish({ snapshotIds: Array<bigint>(count).fill(1n) }))
        .to.be.revertedWithCustomError(models, "ModelInvalidSnapshotCount")
        .withArgs(count);
    await expect(publish({ snapshotIds: [2n] }))
      .to.be.revertedWithCustomError(models, "ModelUnknownSnapshot")
      .withArgs(2n);
    await expect(models.versionOf(1)).to.be.revertedWithCustomError(models, "ModelUnknownVersion").withArgs(1n);
  });

  it("take at most one snapshot of each Datanet, in order", async () => {
    const { models, datanets, contributions, contributor, buyer, artefacts } = await loadMinted();
    await datanets.create("other", "", [], TERMS);
    await contributions.connect(contributor).submit(2, partsOf(1), "", CAPS);
    await contributions.resolve(2, 1n, [], []);
    await models.pinSnapshot(1);
    await models.pinSnapshot(2);
    const publish = (snapshotIds: bigint[]) =>
      models.connect(buyer).publishVersion(1, { ...artefacts, snapshotIds }, 0n);
    for (const snapshotIds of [
      [1n, 2n],
      [3n, 1n],
    ])
      await expect(publish(snapshotIds)).to.be.revertedWithCustomError(models, "ModelSnapshotsOutOfOrder").withArgs(1n);
    await publish([1n, 3n]);
    expect((await models.versionOf(1)).snapshotIds).to.deep.equal([1n, 3n]);
    expect(await models.inVersion(1, 4)).to.equal(true);
  });

  it("need the contract that escrows their training fees, which is named once", async () => {
    const { clock, datanets, contributions, timelock, scheme, terms, artefacts, models, stranger } = await loadMinted();
    const fresh = await ethers.getContractAt(
      "ModelRegistry",
      await deployProxy(
        ethers,
        "ModelRegistry",
        [clock, datanets, contributions],
        [timelock.address, MIN_PARENT_SHARE, ROYALTY, scheme],
      ),
    );
    await fresh.mint(terms, "");
    await fresh.pinSnapshot(1);
    await expect(fresh.publishVersion(1, artefacts, 0n)).to.be.revertedWithCustomError(fresh, "ModelNotConnected");
    await expect(fresh.setTrainingFees(ethers.ZeroAddress)).to.be.revertedWithCustomError(fresh, "ModelNotConnected");
    await expect(fresh.setTrainingFees(stranger)).to.emit(fresh, "TrainingFeesSet").withArgs(stranger.address);
    await expect(models.setTrainingFees(stranger)).to.be.revertedWithCustomError(models, "ModelAlreadyConnected");
  });

  it("of a base model have no data, no scheme and no training to pay for", async () => {
    const { models, buyer, terms, artefacts } = await loadMinted();
    const owned = models.connect(buyer);
    await owned.mint({ ...terms, base: true }, "");
    await expect(owned.publishVersion(2, artefacts, 0n))
      .to.be.revertedWithCustomError(models, "ModelIsBase")
      .withArgs(2n);
    const bare = { ...artefacts, snapshotIds: [], schemeId: ethers.ZeroHash };
    await expect(owned.publishVersion(2, { ...bare, schemeId: artefacts.schemeId }, 0n)).to.be.revertedWithCustomError(
      models,
      "ModelIsBase",
    );
    const empty = { rows: 0n, parameters: 0n, epochs: 0n, members: 0n };
    await owned.publishVersion(2, { ...bare, recipeHash: ethers.ZeroHash, size: empty }, 0n);
    expect((await models.versionOf(1)).snapshotIds).to.deep.equal([]);
    expect(await models.curatorsOf(1)).to.deep.equal([]);
    expect(await models.inVersion(1, 1)).to.equal(false);
    // It has no index, so it is never activated and charges nobody.
    expect(await models.isPaid(1)).to.equal(false);
    await expect(owned.publishVersion(1, bare, 0n)).to.be.revertedWithCustomError(models, "ModelSchemeNotAllowed");
  });

  it("know the owners of their Datanets, who may change", async () => {
    const { models, datanets, buyer, curator, stranger, artefacts } = await loadMinted();
    await models.connect(buyer).publishVersion(1, artefacts, 0n);
    expect(await models.curatorsOf(1)).to.deep.equal([curator.address]);
    await datanets.connect(curator).transferFrom(curator, stranger, 1);
    expect(await models.curatorsOf(1)).to.deep.equal([stranger.address]);
  });

  it("are recorded with their artefacts", async () => {
    const { models, buyer, artefacts } = await loadMinted();
    await expect(models.connect(buyer).publishVersion(1, artefacts, 0n))
      .to.emit(models, "VersionPublished")
      .withArgs(1n, 1n, [...Object.values({ ...artefacts, size: Object.values(SIZE) })]);
    expect(await models.versionOf(1)).to.deep.equal([
      1n,
      artefacts.weightsHash,
      artefacts.recipeHash,
      artefacts.schemeId,
      [1n],
      Object.values(SIZE),
      BigInt(await time.latestBlock()),
      false,
    ]);
    expect(await models.versionCount()).to.equal(1n);
  });

  const withLicence = async (licence: bigint, licenceExpiry = 0n) => {
    const loaded = await loadMinted();
    await loaded.datanets.connect(loaded.curator).setTerms(1, { ...TERMS, licence, licenceExpiry });
    return loaded;
  };

  it("need a licence to train", async () => {
    const { models, buyer, artefacts } = await withLicence(Licence.ALL - Licence.TRAIN);
    await expect(models.connect(buyer).publishVersion(1, artefacts, 0n))
      .to.be.revertedWithCustomError(models, "ModelLicenceMissing")
      .withArgs(1n, Licence.ALL - Licence.TRAIN, Licence.TRAIN | Licence.COMMERCIAL);
  });

  it("need a licence to derive when the model has a parent", async () => {
    const { models, terms, artefacts } = await withLicence(Licence.TRAIN | Licence.COMMERCIAL);
    await models.mint({ ...terms, parents: [{ modelId: 1n, shareBps: MIN_PARENT_SHARE }] }, "");
    await expect(models.publishVersion(2, artefacts, 0n))
      .to.be.revertedWithCustomError(models, "ModelLicenceMissing")
      .withArgs(1n, Licence.TRAIN | Licence.COMMERCIAL, Licence.TRAIN | Licence.DERIVE | Licence.COMMERCIAL);
  });

  it("need a commercial licence when the model has a price, now or ever", async () => {
    const { models, buyer, artefacts } = await withLicence(Licence.TRAIN);
    const owned = models.connect(buyer);
    await expect(owned.publishVersion(1, artefacts, 0n)).to.be.revertedWithCustomError(models, "ModelLicenceMissing");
    await owned.setPrice(1, 0n);
    await owned.publishVersion(1, artefacts, 0n);
    expect((await models.modelOf(1)).nonCommercial).to.equal(true);
    await expect(owned.setPrice(1, 1n)).to.be.revertedWithCustomError(models, "ModelNonCommercial").withArgs(1n);
    await owned.setPrice(1, 0n);
  });

  it("inherit from a parent that it may not be sold, whenever the parent lost it", async () => {
    const { models, buyer, stranger, datanets, curator, terms, artefacts } = await loadMinted();
    const [parent, child] = [models.connect(buyer), models.connect(stranger)];
    const parents = [{ modelId: 1n, shareBps: MIN_PARENT_SHARE }];
    await child.mint({ ...terms, parents }, "");
    await parent.setPrice(1, 0n);
    await datanets.connect(curator).setTerms(1, { ...TERMS, licence: Licence.TRAIN | Licence.DERIVE });
    await parent.publishVersion(1, artefacts, 0n);
    await expect(child.publishVersion(2, artefacts, 0n))
      .to.be.revertedWithCustomError(models, "ModelNonCommercial")
      .withArgs(2n);
    await child.mint({ ...terms, parents, base: true }, "");
    await child.setPrice(3, 0n);
    await child.publishVersion(3, { ...artefacts, snapshotIds: [], schemeId: ethers.ZeroHash }, 0n);
    await expect(child.setPrice(3, 1n)).to.be.revertedWithCustomError(models, "ModelNonCommercial").withArgs(3n);
  });

  it("may be free on commercial data and cost something later", async () => {
    const { models, buyer, artefacts } = await loadMinted();
    const owned = models.connect(buyer);
    await owned.setPrice(1, 0n);
    await owned.publishVersion(1, artefacts, 0n);
    await owned.setPrice(1, 1n);
    expect((await models.modelOf(1)).price).to.equal(1n);
  });

  it("need a licence that has not expired", async () => {
    const expiry = BigInt(await time.latest()) + 1_000_000n;
    const { models, buyer, artefacts } = await withLicence(Licence.ALL, expiry);
    await time.setNextBlockTimestamp(expiry);
    await models.connect(buyer).publishVersion(1, artefacts, 0n);
    await expect(models.connect(buyer).publishVersion(1, artefacts, 0n))
      .to.be.revertedWithCustomError(models, "ModelLicenceExpired")
      .withArgs(1n, expiry);
  });

  it("are stale once a contribution they were trained on is revoked", async () => {
    const { models, contributions, contributor, stranger, buyer, artefacts } = await loadMinted();
    await models.connect(buyer).publishVersion(1, artefacts, 0n);
    await contributions.connect(contributor).submit(1, partsOf(1), "", CAPS);
    await contributions.resolve(2, 1n, [], []);
    await contributions.connect(contributor).revoke(4);
    for (const contributionId of [1n, 4n])
      await expect(models.markStale(1, contributionId))
        .to.be.revertedWithCustomError(models, "ModelNotStale")
        .withArgs(1n, contributionId);
    await expect(models.markStale(2, 4)).to.be.revertedWithCustomError(models, "ModelUnknownVersion").withArgs(2n);
    await contributions.connect(contributor).revoke(1);
    await expect(models.connect(stranger).markStale(1, 1)).to.emit(models, "VersionStaled").withArgs(1n, 1n);
    expect((await models.versionOf(1)).stale).to.equal(true);
  });
});
