import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, asHash, ZERO_HASH, type Hash } from "@openledger/protocol/hex.ts";
import { memberOf } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import { scoreLeaf } from "@openledger/protocol/trees/scoresTree.ts";
import { OPERATORS, SLASH_BPS, STAKE } from "./deployDisputes.ts";
import { createPending, type Settled } from "./createPending.ts";
import { bytesOf, featuresOf, indexEvidence } from "./builtIndex.ts";
import { type BuiltRoot } from "./builtRoot.ts";
import {
  accountEvidence,
  entryEvidence,
  epochEvidence,
  epochsEvidence,
  scoreEvidence,
  entryPreimage,
  settlementEvidence,
} from "./evidence.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { settledOnce, pending, firstPending } = createPending({ ethers, networkHelpers });

/** The first account with at least `count` entries. */
function accountWith(built: BuiltRoot, count: number): number {
  const found = built.accounts.findIndex(({ entries }) => entries.length >= count);
  if (found < 0) throw new Error(`No account of this economy has ${count} entries.`);
  return found;
}

/** The first entry that carries something over from the root before. */
function carriedEntry(built: BuiltRoot): [number, number] {
  for (const [a, { entries }] of built.accounts.entries()) {
    const i = entries.findIndex(({ cumulative, earned }) => cumulative > earned);
    if (i >= 0) return [a, i];
  }
  throw new Error("Nothing is carried over.");
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("This economy has no such thing.");
  return value;
}

/** A quorum without one operator. */
async function signWithout({ stakes, operators, distributor }: Settled, absent: string, { root }: BuiltRoot) {
  const snapshotId = await stakes.latestSnapshot();
  const { members, denominator } = await stakes.quorumOf(snapshotId);
  const digest = asHash(await distributor.scoreRootDigest(root, snapshotId));
  const signing = operators.filter(({ key }) => key.address !== absent);
  const signatures = new Map(
    signing.map(({ key }) => [asAddress(key.address), key.signingKey.sign(digest).serialized] as const),
  );
  return packQuorumProof({ snapshotId, members: members.map(memberOf), denominator }, signatures);
}

