import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { payoutsOf } from "@openledger/protocol/score/payout.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { weightsOf } from "@openledger/protocol/score/weight.ts";
import type { ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import { buildScoresTree, type ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import { InputError } from "../common/errors.ts";
import type { PoolInputs, VersionIndex } from "./inputs.ts";

/** How one pool was divided. All lists are aligned with the rows of the version's index. */
export interface PoolSettlement {
  readonly leaf: ModelSettlement;
  readonly scores: readonly ScoreRow[];
  readonly scoresTree: SumTree;
  /** Wei; they add up to the pool. */
  readonly payouts: readonly bigint[];
}

/**
 * Divides a pool among the contributions of a version (docs/protocol.md §3).
 *
 * @param indexHash of the version's index.
 * @throws InputError when the inputs do not fit the version, or the pool is empty.
 */
export function settlePool(inputs: PoolInputs, version: VersionIndex, indexHash: Hash): PoolSettlement {
  checkShape(inputs, version);
  const scores = scoresOf(
    inputs.functional,
    version.features,
    version.rows.map((row) => row.scale),
  );
  const facts = version.rows.map((row, i) => ({ ...row, score: scores[i]!, accrues: inputs.parties[i]!.accrues }));
  const { weights, total, fallbackSplit } = weightsOf(facts, version.splitsByExamples);
  const rows = version.rows.map(({ contributionId }, i) => ({
    contributionId,
    score: scores[i]!,
    weight: weights[i]!,
  }));
  const scoresTree = buildScoresTree(rows);
  const leaf: ModelSettlement = {
    modelId: inputs.modelId,
    epoch: inputs.epoch,
    versionId: version.versionId,
    indexHash,
    queryHash: hashInt16(inputs.functional),
    scoresRoot: scoresTree.root,
    totalWeight: total,
    pool: inputs.pool,
    receiptsRoot: inputs.receiptsRoot,
    receiptCount: inputs.receiptCount,
    fallbackSplit,
  };
  return { leaf, scores: rows, scoresTree, payouts: payoutsOf(inputs.pool, weights) };
}

function checkShape(inputs: PoolInputs, version: VersionIndex): void {
  const where = `pool of model ${inputs.modelId} in epoch ${inputs.epoch}`;
  if (inputs.pool <= 0n) {
    throw new InputError(`The ${where} is empty`, { value: inputs.pool, remedy: "leave empty pools out" });
  }
  if (inputs.functional.length !== version.k) {
    throw new InputError(`The functional of the ${where} does not fit version ${version.versionId}`, {
      value: inputs.functional.length,
      limit: `${version.k} components`,
    });
  }
  if (inputs.parties.length !== version.rows.length) {
    throw new InputError(`The parties of the ${where} do not fit version ${version.versionId}`, {
      value: inputs.parties.length,
      limit: `one for each of the ${version.rows.length} rows of the index`,
    });
  }
}
