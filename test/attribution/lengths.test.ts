import { expect } from "chai";
import { network } from "hardhat";
import { asHash } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { createPending } from "./createPending.ts";
import { lastDemand } from "./createDemands.ts";
import { deployDisputes, REVEAL_WINDOW } from "./deployDisputes.ts";
import { bytesOf, featuresOf, indexEvidence, restated } from "./builtIndex.ts";
import { createEconomy } from "./economy.ts";
import { type Cheat } from "./builtRoot.ts";
import { scoreEvidence, settlementEvidence } from "./evidence.ts";
import { largestCalls, MOST_BYTES, sizeOf } from "./largestCalls.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { wait, settledOnce, published } = createPending({ ethers, networkHelpers });

/** A root is pending about an index that became final with features half as long as attested. */
async function shortFeatures(cheat: Cheat) {
  const deployment = await deployDisputes(ethers, wait);
  const { indexes, clock } = deployment;
  const town = await createEconomy(deployment, { seed: 9, models: 1, epochs: 1, k: 32 }, wait);
  const [index] = town.versions as [(typeof town.versions)[0]];
  await town.attest({ ...index, k: 64 });
  await wait(86_400n);
  await indexes.activate(index.versionId);
  await town.spend();
  const functional = new Uint8Array(128).fill(1);
  const built = await town.settle(undefined, (await clock.current()) - 1n, {
    ...cheat,
    settlements: (settlements) =>
      (settlements[0] = { ...settlements[0]!, queryHash: asHash(ethers.keccak256(functional)) }),
  });
  await town.post(built);
  const settled = built.settlements[0]!;
  const { modelId, epoch } = settled.settlement;
  const shown = [settlementEvidence(built, 0), scoreEvidence(settled, 0), indexEvidence(index, 0)] as const;
  return { ...deployment, built, shown, features: featuresOf(index, 0), functional, modelId, epoch };
}

/** As the scheme has it: such rows score 0, so the pool is split by examples. */
const SCORES_OF_NOTHING: Cheat = {
  fallback: () => true,
  rows: (rows) => rows.forEach((row, i) => (rows[i] = { ...row, score: 0n })),
};
const SCORE_OF_SOMETHING: Cheat = {
  fallback: () => true,
  rows: (rows) => rows.forEach((row, i) => (rows[i] = { ...row, score: i === 0 ? 5n : 0n })),
};

describe("Bytes of another length than the arithmetic takes", () => {
  describe("behind a hash of a pending index", () => {
    it("are no answer as features, so the index falls", async () => {
      const loaded = await networkHelpers.loadFixture(published);
      const { town, demands, disputes, indexes, challenger } = loaded;
      const index = town.versions[0]!;
      await town.attest({ ...index, k: 64 });
      await demands.connect(challenger).demandIndexRow(1, 0);
      await expect(
        demands.answerIndexRow(1, indexEvidence(index, 0), featuresOf(index, 0)),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      await wait(REVEAL_WINDOW + 1n);
      await expect(demands.defaultDemand(await lastDemand(loaded))).to.emit(indexes, "IndexCancelled");
    });

    it("are no answer as a quality functional, so the index falls", async () => {
      const loaded = await networkHelpers.loadFixture(published);
      const { town, demands, disputes, indexes, challenger } = loaded;
      const honest = town.versions[0]!;
      const short = honest.parts[0]!.quality.slice(0, 31);
      const index = restated(honest, { qualityHash: hashInt16(short) });
      await town.attest(index);
      await demands.connect(challenger).demandQuality(1, 0);
      await expect(demands.answerQuality(1, [...index.stated], 0, bytesOf(short))).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
      await wait(REVEAL_WINDOW + 1n);
      await expect(demands.defaultDemand(await lastDemand(loaded))).to.emit(indexes, "IndexCancelled");
    });
  });

  it("are no answer as the functional of a pool, however long they are, so the root falls", async () => {
    for (const length of [62, 66, 129_500]) {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { town, demands, disputes, distributor, challenger, first, lastEpoch } = loaded;
      const blob = `0x${"ab".repeat(length)}`;
      const built = await town.settle(first, lastEpoch, {
        settlements: (s) => void (s[0] = { ...s[0]!, queryHash: asHash(ethers.keccak256(blob)) }),
      });
      await town.post(built);
      const { modelId, epoch } = built.settlements[0]!.settlement;
      await demands.connect(challenger).demandFunctional(built.root, modelId, epoch);
      await expect(
        demands.answerFunctional(built.root, settlementEvidence(built, 0), blob),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      await wait(REVEAL_WINDOW + 1n);
      await expect(demands.defaultDemand(await lastDemand(loaded))).to.emit(distributor, "RootCancelled");
    }
  });

  describe("in an index that nobody disputed in time", () => {
    it("score 0: any other score is proven wrong by them", async () => {
      const { disputes, distributor, challenger, built, shown, features, functional } =
        await shortFeatures(SCORE_OF_SOMETHING);
      await expect(disputes.connect(challenger).disputeScore(built.root, ...shown, features, functional)).to.emit(
        distributor,
        "RootCancelled",
      );
    });

    it("score 0: that is right, and needs no features to be shown", async () => {
      const { demands, disputes, challenger, built, shown, features, functional, modelId, epoch } =
        await shortFeatures(SCORES_OF_NOTHING);
      await expect(
        disputes.connect(challenger).disputeScore(built.root, ...shown, features, functional),
      ).to.be.revertedWithCustomError(disputes, "DisputeRefuted");
      await demands.connect(challenger).demandScore(built.root, modelId, epoch, 0);
      await expect(demands.answerScore(built.root, ...shown, features)).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
      await expect(demands.answerScore(built.root, ...shown, "0x")).to.emit(demands, "Answered");
    });

    it("are no answer for a score above 0, nor is their absence", async () => {
      const { demands, disputes, challenger, built, shown, features, modelId, epoch } =
        await shortFeatures(SCORE_OF_SOMETHING);
      await demands.connect(challenger).demandScore(built.root, modelId, epoch, 0);
      for (const given of [features, "0x"]) {
        await expect(demands.answerScore(built.root, ...shown, given)).to.be.revertedWithCustomError(
          disputes,
          "DisputeInvalidEvidence",
        );
      }
    });
  });
});

describe("The largest answers and proofs", () => {
  for (const { name, contract, method, args } of largestCalls()) {
    it(`${name} fits a transaction`, async () => {
      const { [contract]: target } = await networkHelpers.loadFixture(published);
      const bytes = sizeOf(target.interface.encodeFunctionData(method as never, args as never));
      expect(bytes).to.be.lessThanOrEqual(MOST_BYTES);
    });
  }
});
