import { expect } from "chai";
import { network } from "hardhat";
import { bytesOf } from "./builtIndex.ts";
import { createDemands, lastDemand } from "./createDemands.ts";
import { CHALLENGE_WINDOW, DAY, DEMAND_BOND, REVEAL_WINDOW } from "./deployDisputes.ts";
import { accountEvidence, settlementEvidence } from "./evidence.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { wait, load, loadIndexed } = createDemands({ ethers, networkHelpers });
const MAX_HOLD = 7n * DAY;

describe("demands", () => {
  describe("the price", () => {
    const HOLD_AFTER = 2n * REVEAL_WINDOW;

    it("is the same for everybody, whatever others ask", async () => {
      const { demands, challenger, stranger, token, built } = await load();
      const entries = accountEvidence(built, 0);
      for (let i = 0; i < 160; i++) await demands.connect(stranger).demandEntryAt(built.root, entries, i);
      expect(await demands.priceOf(0)).deep.equal([DEMAND_BOND, 0n]);
      const { modelId, epoch } = built.settlements[0]!.settlement;
      await expect(demands.connect(challenger).demandFunctional(built.root, modelId, epoch)).to.changeTokenBalance(
        ethers,
        token,
        challenger,
        -DEMAND_BOND,
      );
    });

    it("is a bond while the challenge window outlasts the answer, and a quarter more for every reveal window of delay", async () => {
      const { demands, distributor, challenger, built } = await load();
      const entries = accountEvidence(built, 0);
      const ends = (await distributor.pendingRoot()).postedAt + CHALLENGE_WINDOW;
      await networkHelpers.time.increaseTo(ends - HOLD_AFTER - 10n);
      expect(await demands.priceOf(0)).deep.equal([DEMAND_BOND, 0n]);
      for (let rounds = 1n; rounds <= 4n; rounds++) {
        await networkHelpers.time.increaseTo(ends - HOLD_AFTER + (rounds - 1n) * REVEAL_WINDOW + 10n);
        expect(await demands.priceOf(0)).deep.equal([DEMAND_BOND, (rounds * DEMAND_BOND) / 4n]);
        await demands.connect(challenger).demandEntryAt(built.root, entries, Number(rounds));
      }
    });

    it("of an index follows from its own challenge window", async () => {
      const { demands, indexes, challenger, token } = await loadIndexed();
      const { challengeEnds } = await indexes.indexOf(1);
      await networkHelpers.time.increaseTo(challengeEnds - 60n);
      const fee = DEMAND_BOND / 2n;
      expect(await demands.priceOf(1)).deep.equal([DEMAND_BOND, fee]);
      await expect(demands.connect(challenger).demandIndexRow(1, 0)).to.changeTokenBalance(
        ethers,
        token,
        challenger,
        -DEMAND_BOND - fee,
      );
    });

    it("costs whoever asks and answers to stall a root more than fifty bonds for less than seven days", async () => {
      const { demands, distributor, challenger, treasury, token, built } = await load();
      const { settlement, functional } = built.settlements[0]!;
      const posted = (await distributor.pendingRoot()).postedAt;
      const before = await token.balanceOf(challenger);
      const earned = await token.balanceOf(treasury);
      const staller = demands.connect(challenger);
      await networkHelpers.time.increaseTo(posted + CHALLENGE_WINDOW - 60n);
      let pairs = 0;
      for (; pairs < 100; pairs++) {
        try {
          await staller.demandFunctional(built.root, settlement.modelId, settlement.epoch);
        } catch (error) {
          expect(String(error)).include("DemandTooLate");
          break;
        }
        await wait(REVEAL_WINDOW - 60n);
        await staller.answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional));
        await wait(REVEAL_WINDOW - 60n);
      }
      const stalled = BigInt(await networkHelpers.time.latest()) - posted - CHALLENGE_WINDOW;
      const cost = before - (await token.balanceOf(challenger));
      expect(pairs).equal(14);
      expect(stalled).lessThan(MAX_HOLD);
      expect(stalled).greaterThan((MAX_HOLD * 9n) / 10n);
      expect(cost).greaterThan(50n * DEMAND_BOND);
      expect((await token.balanceOf(treasury)) - earned).equal(cost);
    });

    it("makes 27 pairs that answer at once dearer than 14 that wait", async () => {
      const { demands, distributor, challenger, token, built } = await load();
      const { settlement, functional } = built.settlements[0]!;
      const staller = demands.connect(challenger);
      const ends = (await distributor.pendingRoot()).postedAt + CHALLENGE_WINDOW;
      await networkHelpers.time.increaseTo(ends - 60n);
      const before = await token.balanceOf(challenger);
      for (let pair = 0; pair < 27; pair++) {
        await staller.demandFunctional(built.root, settlement.modelId, settlement.epoch);
        await staller.answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional));
        if (pair < 26) await wait(REVEAL_WINDOW - 60n);
      }
      expect(before - (await token.balanceOf(challenger))).greaterThan(100n * DEMAND_BOND);
      const stalled = BigInt(await networkHelpers.time.latest()) + REVEAL_WINDOW - ends;
      expect(stalled).greaterThan((676n * DAY) / 100n - 3_600n);
    });
  });

  describe("a sock puppet of the operators that asks the decisive question first", () => {
    it("keeps nobody from asking the others, is defaulted by anybody, and gets back no more than 64 bonds of their slash", async () => {
      const loaded = await load();
      const { demands, distributor, stakes, challenger, stranger, treasury, token, operators, escrow, built } = loaded;
      const { modelId, epoch } = built.settlements[0]!.settlement;
      await demands.connect(stranger).demandFunctional(built.root, modelId, epoch);
      const puppets = await lastDemand(loaded);
      await demands.connect(challenger).demandScore(built.root, modelId, epoch, 0);
      const own = await lastDemand(loaded);
      await wait(REVEAL_WINDOW + 1n);
      const behind = async () => (await stakes.poolOf(0, operators[0]!.account)).assets;
      const staked = await behind();
      const [puppet, saved] = [await token.balanceOf(stranger), await token.balanceOf(treasury)];
      await expect(demands.connect(challenger).defaultDemand(puppets)).to.emit(distributor, "RootCancelled");
      const slashed = (staked - (await behind())) * BigInt(operators.length);
      const got = (await token.balanceOf(stranger)) - puppet - DEMAND_BOND;
      expect(got).lessThanOrEqual(64n * DEMAND_BOND);
      expect(got + (await token.balanceOf(treasury)) - saved + (await token.balanceOf(escrow))).equal(slashed);
      await expect(demands.reclaimBond(own)).to.changeTokenBalance(ethers, token, challenger, DEMAND_BOND);
      expect(await token.balanceOf(demands)).equal(0n);
    });
  });
});
