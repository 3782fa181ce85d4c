import type { Hash } from "@openledger/protocol/hex.ts";
import { buildHarmfulTree } from "@openledger/protocol/trees/harmfulTree.ts";
import type { IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import type { Contracts } from "../chain/contracts.ts";
import { DisagreementError } from "../common/errors.ts";
import { indexTreesOf } from "../settlement/indexTrees.ts";
import type { ContentFiles } from "./contentFiles.ts";
import { getIndex } from "./indexFiles.ts";

/** An activated index: its hash on the chain, and the CID of its files. */
export interface PublishedIndex {
  readonly versionId: bigint;
  readonly partsHash: Hash;
  readonly manifest: string;
}

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
  { versionId, partsHash, manifest }: PublishedIndex,
): Promise<Charge[]> {
  const files = await getIndex(content, manifest);
  const trees = indexTreesOf(files);
  if (trees.hash !== partsHash) {
    throw new DisagreementError("the published index is not the one on the chain", {
      value: trees.hash,
      limit: partsHash,
      remedy: "Ask another operator for the index.",
    });
  }
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
