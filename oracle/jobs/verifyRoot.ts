import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress, type Hash } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { directionIn } from "../settlement/functional.ts";
import { type OpenedBundle, rebuild } from "../settlement/bundle.ts";
import { receiptRows } from "../settlement/bundleReceipts.ts";
import { compareSettlements } from "../settlement/compare.ts";
import type { Difference } from "../settlement/difference.ts";
import { signedBy } from "../settlement/receipts.ts";
import { scoreRootOf, type Settlement } from "../settlement/settle.ts";
import type { ContentFiles } from "./contentFiles.ts";

/** One thing that was recomputed or read from the chain, and whether the bundle says the same. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  /** How many values were compared. */
  readonly compared: number;
  /** The first value that differs. */
  readonly problem?: string;
}

export interface Verification {
  readonly checks: readonly Check[];
  /** Where the bundle's leaves first part from what its own inputs give, and what proves it on the chain. */
  readonly difference: Difference | undefined;
}

/** What a bundle cannot show, whoever reads it. */
export const NOT_REBUILT = [
  "features and quality functionals: they are gradients of the trained model. Run an operator without a key " +
    "(npx openledger operator): it trains every version again and compares the index",
  "functionals of the epochs: they are sums of gradients of the paid answers; the same operator recomputes them",
  "requests and answers of the receipts: only their hashes are in the bundle",
] as const;

/**
 * Rebuilds every tree of a settlement from the bundle's inputs, and compares inputs and roots with the chain.
 *
 * @param rootHash of the root that was posted with this bundle.
 * @param bundleHash of the bundle's manifest.
 */
export async function verifyRoot(
  bundle: OpenedBundle,
  rootHash: Hash,
  bundleHash: Hash,
  { contracts, deployment, content }: VerifyWith,
): Promise<Verification> {
  const settlement = rebuild(bundle);
  const difference = compareSettlements(settlement, bundle.claims);
  const rebuilt = rootHashOf(scoreRootOf(settlement, bundleHash));
  const leaves = settlement.pools.reduce((sum, { scores }) => sum + scores.length, 0);
  const entries = settlement.accounts.reduce((sum, account) => sum + account.entries.length, 0);
  return {
    difference,
    checks: [
      check("scores, weights, payouts and entries follow from features and functionals", [
        [leaves + entries, difference && `${difference.tree} ${difference.field}: ${difference.theirs}`, undefined],
      ]),
      check("rebuilt root is the one on the chain", [[1, rebuilt, rootHash]]),
      check("no wei is lost: accounts add up to the previous total and all pools", [
        [1, settlement.books.payoutsTotal, settlement.books.previousTotal + settlement.books.poolsTotal],
      ]),
      ...(await onChain(bundle, settlement, { contracts, deployment, content })),
    ],
  };
}

/** The chain that a bundle is compared with, and its files. */
interface VerifyWith {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  readonly content: Pick<ContentFiles, "get">;
}

/** How many values, what the bundle says, what it should say. */
type Comparison = readonly [compared: number, found: unknown, expected: unknown];

function check(name: string, comparisons: readonly Comparison[]): Check {
  const compared = comparisons.reduce((sum, [count]) => sum + count, 0);
  const wrong = comparisons.find(([, found, expected]) => !Object.is(found, expected));
  if (wrong === undefined) return { name, holds: true, compared };
  return { name, holds: false, compared, problem: `${String(wrong[1])} instead of ${String(wrong[2])}` };
}

async function onChain(
  { inputs, manifest }: OpenedBundle,
  settlement: Settlement,
  { contracts, deployment, content }: VerifyWith,
): Promise<Check[]> {
  const { IndexRegistry, RewardDistributor, InferenceMarket, ModelRegistry, ContributionRegistry } = contracts;
  const distributor = asAddress(deployment.addresses.RewardDistributor);
  const market = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.InferenceMarket));

  const indexes = inputs.versions.map(
    async ({ versionId, certificateBps, splitsByExamples }): Promise<Comparison[]> => {
      const index = await IndexRegistry.indexOf(versionId);
      return [
        [1, settlement.indexTrees.get(versionId)!.hash, index.partsHash],
        [1, BigInt(certificateBps), index.certificateBps],
        [1, splitsByExamples, index.splitsByExamples],
        [1, splitsByExamples, index.splitsByExamples],
      ];
    },
  );
  const pools = inputs.pools.map(async (pool): Promise<Comparison[]> => {
    const { modelId, epoch } = pool;
    const [receiptsRoot, receiptCount] = await InferenceMarket.receiptsOf(modelId, epoch);
    return [
      [1, pool.pool, await RewardDistributor.poolOf(modelId, epoch)],
      [1, pool.versionId, await IndexRegistry.activeVersionOf(modelId, epoch)],
      [1, pool.receiptsRoot, receiptsRoot],
      [1, BigInt(pool.receiptCount), receiptCount],
    ];
  });
  const parties = inputs.pools.map(async ({ epoch, versionId, parties: claimed }): Promise<Comparison[]> => {
    const { rows } = inputs.versions.find((version) => version.versionId === versionId)!;
    return (
      await Promise.all(
        rows.map(async ({ contributionId }, i): Promise<Comparison[]> => [
          [1, claimed[i]!.payee, asAddress(await ContributionRegistry.payeeOf(contributionId, epoch))],
          [1, claimed[i]!.accrues, await ContributionRegistry.accruesIn(contributionId, epoch)],
        ]),
      )
    ).flat();
  });
  const directions = inputs.pools
    .filter(({ receiptCount }) => receiptCount === 0)
    .map(({ versionId, functional }): Comparison => {
      const version = inputs.versions.find((candidate) => candidate.versionId === versionId)!;
      return [1, hashInt16(functional), hashInt16(directionIn(version))];
    });
  let signed: Comparison = [0, true, true];
  for (const { modelId, epoch, receipts } of manifest.pools) {
    const isProviders = signedBy(market, asAddress(await ModelRegistry.providerOf(modelId, epoch)));
    for (const row of receiptRows(receipts, await content.get(receipts.cid))) {
      const holds = signed[1] === true && isProviders(row) && row.counted <= row.receipt.fee;
      signed = [signed[0] + 1, holds, true];
    }
  }
  let funded = 0n;
  let epoch = await RewardDistributor.nextFunded(inputs.firstEpoch - 1n);
  for (; epoch !== 0n && epoch <= inputs.lastEpoch; epoch = await RewardDistributor.nextFunded(epoch)) {
    funded += await RewardDistributor.fundedIn(epoch);
  }

  return [
    check("bundle is for this chain and distributor", [
      [1, manifest.chainId, BigInt(deployment.chainId)],
      [1, manifest.distributor, distributor],
    ]),
    check("indexes are those that were attested", (await Promise.all(indexes)).flat()),
    check("pools, active versions and receipts are the chain's", [
      ...(await Promise.all(pools)).flat(),
      [1, settlement.books.poolsTotal, funded],
    ]),
    check("functionals of pools without receipts are the direction of their Datanets", directions),
    check("payees and accrual are the registry's", (await Promise.all(parties)).flat()),
    check("receipts that count are signed by the provider, none above its fee", [signed]),
  ];
}
