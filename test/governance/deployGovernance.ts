import { network } from "hardhat";
import type {
  FoundingProposer,
  GovernanceOpen,
  HarmCharges,
  ModelGrants,
  ModelRegistry,
  OpenLedgerGovernor,
  OpenToken,
  RewardDistributor,
  TimelockController,
} from "../../typechain-types/index.ts";
import { deployProtocol } from "../deployProtocol.ts";

export const connection = await network.create({ network: "default", chainType: "op" });
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

export const OPEN = 10n ** 18n;
export const DAY = 86_400n;
export const FOR = 1n;
export const AGAINST = 0n;

/** IGovernor.ProposalState. */
export const STATE = { Pending: 0n, Active: 1n, Canceled: 2n, Defeated: 3n, Succeeded: 4n, Queued: 5n, Executed: 7n };

/** The whole protocol, and people who hold OPEN and none of whose votes count yet. */
export async function deployGovernance() {
  const { parameters, addresses, at } = await deployProtocol(connection);
  const [deployer, ...others] = await ethers.getSigners();
  const [alice, bob, carol] = others;
  const token = at<OpenToken>("OpenToken");
  const votes = at<GovernanceOpen>("GovernanceOpen");
  for (const person of [alice!, bob!, carol!]) {
    await token.connect(deployer).transfer(person, 40_000_000n * OPEN);
    await token.connect(person).approve(votes, 2n ** 256n - 1n);
  }
  return {
    parameters,
    addresses,
    token,
    votes,
    governor: at<OpenLedgerGovernor>("OpenLedgerGovernor"),
    timelock: at<TimelockController>("TimelockController"),
    founding: at<FoundingProposer>("FoundingProposer"),
    grants: at<ModelGrants>("ModelGrants"),
    harm: at<HarmCharges>("HarmCharges"),
    models: at<ModelRegistry>("ModelRegistry"),
    distributor: at<RewardDistributor>("RewardDistributor"),
    deployer: deployer!,
    alice: alice!,
    bob: bob!,
    carol: carol!,
    stranger: others[5]!,
  };
}

export type Governance = Awaited<ReturnType<typeof deployGovernance>>;
export type Person = Governance["alice"];

/** Wraps OPEN and delegates the votes to oneself; they count from the next second on. */
export async function wrap({ votes }: Governance, person: Person, amount: bigint): Promise<void> {
  await votes.connect(person).depositFor(person, amount);
  await votes.connect(person).delegate(person);
}

/** What a proposal does. */
export interface Action {
  readonly to: string;
  readonly data: string;
}

/** Proposes, and returns the proposal's id. */
export async function propose(
  { governor }: Governance,
  proposer: Person,
  actions: readonly Action[],
  description = "A change",
): Promise<bigint> {
  const targets = actions.map(({ to }) => to);
  const values = actions.map(() => 0n);
  const calls = actions.map(({ data }) => data);
  await governor.connect(proposer).propose(targets, values, calls, description);
  return governor.hashProposal(targets, values, calls, ethers.id(description));
}

/** Waits until the vote is open. */
export async function untilOpen({ governor }: Governance, proposalId: bigint): Promise<void> {
  await time.increaseTo((await governor.proposalSnapshot(proposalId)) + 1n);
}

/** Waits until the vote is over. */
export async function untilOver({ governor }: Governance, proposalId: bigint): Promise<void> {
  await time.increaseTo((await governor.proposalDeadline(proposalId)) + 1n);
}

/** Votes for the proposal with everything the voters have, queues it, waits and executes it. */
export async function pass(governance: Governance, proposalId: bigint, voters: readonly Person[]): Promise<void> {
  const { governor } = governance;
  await untilOpen(governance, proposalId);
  for (const voter of voters) await governor.connect(voter).castVote(proposalId, FOR);
  await untilOver(governance, proposalId);
  await governor["queue(uint256)"](proposalId);
  await time.increaseTo(await governor.proposalEta(proposalId));
  await governor["execute(uint256)"](proposalId);
}
