import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { DAY, DEMAND_BOND, deployDisputes, OPERATORS, REVEAL_WINDOW, SLASH_BPS, STAKE } from "./deployDisputes.ts";
import { settleTwoOfThree } from "./disputes.ts";
import {
  accountEvidence,
  bytesOf,
  createEconomy,
  entryEvidence,
  epochEvidence,
  featuresOf,
  indexEvidence,
  scoreEvidence,
  settlementEvidence,
  type BuiltRoot,
} from "./economy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
const MAX_HOLD = 7n * DAY;

/** A finalised root over epochs 1 and 2; epoch 3 is closed and not settled. */
async function settledOnce() {
  const { deployment, ...settled } = await settleTwoOfThree(ethers, wait, { seed: 3 });
  return { ...deployment, ...settled };
}

/** An honest root is pending. */
async function pending() {
  const settled = await settledOnce();
  const built = await settled.town.settle(settled.first, settled.lastEpoch);
  await settled.town.post(built);
  return { ...settled, built };
}
const load = () => networkHelpers.loadFixture(pending);

/** An honest index is pending. */
async function indexed() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0 }, wait);
  const index = town.versions[0]!;
  await town.attest(index);
  return { ...deployment, town, index };
}
const loadIndexed = () => networkHelpers.loadFixture(indexed);

