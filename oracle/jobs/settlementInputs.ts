import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, asHash, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { ContentError, NotYetError } from "../common/errors.ts";
import { accountCodec } from "../settlement/codecs.ts";
import { directionIn, epochFunctional } from "../settlement/functional.ts";
import {
  NO_PREVIOUS,
  type PoolInputs,
  type PreviousRoot,
  type SettlementInputs,
  type VersionIndex,
} from "../settlement/inputs.ts";
import { type CountedReceipt, countReceipts, signedBy } from "../settlement/receipts.ts";
import { readEpochTimes } from "../store/epochTimes.ts";
import { poolName, type ReceiptsFiles } from "./availability.ts";
import type { Context } from "./context.ts";
import { getIndex } from "./indexFiles.ts";
import { loadVersion } from "./loadVersion.ts";
import { loadWeights } from "./loadWeights.ts";
import { partiesIn } from "./payees.ts";
import {
  activeVersion,
  type CommittedReceipts,
  committedReceipts,
  type FundedPool,
  fundedPools,
} from "./poolEvents.ts";
import { getReceipts, type ReceiptRecord } from "./receiptFiles.ts";
import { receiptsProblem } from "./receiptsProblem.ts";
import { requireVersion } from "./requireVersion.ts";
import { postedRoots, rangeSubject } from "./rootEvents.ts";
import { resultOf } from "./results.ts";
import { sweptRevenue } from "./sweptRevenue.ts";
import { getManifest } from "./versionFiles.ts";

/** What a settlement is computed from, and the receipts that count in each pool. */
export interface GatheredInputs {
  readonly inputs: SettlementInputs;
  readonly receipts: readonly (readonly CountedReceipt[])[];
}

/**
 * Collects everything that decides the root of these epochs, from the scanned chain, the content and the indexes.
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
  const receipts: CountedReceipt[][] = [];
  const versions = new Map<bigint, VersionIndex>();
  for (const pool of await fundedPools(context.events, firstEpoch, lastEpoch)) {
    const versionId = await activeVersion(context.events, pool.modelId, pool.epoch);
    if (versionId === undefined) throw new NotYetError("a pool's version is not scanned yet", { value: pool.modelId });
    const version = versions.get(versionId) ?? (await versionIndex(context, versionId));
    versions.set(versionId, version);
    const { inputs, counted } = await poolInputs(context, pool, version, receiptsFiles[poolName(pool)] === "have");
    pools.push(inputs);
    receipts.push(counted);
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

async function poolInputs(context: Context, pool: FundedPool, version: VersionIndex, isCertified: boolean) {
  const { events, contracts, view } = context;
  const { modelId, epoch } = pool;
  const times = await readEpochTimes(events, await contracts.EpochClock.receiptsGrace());
  const till = asAddress(await contracts.InferenceMarket.tillOf(modelId));
  const provider = asAddress(await contracts.ModelRegistry.providerOf(modelId, epoch));
  const market = asAddress(context.deployment.addresses.InferenceMarket);
  const commitment = await committedReceipts(events, modelId, epoch);
  const records =
    commitment === undefined ? [] : await receiptsOrNone(context, version.versionId, commitment, isCertified);
  const receiptsRoot = commitment?.receiptsRoot ?? ZERO_HASH;
  const receiptCount = commitment?.count ?? 0;

  const { counted, unexplained } = countReceipts({
    receipts: records.map(({ receipt, signature }) => ({ receipt, signature })),
    receiptsRoot,
    receiptCount,
    versionId: version.versionId,
    ...(await sweptRevenue(events, modelId, epoch, till, context.deployment.addresses.OpenToken)),
    isProviders: signedBy(signingDomain(BigInt(context.deployment.chainId), market), provider),
  });
  const byReceipt = new Map(records.map((record) => [receiptType.hash(record.receipt), record]));
  const outputs = await queryFeatures(
    context,
    version,
    counted.map(({ receipt }) => byReceipt.get(receiptType.hash(receipt))!),
  );
  const functional = epochFunctional(
    counted.map((receipt, q) => ({
      counted: receipt.counted,
      psi: outputs.subarray(q * version.k, (q + 1) * version.k),
    })),
    unexplained,
    directionIn(version),
  );
  const known = new Map(
    (await view.contributions()).map((contribution) => [contribution.contributionId, contribution]),
  );
  const parties = await partiesIn(
    epoch,
    version.rows.map(({ contributionId }) => known.get(contributionId)!),
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
  return { inputs, counted: [...counted] };
}

/**
 * Receipts that operators certified to lack, that are malformed or that are not the committed ones count for nothing: a provider
 * cannot hold a root up.
 *
 * @throws ContentUnavailableError (retryable) for a file that was certified and that nobody serves at the moment
 */
async function receiptsOrNone(
  context: Context,
  versionId: bigint,
  commitment: CommittedReceipts,
  isCertified: boolean,
): Promise<ReceiptRecord[]> {
  const { uri } = commitment;
  const none = (reason: string, why: object): ReceiptRecord[] => {
    context.metrics.emptyReceipts.inc({ reason });
    context.log.warn({ uri, ...why }, `receipts count for nothing: ${reason}`);
    return [];
  };
  if (!isCertified) return none("lacking", {});
  let records: ReceiptRecord[];
  try {
    records = await getReceipts(context.content, uri);
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    return none("malformed", { err: error });
  }
  if (records.length === 0) return records;
  const version = await requireVersion(context, versionId.toString());
  const { plan } = await getManifest(context.content, version.uri);
  const problem = receiptsProblem(plan, versionId, records, commitment);
  return problem === undefined ? records : none("other receipts", { problem });
}

/** ψ of each answered query under a version: queries × k, in the order of the records. */
export async function queryFeatures(
  context: Context,
  { versionId, k }: VersionIndex,
  records: readonly ReceiptRecord[],
): Promise<Float64Array> {
  if (records.length === 0) return new Float64Array(0);
  const subject = versionId.toString();
  const { version, manifest, task } = await loadVersion(context, subject);
  const { projections } = await resultOf(context, "index", subject);
  const models = await loadWeights(context, version, manifest);
  const psi = await task.queryFeatures(models, { projections, k }, records);
  if (psi.length !== records.length * k) throw new RangeError(`${psi.length} features for ${records.length} queries`);
  return psi;
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
