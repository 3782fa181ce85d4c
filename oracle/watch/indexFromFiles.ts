import { dot } from "@openledger/protocol/score/dot.ts";
import type { IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import type { Contracts } from "../chain/contracts.ts";
import { partsOf } from "../settlement/indexTrees.ts";
import type { AttestedIndex, DatanetPart } from "../settlement/inputs.ts";
import type { RemedyCall } from "./calls.ts";
import { indexRemedies, type AttestedParts } from "./indexEvidence.ts";
import { NOTHING_SHOWN } from "./shown.ts";

type Registries = Pick<Contracts, "ContributionRegistry" | "ModelRegistry">;

/** Ids that the registries are asked about at once. */
const IDS_AT_ONCE = 500;
const TRAIN = 0n;

/** A contribution that a version's index has to have a row of. */
interface Registered {
  readonly contributionId: bigint;
  readonly datanetId: bigint;
  readonly examples: number;
}

/**
 * What cancels a pending index, from its published files and the chain alone: no model is trained for it. Features, scales and G are taken
 * as published; which rows there have to be, their examples, and the quality that follows from the features, are not.
 */
export async function indexProofs(
  contracts: Registries,
  published: AttestedIndex,
  attested: AttestedParts,
): Promise<RemedyCall[]> {
  const registered = await registeredIn(contracts, published.versionId);
  return indexRemedies(corrected(published, attested, registered), published, attested, NOTHING_SHOWN);
}

/** Ascending by id. */
async function registeredIn(
  { ContributionRegistry, ModelRegistry }: Registries,
  versionId: bigint,
): Promise<Registered[]> {
  const count = Number(await ContributionRegistry.count());
  const found: Registered[] = [];
  for (let first = 1; first <= count; first += IDS_AT_ONCE) {
    const ids = Array.from({ length: Math.min(IDS_AT_ONCE, count - first + 1) }, (_, i) => BigInt(first + i));
    const included = await Promise.all(ids.map((id) => ModelRegistry.inVersion(versionId, id)));
    const contributions = await Promise.all(
      ids.filter((_, i) => included[i]).map(async (id) => ({ id, ...(await contributionOf(id)) })),
    );
    for (const { id, kind, datanetId, examples } of contributions) {
      if (kind === TRAIN) found.push({ contributionId: id, datanetId, examples: Number(examples) });
    }
  }
  return found;

  async function contributionOf(id: bigint) {
    const { kind, datanetId, examples } = await ContributionRegistry.contributionOf(id);
    return { kind, datanetId, examples };
  }
}

/** The index that has the published features and is right about everything else. */
function corrected(
  published: AttestedIndex,
  { parts: stated }: AttestedParts,
  registered: readonly Registered[],
): AttestedIndex {
  const { k } = published;
  const rows: IndexRow[] = [];
  const features: number[] = [];
  const known = partsOf(published);
  const parts = stated.map(({ datanetId }): DatanetPart => {
    const part = known.find((candidate) => candidate.datanetId === datanetId);
    const quality = part?.quality ?? new Int16Array(k);
    const own = registered.filter((contribution) => contribution.datanetId === datanetId);
    for (const { contributionId, examples } of own) {
      const i = part?.rows.findIndex((row) => row.contributionId === contributionId) ?? -1;
      const shown = i < 0 ? new Int8Array(k) : part!.features.subarray(i * k, (i + 1) * k);
      const scale = Math.max(1, part?.rows[i]?.scale ?? 1);
      rows.push({ contributionId, examples, scale, quality: BigInt(dot(quality, shown)) * BigInt(scale) });
      features.push(...shown);
    }
    return { datanetId, size: own.length, quality, harmful: part?.harmful ?? [] };
  });
  return { ...published, rows, features: Int8Array.from(features), parts };
}
