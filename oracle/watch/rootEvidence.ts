import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Address } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import { compareSettlements } from "../settlement/compare.ts";
import type { Difference } from "../settlement/difference.ts";
import type { SettlementInputs, VersionIndex } from "../settlement/inputs.ts";
import { indexTreeOf, settleEpochs, type Settlement } from "../settlement/settle.ts";
import { demand, descent, proof, type RemedyCall } from "./calls.ts";
import { featureBytes, functionalBytes, indexLeafEvidence } from "./indexEvidence.ts";
import { accountTrees, entryEvidence, poolEvidence, type PublishedRoot } from "./publishedRoot.ts";

/** Owner of a contribution at the start of an epoch, as the registry says; undefined for one that does not exist. */
export type PayeeOf = (contributionId: bigint, epoch: bigint) => Promise<Address | undefined>;

/**
 * The cheapest call that cancels a wrong root; undefined where nothing on the chain decides who is right.
 *
 * Functionals and the receipts behind them are the quorum's word. So everything else is derived anew from the functionals
 * that the operators published: what differs then is wrong whoever is right about F.
 *
 * @param inputs what this machine read from the chain and computed, for the same epochs.
 * @param posted the pending root.
 * @param published what its operators show of it; undefined when nobody serves it, or nothing that can be read.
 */
export async function rootRemedy(
  inputs: SettlementInputs,
  posted: ScoreRoot,
  published: PublishedRoot | undefined,
  payeeOf: PayeeOf,
): Promise<RemedyCall | undefined> {
  if (published === undefined) return demandHidden(settleEpochs(inputs), posted);
  const evidence = poolEvidence(published);
  if (evidence.models.root !== posted.modelsRoot) return demandPool(inputs, posted, 0);

  const pools = [];
  for (const [p, pool] of inputs.pools.entries()) {
    const at = placeOfPool(published, pool);
    const functional = published.functionals[at];
    // A root that settles the pool of no other leaf cannot answer for it; one that hides F must show it.
    if (functional === undefined || hashInt16(functional) !== published.claims.pools[at]!.leaf.queryHash) {
      return demandPool(inputs, posted, p);
    }
    if (functional.length !== versionOf(inputs, pool.versionId).k) {
      return createProver(inputs, published, payeeOf).functionalLength(at);
    }
    pools.push({ ...pool, functional });
  }
  const right = settleEpochs({ ...inputs, pools });
  const difference = compareSettlements(right, published.claims);
  if (difference === undefined && right.root.payoutsRoot === posted.payoutsRoot) return undefined;
  return createProver(inputs, published, payeeOf).prove(difference, right);
}

/** What to ask for when nothing is shown: where our root differs, from the top. */
function demandHidden({ root, pools }: Settlement, posted: ScoreRoot): RemedyCall | undefined {
  const [first] = pools;
  if (first !== undefined && root.modelsRoot !== posted.modelsRoot) {
    return demand("demandFunctional", posted, first.leaf.modelId, first.leaf.epoch);
  }
  if (root.payoutsRoot !== posted.payoutsRoot) return demand("demandPayoutsNode", posted, posted.payoutsRoot, []);
  return undefined;
}

function demandPool({ pools }: SettlementInputs, posted: ScoreRoot, p: number): RemedyCall {
  const { modelId, epoch } = pools[p]!;
  return demand("demandFunctional", posted, modelId, epoch);
}

function placeOfPool({ claims }: PublishedRoot, of: { readonly modelId: bigint; readonly epoch: bigint }): number {
  return claims.pools.findIndex(({ leaf }) => leaf.modelId === of.modelId && leaf.epoch === of.epoch);
}

function versionOf({ versions }: SettlementInputs, versionId: bigint): VersionIndex {
  const version = versions.find((other) => other.versionId === versionId);
  if (version === undefined) throw new RangeError(`no index of version ${versionId}`);
  return version;
}

