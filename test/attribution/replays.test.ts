import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, asHash, type Address } from "@openledger/protocol/hex.ts";
import { memberOf } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { createPending, type Settled } from "./createPending.ts";
import { lastDemand } from "./createDemands.ts";
import { DAY, REVEAL_WINDOW, SLASH_BPS, STAKE } from "./deployDisputes.ts";
import { type BuiltRoot } from "./builtRoot.ts";
import { entryEvidence, settlementEvidence } from "./evidence.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { settledOnce } = createPending({ ethers, networkHelpers });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

/** Everybody's signature over a root, made once. */
async function signOnce({ distributor, stakes, operators }: Settled, { root }: BuiltRoot) {
  const digest = asHash(await distributor.scoreRootDigest(root, await stakes.latestSnapshot()));
  return new Map<Address, string>(
    operators.map(({ key }) => [asAddress(key.address), key.signingKey.sign(digest).serialized]),
  );
}

/** The signatures as a proof under the latest snapshot. */
async function repack({ stakes }: Settled, signatures: ReadonlyMap<Address, string>) {
  const snapshotId = await stakes.latestSnapshot();
  const { members, denominator } = await stakes.quorumOf(snapshotId);
  return packQuorumProof({ snapshotId, members: members.map(memberOf), denominator }, signatures);
}

async function afterJail({ stakes, operators }: Settled) {
  await wait(DAY + 1n);
  for (const { account } of operators) await stakes.connect(account).unjail(0);
  await stakes.snapshotQuorum();
}

async function stakeOf({ stakes, operators }: Settled) {
  return (await stakes.poolOf(0, operators[0]!.account)).assets;
}

describe("signatures over a root", () => {
  it("cost their signers once: what was proven wrong is barred, whoever signs it again", async () => {
    const d = await networkHelpers.loadFixture(settledOnce);
    const { town, distributor, disputes, challenger, stranger, first, lastEpoch } = d;
    const built = await town.settle(first, lastEpoch, {
      settlements: (s) => void (s[0] = { ...s[0]!, pool: s[0]!.pool + 1n }),
    });
    const signatures = await signOnce(d, built);
    await distributor.connect(stranger).post(built.root, await repack(d, signatures));
    await disputes.connect(challenger).disputeSettlement(built.root, settlementEvidence(built, 0));
    const left = STAKE - (STAKE * SLASH_BPS) / 10_000n;
    expect(await stakeOf(d)).equal(left);

    await afterJail(d);
    await expect(distributor.connect(stranger).post(built.root, await repack(d, signatures)))
      .to.be.revertedWithCustomError(distributor, "DistributorRootBarred")
      .withArgs(rootHashOf(built.root));
    await expect(town.post(built)).to.be.revertedWithCustomError(distributor, "DistributorRootBarred");
    expect(await stakeOf(d)).equal(left);
  });

  it("end with their snapshot, while an honest root that only went unanswered is signed anew and becomes final", async () => {
    const d = await networkHelpers.loadFixture(settledOnce);
    const { town, distributor, demands, challenger, stranger, first, lastEpoch } = d;
    const built = await town.settle(first, lastEpoch);
    const signatures = await signOnce(d, built);
    await distributor.connect(stranger).post(built.root, await repack(d, signatures));
    const { settlement } = built.settlements[0]!;
    await demands.connect(challenger).demandFunctional(built.root, settlement.modelId, settlement.epoch);
    const demand = await lastDemand(d);
    await wait(REVEAL_WINDOW + 1n);
    await demands.defaultDemand(demand);
    const left = await stakeOf(d);

    await afterJail(d);
    await expect(
      distributor.connect(stranger).post(built.root, await repack(d, signatures)),
    ).to.be.revertedWithCustomError(distributor, "QuorumMismatch");
    await town.post(built);
    await wait(DAY);
    await distributor.finalize(built.root);
    expect((await distributor.finalizedRoot()).rootHash).equal(rootHashOf(built.root));
    expect(await stakeOf(d)).equal(left);
  });
});

describe("entries worth nothing that became final unseen", () => {
  it("oblige no later root to carry them over", async () => {
    const d = await networkHelpers.loadFixture(settledOnce);
    const { town, distributor, demands, stakes, challenger, clock, first, lastEpoch } = d;
    const known = await town.settle(first, lastEpoch);
    const hidden = await town.settle(first, lastEpoch, {
      entries: (accounts) => {
        for (let n = 0; n < 8; n++) {
          const account = asAddress(ethers.dataSlice(ethers.id(`junk ${n}`), 12));
          accounts.set(account, [{ modelId: 1n, contributionId: 10n ** 9n, cumulative: 0n, earned: 0n }]);
        }
      },
    });
    await town.post(hidden);
    await wait(DAY);
    await distributor.finalize(hidden.root);
    await town.spend();
    await stakes.snapshotQuorum();
    const honest = await town.settle(known, (await clock.current()) - 1n);
    await town.post(honest);
    for (const [a, { entries }] of hidden.accounts.entries()) {
      if (entries[0]!.cumulative !== 0n) continue;
      await expect(
        demands.connect(challenger).demandCarriedEntry(honest.root, entryEvidence(hidden, a, 0)),
      ).to.be.revertedWithCustomError(demands, "DemandUnjustified");
    }
    await wait(DAY);
    await distributor.finalize(honest.root);
    expect((await stakes.poolOf(0, d.operators[0]!.account)).assets).equal(STAKE);
  });
});
