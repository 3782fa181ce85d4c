import { expect } from "chai";
import { network } from "hardhat";
import { asHash } from "@openledger/protocol/hex.ts";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { addOperators, signDigest } from "../rewards/deployRewards.ts";
import { lastDemand } from "./createDemands.ts";
import { createPending } from "./createPending.ts";
import { DAY, OPEN, REVEAL_WINDOW } from "./deployDisputes.ts";
import { accountEvidence } from "./evidence.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { settledOnce } = createPending({ ethers, networkHelpers });
const { time } = networkHelpers;

describe("The quorum after a root was cancelled", () => {
  it("is not whoever signed nothing: three operators with 3,000 OPEN post no root of their own", async () => {
    const d = await networkHelpers.loadFixture(settledOnce);
    const { town, distributor, demands, stakes, challenger, first, lastEpoch } = d;
    const [owner, treasury] = (await ethers.getSigners()) as [typeof challenger, typeof challenger];
    const accounts = (await ethers.getSigners()).slice(16, 19);
    const puppets = await addOperators({ ...d, owner, treasury }, accounts, () => 1_000n * OPEN, 100);
    await time.increase(DAY);
    await stakes.snapshotQuorum();

    const honest = await town.settle(first, lastEpoch);
    await town.post(honest);
    await demands.connect(challenger).demandEntryAt(honest.root, accountEvidence(honest, 0), 0);
    await time.increase(REVEAL_WINDOW + 1n);
    await demands.defaultDemand(await lastDemand(d));
    await stakes.snapshotQuorum();

    const invented = await town.settle(first, lastEpoch, {
      settlements: (all) => void (all[0] = { ...all[0]!, queryHash: asHash(ethers.id("whatever they like")) }),
    });
    const digest = asHash(await distributor.scoreRootDigest(invented.root, await stakes.latestSnapshot()));
    await expect(distributor.post(invented.root, await signDigest(stakes, digest, puppets)))
      .to.be.revertedWithCustomError(distributor, "QuorumTooLittleWeight")
      .withArgs(3_000n * OPEN, await stakes.countedStake());
    // Those who were jailed sign with what they have left.
    await town.post(honest);
    expect((await distributor.pendingRoot()).rootHash).equal(rootHashOf(honest.root));
  });
});
