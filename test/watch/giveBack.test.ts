import assert from "node:assert/strict";
import { expect } from "chai";
import { network } from "hardhat";
import { claimHeldStake, heldStakeOf } from "../../oracle/actions/heldStake.ts";
import { encodeCall } from "../../oracle/actions/call.ts";
import { runStage } from "../../oracle/jobs/stage.ts";
import { scanStage } from "../../oracle/jobs/stages/scan.ts";
import { askAgain } from "../../oracle/watch/askAgain.ts";
import { calldataOf } from "../../oracle/watch/calls.ts";
import { giveBackPlan, giveBackStage } from "../../oracle/watch/giveBack.ts";
import { bytesOf } from "../attribution/builtIndex.ts";
import { createPending } from "../attribution/createPending.ts";
import { DAY, REVEAL_WINDOW, SLASH_BPS, STAKE } from "../attribution/deployDisputes.ts";
import { settlementEvidence } from "../attribution/evidence.ts";
import { Role } from "../rewards/deployRewards.ts";
import { closeAll, openWatchtower } from "./openWatchtower.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { settledOnce, wait } = createPending({ ethers, networkHelpers });
const HELD = (((STAKE * SLASH_BPS) / 10_000n) * 9n) / 10n;

describe("operators that answered too late", () => {
  afterEach(closeAll);

  it("give back what is held by themselves, once, and its owners claim it", async () => {
    const d = await networkHelpers.loadFixture(settledOnce);
    const { town, demands, distributor, stakes, challenger, stranger, operators, first, lastEpoch, token, alice } = d;
    const { account: operator } = operators[0]!;
    await token.connect(alice).approve(stakes, ethers.MaxUint256);
    await stakes.connect(alice).stake(Role.Oracle, operator, STAKE, 0, 1_000);
    const shares = await stakes.sharesOf(Role.Oracle, operator, alice);
    await stakes.connect(alice).requestUnbond(Role.Oracle, operator, shares / 2n);
    const built = await town.settle(first, lastEpoch);
    const { modelId, epoch } = built.settlements[0]!.settlement;
    await town.post(built);
    await demands.connect(challenger).demandFunctional(built.root, modelId, epoch);
    await wait(REVEAL_WINDOW + 1n);
    const [silent] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
    const { demandId } = silent!.args;
    await demands.defaultDemand(demandId);

    const { context } = await openWatchtower(d, ethers, { peers: [] });
    await networkHelpers.setBalance(context.key!.wallet.address, 10n ** 18n);
    const due = async () => {
      await scanStage(context).run("chain");
      return giveBackPlan(context);
    };
    const giveBack = async () =>
      runStage(context.results, giveBackStage(context), demandId, await context.results.fork());
    const heldOf = async (account: string) =>
      (await heldStakeOf(context.contracts, account, 0)).map(({ ticketId, assets, state }) => [
        ticketId,
        assets,
        state,
      ]);
    await assert.rejects(askAgain(context.contracts, ethers.ZeroHash, 0), /there was no such demand/u);
    expect(await due()).to.deep.equal([]);
    expect(await heldOf(operator.address)).to.deep.equal([[undefined, HELD, "held"]]);
    expect(await heldOf(stranger.address)).to.deep.equal([]);

    await wait(DAY + 1n);
    for (const { account } of operators) await stakes.connect(account).unjail(Role.Oracle);
    await stakes.snapshotQuorum();
    await town.post(built);
    const { call } = await askAgain(context.contracts, demandId, 0);
    await challenger.sendTransaction({ to: await demands.getAddress(), data: calldataOf(call) });
    await demands
      .connect(stranger)
      .answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(built.settlements[0]!.functional));
    expect(await due()).to.deep.equal([]);
    await wait(DAY);
    await distributor.finalize(built.root);
    expect(await due()).to.deep.equal([["giveBack", demandId]]);
    await giveBack();
    await networkHelpers.mine();
    // the store has not heard of it yet
    await giveBack();
    expect(await due()).to.deep.equal([]);

    const both = [
      [undefined, HELD / 2n, "returned"],
      [1n, HELD / 2n, "returned"],
    ];
    expect(await heldOf(alice.address)).to.deep.equal(both);
    for (const part of await heldStakeOf(context.contracts, alice.address, 0)) {
      const { to, data } = encodeCall(context.contracts, context.deployment, claimHeldStake(part));
      await expect(alice.sendTransaction({ to, data })).to.changeTokenBalance(ethers, token, alice, part.assets);
    }
    expect(await heldOf(alice.address)).to.deep.equal(both.map(([ticketId, assets]) => [ticketId, assets, "claimed"]));
    expect(await heldOf(operator.address)).to.deep.equal([[undefined, HELD, "returned"]]);
  });
});
