import type { BaseContract } from "ethers";
import { deployDisputes, DAY, OPEN } from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { POLICY } from "../datanet/deployReview.ts";
import { deployProxy } from "../deployProxy.ts";
import type { Chain } from "../rewards/measureGas.ts";
import { FREE } from "../training/freeTraining.ts";

export type OwnedWorld = Awaited<ReturnType<typeof createOwnedWorld>>;

/**
 * Everything that people can have in the protocol: stake, bonds, a till with revenue, rewards of a final root that nobody has
 * claimed and a pool that no root covers yet. All contracts belong to one `owner`, who has nothing else.
 */
export async function createOwnedWorld({ ethers, networkHelpers }: Chain, stakeManager = "StakeManager") {
  const { time } = networkHelpers;
  const wait = (seconds: bigint) => time.increase(seconds);
  const deployment = await deployDisputes(ethers, wait, stakeManager);
  const { token, clock, datanets, contributions, models, stakes, market, distributor, indexes } = deployment;
  const { demands, escrow, timelock, alice, bob, carol } = deployment;
  const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 1, parts: 2 }, wait);
  await town.activateAll();
  await town.spend();
  const root = await town.settle(undefined, (await clock.current()) - 1n);
  await stakes.snapshotQuorum();
  await town.post(root);
  await time.increase(await distributor.challengeWindow());
  await distributor.finalize(root.root);
  await token.transfer(await market.tillOf(1), 700n * OPEN);
  await market.sweep(1);
  await token.transfer(await market.tillOf(1), 300n * OPEN);
  await token.transfer(escrow, 50n * OPEN);

  const review = await ethers.getContractAt(
    "ContributionReview",
    await deployProxy(
      ethers,
      "ContributionReview",
      [contributions, datanets, stakes].map((contract) => contract.target),
      [timelock.address, POLICY],
    ),
  );
  const trainingFees = await ethers.deployContract("TrainingFees", [token, stakes, models, timelock, FREE]);
  const attributionPolicy = await ethers.deployContract("AttributionPolicy", [
    timelock,
    { toleranceBps: 2_000, judges: 5, fewestRows: 5 },
    [],
  ]);
  // an ETH costs 2,000 OPEN, between 100 and a million; 1 ETH a day
  const paymaster = await ethers.deployContract("OpenPaymaster", [
    ...[token, distributor, timelock],
    ...[2_000n * OPEN, 100n * OPEN, 1_000_000n * OPEN, OPEN],
  ]);
  const contracts: Record<string, BaseContract> = {
    AttributionDemands: demands,
    AttributionPolicy: attributionPolicy,
    ContributionRegistry: contributions,
    ContributionReview: review,
    DatanetRegistry: datanets,
    EpochClock: clock,
    IndexRegistry: indexes,
    InferenceMarket: market,
    ModelRegistry: models,
    OpenPaymaster: paymaster,
    RewardDistributor: distributor,
    StakeManager: (await ethers.getContractFactory(stakeManager)).attach(await stakes.getAddress()),
    TrainingFees: trainingFees,
  };
  const owner = (await ethers.getSigners())[19]!;
  for (const contract of Object.values(contracts)) {
    await contract.connect(timelock).getFunction("transferOwnership").send(owner.address);
  }
  const thief = await ethers.deployContract("Thief");
  const people = [alice, bob, carol];
  const bonded = Array.from({ length: Number(await contributions.count()) }, (_, i) => BigInt(i) + 1n);

  const [till, epochOfPool] = await Promise.all([market.tillOf(1), clock.current()]);

  /** What people would get if they all asked for it now, by name; nothing where a contract no longer answers. */
  async function holdings(): Promise<Map<string, bigint>> {
    const held = new Map<string, bigint>();
    const add = async (name: string, amount: () => Promise<bigint>) => held.set(name, await amount().catch(() => 0n));
    for (const { account } of deployment.operators) {
      await add(`stake of ${account.address}`, () => stakes.stakeOf(0, account));
    }
    await add("OPEN in the stake manager", () => token.balanceOf(stakes));
    for (const id of bonded) {
      await add(`bond of contribution ${id}`, async () => (await contributions.contributionOf(id)).bond);
    }
    await add("OPEN in the registry of bonds", () => token.balanceOf(contributions));
    await add("revenue in the till", () => token.balanceOf(till));
    for (const [name, amount] of await rewards()) held.set(name, amount);
    await add("pool of the running epoch", () => distributor.poolOf(1, epochOfPool));
    await add("OPEN in the distributor", () => token.balanceOf(distributor));
    await add("OPEN held of silence", () => token.balanceOf(escrow));
    return held;
  }

  /** What a claim of everybody in the final root would pay. */
  async function rewards(): Promise<Map<string, bigint>> {
    const paid = new Map<string, bigint>();
    for (let i = 0; i < root.payouts.size; i++) {
      const leaf = root.payouts.payout(i);
      const amount = await distributor.claim.staticCall(i, leaf, root.payouts.proof(i)).catch(() => 0n);
      paid.set(`rewards of ${leaf.account}`, amount);
    }
    return paid;
  }

  /** Everything that the owner can try once a call of its has been taken. */
  async function loot(): Promise<void> {
    const slashes = deployment.operators.map(
      ({ account }) =>
        [
          stakes.target,
          stakes.interface.encodeFunctionData("slash", [0, account.address, 10_000, owner.address]),
        ] as const,
    );
    const silence = { demandId: ethers.ZeroHash, subject: ethers.ZeroHash };
    const seized = [
      [escrow.target, escrow.interface.encodeFunctionData("take", [silence, 0n, owner.address])],
      [escrow.target, escrow.interface.encodeFunctionData("forfeit", [ethers.ZeroHash])],
      [stakes.target, stakes.interface.encodeFunctionData("seize", [deployment.operators[0]!.account.address, 10_000])],
    ] as const;
    const bonds = bonded.map(
      (id) =>
        [
          contributions.target,
          contributions.interface.encodeFunctionData("slashBond", [id, 1n, owner.address]),
        ] as const,
    );
    const emptied = [till, ethers.id("empty()").slice(0, 10)] as const;
    const { rootHash } = await distributor.finalizedRoot();
    const rewardsCalls = [
      [distributor.target, distributor.interface.encodeFunctionData("cancel", [rootHash, true])],
      [distributor.target, distributor.interface.encodeFunctionData("setQuorum", [1n])],
    ] as const;
    const calls = [...slashes, ...seized, ...bonds, emptied, ...rewardsCalls];
    for (const [to, data] of calls) await attempt(owner.sendTransaction({ to, data }));
    for (const { target } of Object.values(contracts)) {
      if (!(await isThief(target as string))) continue;
      const robbed = await ethers.getContractAt("Thief", target, owner);
      for (const [to, data] of calls) await attempt(robbed.getFunction("run").send(to, data));
      const balance = await token.balanceOf(target);
      const transfer = token.interface.encodeFunctionData("transfer", [owner.address, balance]);
      await attempt(robbed.getFunction("run").send(token.target, transfer));
    }
  }

  async function isThief(proxy: string): Promise<boolean> {
    const slot = await ethers.provider.getStorage(
      proxy,
      "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc",
    );
    return BigInt(slot) === BigInt(thief.target as string);
  }

  return { ...deployment, wait, contracts, owner, thief, people, bonded, holdings, rewards, loot, root, DAY };
}

/** Whether a transaction was taken. */
export async function attempt(sent: Promise<unknown>): Promise<boolean> {
  return sent.then(
    () => true,
    () => false,
  );
}
