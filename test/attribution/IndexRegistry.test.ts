import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { indexAttestationType } from "@openledger/protocol/eip712/indexAttestation.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { SIZE } from "../training/freeTraining.ts";
import { CERTIFICATE_FLOOR, CHALLENGE_WINDOW, DAY, deployDisputes, signByAll } from "./deployDisputes.ts";
import { createEconomy } from "./economy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

/** Model 1 with versions 1 and 3, model 2 with version 2; none has an index. */
async function published() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 2, models: 2, epochs: 0 }, wait);
  const { models, provider, timelock, scheme } = deployment;
  const [weightsHash, recipeHash] = [keccakText("weights 3"), keccakText("recipe 3")];
  const artefacts = { weightsHash, recipeHash, schemeId: scheme, snapshotIds: [1], size: SIZE, uri: "" };
  expect(await models.ownerOf(1)).equal(timelock.address);
  await models.publishVersion(1, artefacts, 0n);
  const third = await town.buildIndex(3n);
  const attestation = {
    versionId: 1n,
    indexRoot: asHash(town.versions[0]!.tree.root),
    size: town.versions[0]!.rows.length,
    k: 32,
    qualityHash: hashInt16(town.versions[0]!.quality),
    certificateBps: 9_000,
    bundleHash: keccakText("bundle"),
  };
  return { ...deployment, town, third, attestation, provider };
}
const load = () => networkHelpers.loadFixture(published);
type Loaded = Awaited<ReturnType<typeof published>>;

async function attest(loaded: Loaded, change: Partial<Loaded["attestation"]> = {}) {
  const attestation = { ...loaded.attestation, ...change };
  const proof = await signByAll(loaded, await loaded.indexes.attestationDigest(attestation));
  return loaded.indexes.attest(attestation, proof);
}

