import { MAX_EPOCHS_PER_ROOT } from "@openledger/protocol/epochs.ts";
import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { buildModelsTree } from "@openledger/protocol/trees/modelsTree.ts";
import { buildPayoutsTree, packPayouts, type PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import { InputError } from "../common/errors.ts";
import { indexTreesOf, type IndexTrees } from "./indexTrees.ts";
import type { SettlementInputs } from "./inputs.ts";
import { addEarnings, type AccountSettlement, type Earning } from "./ledger.ts";
import { settlePool, type PoolSettlement } from "./settlePool.ts";

/** Where the money of a root comes from. Wei. */
export interface Books {
  /** Paid out by all roots before. */
  readonly previousTotal: bigint;
  /** Pools of this root. */
  readonly poolsTotal: bigint;
  /** Sum of all accounts' cumulative amounts: the two above together, exactly. */
  readonly payoutsTotal: bigint;
}

/** A score root, but for the hash of its bundle. */
export type UnbundledRoot = Omit<ScoreRoot, "bundleHash">;

/** A settlement: every tree, and what they were built from. */
export interface Settlement {
  readonly root: UnbundledRoot;
  readonly books: Books;
  /** By versionId. */
  readonly indexTrees: ReadonlyMap<bigint, IndexTrees>;
  /** In the order of the inputs' pools. */
  readonly pools: readonly PoolSettlement[];
  readonly modelsTree: SumTree;
  /** Strictly ascending by account; leaf i of the payouts tree is account i. */
  readonly accounts: readonly AccountSettlement[];
  readonly payoutsTree: PayoutsTree;
}

/**
 * Settles the pools of one or more epochs. Deterministic: equal inputs give equal bits on every machine.
 *
 * @throws InputError when the inputs contradict each other, or when nobody has ever earned anything.
 */
export function settleEpochs(inputs: SettlementInputs): Settlement {
  checkEpochs(inputs);
  const versions = new Map(inputs.versions.map((version) => [version.versionId, version]));
  const indexTrees = new Map(inputs.versions.map((version) => [version.versionId, indexTreesOf(version)]));

  const pools = inputs.pools.map((pool) => {
    const version = versions.get(pool.versionId);
    const index = indexTrees.get(pool.versionId);
    if (!version || !index) {
      throw new InputError(`Model ${pool.modelId} used version ${pool.versionId} in epoch ${pool.epoch}`, {
        remedy: "give the index of every version that a pool names",
      });
    }
    return settlePool(pool, version, index.hash);
  });
  const modelsTree = buildModelsTree(pools.map((pool) => pool.leaf));
  const accounts = addEarnings(inputs.previous.accounts, earningsOf(inputs, pools));
  const payoutsTree = payoutsTreeOf(accounts);
  const books = balance(inputs, modelsTree.total, accounts);
  const root = {
    firstEpoch: inputs.firstEpoch,
    lastEpoch: inputs.lastEpoch,
    previousRoot: inputs.previous.rootHash,
    payoutsRoot: payoutsTree.root,
    payoutsTotal: books.payoutsTotal,
    accounts: payoutsTree.size,
    modelsRoot: modelsTree.root,
  };
  return { root, books, indexTrees, pools, modelsTree, accounts, payoutsTree };
}

/** The root that operators sign. */
export function scoreRootOf(settlement: Settlement, bundleHash: Hash): ScoreRoot {
  return { ...settlement.root, bundleHash };
}

/** The payouts tree of accounts. Throws {@link InputError} when there are none. */
export function payoutsTreeOf(
  accounts: readonly Pick<AccountSettlement, "account" | "cumulative" | "entriesRoot">[],
): PayoutsTree {
  if (accounts.length === 0) {
    throw new InputError("Nobody has earned anything", {
      remedy: "post the first root after the first pool was funded",
    });
  }
  return buildPayoutsTree(packPayouts(accounts));
}

function checkEpochs({ firstEpoch, lastEpoch, pools }: SettlementInputs): void {
  const funded = new Set(pools.map(({ epoch }) => epoch));
  if (!funded.has(lastEpoch) || funded.size > MAX_EPOCHS_PER_ROOT) {
    throw new InputError("A root cannot cover these epochs", {
      value: `${firstEpoch} … ${lastEpoch}, ${funded.size} of them with pools`,
      limit: `1 to ${MAX_EPOCHS_PER_ROOT} epochs with pools, one of them the last`,
    });
  }
  for (const pool of pools) {
    if (pool.epoch < firstEpoch || pool.epoch > lastEpoch) {
      throw new InputError(`A pool of model ${pool.modelId} lies outside the root's epochs`, {
        value: pool.epoch,
        limit: `${firstEpoch} … ${lastEpoch}`,
      });
    }
  }
}

function* earningsOf(inputs: SettlementInputs, pools: readonly PoolSettlement[]): Generator<Earning> {
  for (const [p, { leaf, scores, payouts }] of pools.entries()) {
    const { parties } = inputs.pools[p]!;
    for (const [i, amount] of payouts.entries()) {
      if (amount === 0n) continue;
      const { contributionId } = scores[i]!;
      yield { account: parties[i]!.payee, modelId: leaf.modelId, contributionId, amount };
    }
  }
}

function balance(inputs: SettlementInputs, poolsTotal: bigint, accounts: readonly AccountSettlement[]): Books {
  const payoutsTotal = accounts.reduce((sum, account) => sum + account.cumulative, 0n);
  const previousTotal = inputs.previous.payoutsTotal;
  if (previousTotal + poolsTotal !== payoutsTotal) {
    throw new InputError("The previous accounts do not add up to the previous root's total", {
      value: payoutsTotal - poolsTotal,
      limit: String(previousTotal),
      remedy: "take the accounts from the bundle of the last finalized root",
    });
  }
  return { previousTotal, poolsTotal, payoutsTotal };
}
