import { asAddress } from "@openledger/protocol/hex.ts";
import * as actions from "../actions/bounties.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import { counterexampleOf, entriesNow } from "../jobs/bountyEvidence.ts";
import type { ContentFiles } from "../jobs/contentFiles.ts";
import { getSubmission } from "../jobs/submissionFiles.ts";
import { submissionsOf } from "./contributed.ts";
import { table } from "./output.ts";
import { withFetched, withPublishedIndex } from "./publishedIndex.ts";
import type { Session } from "./session.ts";

/** Enters what came for a bounty and helps: what was chosen, or all that has the label. @throws InputError where there is nothing */
export async function enterBounty(
  session: Session,
  known: actions.Bounty,
  now: bigint,
  { api, contribution: chosen }: { readonly api: string; readonly contribution: readonly bigint[] },
): Promise<void> {
  const { bountyId, judge, label } = known;
  actions.requireEntries(known, now);
  const entries = await withPublishedIndex(api, judge, async (published, content) => {
    const possible = await entriesNow(session.contracts, content, published, bountyId);
    if (chosen.length > 0) return possible.filter(({ contributionId }) => chosen.includes(contributionId));
    const found: typeof possible = [];
    for (const entry of possible) {
      const other = label !== "" && (await otherLabelIn(session, api, content, entry.contributionId, label));
      if (!other) found.push(entry);
    }
    return found;
  });
  if (entries.length < Math.max(chosen.length, 1)) {
    throw new InputError("there is nothing to enter", {
      value: `bounty ${bountyId}, contributions ${chosen.join(", ") || `in version ${judge}`}`,
      limit: "what came after the bounty, is accepted, helps, has the label and is not entered",
    });
  }
  const entered: { contributionId: bigint; quality: bigint; transaction: string | undefined }[] = [];
  for (const entry of entries) {
    const mined = await session.send(actions.enterContribution(bountyId, entry));
    entered.push({ contributionId: entry.contributionId, quality: entry.quality, transaction: mined?.hash });
  }
  session.finish({ bountyId, versionId: judge, entered }, () =>
    table(entered, [
      { title: "contribution", value: ({ contributionId }) => `${contributionId}`, align: "right" },
      { title: "quality", value: ({ quality }) => `${quality}`, align: "right" },
    ]),
  );
}

/** Takes a contribution out by an example of another label. @throws InputError where it has none */
export async function refuteEntry(
  session: Session,
  known: actions.Bounty,
  contributionId: bigint,
  now: bigint,
  api: string,
): Promise<void> {
  const { bountyId, label } = known;
  await actions.requireRefutable(session.contracts, known, contributionId, now);
  const shown = await withFetched(api, (content) => otherLabelIn(session, api, content, contributionId, label));
  if (shown === undefined) {
    const value = `contribution ${contributionId}`;
    throw new InputError("every example has the label of the bounty", { value, limit: label });
  }
  const args = [bountyId, contributionId, ...shown];
  const mined = await session.send({ kind: "refute entry", contract: "DataBounties", method: "refute", args });
  session.finish({ bountyId, contributionId, transaction: mined?.hash }, () => `contribution ${contributionId} is out`);
}

/** An example of a contribution that has another label, as `refute` takes it; undefined where there is none. */
async function otherLabelIn(
  { contracts }: Session,
  api: string,
  content: ContentFiles,
  contributionId: bigint,
  label: string,
) {
  const { submissionId, datanetId } = await contracts.ContributionRegistry.contributionOf(contributionId);
  const submission = (await submissionsOf(api, datanetId)).find((found) => found.submissionId === submissionId);
  if (submission === undefined) {
    throw new NotFoundError("the operator does not know the contribution", { value: contributionId, limit: api });
  }
  const { uri, parts, firstContributionId } = submission;
  const contributor = asAddress(submission.contributor);
  const contents = await getSubmission(content, uri, contributor, parts);
  return counterexampleOf(contributor, contents[Number(contributionId - firstContributionId)]!, label);
}
