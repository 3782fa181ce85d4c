import { type Address, asHash, toHex } from "@openledger/protocol/hex.ts";
import { buildContentTree } from "@openledger/protocol/trees/contentTree.ts";
import type { Contracts } from "../chain/contracts.ts";
import { canonicalBytes, exampleHash, isWritten } from "../data/example.ts";
import { partsOf } from "../settlement/indexTrees.ts";
import { rowEvidence } from "../settlement/rowEvidence.ts";
import type { ContentFiles } from "./contentFiles.ts";
import { openIndex, type PublishedIndex } from "./publishedIndex.ts";
import type { PartContent } from "./submissionFiles.ts";

/** A contribution that can be entered into a bounty. */
export interface Entry {
  readonly contributionId: bigint;
  readonly quality: bigint;
  /** What `DataBounties.enter` takes beside the bounty. */
  readonly args: readonly [versionId: bigint, row: ReturnType<typeof rowEvidence>];
}

/** IContributionRegistry.Status. */
const ACCEPTED = 1n;

/**
 * What can be entered into a bounty now, by the index of its judge.
 *
 * @throws DisagreementError when the published files are not those of the index on the chain
 */
export async function entriesNow(
  { DataBounties, ContributionRegistry }: Pick<Contracts, "DataBounties" | "ContributionRegistry">,
  content: ContentFiles,
  published: PublishedIndex,
  bountyId: bigint,
): Promise<Entry[]> {
  const { files, trees } = await openIndex(content, published);
  const [{ contributionsBefore, terms }] = await DataBounties.bountyOf(bountyId);
  const part = partsOf(files).find(({ datanetId }) => datanetId === terms.datanetId);
  const entries: Entry[] = [];
  for (const [i, { contributionId, quality }] of (part?.rows ?? []).entries()) {
    if (contributionId <= contributionsBefore || quality <= 0n) continue;
    const { status } = await ContributionRegistry.contributionOf(contributionId);
    if (status !== ACCEPTED || (await DataBounties.entryOf(bountyId, contributionId)) !== 0n) continue;
    const row = rowEvidence(files, trees, part!.first + i);
    entries.push({ contributionId, quality, args: [published.versionId, row] });
  }
  return entries;
}

/** What `DataBounties.refute` takes beside the bounty and the contribution; undefined where every example has the label. */
export function counterexampleOf(contributor: Address, { examples, salts }: PartContent, label: string) {
  const index = examples.findIndex((example) => isWritten(example) || example.label !== label);
  if (index < 0) return undefined;
  const items = examples.map((example, i) => ({ salt: salts[i]!, sha256: asHash(exampleHash(example)) }));
  const { siblings, size } = buildContentTree(contributor, items).proof(index);
  const proof = { size, index, siblings: siblings.map((node) => ({ ...node })) };
  return [toHex(canonicalBytes(examples[index]!)), salts[index]!, proof] as const;
}
