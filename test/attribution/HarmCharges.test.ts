import { expect } from "chai";
import { network } from "hardhat";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { buildHarmfulTree } from "@openledger/protocol/trees/harmfulTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import { DisagreementError } from "../../oracle/common/errors.ts";
import { chargeableNow } from "../../oracle/jobs/chargeable.ts";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { putIndex } from "../../oracle/jobs/indexFiles.ts";
import { versionIndexOf } from "../watch/publishedEconomy.ts";
import { SIZE } from "../training/freeTraining.ts";
import { BOND, CAPS, TERMS } from "../datanet/deployRegistries.ts";
import { chargeOf, type BuiltIndex, type IndexCheat } from "./builtIndex.ts";
import { DAY, deployDisputes } from "./deployDisputes.ts";
import { createEconomy } from "./economy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

/** Rows that the version finds harmful; of the others one is of negative quality, which charges nobody. */
const HARMFUL = [6, 8, 9];
const PER_EXAMPLE = [10, 10, 10, 10, 10, 10, -40, -9, 8, 7, -6, 0];
const [WORST, BAD] = [6, 8];
const SPARED = [...PER_EXAMPLE.keys()].filter((i) => !HARMFUL.includes(i));
const EVERYTHING = { perExample: PER_EXAMPLE.map((quality) => -quality), harmful: [...PER_EXAMPLE.keys()] };

