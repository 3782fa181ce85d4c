import { expect } from "chai";
import { network } from "hardhat";
import { DAY, OPEN } from "../datanet/deployRegistries.ts";
import { activate, deployMarket } from "../payments/deployMarket.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

/** IModelGrants.Check. */
const CHECK = { Review: 0n, VersionActivated: 1n, CertifiedQuality: 2n, Contributions: 3n, Revenue: 4n };
const WEEK = 7n * DAY;

/** Model 1 of `owner` without a version, and a funder who lets the grants take its OPEN. */
async function fixture() {
  const loaded = await deployMarket(ethers);
  const { token, clock, models, indexes, distributor, curator, buyer, relayer, terms } = loaded;
  const owner = buyer;
  const [, stranger] = (await ethers.getSigners()).slice(14);
  const grants = await ethers.deployContract("ModelGrants", [token, clock, models, indexes, distributor]);
  await models.connect(owner).mint(terms, "ipfs://model");
  const funder = curator;
  await token.connect(funder).approve(grants, 10_000n * OPEN);
  const now = BigInt(await time.latest());
  const grantTerms = {
    recipient: owner.address,
    modelId: 1n,
    reviewer: relayer.address,
    reviewPeriod: WEEK,
    deadline: now + 100n * DAY,
  };
  const review = { check: CHECK.Review, amount: 100n * OPEN, duration: 10n * DAY, threshold: 0n };
  return {
    ...loaded,
    grants,
    owner,
    funder,
    recipient: owner,
    reviewer: relayer,
    stranger: stranger!,
    grantTerms,
    review,
  };
}
const load = () => networkHelpers.loadFixture(fixture);

