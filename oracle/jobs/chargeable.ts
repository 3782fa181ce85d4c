import type { Hash } from "@openledger/protocol/hex.ts";
import { harmDown } from "@openledger/protocol/score/harm.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { lanesOf } from "@openledger/protocol/trees/indexTree.ts";
import type { Contracts } from "../chain/contracts.ts";
import { DisagreementError } from "../common/errors.ts";
import { indexTreesOf, type IndexTrees, partsOf } from "../settlement/indexTrees.ts";
import { featureBytes, functionalBytes, rowEvidence } from "../settlement/rowEvidence.ts";
import type { ContentFiles } from "./contentFiles.ts";
import { getIndex, type IndexFiles } from "./indexFiles.ts";

/** An activated index: its hash on the chain, and the CID of its files. */
export interface PublishedIndex {
  readonly versionId: bigint;
  readonly partsHash: Hash;
  readonly manifest: string;
}

/** A contribution that harms the version that judges it. */
export interface Charge {
  readonly contributionId: bigint;
  /** OPEN wei that would be taken of its bond now. */
  readonly harm: bigint;
  /** Arguments of `HarmCharges.chargeHarm`. */
  readonly args: readonly [
    versionId: bigint,
    row: ReturnType<typeof rowEvidence>,
    features: string,
    folds: { readonly hash: Hash; readonly functional: string }[],
  ];
}

/** Decides nothing: the chain says what is left of a bond. */
const ANY_BOND = 1n << 64n;

/**
 * What can be charged of the bonds of a version's contributions now (docs/protocol.md §3): those that the version judges, that
 * enough folds of their Datanet's quality set find harmful beyond the tolerance, that were not charged, and whose bond is not
 * used up.
 *
 * @throws DisagreementError when the published files are not those of the index on the chain
 */
export async function chargeableNow(
  { HarmCharges }: Contracts,
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
  const charges = await Promise.all(
    harmfulRows(files, trees).map(async ({ position, part }) => {
      const row = rowEvidence(files, trees, position);
      const { contributionId } = row.leaf;
      if ((await HarmCharges.judgeOf(contributionId)) !== versionId) return undefined;
      if (await HarmCharges.isCharged(contributionId)) return undefined;
      const folds = files.parts[part]!.folds.map((fold) => ({
        hash: hashInt16(fold),
        functional: functionalBytes(fold),
      }));
      const args: Charge["args"] = [versionId, row, featureBytes(files, position), folds];
      const harm = await HarmCharges.harmOf(...args);
      return harm === 0n ? undefined : { contributionId, harm, args };
    }),
  );
  return charges.filter((charge) => charge !== undefined);
}

/** Rows that the rule of charges finds harmful, by their position and their part. */
function harmfulRows(files: IndexFiles, { trees }: IndexTrees): { position: number; part: number }[] {
  return partsOf(files).flatMap(({ rows, features, first }, part) => {
    if (rows.length === 0) return [];
    const lanes = lanesOf(trees[part]!.total);
    const scales = rows.map(({ scale }) => scale);
    const byFold = files.parts[part]!.folds.map((fold) => scoresOf(fold, features, scales));
    return rows.flatMap((row, i) => {
      const foldQualities = byFold.map((qualities) => qualities[i]!);
      const harm = harmDown({ ...row, foldQualities, bond: ANY_BOND }, lanes);
      return harm === 0n ? [] : [{ position: first + i, part }];
    });
  });
}