const ids = async ({ demands }: Awaited<ReturnType<typeof deployDisputes>>): Promise<string> => {
  const [event] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
  return event!.args.demandId;
};

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
      const moved = { ...indexEvidence(index, 1), proof: { ...index.tree.proof(1), index: 0 } };
      await expect(
        demands.connect(stranger).answerIndexRow(1, moved, featuresOf(index, 1)),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    });

    it("pays the bond to whoever shows the quality functional", async () => {
      const { demands, challenger, stranger, token, index } = await loadIndexed();
      await demands.connect(challenger).demandQuality(1);
      await expect(demands.connect(stranger).answerQuality(1, bytesOf(index.quality))).to.changeTokenBalance(
        ethers,
        token,
        stranger,
        DEMAND_BOND,
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
      const id = await ids(loaded);
      await wait(REVEAL_WINDOW + 1n);
      const taken = (STAKE * SLASH_BPS) / 10_000n;
      const reward = (BigInt(OPERATORS) * taken * 3_000n) / 10_000n;
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
      const first = await ids(loaded);
      await demands.connect(stranger).demandIndexRow(1, 1);
      const second = await ids(loaded);
      await wait(REVEAL_WINDOW + 1n);
      await demands.defaultDemand(first);
      await expect(demands.defaultDemand(second)).to.be.revertedWithCustomError(demands, "DemandNotPending");
      await expect(demands.reclaimBond(second)).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
    });

    it("does not carry demands over to an index that is attested again", async () => {
      const loaded = await loadIndexed();
      const { demands, indexes, stakes, operators, challenger, token, town, index } = loaded;
      await demands.connect(challenger).demandIndexRow(1, 0);
      const first = await ids(loaded);
      await demands.connect(challenger).demandIndexRow(1, 1);
      const second = await ids(loaded);
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

  describe("about a pending root", () => {
    it("is answered with the functional of a pool", async () => {
      const { demands, challenger, stranger, token, built } = await load();
      const { settlement, functional } = built.settlements[0]!;
      await demands.connect(challenger).demandFunctional(built.root, settlement.modelId, settlement.epoch);
      await expect(
        demands.connect(stranger).answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional)),
      ).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
    });

    it("is answered with every score, row and features of a pool", async () => {
      const { demands, challenger, stranger, token, built } = await load();
      const settled = built.settlements[0]!;
      const { modelId, epoch } = settled.settlement;
      for (const i of settled.rows.keys()) {
        await demands.connect(challenger).demandScore(built.root, modelId, epoch, i);
        const answered = demands
          .connect(stranger)
          .answerScore(
            built.root,
            settlementEvidence(built, 0),
            scoreEvidence(settled, i),
            indexEvidence(settled.index, i),
            featuresOf(settled.index, i),
          );
        await expect(answered).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
      }
    });

    it("is answered with the entry of whoever earned something in the root", async () => {
      const { demands, challenger, stranger, token, contributions, built } = await load();
      let answers = 0;
      for (const [s, { settlement, rows }] of built.settlements.entries()) {
        for (const { contributionId, weight } of rows) {
          const evidence = epochEvidence(built, s, contributionId);
          const demanded = demands.connect(challenger).demandEntry(built.root, contributionId, evidence);
          if (weight === 0n) {
            await expect(demanded).to.be.revertedWithCustomError(demands, "DemandUnjustified");
            continue;
          }
          await demanded;
          const payee = await contributions.payeeOf(contributionId, settlement.epoch);
          const [a, i] = placeOf(built, payee, { modelId: settlement.modelId, contributionId });
          const answered = demands.connect(stranger).answerEntry(built.root, entryEvidence(built, a, i));
          await expect(answered).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
          answers++;
        }
      }
      expect(answers).greaterThan(0);
    });

    it("cancels a root that leaves an earner out", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { demands, distributor, challenger, contributions, town, first, lastEpoch } = loaded;
      const honest = await town.settle(first, lastEpoch);
      const [settled] = honest.settlements;
      const { contributionId } = settled!.rows.find(({ weight }) => weight > 0n)!;
      const payee = await contributions.payeeOf(contributionId, settled!.settlement.epoch);
      const built = await town.settle(first, lastEpoch, {
        entries: (accounts) => {
          for (const [account, entries] of accounts) {
            if (ethers.getAddress(account) !== payee) continue;
            const kept = entries.filter((entry) => entry.contributionId !== contributionId);
            if (kept.length > 0) accounts.set(account, kept);
            else accounts.delete(account);
          }
        },
      });
      await town.post(built);
      await demands
        .connect(challenger)
        .demandEntry(built.root, contributionId, epochEvidence(built, 0, contributionId));
      const id = await ids(loaded);
      await wait(REVEAL_WINDOW + 1n);
      await expect(demands.defaultDemand(id)).to.emit(distributor, "RootCancelled");
    });

    it("is answered with every entry that the last root had", async () => {
      const { demands, challenger, stranger, token, first, built } = await load();
      for (const [a, { account, entries }] of first.accounts.entries()) {
        for (const [i, entry] of entries.entries()) {
          await demands.connect(challenger).demandCarriedEntry(built.root, entryEvidence(first, a, i));
          const [b, j] = placeOf(built, account, entry);
          const answered = demands.connect(stranger).answerEntry(built.root, entryEvidence(built, b, j));
          await expect(answered).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
        }
      }
    });

    it("is answered with the predecessor of every entry that carries something over", async () => {
      const { demands, challenger, stranger, token, first, built } = await load();
      let answers = 0;
      for (const [a, { account, entries }] of built.accounts.entries()) {
        for (const [i, entry] of entries.entries()) {
          const demanded = demands.connect(challenger).demandPredecessor(built.root, entryEvidence(built, a, i));
          if (entry.cumulative === entry.earned) {
            await expect(demanded).to.be.revertedWithCustomError(demands, "DemandUnjustified");
            continue;
          }
          await demanded;
          const [b, j] = placeOf(first, account, entry);
          const answered = demands.connect(stranger).answerPredecessor(built.root, entryEvidence(first, b, j));
          await expect(answered).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
          answers++;
        }
      }
      expect(answers).greaterThan(0);
    });

    it("cancels a root that carries over what nobody had", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { demands, disputes, distributor, challenger, town, first, lastEpoch } = loaded;
      const invented: Entry = { modelId: 1n, contributionId: 9_999n, cumulative: 10n ** 18n, earned: 0n };
      const built = await town.settle(first, lastEpoch, {
        entries: (accounts) => void [...accounts.values()][0]!.push(invented),
      });
      const a = built.accounts.findIndex(({ entries }) => entries.includes(invented));
      await town.post(built);
      const shown = entryEvidence(built, a, built.accounts[a]!.entries.indexOf(invented));
      await demands.connect(challenger).demandPredecessor(built.root, shown);
      const id = await ids(loaded);
      const other = entryEvidence(first, 0, 0);
      await expect(demands.answerPredecessor(built.root, other)).to.be.revertedWithCustomError(
        demands,
        "DemandUnknown",
      );
      await wait(REVEAL_WINDOW + 1n);
      await expect(demands.defaultDemand(id))
        .to.emit(distributor, "RootCancelled")
        .and.to.emit(disputes, "RootDisputed");
    });

    it("is answered with the entries of an account by position, or with the last one for a position beyond", async () => {
      const { demands, challenger, stranger, token, built } = await load();
      const { entries } = built.accounts[0]!;
      for (let i = 0; i < entries.length + 2; i++) {
        await demands.connect(challenger).demandEntryAt(built.root, accountEvidence(built, 0), i);
        const shown = entryEvidence(built, 0, Math.min(i, entries.length - 1));
        const answered = demands.connect(stranger).answerEntryAt(built.root, shown, i);
        await expect(answered).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
      }
      if (entries.length < 2) return;
      await demands.connect(challenger).demandEntryAt(built.root, accountEvidence(built, 0), 1);
      await expect(demands.connect(stranger).answerEntryAt(built.root, entryEvidence(built, 0, 0), 1)).to.be.revert(
        ethers,
      );
    });

    it("is answered with the nodes of the payouts tree, down to the accounts", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { demands, disputes, challenger, stranger, token, town, first, lastEpoch } = loaded;
      const built = await town.settle(first, lastEpoch, { payouts: addAccounts(70) });
      await town.post(built);
      const { nodes, path } = heapOf(built);
      let leaves = 0;
      for (const heap of nodes.keys()) {
        if (nodes[heap] === undefined) continue;
        const depth = Math.floor(Math.log2(heap));
        await demands.connect(challenger).demandPayoutsNode(built.root, nodes[heap], path(heap));
        const { frontier, at } = frontierOf(nodes, heap);
        const leaf = built.payouts.payout(at < 0 ? 0 : 2 * built.payouts.size - 1 - (heap * frontier.length + at));
        if (frontier.length === 1) leaves++;
        await expect(
          demands.connect(stranger).answerPayoutsNode(built.root, depth, frontier, Math.max(at, 0), leaf),
        ).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
      }
      expect(leaves).equal(built.payouts.size);
      await expect(
        demands.connect(challenger).demandPayoutsNode(built.root, ethers.ZeroHash, path(2)),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    });

    it("is not answered with fewer nodes than there are, nor with others", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { demands, disputes, challenger, stranger, town, first, lastEpoch } = loaded;
      const built = await town.settle(first, lastEpoch, { payouts: addAccounts(70) });
      await town.post(built);
      const { nodes } = heapOf(built);
      await demands.connect(challenger).demandPayoutsNode(built.root, nodes[1]!, []);
      const leaf = built.payouts.payout(0);
      const answer = (given: string[], at = 0) =>
        demands.connect(stranger).answerPayoutsNode(built.root, 0, given, at, leaf);
      for (const levels of [0, 1, 2, 3, 4]) {
        const some = nodes.slice(2 ** levels, 2 ** (levels + 1)) as string[];
        await expect(answer(some)).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      }
      const all = nodes.slice(32, 64) as string[];
      await expect(answer(all.slice(0, 31))).to.be.revertedWithCustomError(demands, "PayoutsSubtreeInvalidWidth");
      await expect(answer(all.with(3, all[4]!))).to.be.revertedWithCustomError(demands, "DemandUnknown");
      await expect(answer(nodes.slice(64, 128) as string[])).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
      await expect(answer(all)).to.emit(demands, "Answered");
    });

    it("finds an account that nobody was shown, in as many rounds as five levels go into the tree", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { demands, distributor, challenger, stranger, town, first, lastEpoch } = loaded;
      const thief = asAddress(`0x${"77".repeat(20)}`);
      const honest = await town.settle(first, lastEpoch, { payouts: addAccounts(70) });
      const known = new Set(heapOf(honest).nodes);
      const built = await town.settle(first, lastEpoch, {
        payouts: (payouts) => {
          addAccounts(70)(payouts);
          payouts.push({ account: thief, cumulative: 10n ** 24n, entriesRoot: keccakText("nothing") });
        },
      });
      await town.post(built);

      // The operators answer; the challenger follows, node by node, whatever is not in the honest tree.
      const { nodes, path } = heapOf(built);
      let unknown = [1];
      for (let round = 0; round < 3; round++) {
        const next: number[] = [];
        for (const heap of unknown) {
          await demands.connect(challenger).demandPayoutsNode(built.root, nodes[heap]!, path(heap));
          const { frontier, at } = frontierOf(nodes, heap);
          const leaf = built.payouts.payout(at < 0 ? 0 : 2 * built.payouts.size - 1 - (heap * frontier.length + at));
          const depth = Math.floor(Math.log2(heap));
          await demands.connect(stranger).answerPayoutsNode(built.root, depth, frontier, Math.max(at, 0), leaf);
          if (frontier.length > 1) {
            next.push(...frontier.map((_, i) => heap * frontier.length + i).filter((h) => !known.has(nodes[h])));
          }
        }
        if (next.length === 0) break;
        unknown = next;
      }
      const place = built.payouts.indexOf(thief)!;
      expect(unknown).include(2 * built.payouts.size - 1 - place);
      // Its entries cannot be shown.
      await demands.connect(challenger).demandEntryAt(built.root, accountEvidence(built, place), 0);
      const id = await ids(loaded);
      await wait(REVEAL_WINDOW + 1n);
      await expect(demands.defaultDemand(id)).to.emit(distributor, "RootCancelled");
    });

    it("owes nothing about pools that are not there or epochs that are not the root's", async () => {
      const { demands, challenger, built } = await load();
      const { modelId, epoch } = built.settlements[0]!.settlement;
      for (const [model, at, i] of [
        [99n, epoch, 0],
        [modelId, 1n, 0],
        [modelId, epoch + 1n, 0],
        [modelId, epoch, 4_000],
      ] as const) {
        await expect(demands.connect(challenger).demandScore(built.root, model, at, i)).to.be.revertedWithCustomError(
          demands,
          "DemandUnjustified",
        );
        if (i > 0) continue;
        await expect(demands.connect(challenger).demandFunctional(built.root, model, at)).to.be.revertedWithCustomError(
          demands,
          "DemandUnjustified",
        );
      }
    });

    it("knows only the pending root", async () => {
      const { demands, challenger, first, built } = await load();
      const { modelId, epoch } = first.settlements[0]!.settlement;
      await expect(
        demands.connect(challenger).demandFunctional(first.root, modelId, epoch),
      ).to.be.revertedWithCustomError(demands, "DemandRootNotPending");
      await expect(
        demands
          .connect(challenger)
          .demandFunctional({ ...built.root, bundleHash: ethers.ZeroHash }, 1, built.root.lastEpoch),
      ).to.be.revert(ethers);
    });
  });

  describe("timing", () => {
    it("takes no answer after the reveal window and no default within it", async () => {
      const loaded = await load();
      const { demands, challenger, built } = loaded;
      const { settlement, functional } = built.settlements[0]!;
      await demands.connect(challenger).demandFunctional(built.root, settlement.modelId, settlement.epoch);
      const id = await ids(loaded);
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
      await expect(distributor.finalise(built.root)).to.be.revertedWithCustomError(distributor, "DistributorRootHeld");
      await demands.answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional));
      await wait(REVEAL_WINDOW - 60n);
      await expect(distributor.finalise(built.root)).to.be.revertedWithCustomError(distributor, "DistributorRootHeld");
      await wait(60n);
      await expect(distributor.finalise(built.root)).to.emit(distributor, "RootFinalised");
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
      await expect(distributor.finalise(built.root)).to.emit(distributor, "RootFinalised");
    });
  });

  describe("bonds", () => {
    it("grow with the number of open demands", async () => {
      const { demands, challenger, token, built, distributor } = await load();
      const { rootHash, postedAt } = await distributor.pendingRoot();
      const subject = await demands.rootSubject(rootHash, postedAt);
      const entries = accountEvidence(built, 0);
      for (let i = 0; i < 33; i++) {
        const bond = DEMAND_BOND * BigInt(1 + Math.floor(i / 16));
        expect(await demands.bondOf(subject)).equal(bond);
        await expect(demands.connect(challenger).demandEntryAt(built.root, entries, i)).to.changeTokenBalance(
          ethers,
          token,
          challenger,
          -bond,
        );
      }
    });

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
      const first = await ids(loaded);
      await wait(60n);
      await demands.connect(challenger).demandScore(built.root, modelId, epoch, 0);
      const second = await ids(loaded);
      await expect(demands.reclaimBond(second)).to.be.revertedWithCustomError(demands, "DemandStillPending");
      await wait(REVEAL_WINDOW - 30n);
      await demands.defaultDemand(first);
      await expect(demands.reclaimBond(second)).to.changeTokenBalance(ethers, token, challenger, DEMAND_BOND);
      await expect(demands.reclaimBond(second)).to.be.revertedWithCustomError(demands, "DemandUnknown");
      expect(await token.balanceOf(demands)).equal(0n);
    });
  });

  describe("policy", () => {
    it("is set by the owner within bounds", async () => {
      const { demands, disputes, timelock, stranger } = await load();
      const policy = { revealWindow: 7_200n, bond: 5n };
      await expect(demands.connect(timelock).setPolicy(policy)).to.emit(demands, "PolicySet");
      expect(await demands.policy()).deep.equal([7_200n, 5n]);
      for (const bad of [
        { revealWindow: 60n, bond: 5n },
        { revealWindow: 2n * DAY, bond: 5n },
        { revealWindow: 7_200n, bond: 0n },
      ]) {
        await expect(demands.connect(timelock).setPolicy(bad)).to.be.revertedWithCustomError(
          demands,
          "DemandOutOfBounds",
        );
      }
      await expect(demands.connect(stranger).setPolicy(policy)).to.be.revertedWithCustomError(
        demands,
        "OwnableUnauthorizedAccount",
      );
      await expect(disputes.connect(timelock).setSlash(999)).to.be.revertedWithCustomError(
        disputes,
        "DisputeOutOfBounds",
      );
      await expect(disputes.connect(timelock).setSlash(10_001)).to.be.revertedWithCustomError(
        disputes,
        "DisputeOutOfBounds",
      );
      await expect(disputes.connect(timelock).setSlash(10_000)).to.emit(disputes, "SlashSet").withArgs(10_000);
    });

    it("lets nobody but the demands cancel without a proof", async () => {
      const { disputes, timelock } = await load();
      await expect(disputes.connect(timelock).cancelRoot(timelock)).to.be.revertedWithCustomError(
        disputes,
        "DisputeUnauthorized",
      );
      await expect(disputes.connect(timelock).cancelIndex(1, timelock)).to.be.revertedWithCustomError(
        disputes,
        "DisputeUnauthorized",
      );
    });
  });
});