describe("Evidence that does not belong to the question", () => {
  describe("in answers and demands", () => {
    it("an entry to the right of the position asked for is no answer", async () => {
      const { demands, disputes, challenger, built } = await pending();
      const a = accountWith(built, 2);
      await demands.connect(challenger).demandEntryAt(built.root, accountEvidence(built, a), 0);
      await expect(demands.answerEntryAt(built.root, entryEvidence(built, a, 1), 0)).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
    });

    it("an entry that carries nothing over has no predecessor to show", async () => {
      const { demands, challenger, built } = await firstPending();
      await expect(
        demands.connect(challenger).demandPredecessor(built.root, entryEvidence(built, 0, 0)),
      ).to.be.revertedWithCustomError(demands, "DemandUnjustified");
    });

    it("the first root has no predecessors, whatever it claims to carry over", async () => {
      const { demands, disputes, distributor, challenger, built } = await firstPending({
        entries: (accounts) => {
          for (const entries of accounts.values()) entries[0] = { ...entries[0]!, earned: entries[0]!.earned - 1n };
        },
      });
      const entry = entryEvidence(built, 0, 0);
      await expect(demands.connect(challenger).demandPredecessor(built.root, entry)).to.be.revertedWithCustomError(
        demands,
        "DemandUnjustified",
      );
      await expect(disputes.connect(challenger).disputeCarried(built.root, entry, entry)).to.emit(
        distributor,
        "RootCancelled",
      );
    });

    it("accounts of the payouts tree are too few, too many, others, or not at the place asked for", async () => {
      const { demands, disputes, challenger, built } = await pending();
      const { root, payouts } = built;
      const { depth, size } = payouts;
      const demand = (levels: number, position: number) =>
        demands.connect(challenger).demandPayouts(root, levels, position);
      for (const [levels, position] of [
        [depth + 1, 0],
        [0, 1],
        [depth, size],
        [depth, 2 ** depth],
      ] as const) {
        await expect(demand(levels, position)).to.be.revertedWithCustomError(demands, "DemandUnjustified");
      }
      await demand(0, 0);
      await demand(depth, 1);
      const all = Array.from({ length: size }, (_, i) => ({ ...payouts.payout(i) }));
      const answer = (position: number, shown: typeof all, siblings: Hash[]) =>
        demands.answerPayouts(root, position, shown, siblings);
      for (const [position, shown, siblings] of [
        [0, all.slice(1), []],
        [0, [], []],
        [0, [...all, all[0]!], []],
        [0, [...all.slice(0, -1), all[0]!], []],
        [1, all.slice(0, 1), payouts.proof(0)],
        [1, all.slice(1, 2), payouts.proof(0)],
      ] as const) {
        await expect(answer(position, [...shown], [...siblings])).to.be.revertedWithCustomError(
          disputes,
          "DisputeInvalidEvidence",
        );
      }
      // Nodes are for those that stand higher above the leaves.
      const leaves = Array.from({ length: 2 ** depth }, (_, i) => payouts.node(0, i));
      await expect(demands.answerPayoutsNodes(root, 0, leaves, [])).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
      await answer(0, all, []);
      await answer(1, all.slice(1, 2), payouts.proof(1));
    });

    it("a demand that nobody made cannot default", async () => {
      const { demands } = await pending();
      await expect(demands.defaultDemand(ZERO_HASH)).to.be.revertedWithCustomError(demands, "DemandUnknown");
    });
  });

  describe("about a root", () => {
    it("the predecessor of an entry is of the same account, model and contribution", async () => {
      const { disputes, challenger, built, first } = await pending();
      const all = first.accounts.flatMap(({ account, entries }, a) =>
        entries.map((entry, i) => ({ account, entry, evidence: entryEvidence(first, a, i) })),
      );
      const [a, i] = carriedEntry(built);
      const { account, entries } = built.accounts[a]!;
      const entry = entries[i]!;
      const of = (who: boolean, model: boolean, contribution: boolean) =>
        found(
          all.find(
            (other) =>
              (other.account === account) === who &&
              (other.entry.modelId === entry.modelId) === model &&
              (other.entry.contributionId === entry.contributionId) === contribution,
          ),
        ).evidence;
      for (const before of [of(false, true, false), of(true, false, true), of(true, true, false)]) {
        await expect(
          disputes.connect(challenger).disputeCarried(built.root, entryEvidence(built, a, i), before),
        ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      }
    });

    it("what an entry earned is shown epoch by epoch, and for its model alone", async () => {
      const { disputes, challenger, deployment, built } = await firstPending();
      for (const [a, { account, entries }] of built.accounts.entries()) {
        for (const [i, entry] of entries.entries()) {
          const epochs = await epochsEvidence(deployment, built, account, entry);
          if (epochs.length < 2) continue;
          const other = built.settlements.findIndex(
            ({ settlement }) =>
              settlement.modelId !== entry.modelId && settlement.epoch === epochs[0]!.settlement.settlement.epoch,
          );
          const foreign = epochEvidence(built, other, entry.contributionId);
          for (const evidence of [
            [...epochs].reverse(),
            [foreign, ...epochs.slice(1)],
            epochs.slice(1),
            [...epochs, foreign],
          ]) {
            await expect(
              disputes.connect(challenger).disputeEarned(built.root, entryEvidence(built, a, i), evidence),
            ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
          }
          return;
        }
      }
      throw new Error("Nobody earned in two epochs.");
    });

    it("a score and an index row are at the same position", async () => {
      const { disputes, challenger, built } = await pending();
      const settled = built.settlements[0]!;
      await expect(
        disputes
          .connect(challenger)
          .disputeWeight(
            built.root,
            settlementEvidence(built, 0),
            scoreEvidence(settled, 0),
            indexEvidence(settled.index, 1),
          ),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    });

    it("leaves compared in order stand in this order", async () => {
      const { disputes, challenger, built } = await pending();
      const a = accountWith(built, 3);
      const { entries, tree } = built.accounts[a]!;
      const leaf = (i: number) => ({ preimage: entryPreimage(entries[i]!), proof: tree.proof(i) });
      for (const second of [0, 1]) {
        await expect(
          disputes
            .connect(challenger)
            .disputeEntriesOrder(built.root, accountEvidence(built, a), leaf(1), leaf(second)),
        ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      }
    });

    it("an entry is owed for the contribution of the score that is shown", async () => {
      const { demands, disputes, challenger, built } = await pending();
      const evidence = { settlement: settlementEvidence(built, 0), score: scoreEvidence(built.settlements[0]!, 0) };
      for (const id of [0n, evidence.score.leaf.contributionId + 1n, 999n]) {
        await expect(demands.connect(challenger).demandEntry(built.root, id, evidence)).to.be.revertedWithCustomError(
          disputes,
          "DisputeInvalidEvidence",
        );
      }
    });

    it("receipts can make a functional whatever they make it, so nothing but their absence decides about it", async () => {
      const { disputes, challenger, built } = await pending({
        settlements: (all) => (all[0] = { ...all[0]!, receiptCount: 1 }),
      });
      const { stated, parts } = built.settlements[0]!.index;
      const functionals = parts.map(({ quality }) => bytesOf(quality));
      const dispute = disputes.connect(challenger).disputeDirection;
      await expect(
        dispute(built.root, settlementEvidence(built, 0), [...stated], functionals),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    });

    it("a direction is that of all Datanets, each by its own functional", async () => {
      const { disputes, challenger, built } = await pending({
        settlements: (all) => (all[0] = { ...all[0]!, receiptCount: 0 }),
      });
      const { stated, parts } = built.settlements[0]!.index;
      const own = bytesOf(parts[0]!.quality);
      const dispute = disputes.connect(challenger).disputeDirection;
      for (const functionals of [[], [own, own], [`0x${"00".repeat(64)}`]]) {
        await expect(
          dispute(built.root, settlementEvidence(built, 0), [...stated], functionals),
        ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      }
      const other = [{ ...stated[0]!, qualityHash: asHash(ethers.id("other")) }];
      await expect(dispute(built.root, settlementEvidence(built, 0), other, [own])).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
    });

    it("a pool without weights owes nobody an entry", async () => {
      let rows: { contributionId: bigint; score: bigint; weight: bigint }[] = [];
      const { demands, challenger, built } = await pending({
        rows: (settledRows) => (rows = settledRows),
        scoresForgeries: () =>
          rows.map((row, index) => ({ level: 0, index, node: scoreLeaf(index, { ...row, weight: 0n }) })),
      });
      const settled = built.settlements[0]!;
      const leaf = { ...scoreEvidence(settled, 0).leaf, weight: 0n };
      const score = { leaf, proof: settled.tree.proof(0) };
      await expect(
        demands
          .connect(challenger)
          .demandEntry(built.root, leaf.contributionId, { settlement: settlementEvidence(built, 0), score }),
      ).to.be.revertedWithCustomError(demands, "DemandUnjustified");
    });
  });

  describe("but proves", () => {
    it("that a model without a version is settled", async () => {
      const { disputes, distributor, challenger, built } = await pending({
        settlements: (settlements) => {
          settlements.push({ ...settlements[0]!, modelId: 99n, pool: 0n, totalWeight: 0n });
        },
      });
      const last = built.settlements.length;
      const honest = found(built.settlements[0]).settlement;
      const evidence = {
        settlement: { ...honest, modelId: 99n, pool: 0n, totalWeight: 0n },
        proof: built.models.proof(last),
      };
      await expect(disputes.connect(challenger).disputeSettlement(built.root, evidence)).to.emit(
        distributor,
        "RootCancelled",
      );
    });

    it("that a pool split by examples pays a contribution that does not exist", async () => {
      let rows: { contributionId: bigint; score: bigint; weight: bigint }[] = [];
      const nobody = { contributionId: 999n };
      const { disputes, distributor, challenger, built } = await pending({
        rows: (settledRows) => (rows = settledRows),
        fallback: () => true,
        scoresForgeries: () => [{ level: 0, index: 0, node: scoreLeaf(0, { ...rows[0]!, ...nobody }) }],
      });
      const settled = built.settlements[0]!;
      const honest = scoreEvidence(settled, 0);
      const paid = { ...honest, leaf: { ...honest.leaf, ...nobody } };
      const witness = scoreEvidence(settled, 1);
      await expect(
        disputes.connect(challenger).disputeFallback(built.root, settlementEvidence(built, 0), paid, witness),
      ).to.emit(distributor, "RootCancelled");
    });

    it("that a leaf has the length of no leaf", async () => {
      const preimage = "0x1122334455";
      const hash = asHash(ethers.keccak256(ethers.concat(["0x00", preimage])));
      const { disputes, distributor, challenger, built } = await pending({
        scoresForgeries: ([leaf]) => [{ level: 0, index: 0, node: { ...leaf!, hash } }],
      });
      await expect(
        disputes
          .connect(challenger)
          .disputeScoresTree(built.root, settlementEvidence(built, 0), built.settlements[0]!.tree.descent(0), preimage),
      ).to.emit(distributor, "RootCancelled");
    });

    it("a wrong score, once its functional is shown, and slashes only who signed", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { disputes, distributor, stakes, operators, challenger, town, first, lastEpoch } = loaded;
      const built = await town.settle(first, lastEpoch, {
        rows: (rows, settlement) => settlement === 0 && (rows[0] = { ...rows[0]!, score: rows[0]!.score + 1n }),
      });
      // Not the last of the members: those after it must be reached all the same.
      const { members } = await stakes.quorumOf(await stakes.latestSnapshot());
      const at = operators.findIndex(({ key }) => BigInt(key.address) === members[0]! >> 96n);
      const silent = operators[at]!;
      await distributor.post(built.root, await signWithout(loaded, silent.key.address, built));
      const settled = built.settlements[0]!;
      const functional = bytesOf(settled.functional);
      const proof = [
        built.root,
        settlementEvidence(built, 0),
        scoreEvidence(settled, 0),
        indexEvidence(settled.index, 0),
        featuresOf(settled.index, 0),
      ] as const;
      await expect(disputes.connect(challenger).disputeScore(...proof, "0x")).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
      await expect(disputes.connect(challenger).disputeScore(...proof, functional)).to.emit(
        distributor,
        "RootCancelled",
      );
      const assets = await Promise.all(operators.map(async ({ account }) => (await stakes.poolOf(0, account)).assets));
      const slashed = STAKE - (STAKE * SLASH_BPS) / 10_000n;
      expect(assets).to.deep.equal(Array.from({ length: OPERATORS }, (_, i) => (i === at ? STAKE : slashed)));
    });
  });
});
