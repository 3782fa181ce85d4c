import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import type { Contracts } from "../chain/contracts.ts";
import { ContentError } from "../common/errors.ts";
import type { OpenedBundle } from "../settlement/bundle.ts";
import { indexTreesOf } from "../settlement/indexTrees.ts";
import type { Party, PoolInputs, SettlementInputs, VersionIndex } from "../settlement/inputs.ts";
import type { RemedyCall } from "./calls.ts";
import { payeeOfRegistry } from "./payeeOfRegistry.ts";
import { publishedRoot } from "./publishedRoot.ts";
import { rootRemedies } from "./rootEvidence.ts";
import { NOTHING_SHOWN } from "./shown.ts";

type Registries = Pick<Contracts, "ContributionRegistry" | "IndexRegistry" | "InferenceMarket" | "RewardDistributor">;

/**
 * What cancels a pending root, from its published files and the chain alone: no model is trained for it. Whatever the chain has is taken from
 * the chain, so files that lie about pools, versions, payees or receipts show that they do.
 *
 * @throws ContentError where the files lack, or falsify, an index that the chain's pools are divided by
 */
export async function rootProofs(
  contracts: Registries,
  posted: ScoreRoot,
  { inputs, claims }: Pick<OpenedBundle, "inputs" | "claims">,
): Promise<RemedyCall[]> {
  const functionals = inputs.pools.map(({ functional }) => functional);
  const published = publishedRoot(posted, claims, functionals);
  const known = await asTheChainHas(contracts, inputs);
  return rootRemedies(known, posted, published, NOTHING_SHOWN, payeeOfRegistry(contracts));
}

/** The inputs with everything that the chain says put right. A pool that nobody funded is none. */
async function asTheChainHas(contracts: Registries, inputs: SettlementInputs): Promise<SettlementInputs> {
  const versions = await Promise.all(inputs.versions.map((version) => attested(contracts, version)));
  const pools = await Promise.all(inputs.pools.map((pool) => poolOf(contracts, versions, pool)));
  return { ...inputs, versions, pools: pools.filter((pool) => pool !== undefined) };
}

async function attested({ IndexRegistry }: Registries, version: VersionIndex): Promise<VersionIndex> {
  const { partsHash, certificateBps, splitsByExamples } = await IndexRegistry.indexOf(version.versionId);
  const { hash } = indexTreesOf(version);
  if (hash !== partsHash) {
    throw notInFiles("another index than the attested one", `${hash} for version ${version.versionId}`, partsHash);
  }
  return { ...version, certificateBps: Number(certificateBps), splitsByExamples };
}

async function poolOf(
  { ContributionRegistry, IndexRegistry, InferenceMarket, RewardDistributor }: Registries,
  versions: readonly VersionIndex[],
  stated: PoolInputs,
): Promise<PoolInputs | undefined> {
  const { modelId, epoch } = stated;
  const [pool, versionId, [receiptsRoot, receiptCount]] = await Promise.all([
    RewardDistributor.poolOf(modelId, epoch),
    IndexRegistry.activeVersionOf(modelId, epoch),
    InferenceMarket.receiptsOf(modelId, epoch),
  ]);
  if (pool === 0n) return undefined;
  const version = versions.find((candidate) => candidate.versionId === versionId);
  if (version === undefined) {
    throw notInFiles("no index of the version that answered", `model ${modelId} in epoch ${epoch}`, `${versionId}`);
  }
  const parties = await Promise.all(
    version.rows.map(async ({ contributionId }): Promise<Party> => {
      const [payee, accrues] = await Promise.all([
        ContributionRegistry.payeeOf(contributionId, epoch),
        ContributionRegistry.accruesIn(contributionId, epoch),
      ]);
      return { payee: asAddress(payee), accrues };
    }),
  );
  const receipts = { receiptsRoot: asHash(receiptsRoot), receiptCount: Number(receiptCount) };
  return { ...stated, pool, versionId, parties, ...receipts };
}

function notInFiles(what: string, value: string, limit: string): ContentError {
  return new ContentError(`the published files of the root have ${what}, so they prove nothing`, {
    value,
    limit,
    remedy: "npx openledger watch --once computes the root itself and demands what the files hide.",
  });
}
