import { interfaceOf } from "../chain/artifacts.ts";
import type { Contracts } from "../chain/contracts.ts";
import { contractAt, type Deployment } from "../chain/deployment.ts";
import { NotFoundError } from "../common/errors.ts";

/** Positions of IGovernor.ProposalState. */
export const STATES = [
  "pending",
  "active",
  "canceled",
  "defeated",
  "succeeded",
  "queued",
  "expired",
  "executed",
] as const;

/** A proposal as the chain has it. */
export interface ProposalOnChain {
  /** Its place in the order of proposals, from 1. */
  readonly number: number;
  readonly proposalId: bigint;
  readonly state: (typeof STATES)[number];
  readonly proposer: string;
  readonly inFavor: bigint;
  readonly against: bigint;
  readonly abstaining: bigint;
  /** Votes for and abstaining without which it fails, once the snapshot is taken. */
  readonly quorum: bigint | undefined;
  /** Unix seconds. */
  readonly votesFrom: bigint;
  readonly votesUntil: bigint;
  /** When it can be executed; 0: not queued. */
  readonly eta: bigint;
  readonly calls: readonly { readonly what: string; readonly to: string; readonly data: string }[];
}

/** @throws NotFoundError for a number that no proposal has */
export async function readProposalOnChain(
  { OpenLedgerGovernor: governor }: Contracts,
  deployment: Deployment,
  number: number,
): Promise<ProposalOnChain> {
  const count = Number(await governor.proposalCount());
  if (number < 1 || number > count) {
    throw new NotFoundError("there is no such proposal", {
      value: number,
      limit: count === 0 ? "nobody has proposed anything yet" : `1 to ${count}`,
      remedy: "npx openledger proposal list",
    });
  }
  const [proposalId, targets, , datas] = await governor.proposalDetailsAt(number - 1);
  const [state, proposer, votesFrom, votesUntil, eta, [against, inFavor, abstaining]] = await Promise.all([
    governor.state(proposalId),
    governor.proposalProposer(proposalId),
    governor.proposalSnapshot(proposalId),
    governor.proposalDeadline(proposalId),
    governor.proposalEta(proposalId),
    governor.proposalVotes(proposalId),
  ]);
  const name = STATES[Number(state)]!;
  return {
    number,
    proposalId,
    state: name,
    proposer,
    inFavor,
    against,
    abstaining,
    quorum: name === "pending" ? undefined : await governor.quorum(votesFrom),
    votesFrom,
    votesUntil,
    eta,
    calls: targets.map((to, i) => ({ what: describeCall(deployment, to, datas[i]!), to, data: datas[i]! })),
  };
}

/** The text of a proposal, which is in its event alone. */
export async function readDescription(
  { OpenLedgerGovernor: governor }: Contracts,
  { firstBlock }: Deployment,
  proposalId: bigint,
): Promise<string> {
  const created = await governor.queryFilter(governor.filters["ProposalCreated"], firstBlock);
  return created.find(({ args }) => args.proposalId === proposalId)?.args.description ?? "";
}

/** Contract, function and arguments of a call, or its bytes where the deployment does not know the contract. */
export function describeCall(deployment: Pick<Deployment, "addresses">, to: string, data: string): string {
  const name = contractAt(deployment, to);
  if (name === undefined) return `${to} with ${data}`;
  const parsed = interfaceOf(name).parseTransaction({ data });
  if (parsed === null) return `${name} with ${data}`;
  if (parsed.name === "announce") return `${name}.announce(${describeCall(deployment, to, parsed.args[0] as string)})`;
  return `${name}.${parsed.name}(${parsed.args.map(show).join(", ")})`;
}

/** Integers, texts and nested tuples in one line. */
export function show(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(show).join(", ")}]` : String(value);
}