/** Model 1 judges Datanet 1, says whoever contributes to it; its version is attested and not yet final. */
async function attested(cheat: IndexCheat = {}) {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 5, models: 1, epochs: 0, parts: 4 }, wait);
  const index = await town.buildIndex(1n, { perExample: PER_EXAMPLE, harmful: HARMFUL, ...cheat });
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
  it("takes the whole bond of what the version finds harmful, for the treasury, and of nothing else", async () => {
    const { harmCharges, contributions, distributor, treasury, token, stranger, index } = await load();
    for (const i of SPARED) {
      await expect(harmCharges.chargeHarm(...chargeOf(index, i))).to.be.revertedWithCustomError(
        harmCharges,
        "DisputeInvalidEvidence",
      );
    }
    for (const i of HARMFUL) {
      const { contributionId } = index.rows[i]!;
      const charge = harmCharges.connect(stranger).chargeHarm(...chargeOf(index, i));
      await expect(charge).to.emit(harmCharges, "HarmCharged").withArgs(1, contributionId, BOND);
      await expect(charge).to.changeTokenBalances(
        ethers,
        token,
        [contributions, treasury, distributor, harmCharges, stranger],
        [-BOND, BOND, 0n, 0n, 0n],
      );
      expect((await contributions.contributionOf(contributionId)).bond).equal(0n);
    }
  });

  it("is what whoever reads the published index finds, until it was taken", async () => {
    const { harmCharges, contributions, index } = await load();
    const folder = mkdtempSync(join(tmpdir(), "openledger-charges-"));
    try {
      const content = createContentFiles(folder, []);
      const { cid: manifest } = await putIndex(content, versionIndexOf(index));
      const chain = { HarmCharges: harmCharges, ContributionRegistry: contributions };
      const published = { versionId: 1n, partsHash: index.hash, manifest };
      const charges = await chargeableNow(chain, content, published);
      expect(charges.map(({ contributionId, harm }) => [contributionId, harm])).to.deep.equal(
        HARMFUL.map((i) => [index.rows[i]!.contributionId, BOND]),
      );
      for (const { args } of charges) {
        await expect(harmCharges.chargeHarm(...args)).to.emit(harmCharges, "HarmCharged");
      }
      expect(await chargeableNow(chain, content, published)).to.deep.equal([]);
      const other = chargeableNow(chain, content, { ...published, partsHash: keccakText("another index") });
      expect(await other.catch((error: unknown) => error)).to.be.instanceOf(DisagreementError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("charges a contribution once, and no less because it was revoked", async () => {
    const { harmCharges, contributions, index } = await load();
    const { contributionId } = index.rows[BAD]!;
    const owner = await ethers.getSigner(await contributions.ownerOf(contributionId));
    await contributions.connect(owner).revoke(contributionId);
    await harmCharges.chargeHarm(...chargeOf(index, BAD));
    expect(await harmCharges.isCharged(contributionId)).equal(true);
    await expect(harmCharges.chargeHarm(...chargeOf(index, BAD)))
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

  it("believes only what was attested of the contribution's own Datanet", async () => {
    const { harmCharges, index } = await load();
    const [versionId, contributionId, parts, part, proof] = chargeOf(index, WORST);
    const forged = [{ ...parts[0]!, harmfulRoot: buildHarmfulTree([contributionId]).root }];
    const elsewhere = { ...proof, index: proof.index + 1 };
    for (const [its, at, shown] of [
      [forged, part, proof],
      [parts, 1, proof],
      [parts, part, elsewhere],
      [parts, part, { ...proof, size: 1, siblings: [] as SumNode[] }],
    ] as const) {
      await expect(
        harmCharges.chargeHarm(versionId, contributionId, [...its], at, shown),
      ).to.be.revertedWithCustomError(harmCharges, "DisputeInvalidEvidence");
    }
  });

  it("has nothing to take once the bond was withdrawn", async () => {
    const { harmCharges, contributions, index } = await load();
    const { contributionId } = index.rows[BAD]!;
    const owner = await ethers.getSigner(await contributions.ownerOf(contributionId));
    await contributions.connect(owner).revoke(contributionId);
    await wait((await contributions.bondCoolOff()) + 60n * DAY);
    await contributions.connect(owner).withdrawBond(contributionId);
    await expect(harmCharges.chargeHarm(...chargeOf(index, BAD)))
      .to.be.revertedWithCustomError(harmCharges, "HarmNoBond")
      .withArgs(contributionId);
  });

  describe("by a judge", () => {
    it("that no later version of the model replaces", async () => {
      const loaded = await load();
      const { harmCharges } = loaded;
      const later = await activateVersion(loaded, 1n, EVERYTHING);
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
      const place = PER_EXAMPLE.length;
      const later = await activateVersion(loaded, 1n, { perExample: [...PER_EXAMPLE, -40], harmful: [place] });
      expect(await harmCharges.judgeOf(late)).equal(later.versionId);
      await expect(harmCharges.chargeHarm(...chargeOf(later, place)))
        .to.emit(harmCharges, "HarmCharged")
        .withArgs(later.versionId, late, BOND);
    });

    it("that the contributor agreed to: a model of somebody else never charges, whoever it is trained on", async () => {
      const loaded = await load();
      const { harmCharges, contributions, models, stranger: thief, token, index } = loaded;
      await models.connect(thief).mint({ parents: [], provider: thief, price: 0, base: false }, "");
      const held = await token.balanceOf(contributions);
      const theirs = await activateVersion({ ...loaded, models: models.connect(thief) }, 2n, EVERYTHING);
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
      const perExample = [...PER_EXAMPLE, -40, -40];
      const later = await activateVersion(loaded, 1n, { perExample, harmful: [...perExample.keys()] });
      for (const [n, id] of ids.entries()) {
        expect(await harmCharges.judgeOf(id)).equal(0n);
        await expect(harmCharges.chargeHarm(...chargeOf(later, PER_EXAMPLE.length + n)))
          .to.be.revertedWithCustomError(harmCharges, "HarmNotJudge")
          .withArgs(id, later.versionId, 0);
      }
    });
  });

  it("judges a contribution by what its own Datanet finds, and by no other of the version", async () => {
    const deployment = await deployDisputes(ethers, wait);
    const { harmCharges, indexes, treasury, token } = deployment;
    const town = await createEconomy(deployment, { seed: 5, models: 1, epochs: 0, parts: 4, datanets: 2 }, wait);
    const ids = (await town.buildIndex(1n, {})).rows.map(({ contributionId }) => contributionId);
    const tree = buildHarmfulTree(ids);
    const index: BuiltIndex = await town.buildIndex(1n, {
      perExample: PER_EXAMPLE,
      harmful: HARMFUL,
      // The second Datanet finds the first one's contributions harmful.
      parts: (stated) => (stated[1] = { ...stated[1]!, harmfulRoot: tree.root }),
    });
    await town.attest(index);
    await wait(DAY);
    await indexes.activate(1);
    const { size, siblings } = tree.proof(0);
    await expect(harmCharges.chargeHarm(1, ids[0]!, [...index.stated], 1, { size, index: 0, siblings }))
      .to.be.revertedWithCustomError(harmCharges, "HarmWrongDatanet")
      .withArgs(index.parts[1]!.datanetId, index.parts[0]!.datanetId);
    await expect(harmCharges.chargeHarm(...chargeOf(index, WORST))).to.changeTokenBalance(
      ethers,
      token,
      treasury,
      BOND,
    );
  });
});
