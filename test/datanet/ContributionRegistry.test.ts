import { expect } from "chai";
import { network } from "hardhat";
import { announce } from "../access/announce.ts";
import { createContributions } from "./createContributions.ts";
import {
  Admission,
  BOND,
  CAPS,
  DAY,
  FEE,
  Kind,
  OPEN,
  Status,
  TERMS,
  deployRegistries,
  hashOfParts,
  partsOf,
} from "./deployRegistries.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const coder = ethers.AbiCoder.defaultAbiCoder();
const { load } = createContributions({ ethers, networkHelpers });
describe("ContributionRegistry", () => {
  describe("submission", () => {
    it("refuses no parts, 257 parts, and parts without content or examples", async () => {
      const { contributions, contributor } = await load();
      const by = contributions.connect(contributor);
      for (const size of [0, 257])
        await expect(by.submit(1, partsOf(size), "", CAPS))
          .to.be.revertedWithCustomError(contributions, "ContributionInvalidSize")
          .withArgs(size);
      const [first, second] = partsOf(2);
      if (first === undefined || second === undefined) throw new Error("Two parts.");
      for (const broken of [{ contentRoot: ethers.ZeroHash }, { examples: 0n }])
        await expect(by.submit(1, [first, { ...second, ...broken }], "", CAPS))
          .to.be.revertedWithCustomError(contributions, "ContributionInvalidPart")
          .withArgs(1n);
    });

    it("refuses an unknown Datanet", async () => {
      const { contributions, contributor, datanets } = await load();
      await expect(contributions.connect(contributor).submit(9, partsOf(1), "", CAPS)).to.be.revertedWithCustomError(
        datanets,
        "ERC721NonexistentToken",
      );
    });

    it("refuses whom the Datanet does not admit", async () => {
      const { contributions, contributor, curator, datanets } = await load();
      await datanets.connect(curator).setTerms(1, { ...TERMS, admission: Admission.Allowlist });
      await expect(contributions.connect(contributor).submit(1, partsOf(1), "", CAPS))
        .to.be.revertedWithCustomError(contributions, "ContributionNotAdmitted")
        .withArgs(1n, contributor.address);
      await datanets.connect(curator).setContributor(1, contributor, true);
      await contributions.connect(contributor).submit(1, partsOf(1), "", CAPS);
    });

    it("takes quality data from the Datanet's owner and validators only", async () => {
      const { contributions, contributor, curator, datanets } = await load();
      const quality = partsOf(1, Kind.Quality);
      await expect(contributions.connect(contributor).submit(1, quality, "", CAPS))
        .to.be.revertedWithCustomError(contributions, "ContributionNotCurator")
        .withArgs(1n, contributor.address);
      await datanets.connect(curator).setValidator(1, contributor, true);
      await contributions.connect(contributor).submit(1, quality, "", CAPS);
      // Whom the Datanet does not admit may still curate it.
      await datanets.connect(curator).setTerms(1, { ...TERMS, admission: Admission.Allowlist });
      await contributions.connect(curator).submit(1, quality, "", CAPS);
      expect((await contributions.contributionOf(2)).kind).to.equal(Kind.Quality);
    });

    it("refuses who cannot pay bond and fee", async () => {
      const { contributions, stranger, token } = await load();
      await expect(contributions.connect(stranger).submit(1, partsOf(1), "", CAPS)).to.be.revertedWithCustomError(
        token,
        "ERC20InsufficientAllowance",
      );
    });

    it("registers every part as a token of the contributor and takes bond and fee for each", async () => {
      const { contributions, contributor, token } = await load();
      const parts = partsOf(3);
      const submit = contributions.connect(contributor).submit(1, parts, "ipfs://parts", CAPS);
      await expect(submit).to.changeTokenBalances(
        ethers,
        token,
        [contributor, contributions],
        [-3n * (BOND + FEE), 3n * (BOND + FEE)],
      );
      await expect(submit)
        .to.emit(contributions, "Submitted")
        .withArgs(
          1n,
          1n,
          contributor.address,
          ethers.ZeroAddress,
          1n,
          parts.map((p) => Object.values(p)),
          "ipfs://parts",
        );
      for (const id of [1n, 2n, 3n]) {
        await expect(submit).to.emit(contributions, "Transfer").withArgs(ethers.ZeroAddress, contributor.address, id);
        expect(await contributions.ownerOf(id)).to.equal(contributor.address);
      }
      expect(await contributions.balanceOf(contributor)).to.equal(3n);
      expect(await contributions.count()).to.equal(3n);
      expect(await contributions.submissionCount()).to.equal(1n);

      const second = await contributions.contributionOf(2);
      expect(second).to.deep.equal(
        Object.values({
          datanetId: 1n,
          submissionId: 1n,
          kind: Kind.Train,
          status: Status.Submitted,
          contentRoot: parts[1]?.contentRoot,
          examples: 11n,
          contributor: contributor.address,
          sponsor: ethers.ZeroAddress,
          bond: BOND,
          revokedFrom: 0n,
          acceptedAt: 0n,
          revokedAt: 0n,
          judgeModelId: TERMS.judgeModelId,
        }),
      );
      const submission = await contributions.submissionOf(1);
      expect(submission).to.deep.equal(
        Object.values({
          datanetId: 1n,
          contributor: contributor.address,
          sponsor: ethers.ZeroAddress,
          firstContributionId: 1n,
          size: 3n,
          bond: BOND,
          reviewFee: FEE,
          judgeModelId: TERMS.judgeModelId,
          submittedAt: BigInt(await time.latest()),
          resolved: false,
          acceptedMask: 0n,
          partsHash: hashOfParts(parts),
        }),
      );
    });

    it("refuses terms above the caps: their change in front of a submission costs its sender nothing", async () => {
      const { contributions, contributor, curator, datanets, token } = await load();
      await datanets.connect(curator).setTerms(1, { ...TERMS, reviewFee: 900_000n * OPEN });
      const submit = (caps: typeof CAPS) => contributions.connect(contributor).submit(1, partsOf(1), "", caps);
      await expect(submit(CAPS))
        .to.be.revertedWithCustomError(contributions, "ContributionTermsExceeded")
        .withArgs(BOND, 900_000n * OPEN, 1n);
      await datanets.connect(curator).setTerms(1, { ...TERMS, bond: BOND + 1n });
      await expect(submit(CAPS))
        .to.be.revertedWithCustomError(contributions, "ContributionTermsExceeded")
        .withArgs(BOND + 1n, FEE, 1n);
      await expect(submit({ ...CAPS, bond: 2n * BOND })).to.changeTokenBalances(
        ethers,
        token,
        [contributor],
        [-(BOND + 1n + FEE)],
      );
    });

    it("keeps the judge that the sender agreed to, whatever the terms name later", async () => {
      const { contributions, contributor, curator, datanets } = await load();
      const most = 2n ** 32n - 1n;
      await datanets.connect(curator).setTerms(1, { ...TERMS, judgeModelId: most });
      const submit = (judgeModelId: bigint) =>
        contributions.connect(contributor).submit(1, partsOf(1), "", { ...CAPS, judgeModelId });
      for (const other of [0n, 8n, most + 1n])
        await expect(submit(other))
          .to.be.revertedWithCustomError(contributions, "ContributionTermsExceeded")
          .withArgs(BOND, FEE, most);
      await submit(most);
      await datanets.connect(curator).setTerms(1, { ...TERMS, judgeModelId: 8n });
      expect((await contributions.contributionOf(1)).judgeModelId).to.equal(most);
      expect((await contributions.submissionOf(1)).judgeModelId).to.equal(most);
    });

    it("costs nothing where bond and fee are zero", async () => {
      const { contributions, stranger, curator, datanets, token } = await load();
      await datanets.connect(curator).setTerms(1, { ...TERMS, bond: 0n, reviewFee: 0n });
      await contributions.connect(stranger).submit(1, partsOf(1), "", CAPS);
      expect(await token.balanceOf(contributions)).to.equal(0n);
    });

    it("takes 256 parts at once", async () => {
      const { contributions, contributor, review } = await load();
      await contributions.connect(contributor).submit(1, partsOf(256), "", CAPS);
      await contributions.connect(review).resolve(1, ethers.MaxUint256, [], []);
      expect((await contributions.accumulatorOf(1)).accepted).to.equal(256n);
      expect((await contributions.contributionOf(256)).status).to.equal(Status.Accepted);
    });
  });

  describe("decision", () => {
    it("is taken by the review contract, once, within the submission", async () => {
      const { contributions, contributor, review, timelock } = await load();
      await contributions.connect(contributor).submit(1, partsOf(3), "", CAPS);
      for (const account of [contributor, timelock])
        await expect(contributions.connect(account).resolve(1, 1n, [], []))
          .to.be.revertedWithCustomError(contributions, "ContributionUnauthorized")
          .withArgs(account.address);
      const by = contributions.connect(review);
      await expect(by.resolve(2, 1n, [], []))
        .to.be.revertedWithCustomError(contributions, "ContributionUnknownSubmission")
        .withArgs(2n);
      await expect(by.resolve(1, 0b1000n, [], []))
        .to.be.revertedWithCustomError(contributions, "ContributionInvalidMask")
        .withArgs(0b1000n, 3n);
      await by.resolve(1, 0n, [], []);
      await expect(by.resolve(1, 1n, [], []))
        .to.be.revertedWithCustomError(contributions, "ContributionAlreadyResolved")
        .withArgs(1n);
    });

    it("pays reviewers at most the fee", async () => {
      const { contributions, contributor, review, buyer } = await load();
      await contributions.connect(contributor).submit(1, partsOf(3), "", CAPS);
      await expect(contributions.connect(review).resolve(1, 1n, [buyer, buyer], [3n * FEE, 1n]))
        .to.be.revertedWithCustomError(contributions, "ContributionFeeExceeded")
        .withArgs(1n, 3n * FEE + 1n, 3n * FEE);
    });

    it("returns the bonds of what it rejects and the fee that nobody earned", async () => {
      const { contributions, contributor, review, buyer, stranger, token } = await load();
      await contributions.connect(contributor).submit(1, partsOf(3), "", CAPS);
      const resolve = contributions.connect(review).resolve(1, 0b101n, [buyer, stranger], [OPEN, 2n * OPEN]);
      const refund = BOND + 3n * FEE - 3n * OPEN;
      await expect(resolve).to.changeTokenBalances(
        ethers,
        token,
        [contributor, buyer, stranger],
        [refund, OPEN, 2n * OPEN],
      );
      const { accumulator } = await contributions.accumulatorOf(1);
      await expect(resolve).to.emit(contributions, "Resolved").withArgs(1n, 1n, 0b101n, refund, accumulator);
      expect(await token.balanceOf(contributions)).to.equal(2n * BOND);
      const all = await Promise.all([1, 2, 3].map((id) => contributions.contributionOf(id)));
      expect(all.map((c) => c.status)).to.deep.equal([Status.Accepted, Status.Rejected, Status.Accepted]);
      expect(all.map((c) => c.bond)).to.deep.equal([BOND, 0n, BOND]);
      expect(all.map((c) => c.acceptedAt)).to.deep.equal([1n, 0n, 1n]);
      expect(await Promise.all([1, 2, 3].map((id) => contributions.accruesIn(id, 1)))).to.deep.equal([
        true,
        false,
        true,
      ]);
    });

    it("is bound into the Datanet's accumulator in order", async () => {
      const { contributions, contributor, review } = await load();
      const parts = partsOf(2);
      await contributions.connect(contributor).submit(1, parts, "", CAPS);
      await contributions.connect(contributor).submit(1, parts, "", CAPS);
      const extend = (accumulator: string, submissionId: bigint, mask: bigint) =>
        ethers.keccak256(
          coder.encode(
            ["bytes32", "uint256", "uint256", "bytes32"],
            [accumulator, submissionId, mask, hashOfParts(parts)],
          ),
        );
      expect(await contributions.accumulatorOf(1)).to.deep.equal([ethers.ZeroHash, 0n]);
      await contributions.connect(review).resolve(2, 0b11n, [], []);
      const first = extend(ethers.ZeroHash, 2n, 0b11n);
      expect(await contributions.accumulatorOf(1)).to.deep.equal([first, 2n]);
      await contributions.connect(review).resolve(1, 0n, [], []);
      const second = extend(first, 1n, 0n);
      expect(await contributions.accumulatorOf(1)).to.deep.equal([second, 2n]);
      await contributions.connect(contributor).revoke(3);
      const third = ethers.keccak256(coder.encode(["bytes32", "uint256"], [second, 3n]));
      expect(await contributions.accumulatorOf(1)).to.deep.equal([third, 1n]);
      expect(await contributions.changesOf(1)).to.equal(3n);
      expect((await contributions.contributionOf(3)).revokedAt).to.equal(3n);
    });
  });

  describe("governance", () => {
    it("names review and harm charges once", async () => {
      const { contributions, stranger } = await load();
      const { contributions: fresh } = await deployRegistries(ethers);
      for (const call of [() => fresh.setReview(ethers.ZeroAddress), () => fresh.setHarmCharges(ethers.ZeroAddress)])
        await expect(call()).to.be.revertedWithCustomError(fresh, "ContributionInvalidAddress");
      for (const call of [() => contributions.setReview(stranger), () => contributions.setHarmCharges(stranger)])
        await expect(call()).to.be.revertedWithCustomError(contributions, "ContributionCollaboratorAlreadySet");
    });

    it("keeps the cool-off in bounds", async () => {
      const { contributions, timelock } = await load();
      for (const duration of [DAY - 1n, 30n * DAY + 1n]) {
        await announce({ ethers, networkHelpers }, contributions, "setBondCoolOff", [duration]);
        await expect(contributions.setBondCoolOff(duration))
          .to.be.revertedWithCustomError(contributions, "ContributionOutOfBounds")
          .withArgs(duration, DAY, 30n * DAY);
      }
      await expect(contributions.setBondCoolOff(2n * DAY)).to.be.revertedWithCustomError(
        contributions,
        "ExitDelayNotAnnounced",
      );
      await announce({ ethers, networkHelpers }, contributions, "setBondCoolOff", [2n * DAY]);
      await expect(contributions.setBondCoolOff(2n * DAY))
        .to.emit(contributions, "BondCoolOffSet")
        .withArgs(2n * DAY);
      expect(await contributions.bondCoolOff()).to.equal(2n * DAY);
      await expect(contributions.initialize(timelock, DAY)).to.be.revertedWithCustomError(
        contributions,
        "InvalidInitialization",
      );
    });

    it("belongs to the timelock", async () => {
      const { contributions, stranger, token, clock, datanets } = await load();
      const logic = await ethers.deployContract("ContributionRegistry", [token, clock, datanets]);
      const outside = contributions.connect(stranger);
      for (const call of [
        () => outside.setReview(stranger),
        () => outside.setHarmCharges(stranger),
        () => outside.setBondCoolOff(DAY),
        () => outside.upgradeToAndCall(logic, "0x"),
      ])
        await expect(call()).to.be.revertedWithCustomError(contributions, "OwnableUnauthorizedAccount");
      await announce({ ethers, networkHelpers }, contributions, "upgradeToAndCall", [await logic.getAddress(), "0x"]);
      await contributions.upgradeToAndCall(logic, "0x");
      expect(await contributions.supportsInterface("0x80ac58cd")).to.equal(true);
    });
  });
});