describe("IndexRegistry", () => {
  describe("attestation", () => {
    it("records what a quorum signed, and until when it can be disputed", async () => {
      const loaded = await load();
      const { indexes, attestation, stakes } = loaded;
      await expect(attest(loaded)).to.emit(indexes, "IndexAttested");
      const index = await indexes.indexOf(1);
      expect(index.indexRoot).equal(attestation.indexRoot);
      expect(index.size).equal(BigInt(attestation.size));
      expect(index.snapshotId).equal(await stakes.latestSnapshot());
      expect(index.signers).equal(0b1111n);
      expect(index.challengeEnds).equal(BigInt(await networkHelpers.time.latest()) + CHALLENGE_WINDOW);
      expect(index.splitsByExamples).equal(false);
      expect(await indexes.isFinal(1)).equal(false);
    });

    it("is signed as the typed data that the operators compute", async () => {
      const { indexes, attestation } = await load();
      const { chainId } = await ethers.provider.getNetwork();
      const domain = signingDomain(chainId, asAddress(await indexes.getAddress()));
      expect(await indexes.attestationDigest(attestation)).equal(digestOf(domain, indexAttestationType, attestation));
    });

    it("needs the signatures of a quorum over exactly this index", async () => {
      const loaded = await load();
      const { indexes, attestation } = loaded;
      const proof = await signByAll(loaded, await indexes.attestationDigest(attestation));
      await expect(indexes.attest({ ...attestation, k: 64 }, proof)).to.be.revert(ethers);
      const two = await signByAll(loaded, await indexes.attestationDigest(attestation), 2);
      await expect(indexes.attest(attestation, two)).to.be.revert(ethers);
      await indexes.attest(attestation, proof);
    });

    it("needs a published version and values within bounds", async () => {
      const loaded = await load();
      const { indexes, models } = loaded;
      await expect(attest(loaded, { versionId: 99n })).to.be.revertedWithCustomError(models, "ModelUnknownVersion");
      for (const bad of [{ size: 0 }, { k: 0 }, { k: 33 }, { k: 1_056 }, { certificateBps: 10_001 }]) {
        await expect(attest(loaded, bad)).to.be.revertedWithCustomError(indexes, "IndexInvalidAttestation");
      }
    });

    it("happens once, unless it was cancelled", async () => {
      const loaded = await load();
      const { indexes, disputes, timelock } = loaded;
      await attest(loaded);
      await expect(attest(loaded, { certificateBps: 1 }))
        .to.be.revertedWithCustomError(indexes, "IndexAlreadyAttested")
        .withArgs(1);
      await expect(indexes.connect(timelock).cancel(1))
        .to.be.revertedWithCustomError(indexes, "IndexUnauthorized")
        .withArgs(timelock);
      await networkHelpers.impersonateAccount(await disputes.getAddress());
      await networkHelpers.setBalance(await disputes.getAddress(), 10n ** 18n);
      await indexes.connect(await ethers.getSigner(await disputes.getAddress())).cancel(1);
      await expect(indexes.indexOf(1)).to.be.revertedWithCustomError(indexes, "IndexUnknown");
      await attest(loaded, { certificateBps: 1 });
    });

    it("fixes whether pools are split by examples at the floor of its time", async () => {
      const loaded = await load();
      const { indexes, timelock } = loaded;
      await attest(loaded, { certificateBps: Number(CERTIFICATE_FLOOR) - 1 });
      await indexes.connect(timelock).setCertificateFloor(0);
      expect((await indexes.indexOf(1)).splitsByExamples).equal(true);
    });
  });

  describe("activation", () => {
    it("waits for the challenge window", async () => {
      const loaded = await load();
      const { indexes } = loaded;
      await expect(indexes.activate(1)).to.be.revertedWithCustomError(indexes, "IndexUnknown");
      await attest(loaded);
      await wait(CHALLENGE_WINDOW - 10n);
      await expect(indexes.activate(1)).to.be.revertedWithCustomError(indexes, "IndexNotFinal");
      await wait(10n);
      await indexes.activate(1);
      expect(await indexes.isFinal(1)).equal(true);
      await expect(indexes.activate(1)).to.be.revertedWithCustomError(indexes, "IndexAlreadyActivated");
    });

    it("takes effect at once for the first version of a model, from the next epoch for later ones", async () => {
      const loaded = await load();
      const { indexes, clock, town, third } = loaded;
      await attest(loaded);
      await town.attest(third);
      await wait(CHALLENGE_WINDOW);
      await indexes.activate(1);
      const epoch = await clock.current();
      expect(await indexes.activeVersionOf(1, epoch - 1n)).equal(0n);
      expect(await indexes.activeVersionOf(1, epoch)).equal(1n);
      await expect(indexes.activate(3))
        .to.emit(indexes, "VersionActivated")
        .withArgs(1, 3, epoch + 1n);
      expect(await indexes.activeVersionOf(1, epoch)).equal(1n);
      expect(await indexes.activeVersionOf(1, epoch + 1n)).equal(3n);
      expect(await indexes.activeVersionOf(1, 2n ** 64n - 1n)).equal(3n);
      await wait(5n * DAY);
      expect(await indexes.activeVersionOf(1, epoch)).equal(1n);
      expect(await indexes.activeVersionOf(2, epoch)).equal(0n);
    });

    it("never returns to an earlier version", async () => {
      const loaded = await load();
      const { indexes, town, third } = loaded;
      await attest(loaded);
      await town.attest(third);
      await wait(CHALLENGE_WINDOW);
      await indexes.activate(3);
      await expect(indexes.activate(1)).to.be.revertedWithCustomError(indexes, "IndexSuperseded").withArgs(1, 3);
    });
  });

  it("lets the owner set windows, floor and disputes within bounds", async () => {
    const { indexes, timelock, stranger } = await load();
    const owned = indexes.connect(timelock);
    await expect(owned.setChallengeWindow(7_200)).to.emit(indexes, "ChallengeWindowSet").withArgs(7_200);
    for (const duration of [3_599n, 7n * DAY + 1n]) {
      await expect(owned.setChallengeWindow(duration)).to.be.revertedWithCustomError(indexes, "IndexOutOfBounds");
    }
    await expect(owned.setCertificateFloor(10_001)).to.be.revertedWithCustomError(indexes, "IndexOutOfBounds");
    await expect(owned.setDisputes(ethers.ZeroAddress)).to.be.revertedWithCustomError(indexes, "IndexInvalidAddress");
    const other = indexes.connect(stranger);
    for (const call of [
      () => other.setChallengeWindow(7_200),
      () => other.setCertificateFloor(1),
      () => other.setDisputes(stranger),
      () => other.upgradeToAndCall(stranger, "0x"),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(indexes, "OwnableUnauthorizedAccount");
    }
  });
});
