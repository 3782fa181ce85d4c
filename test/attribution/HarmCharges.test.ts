import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { FOLDS, FOLDS_NEEDED, harmDown } from "@openledger/protocol/score/harm.ts";
import { lanesOf } from "@openledger/protocol/trees/indexTree.ts";
import { SIZE } from "../training/freeTraining.ts";
import { BOND, CAPS, TERMS } from "../datanet/deployRegistries.ts";
import { chargeOf, type BuiltIndex, type IndexCheat } from "./builtIndex.ts";
import { DAY, deployDisputes } from "./deployDisputes.ts";
import { createEconomy } from "./economy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

/** Six rows help by 10 per example; the others harm from far beyond that down to the tolerance of 6, and not at all. */
const PER_EXAMPLE = [10, 10, 10, 10, 10, 10, -40, -9, -8, -7, -6, 0];
const [WORST, HARMFUL, WITHIN, NOTHING] = [6, 8, 10, 11];

/** Model 1 judges Datanet 1, says whoever contributes to it; its version is attested and not yet final. */
async function attested(cheat: IndexCheat = {}) {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 5, models: 1, epochs: 0, parts: 4 }, wait);
  const index = await town.buildIndex(1n, { perExample: PER_EXAMPLE, ...cheat });
  await town.attest(index);
  return { ...deployment, town, index };
}
type Loaded = Awaited<ReturnType<typeof attested>>;

async function active(cheat: IndexCheat = {}) {
  const loaded = await attested(cheat);
  await wait(DAY);
  await loaded.indexes.activate(1);
  return loaded;
}
const pending = () => attested();
const whole = () => active();
const load = () => networkHelpers.loadFixture(whole);

/** The functional of a fold that finds what helps to harm, and the other way round. */
const contrary = (functional: Int16Array) => functional.map((g) => -g);

/** Trains and attests another version of a model on everything, and activates it. */
async function activateVersion({ models, indexes, town, scheme }: Loaded, modelId: bigint, cheat: IndexCheat) {
  await models.pinSnapshot(1);
  const hash = keccakText("weights");
  const snapshotIds = [await models.snapshotCount()];
  const artefacts = { weightsHash: hash, recipeHash: hash, schemeId: scheme, snapshotIds, size: SIZE, uri: "" };
  await models.publishVersion(modelId, artefacts, 0n);
  const index = await town.buildIndex(await models.versionCount(), cheat);
  await town.attest(index);
  await wait(DAY);
  await indexes.activate(index.versionId);
  return index;
}

