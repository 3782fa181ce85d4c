import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { signedIndexType } from "@openledger/protocol/eip712/indexAttestation.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { SIZE } from "../training/freeTraining.ts";
import type { IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import { SigningKey, Wallet } from "ethers";
import { possessionOf } from "../staking/possession.ts";
import { bytesOf, featuresOf, indexEvidence, type BuiltIndex } from "./builtIndex.ts";
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
  const [index] = town.versions as [BuiltIndex];
  const attestation = {
    versionId: 1n,
    partsHash: index.hash,
    size: index.rows.length,
    k: 32,
    certificateBps: 9_000,
    bundleHash: keccakText("bundle"),
  };
  return { ...deployment, town, third, index, attestation, provider };
}
const load = () => networkHelpers.loadFixture(published);
type Loaded = Awaited<ReturnType<typeof published>>;

async function attest(
  loaded: Loaded,
  change: Partial<Loaded["attestation"]> = {},
  parts: readonly IndexPart[] = loaded.index.stated,
) {
  const attestation = { ...loaded.attestation, ...change };
  const digest = await loaded.indexes.attestationDigest(attestation, await loaded.stakes.latestSnapshot());
  return loaded.indexes.attest(attestation, [...parts], await signByAll(loaded, digest));
}

/** Attests an index of these parts, as an honest one of them would be. */
const attestParts = (loaded: Loaded, parts: readonly IndexPart[], change: Partial<Loaded["attestation"]> = {}) =>
  attest(loaded, { partsHash: partsHash(parts), ...change }, parts);

/** Also of parts in an order that the protocol refuses. */
const partsHash = (parts: readonly IndexPart[]) =>
  asHash(
    ethers.keccak256(
      ethers.AbiCoder.defaultAbiCoder().encode(
        ["(uint256 datanetId, bytes32 root, uint32 size, bytes32 qualityHash, bytes32 harmfulRoot)[]"],
        [parts],
      ),
    ),
  );

/** Calls as the contract that may cancel. */
async function asJudge({ indexes, disputes }: Loaded) {
  const judge = await disputes.getAddress();
  await networkHelpers.impersonateAccount(judge);
  await networkHelpers.setBalance(judge, 10n ** 18n);
  return indexes.connect(await ethers.getSigner(judge));
}

