import { expect } from "chai";
import { network } from "hardhat";
import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { DAY } from "./deployDisputes.ts";
import { createPending } from "./createPending.ts";
import { bytesOf, featuresOf, indexEvidence, indexLeafAt, indexPreimage, restated } from "./builtIndex.ts";
import { type BuiltRoot } from "./builtRoot.ts";
import { entryEvidence, epochsEvidence, scoreEvidence, settlementEvidence } from "./evidence.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { wait, pending, published, indexed } = createPending({ ethers, networkHelpers });

/** The first entry that earned something with a contribution that is not the first of its index. */
function earningEntry(built: BuiltRoot): [number, number] {
  for (const [a, { entries }] of built.accounts.entries()) {
    const i = entries.findIndex(({ earned, contributionId }) => earned > 0n && contributionId > 1n);
    if (i >= 0) return [a, i];
  }
  throw new Error("Nobody earned anything.");
}

describe("Evidence of an index that does not belong to the question", () => {
  describe("about an index", () => {
    const load = indexed;

    it("cannot be asked for once the index is final, and the bond of an open demand comes back then", async () => {
      const { demands, disputes, indexes, challenger, index } = await load();
      await demands.connect(challenger).demandIndexRow(1, 0);
      const [event] = await demands.queryFilter(demands.filters.Demanded());
      await wait(8n * DAY);
      expect(await indexes.isFinal(1)).to.equal(true);
      await expect(demands.defaultDemand(event!.args.demandId)).to.be.revertedWithCustomError(
        demands,
        "DemandNotPending",
      );
      await expect(demands.reclaimBond(event!.args.demandId)).to.emit(demands, "BondReclaimed");
      await expect(demands.connect(challenger).demandIndexRow(1, 1)).to.be.revertedWithCustomError(
        demands,
        "DemandIndexNotPending",
      );
      await expect(
        disputes.connect(challenger).disputeIndexRow(1, indexEvidence(index, 0)),
      ).to.be.revertedWithCustomError(disputes, "DisputeIndexNotPending");
      const judge = await disputes.getAddress();
      await networkHelpers.impersonateAccount(judge);
      await networkHelpers.setBalance(judge, 10n ** 18n);
      await expect(indexes.connect(await ethers.getSigner(judge)).cancel(1, true)).to.be.revertedWithCustomError(
        indexes,
        "IndexAlreadyFinal",
      );
    });

    it("is not attested while nothing can cancel it", async () => {
      const { clock, stakes, models, timelock } = await load();
      const lonely = await ethers.deployContract("IndexRegistry", [clock, stakes, models, timelock, DAY, 5_000]);
      const attestation = {
        versionId: 1n,
        partsHash: ZERO_HASH,
        size: 1,
        k: 32,
        certificateBps: 0,
        bundleHash: ZERO_HASH,
      };
      await expect(lonely.attest(attestation, [], "0x")).to.be.revertedWithCustomError(lonely, "IndexInvalidAddress");
    });

    it("is wrong if its quality functional is shorter than its features", async () => {
      const { disputes, indexes, challenger, town } = await networkHelpers.loadFixture(published);
      const honest = town.versions[0]!;
      const quality = honest.parts[0]!.quality.slice(0, 31);
      const short = restated(honest, { qualityHash: hashInt16(quality) });
      await town.attest(short);
      await expect(
        disputes.connect(challenger).disputeQuality(1, indexEvidence(short, 0), featuresOf(short, 0), bytesOf(quality)),
      ).to.emit(indexes, "IndexCancelled");
    });

    it("does not leave out what its neighbours do not enclose", async () => {
      const { disputes, challenger, index } = await load();
      const [first, second] = [indexLeafAt(index, 0), indexLeafAt(index, 1)];
      const [firstId, secondId] = [index.rows[0]!.contributionId, index.rows[1]!.contributionId];
      for (const [id, neighbours] of [
        [firstId, []],
        [firstId, [first]],
        [firstId, [first, second]],
        [secondId, [first, second]],
        [secondId + 1n, [first, second]],
        [secondId, [first]],
        [firstId, [second]],
        [firstId, [first, second, second]],
      ] as const) {
        await expect(
          disputes.connect(challenger).disputeOmission(1, id, [...index.stated], 0, [...neighbours]),
        ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      }
    });

    it("has its parts as they were attested, and no row of a tree of another size", async () => {
      const { disputes, challenger, index } = await load();
      const row = indexEvidence(index, 0);
      const dispute = disputes.connect(challenger);
      const other = [{ ...index.stated[0]!, size: index.rows.length + 1 }];
      for (const evidence of [
        { ...row, parts: other },
        { ...row, part: 1 },
        { ...row, parts: [...index.stated, ...index.stated] },
      ]) {
        await expect(dispute.disputeIndexRow(1, evidence)).to.be.revertedWithCustomError(
          disputes,
          "DisputeInvalidEvidence",
        );
      }
      await expect(
        dispute.disputeIndexTree(1, other, 0, index.parts[0]!.tree.descent(0), indexPreimage(index, 0)),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    });
  });

  it("a neighbour that is not in the index hides no row of it", async () => {
    const { disputes, challenger, index } = await indexed();
    const [first, second] = [indexLeafAt(index, 0), indexLeafAt(index, 1)];
    const { rows, features } = index.parts[0]!;
    const beyond = { rows: rows.map((row) => ({ ...row, contributionId: 999n })), features };
    const forged = { ...second, preimage: indexPreimage({ ...index, parts: [{ ...index.parts[0]!, ...beyond }] }, 1) };
    await expect(
      disputes.connect(challenger).disputeOmission(1, rows[1]!.contributionId, [...index.stated], 0, [first, forged]),
    ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
  });

  it("a score of another contribution says nothing about what an entry earned", async () => {
    const { disputes, challenger, deployment, built } = await pending();
    const [a, i] = earningEntry(built);
    const { account, entries } = built.accounts[a]!;
    const [evidence] = await epochsEvidence(deployment, built, account, entries[i]!);
    const s = built.settlements.findIndex(({ settlement }) => settlement === evidence!.settlement.settlement);
    const settled = built.settlements[s]!;
    const at = settled.rows.findIndex(({ contributionId }) => contributionId === entries[i]!.contributionId);
    const own = scoreEvidence(settled, at);
    for (const score of [scoreEvidence(settled, at - 1), { ...own, leaf: { ...own.leaf, contributionId: 999n } }]) {
      await expect(
        disputes
          .connect(challenger)
          .disputeEarned(built.root, entryEvidence(built, a, i), [{ settlement: settlementEvidence(built, s), score }]),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    }
  });
});
