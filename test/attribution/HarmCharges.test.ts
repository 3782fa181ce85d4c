import { expect } from "chai";
import { network } from "hardhat";
import { harmDown } from "@openledger/protocol/score/harm.ts";
import { lanesOf } from "@openledger/protocol/trees/indexTree.ts";
import { BOND } from "../datanet/deployRegistries.ts";
import { DAY, deployDisputes } from "./deployDisputes.ts";
import { createEconomy, indexEvidence } from "./economy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
const TOLERANCE_BPS = 1_000n;

/** Version 1 is attested and not yet final. The second half of its rows is mislabelled: its features point the other way. */
async function attested() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 5, models: 1, epochs: 0, parts: 4 }, wait);
  const honest = town.versions[0]!;
  const index = await town.buildIndex(honest.versionId, {
    quality: (rows) => {
      rows.forEach((row, i) => {
        // 1 wei of quality per example, then from far beyond the average harm down to within the tolerance.
        const quality = i < 6 ? 1_000n : [-4_000n, -900n, -500n, -120n, -99n, 0n][i - 6]!;
        rows[i] = { ...row, quality: quality * BigInt(row.examples) };
      });
    },
  });
  await town.attest(index);
  return { ...deployment, town, index };
}

async function active() {
  const loaded = await attested();
  await wait(DAY);
  await loaded.indexes.activate(1);
  return loaded;
}
async function town() {
  return deployDisputes(ethers, wait);
}
const load = () => networkHelpers.loadFixture(active);

describe("HarmCharges", () => {
  it("takes from the bond what the data cost the model, and adds it to the pool of the epoch", async () => {
    const { harmCharges, contributions, distributor, clock, token, stranger, index } = await load();
    const lanes = lanesOf(index.tree.top.sum);
    const epoch = await clock.current();
    let charged = 0n;
    for (const [i, row] of index.rows.entries()) {
      const { leaf, proof } = indexEvidence(index, i);
      const harm = harmDown({ quality: row.quality, examples: row.examples, bond: BOND }, lanes, TOLERANCE_BPS);
      expect(await harmCharges.harmOf(1, leaf, proof)).equal(harm);
      const charge = harmCharges.connect(stranger).chargeHarm(1, leaf, proof);
      if (harm === 0n) {
        await expect(charge).to.be.revertedWithCustomError(harmCharges, "HarmNotChargeable");
        continue;
      }
      await expect(charge)
        .to.emit(harmCharges, "HarmCharged")
        .withArgs(1, row.contributionId, 1, harm)
        .and.to.emit(distributor, "Funded")
        .withArgs(1, epoch, harm);
      await expect(charge).to.changeTokenBalances(
        ethers,
        token,
        [contributions, distributor, harmCharges],
        [-harm, harm, 0n],
      );
      expect((await contributions.contributionOf(row.contributionId)).bond).equal(BOND - harm);
      charged += harm;
    }
    expect(charged).greaterThan(BOND);
    expect(await distributor.poolOf(1, epoch)).equal(charged);
  });

  it("takes the whole bond of data that harms more than the average helps, and never more", async () => {
    const { harmCharges, contributions, index } = await load();
    const { leaf, proof } = indexEvidence(index, 6);
    await harmCharges.chargeHarm(1, leaf, proof);
    expect((await contributions.contributionOf(leaf.contributionId)).bond).equal(0n);
  });

  it("spares data that helps, does nothing, or harms within the tolerance", async () => {
    const { harmCharges, index } = await load();
    for (const i of [0, 10, 11]) {
      const { leaf, proof } = indexEvidence(index, i);
      await expect(harmCharges.chargeHarm(1, leaf, proof))
        .to.be.revertedWithCustomError(harmCharges, "HarmNotChargeable")
        .withArgs(1, leaf.contributionId, leaf.quality);
    }
  });

  it("leaves the bonds alone that another model judges, or none", async () => {
    const deployment = await networkHelpers.loadFixture(town);
    const { harmCharges, indexes } = deployment;
    const economy = await createEconomy(deployment, { seed: 5, models: 2, epochs: 0, parts: 4 }, wait);
    const index = await economy.buildIndex(2n, {
      quality: (rows) => {
        rows.forEach((row, i) => (rows[i] = { ...row, quality: (i < 6 ? 1_000n : -4_000n) * BigInt(row.examples) }));
      },
    });
    await economy.attest(index);
    await wait(DAY);
    await indexes.activate(2);
    const { leaf, proof } = indexEvidence(index, 6);
    expect(await harmCharges.harmOf(2, leaf, proof)).equal(0n);
    await expect(harmCharges.chargeHarm(2, leaf, proof))
      .to.be.revertedWithCustomError(harmCharges, "HarmNotChargeable")
      .withArgs(2, leaf.contributionId, leaf.quality);
  });

  it("charges a contribution once per version", async () => {
    const { harmCharges, index } = await load();
    const { leaf, proof } = indexEvidence(index, 8);
    await harmCharges.chargeHarm(1, leaf, proof);
    expect(await harmCharges.isCharged(1, leaf.contributionId)).equal(true);
    await expect(harmCharges.chargeHarm(1, leaf, proof))
      .to.be.revertedWithCustomError(harmCharges, "HarmAlreadyCharged")
      .withArgs(1, leaf.contributionId);
  });

  it("believes only leaves of the version's index", async () => {
    const { harmCharges, index } = await load();
    const { leaf, proof } = indexEvidence(index, 9);
    for (const forged of [
      { ...leaf, quality: leaf.quality * 10n },
      { ...leaf, examples: 1 },
      { ...leaf, contributionId: 1n },
    ]) {
      await expect(harmCharges.chargeHarm(1, forged, proof)).to.be.revertedWithCustomError(
        harmCharges,
        "HarmInvalidProof",
      );
    }
  });

  it("waits until the index is final and its version is active", async () => {
    const { harmCharges, indexes, index, clock } = await networkHelpers.loadFixture(attested);
    const { leaf, proof } = indexEvidence(index, 6);
    await expect(harmCharges.chargeHarm(1, leaf, proof))
      .to.be.revertedWithCustomError(harmCharges, "HarmIndexNotFinal")
      .withArgs(1);
    await wait(DAY);
    await expect(harmCharges.chargeHarm(1, leaf, proof))
      .to.be.revertedWithCustomError(harmCharges, "HarmNoActiveVersion")
      .withArgs(1, await clock.current());
    await indexes.activate(1);
    await expect(harmCharges.chargeHarm(1, leaf, proof)).to.emit(harmCharges, "HarmCharged");
  });

  it("lets the owner set the tolerance within bounds", async () => {
    const { harmCharges, timelock, stranger } = await load();
    await expect(harmCharges.connect(timelock).setTolerance(5_000))
      .to.emit(harmCharges, "ToleranceSet")
      .withArgs(5_000);
    for (const bps of [99, 10_001]) {
      await expect(harmCharges.connect(timelock).setTolerance(bps))
        .to.be.revertedWithCustomError(harmCharges, "HarmOutOfBounds")
        .withArgs(bps, 100, 10_000);
    }
    await expect(harmCharges.connect(stranger).setTolerance(5_000)).to.be.revertedWithCustomError(
      harmCharges,
      "OwnableUnauthorizedAccount",
    );
  });
});