describe("IndexRegistry", () => {
  describe("attestation", () => {
    it("records what a quorum signed, and until when it can be disputed", async () => {
      const loaded = await load();
      const { indexes, attestation, stakes } = loaded;
      await expect(attest(loaded)).to.emit(indexes, "IndexAttested");
      const index = await indexes.indexOf(1);
      expect(index.partsHash).equal(attestation.partsHash);
      expect(index.partCount).equal(1n);
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
      expect(await indexes.attestationDigest(attestation, 7)).equal(
        digestOf(domain, signedIndexType, { ...attestation, snapshotId: 7n }),
      );
    });

    it("needs the signatures of a quorum over exactly this index", async () => {
      const loaded = await load();
      const { indexes, attestation, stakes, index } = loaded;
      const digest = await indexes.attestationDigest(attestation, await stakes.latestSnapshot());
      const proof = await signByAll(loaded, digest);
      await expect(indexes.attest({ ...attestation, k: 64 }, [...index.stated], proof)).to.be.revert(ethers);
      const two = await signByAll(loaded, digest, 2);
      await expect(indexes.attest(attestation, [...index.stated], two)).to.be.revert(ethers);
      await indexes.attest(attestation, [...index.stated], proof);
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
      const { indexes, timelock } = loaded;
      await attest(loaded);
      await expect(attest(loaded, { certificateBps: 1 }))
        .to.be.revertedWithCustomError(indexes, "IndexAlreadyAttested")
        .withArgs(1);
      await expect(indexes.connect(timelock).cancel(1, true))
        .to.be.revertedWithCustomError(indexes, "IndexUnauthorized")
        .withArgs(timelock);
      await (await asJudge(loaded)).cancel(1, false);
      await expect(indexes.indexOf(1)).to.be.revertedWithCustomError(indexes, "IndexUnknown");
      await attest(loaded, { certificateBps: 1 });
    });

    it("never takes content again that was proven wrong; takes it that only went unanswered", async () => {
      const loaded = await load();
      const { indexes, attestation, index } = loaded;
      const judge = await asJudge(loaded);
      await attest(loaded);
      await expect(judge.cancel(1, false)).to.emit(indexes, "IndexCancelled").withArgs(1, index.hash, false);
      await attest(loaded);
      await expect(judge.cancel(1, true)).to.emit(indexes, "IndexCancelled").withArgs(1, index.hash, true);
      const content = ethers.keccak256(
        ethers.AbiCoder.defaultAbiCoder().encode(
          ["uint256", "bytes32", "uint32", "uint16", "uint16", "bytes32"],
          Object.values(attestation),
        ),
      );
      await expect(attest(loaded)).to.be.revertedWithCustomError(indexes, "IndexBarred").withArgs(1, content);
      expect(await indexes.isBarred(content)).equal(true);
      // Other content may be right.
      await attest(loaded, { bundleHash: keccakText("other bundle") });
    });

    it("dies with its snapshot: what was signed once is slashed once", async () => {
      const loaded = await load();
      const { indexes, stakes, disputes, operators, challenger, stranger, attestation, town } = loaded;
      const wrong = await town.buildIndex(1n, { quality: (rows) => void (rows[0] = { ...rows[0]!, quality: 5n }) });
      const content = { ...attestation, partsHash: wrong.hash };
      const signed = async () => {
        const snapshotId = await stakes.latestSnapshot();
        return signByAll(loaded, await indexes.attestationDigest(content, snapshotId));
      };
      const stale = await signed();
      await indexes.attest(content, [...wrong.stated], stale);
      const [row, features] = [indexEvidence(wrong, 0), featuresOf(wrong, 0)];
      await disputes.connect(challenger).disputeQuality(1, row, features, bytesOf(wrong.parts[0]!.quality));
      const left = await Promise.all(operators.map(async ({ account }) => (await stakes.poolOf(0, account)).assets));
      await wait(DAY + 1n);
      for (const { account } of operators) await stakes.connect(account).unjail(0);
      await stakes.connect(stranger).snapshotQuorum();
      // Neither the old signatures nor new ones bring it back.
      for (const proof of [stale, await signed()]) {
        await expect(indexes.connect(stranger).attest(content, [...wrong.stated], proof)).to.be.revertedWithCustomError(
          indexes,
          "IndexBarred",
        );
      }
      const other = { ...content, bundleHash: keccakText("other") };
      await expect(indexes.connect(stranger).attest(other, [...wrong.stated], stale)).to.be.revert(ethers);
      for (const [i, { account }] of operators.entries()) {
        expect((await stakes.poolOf(0, account)).assets).equal(left[i]);
      }
    });

    it("is not signed by keys that were rotated away, nor under a snapshot that is not the latest", async () => {
      const loaded = await load();
      const { indexes, stakes, operators, attestation, index } = loaded;
      const old = await stakes.latestSnapshot();
      const next = old + 1n;
      const ofOld = await signByAll(loaded, await indexes.attestationDigest(attestation, old));
      // The old keys name the snapshot to come.
      const early = await signByAll(loaded, await indexes.attestationDigest(attestation, next));
      for (const [i, { account }] of operators.entries()) {
        const key = new Wallet(new SigningKey(keccakText(`new ${i}`)));
        const agreed = await possessionOf(stakes, key, account.address, 0);
        await stakes.connect(account).rotateSigner(0, key.address, ...agreed);
      }
      await wait(DAY);
      await stakes.snapshotQuorum();
      expect(await stakes.latestSnapshot()).equal(next);
      for (const proof of [ofOld, early]) {
        await expect(indexes.attest(attestation, [...index.stated], proof))
          .to.be.revertedWithCustomError(stakes, "QuorumUnknownSnapshot")
          .withArgs(old);
      }
    });

    describe("has one part for each snapshot of the version, in their order", () => {
      const twoDatanets = async () => {
        const deployment = await deployDisputes(ethers, wait);
        const town = await createEconomy(deployment, { seed: 2, models: 1, epochs: 0, datanets: 2 }, wait);
        const [index] = town.versions as [BuiltIndex];
        const { hash, rows } = index;
        const rest = { size: rows.length, k: 32, certificateBps: 9_000, bundleHash: keccakText("bundle") };
        const attestation = { versionId: 1n, partsHash: hash, ...rest };
        return { ...deployment, town, third: index, index, attestation };
      };
      const loadTwo = () => networkHelpers.loadFixture(twoDatanets);

      it("and takes such an index", async () => {
        const loaded = await loadTwo();
        await expect(attest(loaded)).to.emit(loaded.indexes, "IndexAttested");
        expect((await loaded.indexes.indexOf(1)).partCount).equal(2n);
      });

      it("and refuses others than were signed", async () => {
        const loaded = await loadTwo();
        const [first, second] = loaded.index.stated as [IndexPart, IndexPart];
        await expect(attest(loaded, {}, [first, { ...second, root: first.root }])).to.be.revertedWithCustomError(
          loaded.indexes,
          "IndexPartsMismatch",
        );
      });

      it("and refuses one too few, one too many, another order and another Datanet", async () => {
        const loaded = await loadTwo();
        const { indexes } = loaded;
        const [first, second] = loaded.index.stated as [IndexPart, IndexPart];
        await expect(attestParts(loaded, [first], { size: first.size }))
          .to.be.revertedWithCustomError(indexes, "IndexWrongPartCount")
          .withArgs(1, 2);
        const third = { ...second, datanetId: 3n };
        await expect(attestParts(loaded, [first, second, third]))
          .to.be.revertedWithCustomError(indexes, "IndexWrongPartCount")
          .withArgs(3, 2);
        await expect(attestParts(loaded, [second, first]))
          .to.be.revertedWithCustomError(indexes, "IndexWrongDatanet")
          .withArgs(0, 2, 1);
        await expect(attestParts(loaded, [first, third]))
          .to.be.revertedWithCustomError(indexes, "IndexWrongDatanet")
          .withArgs(1, 3, 2);
        await expect(attestParts(loaded, [first, first]))
          .to.be.revertedWithCustomError(indexes, "IndexWrongDatanet")
          .withArgs(1, 1, 2);
      });

      it("and refuses sizes that do not add up", async () => {
        const loaded = await loadTwo();
        const { indexes, index } = loaded;
        const [first, second] = index.stated as [IndexPart, IndexPart];
        await expect(attestParts(loaded, [first, { ...second, size: second.size + 1 }]))
          .to.be.revertedWithCustomError(indexes, "IndexWrongSize")
          .withArgs(index.rows.length + 1, index.rows.length);
      });
    });

    it("fixes whether pools are split by examples at the floor of its time", async () => {
      const loaded = await load();
      const { indexes, timelock } = loaded;
      await attest(loaded, { certificateBps: Number(CERTIFICATE_FLOOR) - 1 });
      await afterNotice(indexes.connect(timelock), "setCertificateFloor", 0);
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

  it("names the versions that were activated since a time, the first ones first", async () => {
    const loaded = await load();
    const { indexes, town, third } = loaded;
    await attest(loaded);
    await town.attest(third);
    await wait(CHALLENGE_WINDOW);
    const times: bigint[] = [];
    for (const versionId of [1, 3]) {
      await indexes.activate(versionId);
      times.push(BigInt(await networkHelpers.time.latest()));
      await wait(10n);
    }
    const [first, second] = times as [bigint, bigint];
    const since = async (time: bigint, most = 9) => [...(await indexes.activatedSince(1, time, most))];
    expect(await since(0n)).deep.equal([1n, 3n]);
    expect(await since(first)).deep.equal([1n, 3n]);
    expect(await since(0n, 1)).deep.equal([1n]);
    expect(await since(0n, 0)).deep.equal([]);
    expect(await since(first + 1n)).deep.equal([3n]);
    expect(await since(second)).deep.equal([3n]);
    expect(await since(second + 1n)).deep.equal([]);
    expect([...(await indexes.activatedSince(2, 0, 9))]).deep.equal([]);
  });

  it("lets the owner change window and floor within bounds, announced before, and never the judge", async () => {
    const { indexes, timelock, stranger } = await load();
    const owned = indexes.connect(timelock);
    await expect(owned.setChallengeWindow(7_200)).to.be.revertedWithCustomError(indexes, "ExitDelayNotAnnounced");
    await expect(owned.setCertificateFloor(1)).to.be.revertedWithCustomError(indexes, "ExitDelayNotAnnounced");
    await expect(afterNotice(owned, "setChallengeWindow", 7_200))
      .to.emit(indexes, "ChallengeWindowSet")
      .withArgs(7_200);
    for (const duration of [3_599n, 7n * DAY + 1n]) {
      await expect(afterNotice(owned, "setChallengeWindow", duration)).to.be.revertedWithCustomError(
        indexes,
        "IndexOutOfBounds",
      );
    }
    await expect(afterNotice(owned, "setCertificateFloor", 10_001)).to.be.revertedWithCustomError(
      indexes,
      "IndexOutOfBounds",
    );
    await expect(owned.setDisputes(stranger)).to.be.revertedWithCustomError(indexes, "IndexDisputesAlreadySet");
    const other = indexes.connect(stranger);
    for (const call of [
      () => other.setChallengeWindow(7_200),
      () => other.setCertificateFloor(1),
      () => other.setDisputes(stranger),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(indexes, "OwnableUnauthorizedAccount");
    }
    const fresh = await ethers.deployContract("IndexRegistry", [stranger, stranger, stranger, timelock, 3_600, 0]);
    await expect(fresh.connect(timelock).setDisputes(ethers.ZeroAddress)).to.be.revertedWithCustomError(
      fresh,
      "IndexInvalidAddress",
    );
  });
});

/** Announces a change, waits until everybody could leave, and makes it. */
async function afterNotice(
  owned: Loaded["indexes"],
  setter: "setChallengeWindow" | "setCertificateFloor",
  value: bigint | number,
) {
  await owned.announce(owned.interface.encodeFunctionData(setter as "setChallengeWindow", [value]));
  await wait(await owned.EXIT_DELAY());
  return owned[setter](value);
}
