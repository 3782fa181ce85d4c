import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { decodeInt16, hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { modelLeaf } from "@openledger/protocol/trees/modelsTree.ts";
import { getBytes } from "ethers";
import type { SettlementInputs, VersionIndex } from "../settlement/inputs.ts";
import { settleEpochs, type Settlement } from "../settlement/settle.ts";
import { challengeHiddenAccounts, challengeLedger, type PayeeOf } from "./accountProofs.ts";
import { demand, proof, sumProof, type RemedyCall } from "./calls.ts";
import { functionalBytes } from "../settlement/rowEvidence.ts";
import {
  challengePool,
  directionProof,
  functionalLengthProof,
  type PoolInQuestion,
  scoresOfPool,
  settlementProof,
} from "./poolProofs.ts";
import { createPartialTree } from "./partialTree.ts";
import { publishedRoot, settlementEvidence, type PublishedRoot } from "./publishedRoot.ts";
import { rawModelsTree } from "./rawTrees.ts";
import type { Shown } from "./shown.ts";

/**
 * The cheapest calls that lead to the cancellation of a wrong root: one proof; or demands, where what differs is hidden.
 * None where nothing on the chain decides who is right.
 *
 * Functionals and the receipts behind them are the quorum's word. So everything else is derived anew from the functionals
 * that the root commits to: what differs then is wrong whoever is right about F.
 *
 * @param inputs what this machine read from the chain and computed, for the same epochs.
 * @param posted the pending root.
 * @param published what its operators show of it; undefined when nobody serves it, or nothing that can be read.
 * @param shown what the answers to demands have shown.
 */
export async function rootRemedies(
  inputs: SettlementInputs,
  posted: ScoreRoot,
  published: PublishedRoot | undefined,
  shown: Shown,
  payeeOf: PayeeOf,
): Promise<RemedyCall[]> {
  const own = settleEpochs(inputs);
  const models = shownModels(inputs, own, posted, published);
  if (models?.models.disorder !== undefined) return [disorderedModels(posted, models)];
  const invented = models?.claims.pools.findIndex(({ leaf }) => placeOfPool(inputs.pools, leaf) < 0) ?? -1;
  if (invented >= 0) return [proof("disputeSettlement", posted, settlementEvidence(models!, invented))];

  const known: PoolInQuestion[] = [];
  const hidden: RemedyCall[] = [];
  for (const pool of inputs.pools) {
    const leaf = leafOfPool(pool, models, shown);
    const version = versionOf(inputs, pool.versionId);
    if (leaf === undefined) {
      hidden.push(demand("demandFunctional", posted, pool.modelId, pool.epoch));
      continue;
    }
    const { settlement, functional, scores } = leaf;
    const answers = shown.answerScore.filter((answer) => sameLeaf(answer.settlement, settlement));
    const at = { root: posted, pool, version, settlement, published: scores, answers };
    const wrong = settlementProof(at) ?? directionProof(at);
    if (wrong !== undefined) return [wrong];
    if (functional === undefined) hidden.push(demand("demandFunctional", posted, pool.modelId, pool.epoch));
    else known.push({ ...at, functional });
  }
  const wrongModels = disorderAmong(posted, known) ?? brokenModels(posted, known, own);
  if (wrongModels !== undefined) return [wrongModels];
  if (hidden.length > 0) return hidden;

  for (const at of known) {
    if (getBytes(at.functional).length !== 2 * at.version.k) return [functionalLengthProof(at)];
  }
  const functionals = known.map(({ functional }) => decodeInt16(getBytes(functional)));
  const pools = inputs.pools.map((pool, p) => ({ ...pool, functional: functionals[p]! }));
  const right = settleEpochs({ ...inputs, pools });
  const demands: RemedyCall[] = [];
  for (const [p, at] of known.entries()) {
    const calls = challengePool(at, right.pools[p]!);
    if (calls[0]?.contract === "AttributionDisputes") return calls;
    demands.push(...calls);
  }
  if (demands.length > 0) return demands;
  const broken = brokenModels(posted, known, right);
  if (broken !== undefined) return [broken];
  if (right.root.payoutsRoot === posted.payoutsRoot && right.root.accounts === posted.accounts) return [];

  const settled = known.map((at, p) => ({
    settlement: at.settlement,
    scores: scoresOfPool(at, right.pools[p]!)!,
  }));
  const accounts = { root: posted, inputs, right, pools: settled, payeeOf };
  const ledger = published?.ledger;
  return ledger?.payouts.root === posted.payoutsRoot && ledger.payouts.size === posted.accounts
    ? challengeLedger(accounts, ledger)
    : challengeHiddenAccounts(accounts, shown);
}

/** Whatever gives the whole models tree: what was published, or what was computed here. */
function shownModels(
  { pools }: SettlementInputs,
  own: Settlement,
  posted: ScoreRoot,
  published: PublishedRoot | undefined,
): PublishedRoot | undefined {
  if (published?.models.root === posted.modelsRoot) return published;
  if (own.root.modelsRoot !== posted.modelsRoot) return undefined;
  return publishedRoot(
    posted,
    own,
    pools.map(({ functional }) => functional),
  );
}

function disorderedModels(posted: ScoreRoot, { models }: PublishedRoot): RemedyCall {
  const [first, second] = [models.disorder!, models.disorder! + 1].map((i) => ({
    preimage: models.preimage(i),
    proof: sumProof(models, i),
  }));
  return proof("disputeModelsOrder", posted, first, second);
}

/** Neighbours in the models tree that do not ascend, among the leaves that were shown. */
function disorderAmong(posted: ScoreRoot, known: readonly PoolInQuestion[]): RemedyCall | undefined {
  for (const { settlement: first } of known) {
    const second = known.find(({ settlement }) => settlement.proof.index === first.proof.index + 1)?.settlement;
    if (second === undefined || comparePlaces(first.settlement, second.settlement) < 0) continue;
    const [a, b] = [first, second].map(({ settlement, proof: path }) => ({
      preimage: rawModelsTree([settlement]).preimage(0),
      proof: path,
    }));
    return proof("disputeModelsOrder", posted, a, b);
  }
  return undefined;
}

/** A node of the models tree that is not the sum of its parts, beside the leaves that were shown. */
function brokenModels(
  posted: ScoreRoot,
  known: readonly PoolInQuestion[],
  { modelsTree, pools }: Settlement,
): RemedyCall | undefined {
  if (modelsTree.root === posted.modelsRoot || known.length === 0) return undefined;
  const leaves = known.map(({ settlement }) => ({ leaf: modelLeaf(settlement.settlement), proof: settlement.proof }));
  const { broken } = createPartialTree(leaves, modelsTree);
  if (broken === undefined) return undefined;
  const isLeaf = broken.pairs.length === modelsTree.depth;
  const leaf = isLeaf ? rawModelsTree(pools.map((pool) => pool.leaf)).preimage(broken.index) : "0x";
  return proof("disputeModelsTree", posted, broken, leaf);
}

interface Place {
  readonly modelId: bigint;
  readonly epoch: bigint;
}

/** The leaf of a pool, its functional and its scores, as far as they were published or shown. */
function leafOfPool(pool: Place, models: PublishedRoot | undefined, shown: Shown) {
  const answered = shown.answerFunctional.find(({ settlement }) => isAt(settlement.settlement, pool));
  const p =
    models === undefined
      ? -1
      : placeOfPool(
          models.claims.pools.map(({ leaf }) => leaf),
          pool,
        );
  if (models === undefined || p < 0) return answered && { ...answered, scores: undefined };
  const { queryHash } = models.claims.pools[p]!.leaf;
  const functional = models.functionals[p];
  const isShown = functional !== undefined && hashInt16(functional) === queryHash;
  return {
    settlement: settlementEvidence(models, p),
    functional: isShown ? functionalBytes(functional) : answered?.functional,
    scores: { rows: models.claims.pools[p]!.scores, tree: models.scores[p]! },
  };
}

function placeOfPool(pools: readonly Place[], of: Place): number {
  return pools.findIndex((pool) => isAt(pool, of));
}

function comparePlaces(a: Place, b: Place): number {
  if (a.modelId !== b.modelId) return a.modelId < b.modelId ? -1 : 1;
  return a.epoch < b.epoch ? -1 : a.epoch > b.epoch ? 1 : 0;
}

function isAt(a: Place, b: Place): boolean {
  return a.modelId === b.modelId && a.epoch === b.epoch;
}

function sameLeaf(a: { settlement: Place & { scoresRoot: string } }, b: typeof a): boolean {
  return isAt(a.settlement, b.settlement) && a.settlement.scoresRoot === b.settlement.scoresRoot;
}

function versionOf({ versions }: SettlementInputs, versionId: bigint): VersionIndex {
  const version = versions.find((other) => other.versionId === versionId);
  if (version === undefined) throw new RangeError(`no index of version ${versionId}`);
  return version;
}
