import { asAddress } from "@openledger/protocol/hex.ts";
import type { IndexFiles } from "../../oracle/jobs/indexFiles.ts";
import type { SettlementInputs, VersionIndex } from "../../oracle/settlement/inputs.ts";
import type { PayeeOf } from "../../oracle/watch/accountProofs.ts";
import { publishedRoot, type PublishedRoot } from "../../oracle/watch/publishedRoot.ts";
import { CERTIFICATE_FLOOR, type Deployment } from "../attribution/deployDisputes.ts";
import type { BuiltIndex } from "../attribution/builtIndex.ts";
import type { BuiltRoot } from "../attribution/builtRoot.ts";

/** An index as the engine hands it over. */
export function versionIndexOf({
  versionId,
  k,
  rows,
  features,
  parts,
  certificateBps,
}: BuiltIndex): VersionIndex & IndexFiles {
  const flat = new Int8Array(rows.length * k);
  features.forEach((vector, i) => flat.set(vector, i * k));
  const splitsByExamples = BigInt(certificateBps) < BigInt(CERTIFICATE_FLOOR);
  const judged = parts.map(({ datanetId, quality, harmful, rows: own }) => ({
    datanetId,
    size: own.length,
    quality,
    harmful,
  }));
  return { versionId, k, rows, features: flat, parts: judged, certificateBps, splitsByExamples };
}

/** What the operators of a root publish. */
export function publishedOf({ root, settlements, accounts }: BuiltRoot): PublishedRoot {
  return publishedRoot(
    root,
    {
      root,
      pools: settlements.map(({ settlement, rows }) => ({ leaf: settlement, scores: rows })),
      accounts: accounts.map(({ account, entries }) => ({ account, entries })),
    },
    settlements.map(({ functional }) => functional),
  );
}

/** What an honest machine reads from the chain for the epochs of a root, with the functionals that it computed itself. */
export async function inputsOf(
  { contributions, distributor }: Deployment,
  honest: BuiltRoot,
  previous: BuiltRoot | undefined,
): Promise<SettlementInputs> {
  const { firstEpoch, lastEpoch } = honest.root;
  const finalized = await distributor.finalizedRoot();
  const versions = new Map(honest.settlements.map(({ index }) => [index.versionId, versionIndexOf(index)]));
  const pools = honest.settlements.map(async ({ settlement, functional, index }) => ({
    modelId: settlement.modelId,
    epoch: settlement.epoch,
    versionId: settlement.versionId,
    pool: settlement.pool,
    receiptsRoot: settlement.receiptsRoot,
    receiptCount: settlement.receiptCount,
    functional,
    parties: await Promise.all(
      index.rows.map(async ({ contributionId }) => ({
        accrues: await contributions.accruesIn(contributionId, settlement.epoch),
        payee: asAddress(await contributions.payeeOf(contributionId, settlement.epoch)),
      })),
    ),
  }));
  return {
    firstEpoch,
    lastEpoch,
    previous: {
      rootHash: honest.root.previousRoot,
      payoutsRoot: previous?.root.payoutsRoot ?? honest.root.previousRoot,
      payoutsTotal: finalized.payoutsTotal,
      accounts: previous?.accounts ?? [],
    },
    versions: [...versions.values()],
    pools: await Promise.all(pools),
  };
}

/** The registry's word on who owns what. */
export function payeeOfRegistry({ contributions }: Deployment): PayeeOf {
  return async (contributionId, epoch) =>
    contributionId === 0n || contributionId > (await contributions.count())
      ? undefined
      : asAddress(await contributions.payeeOf(contributionId, epoch));
}
