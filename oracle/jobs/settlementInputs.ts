import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, asHash, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { NotYetError } from "../common/errors.ts";
import type { StoredReceipts } from "../settlement/bundleReceipts.ts";
import { accountCodec } from "../settlement/codecs.ts";
import { directionIn } from "../settlement/functional.ts";
import {
  NO_PREVIOUS,
  type PoolInputs,
  type PreviousRoot,
  type SettlementInputs,
  type VersionIndex,
} from "../settlement/inputs.ts";
import { signedBy } from "../settlement/receipts.ts";
import { confirmedBy } from "../settlement/statements.ts";
import { readEpochTimes } from "../store/epochTimes.ts";
import type { Contribution } from "../store/protocolView.ts";
import { poolName, type ReceiptsFiles } from "./availability.ts";
import type { Context } from "./context.ts";
import { foldReceipts } from "./foldReceipts.ts";
import { getIndex } from "./indexFiles.ts";
import { partiesIn } from "./payees.ts";
import { activeVersion, committedReceipts, type FundedPool, fundedPools } from "./poolEvents.ts";
import { queryFeatures } from "./queryFeatures.ts";
import { requireVersion } from "./requireVersion.ts";
import { postedRoots, rangeSubject } from "./rootEvents.ts";
import { resultOf } from "./results.ts";
import { sweptRevenue } from "./sweptRevenue.ts";
import { NO_RECEIPTS, usableReceipts } from "./usableReceipts.ts";
import { type AnyPlan, getManifest } from "./versionFiles.ts";

/** What a settlement is computed from, and the stored receipts that count in each pool. */
export interface GatheredInputs {
  readonly inputs: SettlementInputs;
  readonly receipts: readonly StoredReceipts[];
}

/**
 * Collects everything that decides the root of these epochs, from the scanned chain, the content and the indexes. The receipts of
 * one pool are held at a time.
 *
 * @param receiptsFiles which of the committed files count.
 */
export async function gatherInputs(
  context: Context,
  firstEpoch: bigint,
  lastEpoch: bigint,
  receiptsFiles: ReceiptsFiles,
): Promise<GatheredInputs> {
  const pools: PoolInputs[] = [];
  const receipts: StoredReceipts[] = [];
  const contributions = new Map(
    (await context.view.contributions()).map((contribution) => [contribution.contributionId, contribution]),
  );
  const versions = new Map<bigint, VersionIndex>();
  for (const pool of await fundedPools(context.events, firstEpoch, lastEpoch)) {
    const versionId = await activeVersion(context.events, pool.modelId, pool.epoch);
    if (versionId === undefined) throw new NotYetError("a pool's version is not scanned yet", { value: pool.modelId });
    const version = versions.get(versionId) ?? (await versionIndex(context, versionId));
    versions.set(versionId, version);
    const isCertified = receiptsFiles[poolName(pool)] === "have";
    const gathered = await poolInputs(context, pool, version, contributions, isCertified);
    pools.push(gathered.inputs);
    receipts.push(gathered.receipts);
  }
  const inputs = {
    firstEpoch,
    lastEpoch,
    previous: await previousRoot(context, firstEpoch),
    versions: [...versions.values()].sort((a, b) => Number(a.versionId - b.versionId)),
    pools,
  };
  return { inputs, receipts };
}

async function poolInputs(
  context: Context,
  pool: FundedPool,
  version: VersionIndex,
  contributions: ReadonlyMap<bigint, Contribution>,
  isCertified: boolean,
): Promise<{ inputs: PoolInputs; receipts: StoredReceipts }> {
  const { events, contracts } = context;
  const { modelId, epoch } = pool;
  const times = await readEpochTimes(events, await contracts.EpochClock.receiptsGrace());
  const till = asAddress(await contracts.InferenceMarket.tillOf(modelId));
  const provider = asAddress(await contracts.ModelRegistry.providerOf(modelId, epoch));
  const market = asAddress(context.deployment.addresses.InferenceMarket);
  const commitment = await committedReceipts(events, modelId, epoch);
  const usable =
    commitment === undefined
      ? NO_RECEIPTS
      : await usableReceipts(
          context,
          () => planOf(context, version.versionId),
          version.versionId,
          commitment,
          isCertified,
        );
  const domain = signingDomain(BigInt(context.deployment.chainId), market);
  const receiptsRoot = commitment?.receiptsRoot ?? ZERO_HASH;
  const receiptCount = commitment?.count ?? 0;
  const { functional, receipts } = await foldReceipts({
    usable,
    receiptsRoot,
    receiptCount,
    versionId: version.versionId,
    ...(await sweptRevenue(events, modelId, epoch, till, context.deployment.addresses)),
    isProviders: signedBy(domain, provider),
    isConfirmed: confirmedBy(domain, usable.statements),
    direction: directionIn(version),
    featuresOf: (records) => queryFeatures(context, version, records),
    content: context.content,
  });
  const parties = await partiesIn(
    epoch,
    version.rows.map(({ contributionId }) => contributions.get(contributionId)!),
    events,
    times,
  );
  const inputs: PoolInputs = {
    modelId,
    epoch,
    versionId: version.versionId,
    pool: pool.amount,
    functional,
    parties,
    receiptsRoot,
    receiptCount,
  };
  return { inputs, receipts };
}

async function planOf(context: Context, versionId: bigint): Promise<AnyPlan> {
  const { uri } = await requireVersion(context, versionId.toString());
  return (await getManifest(context.content, uri)).plan;
}

async function versionIndex(context: Context, versionId: bigint): Promise<VersionIndex> {
  const { index, certificateBps } = await resultOf(context, "index", versionId.toString());
  const { k, rows, features, parts } = await getIndex(context.content, index);
  const { splitsByExamples } = await context.contracts.IndexRegistry.indexOf(versionId);
  return { versionId, k, rows, features, parts, certificateBps, splitsByExamples };
}

/** What the root before these epochs says, from this operator's own settlement of it. */
async function previousRoot(context: Context, firstEpoch: bigint): Promise<PreviousRoot> {
  const finalized = (await postedRoots(context.events)).filter(({ status }) => status === "finalized");
  const before = finalized.find(({ root }) => root.lastEpoch === firstEpoch - 1n);
  if (before === undefined) return NO_PREVIOUS;
  const { accounts, rootHash } = await resultOf(context, "settle", rangeSubject(before.root));
  const file = await context.content.get(accounts);
  return {
    rootHash: asHash(rootHash),
    payoutsRoot: before.root.payoutsRoot,
    payoutsTotal: before.root.payoutsTotal,
    accounts: accountCodec.decode(file, accounts),
  };
}
