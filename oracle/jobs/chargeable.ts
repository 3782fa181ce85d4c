import type { Hash } from "@openledger/protocol/hex.ts";
import { buildHarmfulTree } from "@openledger/protocol/trees/harmfulTree.ts";
import type { IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { ContentFiles } from "./contentFiles.ts";
import { openIndex, type PublishedIndex } from "./publishedIndex.ts";

/** A contribution that the version that judges it finds harmful. */
export interface Charge {
  readonly contributionId: bigint;
  /** OPEN wei: its bond. */
  readonly harm: bigint;
  /** Arguments of `HarmCharges.chargeHarm`. */
  readonly args: readonly [
    versionId: bigint,
    contributionId: bigint,
    parts: IndexPart[],
    part: number,
    proof: { readonly size: number; readonly index: number; readonly siblings: { hash: Hash; sum: bigint }[] },
  ];
}

/**
 * What can be charged of the bonds of a version's contributions now (docs/protocol.md §3): those that the version judges and finds
 * harmful, that were not charged, and whose bond was not withdrawn.
 *
 * @throws DisagreementError when the published files are not those of the index on the chain
 */
export async function chargeableNow(
  { HarmCharges, ContributionRegistry }: Pick<Contracts, "HarmCharges" | "ContributionRegistry">,
  content: ContentFiles,
  published: PublishedIndex,
): Promise<Charge[]> {
  const { versionId } = published;
  const { files, trees } = await openIndex(content, published);
  const found = files.parts.flatMap(({ harmful }, part) => {
    const tree = buildHarmfulTree(harmful);
    return harmful.map((contributionId, i) => ({ contributionId, part, proof: tree.proof(i) }));
  });
  const charges = await Promise.all(
    found.map(async ({ contributionId, part, proof: { size, index, siblings } }) => {
      if ((await HarmCharges.judgeOf(contributionId)) !== versionId) return undefined;
      const { bond: harm } = await ContributionRegistry.contributionOf(contributionId);
      const proof = { size, index, siblings };
      const args: Charge["args"] = [versionId, contributionId, [...trees.parts], part, proof];
      return harm === 0n ? undefined : { contributionId, harm, args };
    }),
  );
  return charges.filter((charge) => charge !== undefined);
}
