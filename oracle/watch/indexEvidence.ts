import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import type { IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import { hashFeatures } from "@openledger/protocol/trees/indexTree.ts";
import { indexTreesOf, partsOf } from "../settlement/indexTrees.ts";
import type { AttestedIndex } from "../settlement/inputs.ts";
import { featureBytes, functionalBytes } from "../settlement/rowEvidence.ts";
import { demand, descent, proof, sumProof, type RemedyCall } from "./calls.ts";
import { challengeHiddenPart, challengeOmission, type PartInQuestion, type ShownRow, wrongRow } from "./hiddenIndex.ts";
import { type RawTree, rawIndexTree } from "./rawTrees.ts";
import type { Shown } from "./shown.ts";

/** What the chain says of a pending index. */
export interface AttestedParts {
  readonly parts: readonly IndexPart[];
  readonly k: number;
}

/**
 * The cheapest calls that lead to the cancellation of a wrong index: one proof; or demands, where what differs is hidden.
 * None where nothing on the chain decides who is right (features, scales, G and what is found harmful are the quorum's word; see
 * docs/protocol.md §7).
 *
 * @param ours what this machine made of the version.
 * @param theirs what the operators published; undefined when nobody serves it.
 * @param shown what the answers to demands have shown.
 */
export function indexRemedies(
  ours: AttestedIndex,
  theirs: AttestedIndex | undefined,
  attested: AttestedParts,
  shown: Shown,
): RemedyCall[] {
  const mine = indexTreesOf(ours).parts;
  const demands: RemedyCall[] = [];
  for (const [part, stated] of attested.parts.entries()) {
    if (isSame(stated, mine[part]!)) continue;
    const calls = challengePart(questionOf(ours, attested, part), theirs, shown);
    if (calls[0]?.contract === "AttributionDisputes") return calls;
    demands.push(...calls);
  }
  return demands;
}

function isSame(a: IndexPart, b: IndexPart): boolean {
  return a.root === b.root && a.size === b.size && a.qualityHash === b.qualityHash && a.harmfulRoot === b.harmfulRoot;
}

function questionOf(ours: AttestedIndex, { parts, k }: AttestedParts, part: number): PartInQuestion {
  const first = parts.slice(0, part).reduce((sum, { size }) => sum + size, 0);
  return { versionId: ours.versionId, k, parts, part, first, ours: partsOf(ours)[part]! };
}

function challengePart(at: PartInQuestion, theirs: AttestedIndex | undefined, shown: Shown): RemedyCall[] {
  const { versionId, part, parts, ours } = at;
  const stated = parts[part]!;
  const published = theirs && partsOf(theirs)[part];
  const judged = shown.answerQuality.find((answer) => answer.part === part);
  const known = [published, ours].find(
    (other) => other !== undefined && hashInt16(other.quality) === stated.qualityHash,
  );
  const quality = known === undefined ? judged?.functional : functionalBytes(known.quality);
  const askFor = quality === undefined ? [demand("demandQuality", versionId, part)] : [];
  for (const rows of [published, ours]) {
    const tree = rows && rawIndexTree({ ...rows, k: at.k });
    if (tree?.root !== stated.root) continue;
    const call = challengeRows(at, rows!, tree, quality);
    return call === undefined ? askFor : [call];
  }
  return challengeHiddenPart(at, quality, shown).concat(askFor);
}

/** @param rows what has the attested root */
function challengeRows(
  at: PartInQuestion,
  rows: PartInQuestion["ours"],
  tree: RawTree,
  quality: string | undefined,
): RemedyCall | undefined {
  const { versionId, parts, part, k } = at;
  if (tree.size !== parts[part]!.size) return proof("disputeIndexTree", versionId, parts, part, descent(tree), "0x");
  if (tree.disorder !== undefined) {
    const [first, second] = [tree.disorder, tree.disorder + 1].map((i) => ({
      preimage: tree.preimage(i),
      proof: sumProof(tree, i),
    }));
    return proof("disputeIndexOrder", versionId, parts, part, first, second);
  }
  const shown = rows.rows.map((row, i): ShownRow => {
    const features = rows.features.subarray(i * k, (i + 1) * k);
    const leaf = { i, ...row, featuresHash: hashFeatures(features) };
    return {
      index: { parts: [...parts], part, leaf, proof: sumProof(tree, i) },
      features: featureBytes({ features: rows.features, k }, i),
    };
  });
  const wrong = (by: string | undefined) =>
    shown.map((row) => wrongRow(at, row, by)).find((call) => call !== undefined);
  return wrong(undefined) ?? challengeOmission(at, shown) ?? (quality === undefined ? undefined : wrong(quality));
}
