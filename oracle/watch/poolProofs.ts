import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { weightsOf } from "@openledger/protocol/score/weight.ts";
import { scoreLeaf, type ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import { solidityPacked } from "ethers";
import { directionIn } from "../settlement/functional.ts";
import type { PoolInputs, VersionIndex } from "../settlement/inputs.ts";
import { type IndexTrees, indexTreesOf } from "../settlement/indexTrees.ts";
import type { PoolSettlement } from "../settlement/settlePool.ts";
import { demand, descent, proof, sumProof, type RemedyCall } from "./calls.ts";
import { featureBytes, functionalBytes, rowEvidence } from "../settlement/rowEvidence.ts";
import { createPartialTree } from "./partialTree.ts";
import { rawScoresTree, type RawTree } from "./rawTrees.ts";
import type { ScoreEvidence, SettlementEvidence, Shown } from "./shown.ts";

/** All scores of a pool, as its root has them. */
export interface ShownScores {
  readonly rows: readonly ScoreRow[];
  readonly tree: RawTree;
}

/** A pool of a pending root, and what it should be. */
export interface PoolInQuestion {
  readonly root: ScoreRoot;
  /** What the chain says. */
  readonly pool: PoolInputs;
  readonly version: VersionIndex;
  /** The leaf of the models tree. */
  readonly settlement: SettlementEvidence;
  /** The bytes behind its `queryHash`. */
  readonly functional: string;
  /** What operators published; not necessarily what the leaf commits to. */
  readonly published: ShownScores | undefined;
  /** What answers have shown of this pool. */
  readonly answers: Shown["answerScore"];
}

const built = new WeakMap<VersionIndex, IndexTrees>();

/** The trees of a version, built once for all pools that it divides. */
function treesOf(version: VersionIndex): IndexTrees {
  const trees = built.get(version) ?? indexTreesOf(version);
  built.set(version, trees);
  return trees;
}

/** What the chain itself contradicts: another pool, version, index or receipts than it has, or a pool for nobody. */
export function settlementProof({ root, pool, version, settlement }: Omit<PoolInQuestion, "functional">) {
  const their = settlement.settlement;
  const right =
    their.pool === pool.pool &&
    their.versionId === pool.versionId &&
    their.indexHash === treesOf(version).hash &&
    their.receiptsRoot === pool.receiptsRoot &&
    their.receiptCount === pool.receiptCount &&
    their.totalWeight !== 0n &&
    (their.fallbackSplit || !version.splitsByExamples);
  return right ? undefined : proof("disputeSettlement", root, settlement);
}

/** A functional that is not the direction of the version's Datanets, where no receipts can make it another. */
export function directionProof({
  root,
  version,
  settlement,
}: Omit<PoolInQuestion, "functional">): RemedyCall | undefined {
  const { receiptCount, queryHash } = settlement.settlement;
  if (receiptCount !== 0 || queryHash === hashInt16(directionIn(version))) return undefined;
  const { parts } = treesOf(version);
  const functionals = version.parts.map(({ quality }) => functionalBytes(quality));
  return proof("disputeDirection", root, settlement, parts, functionals);
}

/** For a functional that does not have 2k bytes: any score shows it. */
export function functionalLengthProof(at: PoolInQuestion): RemedyCall {
  const shown = at.published?.tree.root === at.settlement.settlement.scoresRoot ? at.published : undefined;
  const score = shown ? scoreFrom(shown, 0) : at.answers[0]?.score;
  return score === undefined ? demandScore(at, 0) : disputeScore(at, score);
}

/** The scores that a pool's leaf commits to, where all of them are known. */
export function scoresOfPool(at: PoolInQuestion, right: PoolSettlement): ShownScores | undefined {
  const { scoresRoot } = at.settlement.settlement;
  if (at.published?.tree.root === scoresRoot) return at.published;
  const rows = expectedRows(at, right);
  const tree = rawScoresTree(rows);
  return tree.root === scoresRoot ? { rows, tree } : undefined;
}

/**
 * What cancels a root for one of its pools: one proof; or demands, where the scores that differ are hidden. Nothing when
 * the pool is divided as it should be.
 *
 * @param right the pool, settled by the functional that the leaf commits to.
 */
export function challengePool(at: PoolInQuestion, right: PoolSettlement): RemedyCall[] {
  const shown = scoresOfPool(at, right);
  return shown === undefined ? challengeHiddenScores(at, right) : challengeScores(at, right, shown);
}

function challengeScores(at: PoolInQuestion, right: PoolSettlement, { rows, tree }: ShownScores): RemedyCall[] {
  const { root, settlement, version } = at;
  if (tree.size !== version.rows.length || tree.total !== settlement.settlement.totalWeight) {
    return [proof("disputeScoresTree", root, settlement, descent(tree), "0x")];
  }
  const evidence = (i: number) => scoreFrom({ rows, tree }, i);
  const judge = createJudge(at, right, evidence, rows.keys());
  for (const i of rows.keys()) {
    const call = judge(evidence(i));
    if (call !== undefined) return [call];
  }
  return [];
}

/** Follows what answers have shown towards a leaf that is wrong. */
function challengeHiddenScores(at: PoolInQuestion, right: PoolSettlement): RemedyCall[] {
  const { root, settlement, answers, version } = at;
  const their = settlement.settlement;
  // A fallback without reason shows at those who have a weight by their score.
  const unreasoned = their.fallbackSplit && !right.leaf.fallbackSplit;
  const first = unreasoned ? right.scores.findIndex(({ weight }) => weight > 0n) : 0;
  const scores = new Map(answers.map(({ score }) => [score.proof.index, score]));
  if (!scores.has(first)) return [demandScore(at, first)];

  const judge = createJudge(at, right, (i) => scores.get(i), scores.keys());
  for (const score of scores.values()) {
    const call = judge(score);
    if (call !== undefined) return [call];
  }
  const expected = rawScoresTree(expectedRows(at, right));
  const shown = [...scores.values()].map(({ leaf, proof: path }) => ({ leaf: scoreLeaf(leaf.i, leaf), proof: path }));
  const { size, top, next, broken } = createPartialTree(shown, expected);
  if (size !== version.rows.length || top.sum !== their.totalWeight) {
    return [proof("disputeScoresTree", root, settlement, { size, top, index: 0, pairs: [] }, "0x")];
  }
  if (broken !== undefined) {
    const leaf = broken.pairs.length === expected.depth ? expected.preimage(broken.index) : "0x";
    return [proof("disputeScoresTree", root, settlement, broken, leaf)];
  }
  return next.map((i) => demandScore(at, i));
}

/** Finds what is wrong about one score that was shown. */
function createJudge(
  at: PoolInQuestion,
  right: PoolSettlement,
  evidenceAt: (i: number) => ScoreEvidence | undefined,
  shown: Iterable<number>,
) {
  const { root, settlement, pool, version } = at;
  const { fallbackSplit } = settlement.settlement;
  const expected = expectedRows(at, right);
  const trees = treesOf(version);
  const places = [...shown];

  return (score: ScoreEvidence): RemedyCall | undefined => {
    const i = score.proof.index;
    const { leaf } = score;
    if (i >= version.rows.length) return undefined;
    if (leaf.i !== i) {
      return proof("disputeScorePlace", root, settlement, { preimage: preimageOf(leaf), proof: score.proof });
    }
    if (leaf.contributionId !== version.rows[i]!.contributionId) return disputeWeight(score);
    if (leaf.score !== right.scores[i]!.score) return disputeScore(at, score);
    const unreasoned = fallbackSplit && !right.leaf.fallbackSplit && right.scores[i]!.weight > 0n;
    if (unreasoned || (leaf.weight !== expected[i]!.weight && isWrongByItself(leaf.weight, i))) {
      return disputeWeight(score);
    }
    return leaf.weight === expected[i]!.weight ? undefined : wrongAmongOthers(score);
  };

  function disputeWeight(score: ScoreEvidence): RemedyCall {
    return proof("disputeWeight", root, settlement, score, rowEvidence(version, trees, score.proof.index));
  }

  /** Without accruing, no weight and the examples can both be right: it depends on whether anybody accrues. */
  function isWrongByItself(weight: bigint, i: number): boolean {
    const { accrues } = pool.parties[i]!;
    return !fallbackSplit || accrues || (weight !== 0n && weight !== BigInt(version.rows[i]!.examples));
  }

  /** A weight in a split by examples: what one leaf cannot show, two can. */
  function wrongAmongOthers(score: ScoreEvidence): RemedyCall {
    if (score.leaf.weight !== 0n) {
      const witness = pool.parties.findIndex(({ accrues }) => accrues);
      const evidence = evidenceAt(witness);
      return evidence === undefined
        ? demandScore(at, witness)
        : proof("disputeFallback", root, settlement, score, evidence);
    }
    const paid = places.map((i) => evidenceAt(i)!).find(({ leaf }) => leaf.weight !== 0n);
    if (paid !== undefined) return proof("disputeFallback", root, settlement, paid, score);
    return demandScore(
      at,
      pool.parties.findIndex((_, i) => !places.includes(i)),
    );
  }
}

/** The rows by the flag that the leaf states, so that only what contradicts it differs. */
function expectedRows({ settlement, pool, version }: PoolInQuestion, right: PoolSettlement): readonly ScoreRow[] {
  const { fallbackSplit } = settlement.settlement;
  if (fallbackSplit === right.leaf.fallbackSplit) return right.scores;
  if (!fallbackSplit) return right.scores.map((row) => ({ ...row, weight: 0n }));
  const facts = version.rows.map((row, i) => ({
    ...row,
    score: right.scores[i]!.score,
    accrues: pool.parties[i]!.accrues,
  }));
  const { weights } = weightsOf(facts, true);
  return right.scores.map((row, i) => ({ ...row, weight: weights[i]! }));
}

function disputeScore({ root, settlement, functional, version }: PoolInQuestion, score: ScoreEvidence): RemedyCall {
  const i = score.proof.index;
  const row = rowEvidence(version, treesOf(version), i);
  return proof("disputeScore", root, settlement, score, row, featureBytes(version, i), functional);
}

function demandScore({ root, settlement }: PoolInQuestion, i: number): RemedyCall {
  const { modelId, epoch } = settlement.settlement;
  return demand("demandScore", root, modelId, epoch, i);
}

function scoreFrom({ rows, tree }: ShownScores, i: number): ScoreEvidence {
  const { size, index, siblings } = sumProof(tree, i);
  return { leaf: { i, ...rows[i]! }, proof: { size, index, siblings } };
}

function preimageOf({ i, contributionId, score, weight }: ScoreEvidence["leaf"]): string {
  return solidityPacked(["uint32", "uint256", "int128", "uint128"], [i, contributionId, score, weight]);
}