/** Turns differences into calls about one published root. */
function createProver(inputs: SettlementInputs, published: PublishedRoot, payeeOf: PayeeOf) {
  const { root, claims, functionals } = published;
  const evidence = poolEvidence(published);

  function prove(
    found: Difference | undefined,
    right: Settlement,
  ): RemedyCall | undefined | Promise<RemedyCall | undefined> {
    if (found?.tree === "models") return proveModels(found, right);
    if (found?.tree === "scores") return proveScores(found, right);
    return proveAccounts(found, right);
  }

  function proveModels({ place, field }: Difference, right: Settlement): RemedyCall {
    const p = placeOfPool(published, place as { modelId: bigint; epoch: bigint });
    const their = claims.pools[p]!.leaf;
    const mine = right.pools.find(({ leaf }) => leaf.modelId === their.modelId && leaf.epoch === their.epoch);
    if (field === "scoresRoot") return demandScore(p, 0);
    if (field === "totalWeight") {
      if (!isShown(p)) return demandScore(p, 0);
      return proof("disputeScoresTree", root, evidence.settlement(p), descent(evidence.scoresTree(p)), "0x");
    }
    if (field === "fallbackSplit" && mine !== undefined && isShown(p)) {
      const byExamples = versionOf(inputs, mine.leaf.versionId).splitsByExamples;
      // Without that, the flag follows from the weights: one that is not 0 although it must be, or must be although it is.
      const i = mine.leaf.fallbackSplit
        ? claims.pools[p]!.scores.findIndex(({ weight }) => weight > 0n)
        : mine.scores.findIndex(({ weight }) => weight > 0n);
      if (!byExamples && i >= 0) return weight(p, i);
    }
    return proof("disputeSettlement", root, evidence.settlement(p));
  }

  function proveScores({ place, field }: Difference, right: Settlement): RemedyCall {
    const p = placeOfPool(published, place as { modelId: bigint; epoch: bigint });
    const i = place.index!;
    const { scores } = claims.pools[p]!;
    if (!isShown(p)) return demandScore(p, i);
    const mine = right.pools.find(({ leaf }) => leaf.modelId === place.modelId && leaf.epoch === place.epoch)!;
    if (scores.length !== mine.scores.length) {
      return proof("disputeScoresTree", root, evidence.settlement(p), descent(evidence.scoresTree(p)), "0x");
    }
    if (field === "score") return score(p, i);
    if (field !== "weight" || !mine.leaf.fallbackSplit) return weight(p, i);
    return fallbackWeight(p, i, mine.leaf.modelId, mine.leaf.epoch);
  }

  /** A weight in a split by examples: what one leaf cannot show, two can. */
  function fallbackWeight(p: number, i: number, modelId: bigint, epoch: bigint): RemedyCall {
    const { scores } = claims.pools[p]!;
    const { parties, versionId } = inputs.pools.find((pool) => pool.modelId === modelId && pool.epoch === epoch)!;
    const examples = BigInt(versionOf(inputs, versionId).rows[i]!.examples);
    const their = scores[i]!.weight;
    if (parties[i]!.accrues || (their !== 0n && their !== examples)) return weight(p, i);
    const [paid, witness] =
      their === 0n
        ? [scores.findIndex((row, j) => row.weight !== 0n && !parties[j]!.accrues), i]
        : [i, parties.findIndex(({ accrues }) => accrues)];
    if (paid < 0) return proof("disputeSettlement", root, evidence.settlement(p));
    return proof("disputeFallback", root, evidence.settlement(p), evidence.score(p, paid), evidence.score(p, witness));
  }

  async function proveAccounts(found: Difference | undefined, right: Settlement): Promise<RemedyCall | undefined> {
    const trees = accountTrees(claims.accounts);
    if (trees.payouts.root !== root.payoutsRoot) return demand("demandPayoutsNode", root, root.payoutsRoot, []);
    if (found?.tree !== "entries") return undefined;
    const { account, modelId, contributionId } = found.place as Required<typeof found.place>;
    const entry = entryEvidence(trees, account, { modelId, contributionId });
    const mine = right.accounts
      .find((other) => other.account === account)
      ?.entries.find((other) => other.modelId === modelId && other.contributionId === contributionId);
    const previous = inputs.previous.accounts.length === 0 ? undefined : accountTrees(inputs.previous.accounts);
    const before = previous && entryEvidence(previous, account, { modelId, contributionId });
    if (entry === undefined) {
      if (before !== undefined) return demand("demandCarriedEntry", root, before);
      const [first] = await epochsOf(account, modelId, contributionId, right);
      return first && demand("demandEntry", root, contributionId, first);
    }
    if (entry.entry.earned !== (mine?.earned ?? 0n)) {
      return proof("disputeEarned", root, entry, await epochsOf(account, modelId, contributionId));
    }
    if (before === undefined && previous !== undefined) return demand("demandPredecessor", root, entry);
    return proof("disputeCarried", root, entry, before ?? entry);
  }

  /**
   * Evidence for every epoch in which the account was the contribution's payee.
   *
   * @param paying leaves out the epochs in which that settlement pays nothing for it.
   */
  async function epochsOf(account: Address, modelId: bigint, contributionId: bigint, paying?: Settlement) {
    const shown = [];
    for (const [p, { leaf }] of claims.pools.entries()) {
      if (leaf.modelId !== modelId || (await payeeOf(contributionId, leaf.epoch)) !== account) continue;
      if (paying !== undefined) {
        const { scores, payouts } = paying.pools[p]!;
        const i = scores.findIndex((row) => row.contributionId === contributionId);
        if ((payouts[i] ?? 0n) === 0n) continue;
      }
      shown.push(evidence.epoch(p, contributionId));
    }
    return shown;
  }

  /** Whether the published scores are those that the pool's leaf commits to. */
  function isShown(p: number): boolean {
    return evidence.scoresTree(p).root === claims.pools[p]!.leaf.scoresRoot;
  }

  function demandScore(p: number, i: number): RemedyCall {
    const { modelId, epoch } = claims.pools[p]!.leaf;
    return demand("demandScore", root, modelId, epoch, i);
  }

  function score(p: number, i: number): RemedyCall {
    const { version, tree } = indexBehind(p);
    return proof(
      "disputeScore",
      root,
      evidence.settlement(p),
      evidence.score(p, i),
      indexLeafEvidence(version, tree, i),
      featureBytes(version, i),
      functionalBytes(functionals[p]!),
    );
  }

  /** F without k components: of another version, or of none. */
  function functionalLength(p: number): RemedyCall {
    if (!isShown(p)) return demandScore(p, 0);
    if (indexBehind(p).tree.root === claims.pools[p]!.leaf.indexRoot) return score(p, 0);
    return proof("disputeSettlement", root, evidence.settlement(p));
  }

  function weight(p: number, i: number): RemedyCall {
    const { version, tree } = indexBehind(p);
    const row = indexLeafEvidence(version, tree, i);
    return proof("disputeWeight", root, evidence.settlement(p), evidence.score(p, i), row);
  }

  function indexBehind(p: number): { version: VersionIndex; tree: SumTree } {
    const { modelId, epoch } = claims.pools[p]!.leaf;
    const pool = inputs.pools.find((other) => other.modelId === modelId && other.epoch === epoch)!;
    const version = versionOf(inputs, pool.versionId);
    return { version, tree: indexTreeOf(version) };
  }

  return { prove, functionalLength };
}