describe("ModelGrants", () => {
  it("refuses grants that could never be reached or paid", async () => {
    const { grants, funder, grantTerms, review } = await load();
    const create = (terms: object, milestones: (typeof review)[]) =>
      grants.connect(funder).create({ ...grantTerms, ...terms }, milestones, "");
    for (const wrong of [{ recipient: ethers.ZeroAddress }, { modelId: 0n }, { modelId: 2n }, { deadline: 1n }]) {
      await expect(create(wrong, [review])).to.be.revertedWithCustomError(grants, "GrantInvalidTerms");
    }
    await expect(create({}, [])).to.be.revertedWithCustomError(grants, "GrantInvalidMilestones").withArgs(0n);
    await expect(
      create(
        {},
        Array.from({ length: 17 }, () => review),
      ),
    ).to.be.revertedWithCustomError(grants, "GrantInvalidMilestones");
    for (const wrong of [
      { amount: 0n },
      { duration: 0n },
      { threshold: 1n },
      { check: CHECK.Revenue },
      { check: CHECK.VersionActivated, threshold: 1n },
    ]) {
      await expect(create({}, [review, { ...review, ...wrong }]))
        .to.be.revertedWithCustomError(grants, "GrantInvalidMilestone")
        .withArgs(1n);
    }
  });

  it("streams a reviewed milestone after silence, and not before", async () => {
    const { grants, token, funder, recipient, reviewer, stranger, grantTerms, review } = await load();
    await grants.connect(funder).create(grantTerms, [review], "ipfs://why");
    await expect(grants.reach(1n, [])).to.be.revertedWithCustomError(grants, "GrantNothingSubmitted");
    await expect(grants.connect(stranger).submit(1n, ethers.id("e"))).to.be.revertedWithCustomError(
      grants,
      "GrantUnauthorized",
    );
    await grants.connect(recipient).submit(1n, ethers.id("evidence"));
    await expect(grants.connect(recipient).submit(1n, ethers.id("other"))).to.be.revertedWithCustomError(
      grants,
      "GrantUnderReview",
    );
    await expect(grants.connect(stranger).reject(1n, "no")).to.be.revertedWithCustomError(grants, "GrantUnauthorized");
    await expect(grants.reach(1n, [])).to.be.revertedWithCustomError(grants, "GrantUnderReview");
    await time.increase(WEEK);
    await expect(grants.connect(reviewer).reject(1n, "late")).to.be.revertedWithCustomError(
      grants,
      "GrantNothingSubmitted",
    );
    await grants.connect(stranger).reach(1n, []);
    const before = await token.balanceOf(recipient);
    await time.increase(5n * DAY - 1n);
    await grants.connect(stranger).withdraw(1n);
    expect((await token.balanceOf(recipient)) - before).to.equal(50n * OPEN);
    await time.increase(20n * DAY);
    await grants.withdraw(1n);
    expect((await token.balanceOf(recipient)) - before).to.equal(100n * OPEN);
    expect(await token.balanceOf(grants)).to.equal(0n);
  });

  it("never pays a rejected milestone", async () => {
    const { grants, funder, recipient, reviewer, grantTerms, review } = await load();
    await grants.connect(funder).create(grantTerms, [review], "");
    await grants.connect(recipient).submit(1n, ethers.id("evidence"));
    await grants.connect(reviewer).reject(1n, "the evidence is of another model");
    await time.increase(WEEK);
    await expect(grants.reach(1n, [])).to.be.revertedWithCustomError(grants, "GrantNothingSubmitted");
    expect(await grants.streamed(1n)).to.equal(0n);
  });

  it("reads activation, certified quality and contributions of later versions from the chain", async () => {
    const loaded = await load();
    const { grants, models, owner, funder, grantTerms, review, artefacts } = loaded;
    await models.pinSnapshot(1);
    await models.connect(owner).publishVersion(1, artefacts, 0n);
    await activate(ethers, loaded, 1n);
    await grants.connect(funder).create(
      grantTerms,
      [
        { ...review, check: CHECK.VersionActivated },
        { ...review, check: CHECK.CertifiedQuality, threshold: 9_000n },
        { ...review, check: CHECK.Contributions, threshold: 4n },
      ],
      "",
    );
    // version 1 is older than the grant, version 2 has no index yet
    await expect(grants.reach(1n, [1n]))
      .to.be.revertedWithCustomError(grants, "GrantProofDoesNotCount")
      .withArgs(1n);
    await models.connect(owner).publishVersion(1, artefacts, 0n);
    await expect(grants.reach(1n, [2n]))
      .to.be.revertedWithCustomError(loaded.indexes, "IndexUnknown")
      .withArgs(2n);
    await expect(grants.reach(1n, [])).to.be.revertedWithCustomError(grants, "GrantProofDoesNotCount");
    await activate(ethers, loaded, 2n);
    await grants.reach(1n, [2n]);
    await grants.reach(1n, [2n]);
    await expect(grants.reach(1n, [2n]))
      .to.be.revertedWithCustomError(grants, "GrantBelowThreshold")
      .withArgs(3n, 4n);
    const [, reachedAt] = await grants.milestoneOf(1n, 1n);
    expect(reachedAt).to.equal(BigInt(await time.latest()));
  });

  it("counts no version of another model", async () => {
    const loaded = await load();
    const { grants, models, owner, funder, grantTerms, review, artefacts, terms } = loaded;
    await models.connect(owner).mint(terms, "ipfs://another");
    await grants.connect(funder).create(grantTerms, [{ ...review, check: CHECK.VersionActivated }], "");
    await models.pinSnapshot(1);
    await models.connect(owner).publishVersion(2, artefacts, 0n);
    await activate(ethers, loaded, 1n);
    await expect(grants.reach(1n, [1n]))
      .to.be.revertedWithCustomError(grants, "GrantProofDoesNotCount")
      .withArgs(1n);
  });

  it("counts revenue of finished epochs after the grant, each once", async () => {
    const loaded = await load();
    const { grants, token, models, market, distributor, clock, owner, funder, grantTerms, review, artefacts } = loaded;
    await models.pinSnapshot(1);
    await models.connect(owner).publishVersion(1, artefacts, 0n);
    await activate(ethers, loaded, 1n);
    const threshold = 90n * OPEN;
    await grants.connect(funder).create(grantTerms, [{ ...review, check: CHECK.Revenue, threshold }], "");
    const before = await clock.current();
    await time.increase(await clock.length());
    const epoch = await clock.current();
    await token.connect(funder).transfer(await market.tillOf(1), 100n * OPEN);
    await market.sweep(1);
    const pool = await distributor.poolOf(1, epoch);
    await expect(grants.reach(1n, [epoch])).to.be.revertedWithCustomError(grants, "GrantProofDoesNotCount");
    await time.increase(await clock.length());
    await expect(grants.reach(1n, [before])).to.be.revertedWithCustomError(grants, "GrantProofDoesNotCount");
    await expect(grants.reach(1n, [epoch, epoch])).to.be.revertedWithCustomError(grants, "GrantProofDoesNotCount");
    await expect(grants.reach(1n, [epoch]))
      .to.be.revertedWithCustomError(grants, "GrantBelowThreshold")
      .withArgs(pool, threshold);
    const second = await clock.current();
    await token.connect(funder).transfer(await market.tillOf(1), 100n * OPEN);
    await market.sweep(1);
    await time.increase(await clock.length());
    await grants.reach(1n, [epoch, second]);
    expect((await grants.grantOf(1n)).next).to.equal(1n);
  });

  it("keeps what was streamed with the recipient when the funder stops, and returns the rest", async () => {
    const { grants, token, funder, recipient, stranger, grantTerms, review } = await load();
    await grants.connect(funder).create({ ...grantTerms, reviewPeriod: 0n }, [review, review], "");
    await grants.connect(recipient).submit(1n, ethers.id("evidence"));
    await grants.reach(1n, []);
    await time.increase(5n * DAY - 1n);
    await expect(grants.connect(stranger).stop(1n)).to.be.revertedWithCustomError(grants, "GrantUnauthorized");
    const [funderBefore, recipientBefore] = [await token.balanceOf(funder), await token.balanceOf(recipient)];
    await grants.connect(funder).stop(1n);
    expect((await token.balanceOf(funder)) - funderBefore).to.equal(150n * OPEN);
    await time.increase(50n * DAY);
    await grants.withdraw(1n);
    expect((await token.balanceOf(recipient)) - recipientBefore).to.equal(50n * OPEN);
    expect(await token.balanceOf(grants)).to.equal(0n);
    await expect(grants.connect(funder).stop(1n)).to.be.revertedWithCustomError(grants, "GrantOver");
    await expect(grants.connect(recipient).submit(1n, ethers.id("more"))).to.be.revertedWithCustomError(
      grants,
      "GrantOver",
    );
  });

  it("returns what was not reached after the deadline, and lets streams run on", async () => {
    const { grants, token, funder, recipient, stranger, grantTerms, review } = await load();
    await grants.connect(funder).create(grantTerms, [review, review], "");
    await expect(grants.lapse(1n)).to.be.revertedWithCustomError(grants, "GrantNotOver");
    await time.increaseTo(grantTerms.deadline - 2n * DAY);
    await grants.connect(recipient).submit(1n, ethers.id("evidence"));
    await time.increaseTo(grantTerms.deadline);
    // evidence that came in time is not lost
    await expect(grants.connect(stranger).lapse(1n)).to.be.revertedWithCustomError(grants, "GrantUnderReview");
    await time.increase(WEEK);
    await grants.reach(1n, []);
    await expect(grants.connect(recipient).submit(1n, ethers.id("too late"))).to.be.revertedWithCustomError(
      grants,
      "GrantOver",
    );
    const before = await token.balanceOf(funder);
    await grants.connect(stranger).lapse(1n);
    expect((await token.balanceOf(funder)) - before).to.equal(100n * OPEN);
    await time.increase(10n * DAY);
    await grants.withdraw(1n);
    expect(await token.balanceOf(grants)).to.equal(0n);
    await expect(grants.lapse(1n)).to.be.revertedWithCustomError(grants, "GrantOver");
  });
});
