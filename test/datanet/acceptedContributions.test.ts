import { expect } from "chai";
import { network } from "hardhat";
import { createContributions } from "./createContributions.ts";
import { BOND, CAPS, COOL_OFF, DAY, OPEN, Status, partsOf } from "./deployRegistries.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { loadAccepted } = createContributions({ ethers, networkHelpers });

describe("Accepted contributions", () => {
  describe("revocation", () => {
    it("is the owner's right alone", async () => {
      const { contributions, stranger, timelock, curator } = await loadAccepted();
      for (const account of [stranger, timelock, curator])
        await expect(contributions.connect(account).revoke(1))
          .to.be.revertedWithCustomError(contributions, "ContributionUnauthorized")
          .withArgs(account.address);
      await expect(contributions.revoke(9)).to.be.revertedWithCustomError(contributions, "ERC721NonexistentToken");
    });

    it("needs an accepted contribution", async () => {
      const { contributions, contributor } = await loadAccepted();
      const by = contributions.connect(contributor);
      await by.submit(1, partsOf(1), "", CAPS);
      await by.revoke(1);
      for (const [id, status] of [
        [4n, Status.Submitted],
        [3n, Status.Rejected],
        [1n, Status.Revoked],
      ] as const)
        await expect(by.revoke(id))
          .to.be.revertedWithCustomError(contributions, "ContributionWrongStatus")
          .withArgs(id, status, Status.Accepted);
    });

    it("stops accrual from the next epoch on and keeps past epochs as they were", async () => {
      const { contributions, contributor, clock } = await loadAccepted();
      await time.increase(3n * DAY);
      const now = await clock.current();
      await expect(contributions.connect(contributor).revoke(2)).to.emit(contributions, "Revoked");
      const revoked = await contributions.contributionOf(2);
      expect(revoked.status).to.equal(Status.Revoked);
      expect(revoked.revokedFrom).to.equal(now + 1n);
      expect(await contributions.accruesIn(2, 1)).to.equal(true);
      expect(await contributions.accruesIn(2, now)).to.equal(true);
      expect(await contributions.accruesIn(2, now + 1n)).to.equal(false);
      expect(await contributions.accruesIn(1, now + 1n)).to.equal(true);
    });

    it("frees the bond after the cool-off, once", async () => {
      const { contributions, contributor, stranger, clock, token } = await loadAccepted();
      await expect(contributions.withdrawBond(1))
        .to.be.revertedWithCustomError(contributions, "ContributionWrongStatus")
        .withArgs(1n, Status.Accepted, Status.Revoked);
      await contributions.connect(contributor).revoke(1);
      const free = (await clock.endOf(await clock.current())) + COOL_OFF;
      await time.increaseTo(free - 2n);
      await expect(contributions.withdrawBond(1))
        .to.be.revertedWithCustomError(contributions, "ContributionBondLocked")
        .withArgs(1n, free);
      await time.setNextBlockTimestamp(free);
      await expect(contributions.connect(stranger).withdrawBond(1)).to.changeTokenBalances(
        ethers,
        token,
        [contributor, stranger],
        [BOND, 0n],
      );
      expect((await contributions.contributionOf(1)).bond).to.equal(0n);
      await expect(contributions.withdrawBond(1)).to.changeTokenBalance(ethers, token, contributor, 0n);
    });

    it("pays the bond to the new owner of a contribution that was sold", async () => {
      const { contributions, contributor, buyer, token } = await loadAccepted();
      await contributions.connect(contributor).transferFrom(contributor, buyer, 1);
      await contributions.connect(buyer).revoke(1);
      await time.increase(DAY + COOL_OFF);
      await expect(contributions.withdrawBond(1)).to.changeTokenBalances(
        ethers,
        token,
        [buyer, contributor],
        [BOND, 0n],
      );
    });
  });

  describe("harm", () => {
    it("is charged by one contract, up to the bond", async () => {
      const { contributions, contributor, harm, timelock, buyer } = await loadAccepted();
      for (const account of [contributor, timelock])
        await expect(contributions.connect(account).slashBond(1, 1n, account)).to.be.revertedWithCustomError(
          contributions,
          "ContributionUnauthorized",
        );
      await expect(contributions.connect(harm).slashBond(1, BOND + 1n, buyer))
        .to.be.revertedWithCustomError(contributions, "ContributionBondExceeded")
        .withArgs(1n, BOND + 1n, BOND);
    });

    it("is charged to decided contributions only", async () => {
      const { contributions, contributor, harm, buyer } = await loadAccepted();
      await contributions.connect(contributor).submit(1, partsOf(1), "", CAPS);
      for (const [id, status] of [
        [3n, Status.Rejected],
        [4n, Status.Submitted],
      ] as const)
        await expect(contributions.connect(harm).slashBond(id, 1n, buyer))
          .to.be.revertedWithCustomError(contributions, "ContributionWrongStatus")
          .withArgs(id, status, Status.Accepted);
      await expect(contributions.connect(harm).slashBond(9, 1n, buyer))
        .to.be.revertedWithCustomError(contributions, "ContributionUnknown")
        .withArgs(9n);
    });

    it("reaches a revoked contribution until its bond is withdrawn, and leaves the rest", async () => {
      const { contributions, contributor, harm, buyer, token } = await loadAccepted();
      await expect(contributions.connect(harm).slashBond(1, 4n * OPEN, buyer)).to.changeTokenBalance(
        ethers,
        token,
        buyer,
        4n * OPEN,
      );
      await contributions.connect(contributor).revoke(1);
      await expect(contributions.connect(harm).slashBond(1, OPEN, buyer))
        .to.emit(contributions, "BondSlashed")
        .withArgs(1n, buyer.address, OPEN);
      expect((await contributions.contributionOf(1)).bond).to.equal(5n * OPEN);
      await time.increase(DAY + COOL_OFF);
      await expect(contributions.withdrawBond(1))
        .to.emit(contributions, "BondWithdrawn")
        .withArgs(1n, contributor.address, 5n * OPEN);
      await expect(contributions.connect(harm).slashBond(1, 1n, buyer)).to.be.revertedWithCustomError(
        contributions,
        "ContributionBondExceeded",
      );
    });
  });

  describe("ownership", () => {
    it("stays with the contributor until the contribution is accepted", async () => {
      const { contributions, contributor, buyer } = await loadAccepted();
      const by = contributions.connect(contributor);
      await by.submit(1, partsOf(1), "", CAPS);
      for (const [id, status] of [
        [3n, Status.Rejected],
        [4n, Status.Submitted],
      ] as const)
        await expect(by.transferFrom(contributor, buyer, id))
          .to.be.revertedWithCustomError(contributions, "ContributionWrongStatus")
          .withArgs(id, status, Status.Accepted);
    });

    it("moves by the owner's will", async () => {
      const { contributions, contributor, buyer, stranger } = await loadAccepted();
      await expect(contributions.connect(stranger).transferFrom(contributor, buyer, 1)).to.be.revertedWithCustomError(
        contributions,
        "ERC721InsufficientApproval",
      );
      await contributions.connect(contributor).approve(stranger, 1);
      await contributions.connect(stranger).transferFrom(contributor, buyer, 1);
      expect(await contributions.ownerOf(1)).to.equal(buyer.address);
      expect(await contributions.getApproved(1)).to.equal(ethers.ZeroAddress);
      expect(await contributions.balanceOf(contributor)).to.equal(2n);
      expect(await contributions.balanceOf(buyer)).to.equal(1n);
    });

    it("carries the rewards from the next epoch on; past epochs keep their payee", async () => {
      const { contributions, contributor, buyer, stranger, clock } = await loadAccepted();
      const first = await clock.current();
      await contributions.connect(contributor).transferFrom(contributor, buyer, 1);
      // Twice in one epoch: only the owner at its end counts.
      await contributions.connect(buyer).transferFrom(buyer, stranger, 1);
      expect(await contributions.payeeOf(1, first)).to.equal(contributor.address);
      expect(await contributions.payeeOf(1, first + 1n)).to.equal(stranger.address);
      await time.increase(5n * DAY);
      const later = await clock.current();
      await contributions.connect(stranger).transferFrom(stranger, buyer, 1);
      expect(await contributions.payeeOf(1, first)).to.equal(contributor.address);
      expect(await contributions.payeeOf(1, later)).to.equal(stranger.address);
      expect(await contributions.payeeOf(1, later + 1n)).to.equal(buyer.address);
      expect(await contributions.payeeOf(2, later)).to.equal(contributor.address);
    });

    it("can be rotated to another wallet after a revocation", async () => {
      const { contributions, contributor, buyer } = await loadAccepted();
      await contributions.connect(contributor).revoke(1);
      await contributions.connect(contributor).transferFrom(contributor, buyer, 1);
      expect(await contributions.ownerOf(1)).to.equal(buyer.address);
    });

    it("is unknown for ids that were never registered", async () => {
      const { contributions } = await loadAccepted();
      for (const call of [
        () => contributions.contributionOf(4),
        () => contributions.payeeOf(4, 1),
        () => contributions.accruesIn(4, 1),
      ])
        await expect(call()).to.be.revertedWithCustomError(contributions, "ContributionUnknown").withArgs(4n);
      await expect(contributions.submissionOf(2)).to.be.revertedWithCustomError(
        contributions,
        "ContributionUnknownSubmission",
      );
      await expect(contributions.ownerOf(4)).to.be.revertedWithCustomError(contributions, "ERC721NonexistentToken");
    });
  });
});
