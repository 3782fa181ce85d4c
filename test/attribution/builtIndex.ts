import { ethers } from "ethers";
import { asHash, toHex, type Hash } from "@openledger/protocol/hex.ts";
import { dot } from "@openledger/protocol/score/dot.ts";
import { encodeInt16, hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { buildHarmfulTree } from "@openledger/protocol/trees/harmfulTree.ts";
import { hashIndexParts, placeInParts, type IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import { hashFeatures, indexLeaf, indexSum, type IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import { forgeableTree, type ForgeableTree, type Forgery } from "./forgeableTree.ts";

/** The contributions of one Datanet in an index, as its operators hold them. */
export interface BuiltPart {
  readonly datanetId: bigint;
  readonly rows: IndexRow[];
  readonly features: Int8Array[];
  readonly quality: Int16Array;
  /** Contributions that are found harmful, ascending. */
  readonly harmful: readonly bigint[];
  readonly tree: ForgeableTree;
}

/** An index as its operators hold it. */
export interface BuiltIndex {
  readonly versionId: bigint;
  readonly k: number;
  readonly parts: readonly BuiltPart[];
  /** Of all parts, in their order. */
  readonly rows: readonly IndexRow[];
  readonly features: readonly Int8Array[];
  /** What is attested. */
  readonly stated: readonly IndexPart[];
  readonly hash: Hash;
  readonly certificateBps: number;
}

/** Where a dishonest quorum departs from the rules while it builds an index; everything above the change is built as if it were right. */
export interface IndexCheat {
  readonly quality?: (rows: IndexRow[]) => void;
  /** Qualities per example of the first part's rows, honest ones: its functionals look at the first component alone. */
  readonly perExample?: readonly number[];
  /** Rows of the first part that are found harmful. Default: those of negative quality. */
  readonly harmful?: readonly number[];
  /** Leave the second row of the first part out. */
  readonly omit?: boolean;
  /** Turn the order of the first part around. */
  readonly reverse?: boolean;
  readonly indexForgeries?: (leaves: SumNode[]) => Forgery[];
  readonly indexSize?: (size: number) => number;
  readonly parts?: (parts: IndexPart[]) => void;
}

/** A contribution that an index has to hold. */
export interface Indexed {
  readonly contributionId: bigint;
  readonly examples: number;
}

/** @param datanets the contributions of each Datanet of the version, ascending */
export function buildIndex(
  { versionId, k, certificateBps }: Pick<BuiltIndex, "versionId" | "k" | "certificateBps">,
  datanets: readonly { readonly datanetId: bigint; readonly indexed: readonly Indexed[] }[],
  random: () => number,
  cheat: IndexCheat,
): BuiltIndex {
  const drafts = datanets.map(({ datanetId, indexed }, d) => {
    const perExample = d === 0 ? cheat.perExample : undefined;
    const quality = perExample ? unit(k) : Int16Array.from({ length: k }, () => (random() << 16) >> 16);
    const features: Int8Array[] = [];
    const rows = indexed.map(({ contributionId, examples }, i) => {
      if (perExample) {
        features.push(Int8Array.from({ length: k }, (_, j) => (j === 0 ? perExample[i]! : 0)));
        return { contributionId, examples, scale: examples, quality: BigInt(perExample[i]! * examples) };
      }
      const vector = Int8Array.from({ length: k }, () => (random() << 24) >> 24);
      // Mostly along the quality functional, so that most of the data helps.
      if (random() % 4) vector.forEach((v, j) => (vector[j] = Math.trunc((quality[j]! >> 9) + v / 4)));
      const scale = 1 + (random() % 1_000);
      features.push(vector);
      return { contributionId, examples, scale, quality: BigInt(dot(quality, vector) * scale) };
    });
    return { datanetId, quality, rows, features };
  });
  const every = drafts.flatMap(({ rows }) => rows);
  cheat.quality?.(every);
  for (const { rows } of drafts) rows.splice(0, rows.length, ...every.splice(0, rows.length));
  const [first] = drafts as [(typeof drafts)[0]];
  if (cheat.omit) for (const list of [first.rows, first.features]) list.splice(1, 1);
  if (cheat.reverse) for (const list of [first.rows, first.features]) list.reverse();
  const parts = drafts.map((draft, p): BuiltPart => {
    const leaves = draft.rows.map((row, i) => forgedIndexLeaf(i, row, hashFeatures(draft.features[i]!)));
    const ids = draft.rows.flatMap(({ contributionId, quality }, i) =>
      (p === 0 && cheat.harmful ? cheat.harmful.includes(i) : quality < 0n) ? [contributionId] : [],
    );
    const part = { ...draft, harmful: ids.sort((a, b) => (a < b ? -1 : 1)) };
    if (p > 0) return { ...part, tree: forgeableTree(leaves) };
    return { ...part, tree: forgeableTree(leaves, cheat.indexForgeries?.(leaves), cheat.indexSize?.(leaves.length)) };
  });
  const stated = parts.map(({ datanetId, rows, quality, harmful, tree }) => ({
    datanetId,
    root: asHash(tree.root),
    size: rows.length,
    qualityHash: hashInt16(quality),
    harmfulRoot: buildHarmfulTree(harmful).root,
  }));
  cheat.parts?.(stated);
  return {
    versionId,
    k,
    parts,
    rows: parts.flatMap(({ rows }) => rows),
    features: parts.flatMap(({ features }) => features),
    stated,
    hash: hashIndexParts(stated),
    certificateBps,
  };
}

/** (1, 0, …, 0) */
const unit = (k: number) => Int16Array.from({ length: k }, (_, j) => (j === 0 ? 1 : 0));

/** The same index with something else stated of its first part. */
export function restated(index: BuiltIndex, change: Partial<IndexPart>): BuiltIndex {
  const [first, ...others] = index.stated;
  const stated = [{ ...first!, ...change }, ...others];
  return { ...index, stated, hash: hashIndexParts(stated) };
}

/** The leaf of an index row, also of one without scale. */
function forgedIndexLeaf(i: number, row: IndexRow, featuresHash: Hash): SumNode {
  if (row.scale > 0) return indexLeaf(i, row, featuresHash);
  const hash = asHash(ethers.keccak256(ethers.concat(["0x00", rowPreimage(i, row, featuresHash)])));
  return { hash, sum: indexSum(row) };
}

// ---------------------------------------------------------------- evidence

/** Evidence for a row, by its position among all. */
export function indexEvidence({ parts, stated, rows, features }: BuiltIndex, position: number) {
  const { part, i } = placeInParts(sizesOf(parts), position);
  const leaf = { i, ...rows[position]!, featuresHash: hashFeatures(features[position]!) };
  return { parts: [...stated], part, leaf, proof: parts[part]!.tree.proof(i) };
}

/** Row `i` of a part as a leaf of its tree. */
export const indexLeafAt = (index: BuiltIndex, i: number, part = 0) => ({
  preimage: indexPreimage(index, i, part),
  proof: index.parts[part]!.tree.proof(i),
});

export const indexPreimage = ({ parts }: BuiltIndex, i: number, part = 0) => {
  const { rows, features } = parts[part]!;
  return rowPreimage(i, rows[i]!, hashFeatures(features[i]!));
};

export const featuresOf = ({ features }: BuiltIndex, position: number) =>
  toHex(new Uint8Array(features[position]!.buffer));
export const bytesOf = (functional: Int16Array) => toHex(encodeInt16(functional));

/** What answers a demand for what a part is judged by. */
export const qualityAnswer = ({ versionId, stated, parts }: BuiltIndex, part = 0) =>
  [versionId, [...stated] as IndexPart[], part, bytesOf(parts[part]!.quality) as string] as const;

/** What `chargeHarm` takes to charge a contribution of a part; with another's proof for one that is not found harmful. */
export function chargeOf({ versionId, stated, rows, parts }: BuiltIndex, position: number) {
  const { contributionId } = rows[position]!;
  const { part } = placeInParts(sizesOf(parts), position);
  const { harmful } = parts[part]!;
  const { size, index, siblings } = buildHarmfulTree(harmful).proof(Math.max(0, harmful.indexOf(contributionId)));
  return [versionId, contributionId, [...stated] as IndexPart[], part, { size, index, siblings }] as const;
}

const sizesOf = (parts: readonly BuiltPart[]) => parts.map(({ rows }) => ({ size: rows.length }));

const rowPreimage = (i: number, { contributionId, examples, scale, quality }: IndexRow, featuresHash: Hash) =>
  ethers.solidityPacked(
    ["uint32", "uint256", "uint32", "uint32", "int128", "bytes32"],
    [i, contributionId, examples, scale, quality, featuresHash],
  );
