import { formatOpen, OPEN } from "@openledger/protocol/units.ts";
import { claimBounty, closeBounty, createBounty, enterContribution, requireBounty } from "../../actions/bounties.ts";
import { blockTime } from "../../chain/blockTime.ts";
import { eventOf } from "../../chain/eventOf.ts";
import { travelTo } from "../../chain/localNode.ts";
import { DisagreementError } from "../../common/errors.ts";
import { subjectOf } from "../../data/example.ts";
import { entriesNow } from "../../jobs/bountyEvidence.ts";
import type { ContentFiles } from "../../jobs/contentFiles.ts";
import type { PublishedIndex } from "../../jobs/publishedIndex.ts";
import { approve } from "../cast/approve.ts";
import type { Person } from "../cast/people.ts";
import { make, type Scene } from "../cast/scene.ts";
import type { Contributed } from "./contribute.ts";

const AMOUNT = 100n * OPEN;

/** What the first contributor brings first. */
export function wantedLabel([first]: readonly Person[]): string {
  return subjectOf(first!.contributor.examples[0]!);
}

/** The contributions to the first Datanet that have the label. */
export async function contributionsWith(
  label: string,
  { contracts }: Scene,
  people: readonly Person[],
  { byParty }: Contributed,
): Promise<Set<bigint>> {
  const found = new Set<bigint>();
  for (const { party } of people.filter(({ place }) => place === 0)) {
    for (const { submissionId, subjects } of byParty.get(party) ?? []) {
      const { firstContributionId } = await contracts.ContributionRegistry.submissionOf(submissionId);
      for (const [i, subject] of subjects.entries()) {
        if (subject === label) found.add(firstContributionId + BigInt(i));
      }
    }
  }
  return found;
}

/** Somebody wants more of a label in a Datanet, before anybody has contributed. @returns the bounty's id */
export async function offerBounty(
  scene: Scene,
  { datanetId, modelId, label }: { readonly datanetId: bigint; readonly modelId: bigint; readonly label: string },
): Promise<bigint> {
  const { cast, contracts, deployment, provider } = scene;
  const funder = cast.consumers[0]!;
  const call = await createBounty(contracts, {
    ...{ datanetId, modelId, label, amount: AMOUNT, targetBps: 500, days: 1, trainingDays: 30, periodDays: 1 },
    uri: `more examples of ${label}`,
    now: await blockTime(provider, "latest"),
  });
  await approve(scene, funder, deployment.addresses.DataBounties);
  const mined = await make(scene, funder, call, `${call.kind}:${datanetId}`);
  return eventOf(mined, contracts.DataBounties, "BountyCreated").args["bountyId"] as bigint;
}

/** Ends the time to contribute, before the version that judges is trained. */
export async function endBounty(scene: Scene, bountyId: bigint): Promise<void> {
  const { cast, contracts, provider } = scene;
  const known = await requireBounty(contracts, bountyId);
  if (known.bounty.closedBlock !== 0n) return;
  await travelTo(provider, known.bounty.terms.closesAt);
  const call = closeBounty(known, await blockTime(provider, "latest"));
  await make(scene, cast.consumers[0]!, call, `${call.kind}:${bountyId}`);
}

/**
 * Enters what has the label and helps, waits until nothing can be refuted any more, and pays.
 *
 * @param index of the version that judges
 * @param contributionIds those that have the label
 * @returns what happened, in words
 */
export async function payBounty(
  scene: Scene,
  content: ContentFiles,
  { bountyId, index, contributionIds }: BountyToPay,
): Promise<string> {
  const { cast, contracts, provider } = scene;
  const { DataBounties, OpenToken } = contracts;
  const sender = cast.consumers[0]!;
  if (!(await DataBounties.bountyOf(bountyId))[0].settled) {
    for (const entry of await entriesNow(contracts, content, index, bountyId)) {
      if (!contributionIds.has(entry.contributionId)) continue;
      const call = enterContribution(bountyId, entry);
      await make(scene, sender, call, `${call.kind}:${bountyId}`);
    }
    const { entriesEnd, terms } = (await DataBounties.bountyOf(bountyId))[0];
    await travelTo(provider, entriesEnd + terms.period);
    const now = await blockTime(provider, "latest");
    const known = await requireBounty(contracts, bountyId);
    for (const call of await claimBounty(contracts, known, [...contributionIds], now)) {
      await make(scene, sender, call, `${call.kind}:${bountyId}`);
    }
  }
  const [settled] = await DataBounties.queryFilter(DataBounties.filters.BountySettled(bountyId));
  const { earned, returned } = settled!.args;
  const paid = (await DataBounties.queryFilter(DataBounties.filters.BountyPaid(bountyId))).map(
    ({ args }) => args.amount,
  );
  const sum = paid.reduce((total, amount) => total + amount, 0n);
  const held = await OpenToken.balanceOf(await DataBounties.getAddress());
  if (sum === earned && earned + returned === AMOUNT && held === 0n && earned > 0n) {
    return `${formatOpen(earned)} OPEN for ${paid.length} contributions, ${formatOpen(returned)} back to the funder`;
  }
  throw new DisagreementError("the books of the bounty do not balance", {
    value: `paid ${sum}, earned ${earned}, returned ${returned}, held ${held} wei`,
    limit: `paid = earned, above 0; earned + returned = ${AMOUNT}; nothing held`,
  });
}

interface BountyToPay {
  readonly bountyId: bigint;
  readonly index: PublishedIndex;
  readonly contributionIds: ReadonlySet<bigint>;
}
