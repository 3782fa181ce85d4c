import { expect } from "chai";
import { network } from "hardhat";
import { deployDisputes, DAY, HOUR, OPEN } from "./deployDisputes.ts";
import { createEconomy } from "./economy.ts";
import { entryEvidence, epochsEvidence } from "./evidence.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

describe("epochs without revenue", () => {
  it("stop no settlement: a chain that was idle for a year settles the first epoch that earns something", async () => {
    const deployment = await deployDisputes(ethers, wait);
    const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0, parts: 2 }, wait);
    const { distributor, disputes, stakes, challenger, token, market, clock } = deployment;
    await town.activateAll();
    await wait(365n * DAY);
    await token.transfer(await market.tillOf(1), 1_000n * OPEN);
    await market.sweep(1);
    const funded = await clock.current();
    await wait(5n * DAY);
    await token.transfer(await market.tillOf(1), 1_000n * OPEN);
    await market.sweep(1);
    const later = await clock.current();
    await wait(DAY + 2n * HOUR);
    await stakes.snapshotQuorum();
    expect(funded).greaterThan(365n);

    const built = await town.settle(undefined, later);
    expect(built.root).include({ firstEpoch: 1n, lastEpoch: later, payoutsTotal: await balanceOfPools() });
    await town.post(built);
    // What an account earned is shown by the two epochs in which there was something to earn.
    for (const [a, { account, entries }] of built.accounts.entries()) {
      for (const [i, entry] of entries.entries()) {
        const epochs = await epochsEvidence(deployment, built, account, entry);
        expect(epochs.map(({ settlement }) => settlement.settlement.epoch)).deep.equal([funded, later]);
        await expect(
          disputes.connect(challenger).disputeEarned(built.root, entryEvidence(built, a, i), epochs),
        ).to.be.revertedWithCustomError(disputes, "DisputeRefuted");
      }
    }
    await wait(DAY);
    await distributor.finalize(built.root);
    for (const place of built.accounts.keys()) {
      await distributor.claim(place, { ...built.payouts.payout(place) }, built.payouts.proof(place));
    }
    expect(await token.balanceOf(distributor)).equal(0n);

    async function balanceOfPools() {
      return (await distributor.fundedIn(funded)) + (await distributor.fundedIn(later));
    }
  });
});
