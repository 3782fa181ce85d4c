import { expect } from "chai";
import { network } from "hardhat";
import { announce } from "../access/announce.ts";
import { Admission, Licence, TERMS, deployRegistries } from "./deployRegistries.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const fixture = () => deployRegistries(ethers);
const load = () => networkHelpers.loadFixture(fixture);

describe("DatanetRegistry", () => {
  it("is initialised once", async () => {
    const { datanets, timelock } = await load();
    await expect(datanets.initialize(timelock)).to.be.revertedWithCustomError(datanets, "InvalidInitialization");
    const logic = await ethers.deployContract("DatanetRegistry");
    await expect(logic.initialize(timelock)).to.be.revertedWithCustomError(logic, "InvalidInitialization");
  });

  it("refuses names, tags and terms out of bounds", async () => {
    const { datanets } = await load();
    for (const name of ["", "n".repeat(65)])
      await expect(datanets.create(name, "", [], TERMS)).to.be.revertedWithCustomError(datanets, "DatanetInvalidName");
    for (const tags of [[""], ["t".repeat(33)], Array<string>(9).fill("t")])
      await expect(datanets.create("n", "", tags, TERMS)).to.be.revertedWithCustomError(datanets, "DatanetInvalidTags");
    for (const terms of [
      { licence: 0n },
      { licence: 16n },
      { licenceExpiry: 1n },
      { votesNeeded: 0n },
      { votesNeeded: 32n },
      { judgeModelId: 2n ** 32n },
    ])
      await expect(datanets.create("n", "", [], { ...TERMS, ...terms })).to.be.revertedWithCustomError(
        datanets,
        "DatanetTermOutOfBounds",
      );
  });

  it("takes a licence that ends in the future", async () => {
    const { datanets } = await load();
    const terms = { ...TERMS, licenceExpiry: 2n ** 40n };
    await datanets.create("n", "", [], terms);
    expect(await datanets.termsOf(2)).to.deep.equal(Object.values(terms));
  });

  it("gives a Datanet to its creator", async () => {
    const { datanets, stranger } = await load();
    await expect(datanets.connect(stranger).create("n".repeat(64), "ipfs://x", Array<string>(8).fill("t"), TERMS))
      .to.emit(datanets, "DatanetCreated")
      .withArgs(2n, stranger.address, "n".repeat(64), "ipfs://x", Array<string>(8).fill("t"), Object.values(TERMS));
    expect(await datanets.ownerOf(2)).to.equal(stranger.address);
    expect(await datanets.tokenURI(2)).to.equal("ipfs://x");
    expect(await datanets.count()).to.equal(2n);
    expect(await datanets.termsOf(2)).to.deep.equal(Object.values(TERMS));
    expect(await datanets.name()).to.equal("OpenLedger Datanet");
  });

  it("answers for no unknown Datanet", async () => {
    const { datanets, stranger } = await load();
    for (const call of [
      () => datanets.termsOf(2),
      () => datanets.isAdmitted(2, stranger),
      () => datanets.isCurator(2, stranger),
    ])
      await expect(call()).to.be.revertedWithCustomError(datanets, "ERC721NonexistentToken").withArgs(2n);
    expect(await datanets.isValidator(2, stranger)).to.equal(false);
  });

  it("is governed by its owner and the owner's operators alone", async () => {
    const { datanets, curator, stranger, timelock } = await load();
    for (const account of [stranger, timelock]) {
      const outside = datanets.connect(account);
      for (const call of [
        () => outside.setTerms(1, TERMS),
        () => outside.setUri(1, "ipfs://y"),
        () => outside.setValidator(1, account, true),
        () => outside.setContributor(1, account, true),
      ])
        await expect(call()).to.be.revertedWithCustomError(datanets, "ERC721InsufficientApproval");
    }
    await datanets.connect(curator).setApprovalForAll(stranger, true);
    await expect(datanets.connect(stranger).setUri(1, "ipfs://y")).to.emit(datanets, "UriSet").withArgs(1n, "ipfs://y");
    expect(await datanets.tokenURI(1)).to.equal("ipfs://y");
  });

  it("lists and unlists validators, who are curators with the owner", async () => {
    const { datanets, curator, stranger } = await load();
    expect(await datanets.isCurator(1, curator)).to.equal(true);
    expect(await datanets.isCurator(1, stranger)).to.equal(false);
    await expect(datanets.connect(curator).setValidator(1, stranger, true))
      .to.emit(datanets, "ValidatorSet")
      .withArgs(1n, stranger.address, true);
    expect(await datanets.isValidator(1, stranger)).to.equal(true);
    expect(await datanets.isCurator(1, stranger)).to.equal(true);
    await datanets.connect(curator).setValidator(1, stranger, false);
    expect(await datanets.isValidator(1, stranger)).to.equal(false);
  });

  it("admits everybody, or the accounts on its list", async () => {
    const { datanets, curator, stranger } = await load();
    expect(await datanets.isAdmitted(1, stranger)).to.equal(true);
    await datanets.connect(curator).setTerms(1, { ...TERMS, admission: Admission.Allowlist });
    expect(await datanets.isAdmitted(1, stranger)).to.equal(false);
    await expect(datanets.connect(curator).setContributor(1, stranger, true))
      .to.emit(datanets, "ContributorSet")
      .withArgs(1n, stranger.address, true);
    expect(await datanets.isAdmitted(1, stranger)).to.equal(true);
  });

  it("never widens a licence under which people contributed", async () => {
    const { datanets, curator } = await load();
    const expiry = BigInt(await networkHelpers.time.latest()) + 1_000n;
    const owned = datanets.connect(curator);
    const narrow = { ...TERMS, licence: Licence.TRAIN | Licence.INFER, licenceExpiry: expiry };
    await expect(owned.setTerms(1, narrow)).to.emit(datanets, "TermsSet").withArgs(1n, Object.values(narrow));
    for (const wider of [
      { licence: Licence.ALL },
      { licence: Licence.TRAIN | Licence.COMMERCIAL },
      { licenceExpiry: 0n },
      { licenceExpiry: expiry + 1n },
    ])
      await expect(owned.setTerms(1, { ...narrow, ...wider }))
        .to.be.revertedWithCustomError(datanets, "DatanetLicenceWidened")
        .withArgs(1n);
    await expect(owned.setTerms(1, { ...narrow, votesNeeded: 0n })).to.be.revertedWithCustomError(
      datanets,
      "DatanetTermOutOfBounds",
    );
    await owned.setTerms(1, { ...narrow, licence: Licence.TRAIN, licenceExpiry: 1n, bond: 5n });
    expect((await datanets.termsOf(1)).bond).to.equal(5n);
  });

  it("follows the transfer of its token", async () => {
    const { datanets, curator, stranger } = await load();
    await datanets.connect(curator).transferFrom(curator, stranger, 1);
    await datanets.connect(stranger).setTerms(1, { ...TERMS, bond: 1n });
    await expect(datanets.connect(curator).setTerms(1, TERMS)).to.be.revertedWithCustomError(
      datanets,
      "ERC721InsufficientApproval",
    );
  });

  it("is upgraded by the timelock alone and keeps its state", async () => {
    const { datanets, curator } = await load();
    const logic = await ethers.deployContract("DatanetRegistry");
    await expect(datanets.connect(curator).upgradeToAndCall(logic, "0x")).to.be.revertedWithCustomError(
      datanets,
      "OwnableUnauthorizedAccount",
    );
    await expect(datanets.upgradeToAndCall(logic, "0x")).to.be.revertedWithCustomError(
      datanets,
      "ExitDelayNotAnnounced",
    );
    await announce({ ethers, networkHelpers }, datanets, "upgradeToAndCall", [await logic.getAddress(), "0x"]);
    await datanets.upgradeToAndCall(logic, "0x");
    expect(await datanets.ownerOf(1)).to.equal(curator.address);
    expect(await datanets.supportsInterface("0x80ac58cd")).to.equal(true); // ERC-721
    expect(await datanets.supportsInterface("0x49064906")).to.equal(true); // ERC-4906
    expect(await datanets.supportsInterface("0xffffffff")).to.equal(false);
  });
});