function placeOf(
  built: BuiltRoot,
  account: string,
  { modelId, contributionId }: Pick<Entry, "modelId" | "contributionId">,
): [number, number] {
  const a = built.accounts.findIndex((other) => ethers.getAddress(other.account) === ethers.getAddress(account));
  const i = built.accounts[a]!.entries.findIndex(
    (entry) => entry.modelId === modelId && entry.contributionId === contributionId,
  );
  return [a, i];
}

/** Adds accounts that have nothing to do with the economy behind those that have. */
const addAccounts = (count: number) => (payouts: { account: Address; cumulative: bigint; entriesRoot: Hash }[]) => {
  for (let i = 0; i < count; i++) {
    payouts.push({
      account: asAddress(keccakText(`account ${i}`).slice(0, 42)),
      cumulative: 1n,
      entriesRoot: keccakText(`${i}`),
    });
  }
};

/** All nodes of the payouts tree by heap number (the root is 1), and the path above each. */
function heapOf({ payouts }: BuiltRoot) {
  const { size } = payouts;
  const nodes: (string | undefined)[] = Array.from({ length: 2 * size }, () => undefined);
  for (let i = 0; i < size; i++) nodes[2 * size - 1 - i] = payoutHash(payouts.payout(i));
  for (let heap = size - 1; heap > 0; heap--) {
    const [a, b] = [nodes[2 * heap]!, nodes[2 * heap + 1]!];
    nodes[heap] = ethers.keccak256(ethers.concat(BigInt(a) < BigInt(b) ? [a, b] : [b, a]));
  }
  const path = (heap: number): string[] => (heap === 1 ? [] : [nodes[heap ^ 1]!, ...path(heap >> 1)]);
  return { nodes, path };
}

/** What answers a demand for a node: five levels below it, or as many as there are above the first leaf, which is at `at`. */
function frontierOf(nodes: readonly (string | undefined)[], heap: number): { frontier: string[]; at: number } {
  for (let width = 1; ; width *= 2) {
    const frontier = nodes.slice(heap * width, (heap + 1) * width) as string[];
    const at = frontier.findIndex((_, i) => 2 * (heap * width + i) >= nodes.length);
    if (at >= 0 || width === 32) return { frontier, at };
  }
}

function payoutHash({
  account,
  cumulative,
  entriesRoot,
}: {
  account: string;
  cumulative: bigint;
  entriesRoot: string;
}) {
  const coder = ethers.AbiCoder.defaultAbiCoder();
  return ethers.keccak256(
    ethers.keccak256(coder.encode(["address", "uint256", "bytes32"], [account, cumulative, entriesRoot])),
  );
}
