import { expect } from "chai";
import { network } from "hardhat";
import { EXIT_DELAY } from "../access/announce.ts";
import { DAY, DEMAND_BOND, OPERATORS, REVEAL_WINDOW, SLASH_BPS, STAKE } from "./deployDisputes.ts";
import { createDemands, lastDemand } from "./createDemands.ts";
import { bytesOf, featuresOf, indexEvidence, qualityAnswer } from "./builtIndex.ts";
import { scoreEvidence, settlementEvidence } from "./evidence.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { wait, load, loadIndexed } = createDemands({ ethers, networkHelpers });
const MAX_HOLD = 7n * DAY;

describe("AttributionDemands", () => {
  describe("about a pending index", () => {
    it("pays the bond to whoever shows a row with its features", async () => {
      const { demands, challenger, stranger, token, index } = await loadIndexed();
      await expect(demands.connect(challenger).demandIndexRow(1, 0)).to.changeTokenBalance(
        ethers,
        token,
        challenger,
        -DEMAND_BOND,
      );
      await expect(
        demands.connect(stranger).answerIndexRow(1, indexEvidence(index, 0), featuresOf(index, 0)),
      ).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
    });

    it("takes no other row or features for an answer", async () => {
      const { demands, disputes, challenger, stranger, index } = await loadIndexed();
      await demands.connect(challenger).demandIndexRow(1, 0);
      await expect(
        demands.connect(stranger).answerIndexRow(1, indexEvidence(index, 1), featuresOf(index, 1)),
      ).to.be.revertedWithCustomError(demands, "DemandUnknown");
      await expect(
        demands.connect(stranger).answerIndexRow(1, indexEvidence(index, 0), featuresOf(index, 1)),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      const moved = { ...indexEvidence(index, 1), proof: { ...indexEvidence(index, 1).proof, index: 0 } };
      await expect(
        demands.connect(stranger).answerIndexRow(1, moved, featuresOf(index, 1)),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    });

    it("pays the bond to whoever shows what a part is judged by", async () => {
      const { demands, disputes, challenger, stranger, token, index } = await loadIndexed();
      await demands.connect(challenger).demandQuality(1, 0);
      const [versionId, parts, part, functional] = qualityAnswer(index);
      await expect(demands.answerQuality(versionId, parts, part, `0x${"00".repeat(64)}`)).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
      const answered = demands.connect(stranger).answerQuality(versionId, parts, part, functional);
      await expect(answered).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
    });

    it("owes no part beyond the index", async () => {
      const { demands, challenger } = await loadIndexed();
      await expect(demands.connect(challenger).demandQuality(1, 1)).to.be.revertedWithCustomError(
        demands,
        "DemandUnjustified",
      );
    });

    it("owes no row beyond the index", async () => {
      const { demands, challenger, index } = await loadIndexed();
      await expect(demands.connect(challenger).demandIndexRow(1, index.rows.length)).to.be.revertedWithCustomError(
        demands,
        "DemandUnjustified",
      );
    });

    it("cancels the index when nobody answers, slashes its signers, and returns the bond with the reward", async () => {
      const loaded = await loadIndexed();
      const { demands, disputes, indexes, challenger, stranger, token, stakes, operators } = loaded;
      await demands.connect(challenger).demandIndexRow(1, 0);
      const id = await lastDemand(loaded);
      await wait(REVEAL_WINDOW + 1n);
      const taken = (STAKE * SLASH_BPS) / 10_000n;
      // of a tenth: the rest is held
      const reward = (BigInt(OPERATORS) * (taken / 10n) * 3_000n) / 10_000n;
      const defaulted = demands.connect(stranger).defaultDemand(id);
      await expect(defaulted).to.changeTokenBalance(ethers, token, challenger, DEMAND_BOND + reward);
      await expect(defaulted)
        .to.emit(disputes, "IndexDisputed")
        .withArgs(1, challenger, reward)
        .and.to.emit(indexes, "IndexCancelled");
      for (const { account } of operators) expect((await stakes.poolOf(0, account)).assets).equal(STAKE - taken);
    });

    it("holds the index up while a demand is open, and for a reveal window after the answer", async () => {
      const { demands, indexes, challenger, stranger, index } = await loadIndexed();
      await wait(DAY - 60n);
      await demands.connect(challenger).demandIndexRow(1, 0);
      await wait(REVEAL_WINDOW - 60n);
      await expect(indexes.activate(1)).to.be.revertedWithCustomError(indexes, "IndexNotFinal");
      await demands.connect(stranger).answerIndexRow(1, indexEvidence(index, 0), featuresOf(index, 0));
      await wait(REVEAL_WINDOW - 60n);
      await expect(indexes.activate(1)).to.be.revertedWithCustomError(indexes, "IndexNotFinal");
      await wait(60n);
      await expect(indexes.activate(1)).to.emit(indexes, "VersionActivated");
    });

    it("gives the bonds of open demands back once the index is cancelled", async () => {
      const loaded = await loadIndexed();
      const { demands, challenger, stranger, token } = loaded;
      await demands.connect(challenger).demandIndexRow(1, 0);
      const first = await lastDemand(loaded);
      await demands.connect(stranger).demandIndexRow(1, 1);
      const second = await lastDemand(loaded);
      await wait(REVEAL_WINDOW + 1n);
      await demands.defaultDemand(first);
      await expect(demands.defaultDemand(second)).to.be.revertedWithCustomError(demands, "DemandNotPending");
      await expect(demands.reclaimBond(second)).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
    });

    it("does not carry demands over to an index that is attested again", async () => {
      const loaded = await loadIndexed();
      const { demands, indexes, stakes, operators, challenger, token, town, index } = loaded;
      await demands.connect(challenger).demandIndexRow(1, 0);
      const first = await lastDemand(loaded);
      await demands.connect(challenger).demandIndexRow(1, 1);
      const second = await lastDemand(loaded);
      await wait(REVEAL_WINDOW + 1n);
      await demands.defaultDemand(first);

      await wait(2n * DAY);
      for (const { account } of operators) await stakes.connect(account).unjail(0);
      await wait(DAY);
      await stakes.snapshotQuorum();
      await town.attest(index);
      await expect(demands.defaultDemand(second)).to.be.revertedWithCustomError(demands, "DemandNotPending");
      await expect(demands.reclaimBond(second)).to.changeTokenBalance(ethers, token, challenger, DEMAND_BOND);
      await wait(DAY);
      expect(await indexes.isFinal(1)).equal(true);
    });
  });

  describe("timing", () => {
    it("takes no answer after the reveal window and no default within it", async () => {
      const loaded = await load();
      const { demands, challenger, built } = loaded;
      const { settlement, functional } = built.settlements[0]!;
      await demands.connect(challenger).demandFunctional(built.root, settlement.modelId, settlement.epoch);
      const id = await lastDemand(loaded);
      await wait(REVEAL_WINDOW - 10n);
      await expect(demands.defaultDemand(id)).to.be.revertedWithCustomError(demands, "DemandAnswerDue");
      await wait(20n);
      await expect(
        demands.answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional)),
      ).to.be.revertedWithCustomError(demands, "DemandAnswerLate");
    });

    it("holds the root up while a demand is open, and for a reveal window after its answer", async () => {
      const { demands, distributor, challenger, built } = await load();
      const { settlement, functional } = built.settlements[0]!;
      await wait(DAY - 60n);
      await demands.connect(challenger).demandFunctional(built.root, settlement.modelId, settlement.epoch);
      await wait(REVEAL_WINDOW - 60n);
      await expect(distributor.finalize(built.root)).to.be.revertedWithCustomError(distributor, "DistributorRootHeld");
      await demands.answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional));
      await wait(REVEAL_WINDOW - 60n);
      await expect(distributor.finalize(built.root)).to.be.revertedWithCustomError(distributor, "DistributorRootHeld");
      await wait(60n);
      await expect(distributor.finalize(built.root)).to.emit(distributor, "RootFinalized");
    });

    it("takes demands after the challenge window only to follow up on others", async () => {
      const { demands, challenger, built } = await load();
      const { settlement, functional } = built.settlements[0]!;
      const { modelId, epoch } = settlement;
      await wait(DAY - 60n);
      await demands.connect(challenger).demandFunctional(built.root, modelId, epoch);
      await wait(120n);
      await demands.connect(challenger).demandScore(built.root, modelId, epoch, 0);
      const settled = built.settlements[0]!;
      await demands.answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional));
      await demands.answerScore(
        built.root,
        settlementEvidence(built, 0),
        scoreEvidence(settled, 0),
        indexEvidence(settled.index, 0),
        featuresOf(settled.index, 0),
      );
      await wait(REVEAL_WINDOW);
      await expect(
        demands.connect(challenger).demandFunctional(built.root, modelId, epoch),
      ).to.be.revertedWithCustomError(demands, "DemandTooLate");
    });

    it("cannot hold an honest root up beyond the longest hold, however many demands follow each other", async () => {
      const { demands, distributor, challenger, built } = await load();
      const { settlement, functional } = built.settlements[0]!;
      const posted = (await distributor.pendingRoot()).postedAt;
      let rounds = 0;
      for (; rounds < 100; rounds++) {
        try {
          await demands.connect(challenger).demandFunctional(built.root, settlement.modelId, settlement.epoch);
        } catch (error) {
          expect(String(error)).include("DemandTooLate");
          break;
        }
        await wait(REVEAL_WINDOW - 60n);
        await demands.answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional));
        await wait(REVEAL_WINDOW - 60n);
      }
      expect(rounds).lessThan(100);
      const end = posted + DAY + MAX_HOLD;
      expect(BigInt(await networkHelpers.time.latest())).lessThan(end);
      await networkHelpers.time.increaseTo(end);
      await expect(distributor.finalize(built.root)).to.emit(distributor, "RootFinalized");
    });
  });

  describe("bonds", () => {
    it("are taken once per question while it is open", async () => {
      const { demands, challenger, built } = await load();
      const { modelId, epoch } = built.settlements[0]!.settlement;
      await demands.connect(challenger).demandFunctional(built.root, modelId, epoch);
      await expect(
        demands.connect(challenger).demandFunctional(built.root, modelId, epoch),
      ).to.be.revertedWithCustomError(demands, "DemandAlreadyOpen");
    });

    it("return when the root is cancelled for another reason, and not before", async () => {
      const loaded = await load();
      const { demands, challenger, token, built } = loaded;
      const { modelId, epoch } = built.settlements[0]!.settlement;
      await demands.connect(challenger).demandFunctional(built.root, modelId, epoch);
      const first = await lastDemand(loaded);
      await wait(60n);
      await demands.connect(challenger).demandScore(built.root, modelId, epoch, 0);
      const second = await lastDemand(loaded);
      await expect(demands.reclaimBond(second)).to.be.revertedWithCustomError(demands, "DemandStillPending");
      await wait(REVEAL_WINDOW - 30n);
      await demands.defaultDemand(first);
      await expect(demands.reclaimBond(second)).to.changeTokenBalance(ethers, token, challenger, DEMAND_BOND);
      await expect(demands.reclaimBond(second)).to.be.revertedWithCustomError(demands, "DemandUnknown");
      expect(await token.balanceOf(demands)).equal(0n);
    });
  });

  describe("policy", () => {
    it("is set within bounds by the owner, who announced it before everybody could leave", async () => {
      const { demands, timelock, stranger } = await load();
      const owned = demands.connect(timelock);
      const announced = async (policy: { revealWindow: bigint; bond: bigint }) => {
        await owned.announce(demands.interface.encodeFunctionData("setPolicy", [policy]));
        await wait(EXIT_DELAY);
        return owned.setPolicy(policy);
      };
      const policy = { revealWindow: 7_200n, bond: 5n };
      await expect(owned.setPolicy(policy)).to.be.revertedWithCustomError(demands, "ExitDelayNotAnnounced");
      await expect(announced(policy)).to.emit(demands, "PolicySet");
      expect(await demands.policy()).deep.equal([7_200n, 5n]);
      for (const bad of [
        { revealWindow: 60n, bond: 5n },
        { revealWindow: 2n * DAY, bond: 5n },
        { revealWindow: 7_200n, bond: 0n },
      ]) {
        await expect(announced(bad)).to.be.revertedWithCustomError(demands, "DemandOutOfBounds");
      }
      await expect(demands.connect(stranger).setPolicy(policy)).to.be.revertedWithCustomError(
        demands,
        "OwnableUnauthorizedAccount",
      );
    });

    it("lets nobody but the demands cancel without a proof", async () => {
      const { disputes, timelock } = await load();
      const SILENCE = { demandId: ethers.ZeroHash, subject: ethers.ZeroHash };
      await expect(disputes.connect(timelock).cancelRoot(timelock, SILENCE)).to.be.revertedWithCustomError(
        disputes,
        "DisputeUnauthorized",
      );
      await expect(disputes.connect(timelock).cancelIndex(1, timelock, SILENCE)).to.be.revertedWithCustomError(
        disputes,
        "DisputeUnauthorized",
      );
    });
  });
});
