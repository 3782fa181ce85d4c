import { asAddress } from "@openledger/protocol/hex.ts";
import type { Settlement } from "../../settlement/settle.ts";
import type { Contribution } from "../../store/protocolView.ts";
import type { AgentRow } from "../stages/agents.ts";
import type { Beside } from "./beside.ts";
import type { Books } from "./books.ts";
import type { Claimed } from "../stages/claim.ts";
import type { Consumption } from "../stages/consume.ts";
import type { Contributed } from "../stages/contribute.ts";
import type { GasRow } from "./gas.ts";
import type { PublishedModel } from "../stages/models.ts";
import type { Person } from "../cast/people.ts";
import type { OperatorStatus } from "../processes/waitFor.ts";

/** One line of the contributors' table; amounts in wei. */
export interface ContributorRow {
  readonly name: string;
  readonly behaviour: string;
  readonly datanet: string;
  readonly account: string;
  readonly examples: number;
  /** Parts that the reviewers accepted, of all. */
  readonly accepted: string;
  /** Sum of the contributions' signed scores. */
  readonly score: bigint;
  /** Taken from the bonds because the data harms a model. */
  readonly bondCharged: bigint;
  readonly earned: bigint;
  readonly claim: string | undefined;
}

/** What an economy came to. */
export interface EconomyResult {
  readonly contributors: readonly ContributorRow[];
  readonly models: readonly PublishedModel[];
  readonly consumption: readonly Consumption[];
  /** Absent where no agent was played. */
  readonly agent?: AgentRow;
  readonly operators: readonly OperatorStatus[];
  readonly rootHash: string;
  readonly books: Books;
  /** What a contribution that changed hands has earned for its buyer. */
  readonly sale?: { readonly contributionId: bigint; readonly earned: bigint };
  /** What users did apart from the scenario. */
  readonly beside: readonly Beside[];
  readonly gas: readonly GasRow[];
}

/** What is told of every contributor, by contribution or by account. */
export interface Outcomes {
  readonly contributed: Contributed;
  readonly accepted: readonly Contribution[];
  readonly settlement: Settlement;
  readonly charged: ReadonlyMap<bigint, bigint>;
  readonly claims: ReadonlyMap<string, Claimed>;
}

/** The contributors' table. */
export function contributorRows(
  people: readonly Person[],
  { contributed, accepted, settlement, charged, claims }: Outcomes,
): ContributorRow[] {
  const scores = scoresByContribution(settlement);
  return people.map(({ contributor, datanet, party }) => {
    const own = accepted.filter((contribution) => contribution.contributor === party.address);
    const sumOf = (amounts: ReadonlyMap<bigint, bigint>) =>
      own.reduce((sum, { contributionId }) => sum + (amounts.get(contributionId) ?? 0n), 0n);
    const claim = claims.get(party.address.toLowerCase());
    const parts = contributed.byParty.get(party)!.reduce((sum, { subjects }) => sum + subjects.length, 0);
    return {
      name: contributor.name,
      behaviour: contributor.behaviour,
      datanet: datanet.name,
      account: party.address,
      examples: contributor.examples.length,
      accepted: `${own.length}/${parts}`,
      score: sumOf(scores),
      bondCharged: sumOf(charged),
      earned: earnedBy(settlement, party.address),
      claim: claim?.transaction,
    };
  });
}

/** OPEN wei that the root gives an account in all. */
function earnedBy({ payoutsTree }: Settlement, address: string): bigint {
  const place = payoutsTree.indexOf(asAddress(address));
  return place === undefined ? 0n : payoutsTree.payout(place).cumulative;
}

/** Signed score of each contribution over all pools. */
function scoresByContribution({ pools }: Settlement): Map<bigint, bigint> {
  const scores = new Map<bigint, bigint>();
  for (const pool of pools) {
    for (const { contributionId, score } of pool.scores) {
      scores.set(contributionId, (scores.get(contributionId) ?? 0n) + score);
    }
  }
  return scores;
}
