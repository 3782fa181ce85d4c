import { expect } from "chai";
import { network } from "hardhat";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { DEMAND_BOND, REVEAL_WINDOW } from "./deployDisputes.ts";
import { createDemands, lastDemand } from "./createDemands.ts";
import { addAccounts } from "./payoutsNodes.ts";
import { bytesOf, featuresOf, indexEvidence } from "./builtIndex.ts";
import { findFirstDifference, type NodePlace, PAYOUTS_LEVELS } from "../../oracle/watch/accountSearch.ts";
import { readShown } from "../../oracle/watch/shown.ts";
import type { AttributionDemands } from "../../typechain-types/index.ts";
import { type BuiltRoot } from "./builtRoot.ts";
import { accountEvidence, entryEvidence, epochEvidence, scoreEvidence, settlementEvidence } from "./evidence.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { wait, settledOnce, load } = createDemands({ ethers, networkHelpers });

describe("AttributionDemands", () => {
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
      const id = await lastDemand(loaded);
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
      const id = await lastDemand(loaded);
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

    it("is answered with what lies below every node of the payouts tree", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { demands, challenger, stranger, token, town, first, lastEpoch } = loaded;
      const built = await town.settle(first, lastEpoch, { payouts: addAccounts(70) });
      await town.post(built);
      const { depth, size } = built.payouts;
      let asked = 0;
      for (let below = 0; below <= depth; below++) {
        for (let position = 0; position * 2 ** (depth - below) < size; position++) {
          await demands.connect(challenger).demandPayouts(built.root, below, position);
          const answered = answerPayouts(demands.connect(stranger), built, { depth: below, position });
          await expect(answered).to.changeTokenBalance(ethers, token, stranger, DEMAND_BOND);
          asked++;
        }
      }
      expect(asked).greaterThan(2 * size);
    });

    it("is not answered with fewer nodes than there are, nor with others", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { demands, disputes, challenger, stranger, town, first, lastEpoch } = loaded;
      const built = await town.settle(first, lastEpoch, { payouts: addAccounts(70) });
      await town.post(built);
      await demands.connect(challenger).demandPayouts(built.root, 0, 0);
      const { payouts, root } = built;
      const answer = (nodes: string[], siblings: string[] = []) =>
        demands.connect(stranger).answerPayoutsNodes(root, 0, nodes, siblings);
      const nodesAt = (level: number) =>
        Array.from({ length: 2 ** (payouts.depth - level) }, (_, i): string => payouts.node(level, i));
      for (let level = 0; level <= payouts.depth; level++) {
        if (level === payouts.depth - 5) continue;
        await expect(answer(nodesAt(level))).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      }
      const all = nodesAt(payouts.depth - 5);
      for (const nodes of [all.slice(0, 31), all.with(3, all[4]!)]) {
        await expect(answer(nodes)).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      }
      await expect(answer(all, [all[0]!])).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      await expect(answer(all)).to.emit(demands, "Answered");
    });

    it("finds an account that nobody was shown, in as many rounds as five levels go into the tree", async () => {
      const loaded = await networkHelpers.loadFixture(settledOnce);
      const { demands, distributor, challenger, stranger, town, first, lastEpoch } = loaded;
      const thief = asAddress(`0x${"77".repeat(20)}`);
      const honest = await town.settle(first, lastEpoch, { payouts: addAccounts(70) });
      const built = await town.settle(first, lastEpoch, {
        payouts: (payouts) => {
          addAccounts(70)(payouts);
          payouts.push({ account: thief, cumulative: 10n ** 24n, entriesRoot: keccakText("nothing") });
        },
      });
      await town.post(built);

      // The operators answer; the challenger follows the first node that is not in the honest tree.
      const calldata: string[] = [];
      for (;;) {
        const difference = findFirstDifference(built.root, honest.payouts, readShown(calldata));
        if (difference?.kind !== "hidden") break;
        const { depth, position } = difference.place;
        await demands.connect(challenger).demandPayouts(built.root, depth, position);
        calldata.push((await answerPayouts(demands.connect(stranger), built, difference.place)).data);
      }
      expect(calldata.length).equal(2);
      const place = built.payouts.indexOf(thief)!;
      expect(findFirstDifference(built.root, honest.payouts, readShown(calldata))).deep.include({
        kind: "leaf",
        leaf: accountEvidence(built, place),
      });
      // Its entries cannot be shown.
      await demands.connect(challenger).demandEntryAt(built.root, accountEvidence(built, place), 0);
      const id = await lastDemand(loaded);
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
});

/** What lies below a node of the payouts tree, as its operators show it. */
function answerPayouts(demands: AttributionDemands, { root, payouts }: BuiltRoot, { depth, position }: NodePlace) {
  const levels = payouts.depth - depth;
  const siblings = payouts.proof(position, levels);
  if (levels > PAYOUTS_LEVELS) {
    const width = 2 ** PAYOUTS_LEVELS;
    const nodes = Array.from({ length: width }, (_, i) => payouts.node(levels - PAYOUTS_LEVELS, position * width + i));
    return demands.answerPayoutsNodes(root, position, nodes, siblings);
  }
  const first = position * 2 ** levels;
  const shown = payouts.run(first, Math.min(2 ** levels, payouts.size - first)).payouts;
  return demands.answerPayouts(
    root,
    position,
    shown.map((leaf) => ({ ...leaf })),
    siblings,
  );
}

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