describe("HarmCharges", () => {
  it("takes from the bond what the data cost the model, for the treasury", async () => {
    const { harmCharges, contributions, distributor, treasury, token, stranger, index } = await load();
    const lanes = lanesOf(index.parts[0]!.tree.top.sum);
    let charged = 0n;
    for (const [i, row] of index.rows.entries()) {
      const foldQualities = Array.from({ length: FOLDS }, () => row.quality);
      const harm = harmDown({ ...row, foldQualities, bond: BOND }, lanes);
      expect(await harmCharges.harmOf(...chargeOf(index, i))).equal(harm);
      const charge = harmCharges.connect(stranger).chargeHarm(...chargeOf(index, i));
      if (harm === 0n) {
        await expect(charge).to.be.revertedWithCustomError(harmCharges, "HarmNotChargeable");
        continue;
      }
      await expect(charge).to.emit(harmCharges, "HarmCharged").withArgs(1, row.contributionId, harm);
      await expect(charge).to.changeTokenBalances(
        ethers,
        token,
        [contributions, treasury, distributor, harmCharges, stranger],
        [-harm, harm, 0n, 0n, 0n],
      );
      expect((await contributions.contributionOf(row.contributionId)).bond).equal(BOND - harm);
      charged += harm;
    }
    expect(charged).equal(BOND + ((9n + 8n + 7n) * BOND) / 10n);
  });

  it("spares data that helps, does nothing, or harms within the tolerance", async () => {
    const { harmCharges, index } = await load();
    for (const i of [0, WITHIN, NOTHING]) {
      await expect(harmCharges.chargeHarm(...chargeOf(index, i)))
        .to.be.revertedWithCustomError(harmCharges, "HarmNotChargeable")
        .withArgs(index.rows[i]!.contributionId, 0, FOLDS_NEEDED);
    }
  });

  it("charges a contribution once, and no less because it was revoked", async () => {
    const { harmCharges, contributions, index } = await load();
    const { contributionId } = index.rows[HARMFUL]!;
    const owner = await ethers.getSigner(await contributions.ownerOf(contributionId));
    await contributions.connect(owner).revoke(contributionId);
    await harmCharges.chargeHarm(...chargeOf(index, HARMFUL));
    expect(await harmCharges.isCharged(contributionId)).equal(true);
    await expect(harmCharges.chargeHarm(...chargeOf(index, HARMFUL)))
      .to.be.revertedWithCustomError(harmCharges, "HarmAlreadyCharged")
      .withArgs(contributionId);
  });

  it("waits until the version that judges is active", async () => {
    const { harmCharges, indexes, index } = await networkHelpers.loadFixture(pending);
    const { contributionId } = index.rows[WORST]!;
    for (const final of [false, true]) {
      if (final) await wait(DAY);
      await expect(harmCharges.chargeHarm(...chargeOf(index, WORST)))
        .to.be.revertedWithCustomError(harmCharges, "HarmNotJudge")
        .withArgs(contributionId, 1, 0);
    }
    await indexes.activate(1);
    await expect(harmCharges.chargeHarm(...chargeOf(index, WORST))).to.emit(harmCharges, "HarmCharged");
  });

  describe("by the folds of the quality set", () => {
    it("charges nothing where too few of them agree, however harmful the whole set finds it", async () => {
      const { harmCharges, index } = await active({
        folds: (folds) => {
          for (let fold = 0; fold <= FOLDS - FOLDS_NEEDED; fold++) folds[fold] = contrary(folds[fold]!);
        },
      });
      expect(await harmCharges.harmOf(...chargeOf(index, WORST))).equal(0n);
      await expect(harmCharges.chargeHarm(...chargeOf(index, WORST)))
        .to.be.revertedWithCustomError(harmCharges, "HarmNotChargeable")
        .withArgs(index.rows[WORST]!.contributionId, FOLDS_NEEDED - 1, FOLDS_NEEDED);
    });

    it("charges nothing where the whole set finds no harm, whatever they find", async () => {
      const { harmCharges, index } = await active({
        folds: (folds) => void folds.splice(0, FOLDS, ...folds.map(contrary)),
      });
      await expect(harmCharges.chargeHarm(...chargeOf(index, 0)))
        .to.be.revertedWithCustomError(harmCharges, "HarmNotChargeable")
        .withArgs(index.rows[0]!.contributionId, FOLDS, FOLDS_NEEDED);
    });

    it("counts none of which nothing is shown", async () => {
      const { harmCharges, index } = await load();
      const [versionId, row, features, folds] = chargeOf(index, WORST);
      const unshown = folds.map(({ hash }) => ({ hash, functional: "0x" }));
      await expect(harmCharges.chargeHarm(versionId, row, features, unshown))
        .to.be.revertedWithCustomError(harmCharges, "HarmNotChargeable")
        .withArgs(row.leaf.contributionId, 0, FOLDS_NEEDED);
    });

    it("believes only those that were attested, all of them and in their order", async () => {
      const { harmCharges, index } = await active({ folds: (folds) => (folds[0] = folds[0]!.with(1, 7)) });
      const [versionId, row, features, folds] = chargeOf(index, WORST);
      for (const other of [
        folds.slice(1),
        [...folds, folds[0]!],
        folds.toReversed(),
        folds.map(() => folds[0]!),
        folds.with(0, { ...folds[0]!, functional: folds[1]!.functional }),
      ]) {
        await expect(harmCharges.chargeHarm(versionId, row, features, other)).to.be.revertedWithCustomError(
          harmCharges,
          "DisputeInvalidEvidence",
        );
      }
    });
  });

  it("believes only rows of the version's index, with their features", async () => {
    const { harmCharges, index } = await load();
    const [versionId, row, features, folds] = chargeOf(index, WORST);
    const { leaf } = row;
    for (const forged of [
      { ...row, leaf: { ...leaf, quality: leaf.quality * 10n } },
      { ...row, leaf: { ...leaf, examples: 1 } },
      { ...row, leaf: { ...leaf, contributionId: 1n } },
      { ...row, leaf: { ...leaf, scale: leaf.scale * 2 } },
      { ...row, part: 1 },
      { ...row, parts: [{ ...row.parts[0]!, foldsHash: keccakText("mine") }] },
    ]) {
      await expect(harmCharges.chargeHarm(versionId, forged, features, folds)).to.be.revertedWithCustomError(
        harmCharges,
        "DisputeInvalidEvidence",
      );
    }
    for (const other of ["0x", `${features}00`, `0x81${features.slice(4)}`]) {
      await expect(harmCharges.chargeHarm(versionId, row, other, folds)).to.be.revertedWithCustomError(
        harmCharges,
        "DisputeInvalidEvidence",
      );
    }
  });

  describe("by a judge", () => {
    it("that no later version of the model replaces", async () => {
      const loaded = await load();
      const { harmCharges } = loaded;
      const hostile = PER_EXAMPLE.map((quality) => -quality);
      const later = await activateVersion(loaded, 1n, { perExample: hostile });
      for (const i of [0, WORST]) {
        await expect(harmCharges.chargeHarm(...chargeOf(later, i)))
          .to.be.revertedWithCustomError(harmCharges, "HarmNotJudge")
          .withArgs(later.rows[i]!.contributionId, later.versionId, 1);
      }
    });

    it("that is the first version with the contribution, and not one that was activated before it was there", async () => {
      const loaded = await load();
      const { harmCharges, contributions, alice } = loaded;
      await contributions
        .connect(alice)
        .submit(1, [{ kind: 0, contentRoot: keccakText("late"), examples: 5 }], "", CAPS);
      await contributions.resolve(await contributions.submissionCount(), 1, [], []);
      const late = await contributions.count();
      expect(await harmCharges.judgeOf(late)).equal(0n);
      const later = await activateVersion(loaded, 1n, { perExample: [...PER_EXAMPLE, -40] });
      expect(await harmCharges.judgeOf(late)).equal(later.versionId);
      await expect(harmCharges.chargeHarm(...chargeOf(later, PER_EXAMPLE.length)))
        .to.emit(harmCharges, "HarmCharged")
        .withArgs(later.versionId, late, BOND);
    });

    it("that the contributor agreed to: a model of somebody else never charges, whoever it is trained on", async () => {
      const loaded = await load();
      const { harmCharges, contributions, models, stranger: thief, token, index } = loaded;
      await models.connect(thief).mint({ parents: [], provider: thief, price: 0, base: false }, "");
      const held = await token.balanceOf(contributions);
      const hostile = PER_EXAMPLE.map((quality) => -quality);
      const theirs = await activateVersion({ ...loaded, models: models.connect(thief) }, 2n, { perExample: hostile });
      for (const i of index.rows.keys()) {
        await expect(harmCharges.connect(thief).chargeHarm(...chargeOf(theirs, i)))
          .to.be.revertedWithCustomError(harmCharges, "HarmNotJudge")
          .withArgs(theirs.rows[i]!.contributionId, theirs.versionId, 1);
      }
      expect(await token.balanceOf(contributions)).equal(held);
    });

    it("that terms name at submission: a contribution under terms without one is never charged", async () => {
      const loaded = await load();
      const { harmCharges, contributions, datanets, curator, alice } = loaded;
      const submit = async (judgeModelId: bigint) => {
        await datanets.connect(curator).setTerms(1, { ...TERMS, judgeModelId });
        const content = keccakText(`under ${judgeModelId}`);
        const parts = [{ kind: 0, contentRoot: content, examples: 5 }];
        await contributions.connect(alice).submit(1, parts, "", { ...CAPS, judgeModelId });
        await contributions.resolve(await contributions.submissionCount(), 1, [], []);
        return contributions.count();
      };
      const ids = [await submit(0n), await submit(77n)];
      await datanets.connect(curator).setTerms(1, TERMS);
      const later = await activateVersion(loaded, 1n, { perExample: [...PER_EXAMPLE, -40, -40] });
      for (const [n, id] of ids.entries()) {
        expect(await harmCharges.judgeOf(id)).equal(0n);
        await expect(harmCharges.chargeHarm(...chargeOf(later, PER_EXAMPLE.length + n)))
          .to.be.revertedWithCustomError(harmCharges, "HarmNotJudge")
          .withArgs(id, later.versionId, 0);
      }
    });
  });

  it("judges every Datanet of a version by its own quality set and its own lanes", async () => {
    const deployment = await deployDisputes(ethers, wait);
    const { harmCharges, indexes, treasury, token } = deployment;
    const town = await createEconomy(deployment, { seed: 5, models: 1, epochs: 0, parts: 4, datanets: 2 }, wait);
    const index: BuiltIndex = await town.buildIndex(1n, { perExample: PER_EXAMPLE });
    await town.attest(index);
    await wait(DAY);
    await indexes.activate(1);
    const [first, second] = index.parts;
    const lanes = lanesOf(first!.tree.top.sum);
    expect(lanes.positiveQuality).equal(10n * lanes.examples);
    await expect(harmCharges.chargeHarm(...chargeOf(index, WORST))).to.changeTokenBalance(
      ethers,
      token,
      treasury,
      BOND,
    );
    // Folds of the other Datanet are no evidence about this one.
    const [versionId, row, features] = chargeOf(index, HARMFUL);
    const foreign = chargeOf(index, first!.rows.length)[3];
    expect(foreign).to.have.length(second!.folds.length);
    await expect(harmCharges.chargeHarm(versionId, row, features, foreign)).to.be.revertedWithCustomError(
      harmCharges,
      "DisputeInvalidEvidence",
    );
  });
});
