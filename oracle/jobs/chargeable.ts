import type { Hash } from "@openledger/protocol/hex.ts";
import { isChargeable } from "@openledger/protocol/score/harm.ts";
import type { SumProof } from "@openledger/protocol/trees/sumTree.ts";
import { buildIndexTree, hashFeatures, type IndexRow, lanesOf } from "@openledger/protocol/trees/indexTree.ts";
import type { Contracts } from "../chain/contracts.ts";
import { DisagreementError } from "../common/errors.ts";
import type { ContentFiles } from "./contentFiles.ts";
import { getIndex } from "./indexFiles.ts";

/** An activated index: its root on the chain, and the CID of its files. */
export interface PublishedIndex {
  readonly versionId: bigint;
  readonly indexRoot: Hash;
  readonly manifest: string;
}

/** A contribution that harms a version, with what HarmCharges needs to charge it. */
export interface Charge {
  readonly contributionId: bigint;
  /** OPEN wei that would be taken of its bond now. */
  readonly harm: bigint;
  readonly leaf: IndexRow & { readonly i: number; readonly featuresHash: Hash };
  readonly proof: SumProof;
}

/**
 * What can be charged of the bonds of a version's contributions now (docs/protocol.md §4): those whose data harms the model
 * beyond the tolerance, who were not charged for this version, and whose bond is not used up.
 *
 * @throws DisagreementError when the published files are not those of the index on the chain
 */
export async function chargeableNow(
  { HarmCharges }: Contracts,
  content: ContentFiles,
  { versionId, indexRoot, manifest }: PublishedIndex,
): Promise<Charge[]> {
  const { rows, features, k } = await getIndex(content, manifest);
  const tree = buildIndexTree(rows, features, k);
  if (tree.root !== indexRoot) {
    throw new DisagreementError("the published index is not the one on the chain", {
      value: tree.root,
      limit: indexRoot,
      remedy: "Ask another operator for the index.",
    });
  }
  const lanes = lanesOf(tree.total);
  const toleranceBps = await HarmCharges.toleranceBps();
  const charges = await Promise.all(
    rows.map(async (row, i) => {
      // the bond does not matter yet: the chain says what is left of it
      if (!isChargeable({ ...row, bond: 0n }, lanes, toleranceBps)) return undefined;
      const { contributionId } = row;
      if (await HarmCharges.isCharged(versionId, contributionId)) return undefined;
      const leaf = { i, ...row, featuresHash: hashFeatures(features.subarray(i * k, (i + 1) * k)) };
      const proof = tree.proof(i);
      const harm = await HarmCharges.harmOf(versionId, leaf, proof);
      return harm === 0n ? undefined : { contributionId, harm, leaf, proof };
    }),
  );
  return charges.filter((charge) => charge !== undefined);
}
