import { keccakText } from "@openledger/protocol/keccak.ts";
import { SIZE } from "../training/freeTraining.ts";
import { CAPS, TERMS } from "../datanet/deployRegistries.ts";
import { buildRoot } from "./buildRoot.ts";
import { type BuiltRoot, type Cheat, HONEST } from "./builtRoot.ts";
import { createRandom } from "../fixtures/settlement.ts";
import { buildIndex as buildIndexOf, type BuiltIndex, type Indexed } from "./builtIndex.ts";
import { DAY, OPEN, RECEIPTS_GRACE, signByAll, type Deployment } from "./deployDisputes.ts";

export type Economy = Awaited<ReturnType<typeof createEconomy>>;

/**
 * A small random economy on a deployment: contributions of both kinds, some of them rejected, sold or revoked; models with
 * attested, active versions; pools in some epochs; receipts committed for some.
 */
export async function createEconomy(
  deployment: Deployment,
  {
    seed,
    models: modelCount,
    epochs,
    k = 32,
    parts: partCount,
    datanets: datanetCount = 1,
  }: {
    seed: number;
    models: number;
    epochs: number;
    k?: number;
    /** Datanets that every model is trained on. */
    datanets?: number;
    /** Contributions of everybody to each Datanet, all accepted; 1 … 4, some of them rejected, if it is not given. */
    parts?: number;
  },
  wait: (seconds: bigint) => Promise<unknown>,
) {
  const { contributions, models, indexes, market, token, clock, timelock, provider, alice, bob, carol } = deployment;
  const random = createRandom(seed);
  const below = (n: number): number => random() % n;
  const people = [alice, bob, carol];

  const snapshotIds: bigint[] = [];
  for (let datanetId = 1; datanetId <= datanetCount; datanetId++) snapshotIds.push(await fillDatanet(datanetId));
  const versions: BuiltIndex[] = [];
  for (let m = 0; m < modelCount; m++) {
    await models.mint({ parents: [], provider, price: 0, base: false }, "");
    const modelId = await models.modelCount();
    const hash = keccakText(`weights ${modelId}`);
    const { scheme } = deployment;
    await models.publishVersion(
      modelId,
      {
        weightsHash: hash,
        recipeHash: hash,
        schemeId: scheme,
        snapshotIds,
        size: SIZE,
        uri: "",
      },
      0n,
    );
    versions.push(await buildIndex(await models.versionCount()));
  }
  return {
    random,
    below,
    versions,
    buildIndex,
    attest,
    activateAll,
    spend,
    /** Settles the epochs after the last finalized root, honestly but for `cheat`. */
    settle: (previous: BuiltRoot | undefined, lastEpoch: bigint, cheat: Cheat = HONEST) =>
      buildRoot(deployment, { versions, seed, k }, previous, lastEpoch, cheat),
    post,
    /** The epochs that {@link spend} goes through. */
    epochs,
  };

  /** Everybody contributes to a Datanet, and its curator a quality set. Returns a snapshot of it. */
  async function fillDatanet(datanetId: number): Promise<bigint> {
    const { datanets, curator } = deployment;
    if (datanetId > 1) await datanets.connect(curator).create(`Datanet ${datanetId}`, "", [], TERMS);
    const label = datanetId === 1 ? `${seed}` : `${seed}-${datanetId}`;
    for (const person of people) {
      const parts = Array.from({ length: partCount ?? 1 + below(4) }, (_, i) => ({
        kind: 0,
        contentRoot: keccakText(`${label} ${person.address} ${i}`),
        examples: 1 + below(500),
      }));
      await contributions.connect(person).submit(datanetId, parts, "ipfs://parts", CAPS);
      // The first of everybody is accepted, the others mostly.
      const accepted = (partCount === undefined ? BigInt(1 | random()) : -1n) & (2n ** BigInt(parts.length) - 1n);
      await contributions.resolve(await contributions.submissionCount(), accepted, [], []);
    }
    const quality = [{ kind: 1, contentRoot: keccakText(`quality ${label}`), examples: 9 }];
    await contributions.connect(curator).submit(datanetId, quality, "", CAPS);
    await contributions.resolve(await contributions.submissionCount(), 1, [], []);
    await models.pinSnapshot(datanetId);
    return models.snapshotCount();
  }

  /** The index of a version over all contributions that its snapshots hold. */
  async function buildIndex(versionId: bigint, cheat: Cheat = HONEST): Promise<BuiltIndex> {
    const local = createRandom(seed * 1_000 + Number(versionId));
    const indexed = new Map<bigint, Indexed[]>();
    for (const snapshotId of (await models.versionOf(versionId)).snapshotIds) {
      indexed.set((await models.snapshotOf(snapshotId)).datanetId, []);
    }
    for (let id = 1n; id <= (await contributions.count()); id++) {
      const { kind, examples, datanetId } = await contributions.contributionOf(id);
      if (kind !== 0n || !(await models.inVersion(versionId, id))) continue;
      indexed.get(datanetId)!.push({ contributionId: id, examples: Number(examples) });
    }
    // Every second version is too poor to be paid for by scores.
    const version = { versionId, k, certificateBps: versionId % 2n ? 9_000 : 3_000 };
    const datanets = [...indexed].map(([datanetId, contributed]) => ({ datanetId, indexed: contributed }));
    return buildIndexOf(version, datanets, local, cheat);
  }

  /** Has the operators sign an index and the registry take it. */
  async function attest(index: BuiltIndex, certificateBps = index.certificateBps) {
    const attestation = {
      versionId: index.versionId,
      partsHash: index.hash,
      size: index.rows.length,
      k: index.k,
      certificateBps,
      bundleHash: keccakText("bundle"),
    };
    const digest = await indexes.attestationDigest(attestation, await deployment.stakes.latestSnapshot());
    return indexes.attest(attestation, [...index.stated], await signByAll(deployment, digest));
  }

  async function activateAll() {
    for (const version of versions) await attest(version);
    await wait(DAY);
    for (const { versionId } of versions) await indexes.activate(versionId);
  }

  /** Goes through the epochs: payments that are swept, receipts, sales and revocations. Ends when the last one is closed. */
  async function spend() {
    for (let e = 0; e < epochs; e++) {
      const epoch = await clock.current();
      for (const { versionId: modelId } of versions) {
        // The first model earns something in every epoch, the others in the first and mostly later.
        if (e > 0 && below(3) === 0 && modelId !== 1n) continue;
        await token.transfer(await market.tillOf(modelId), OPEN * BigInt(1 + below(1_000)) + BigInt(below(1_000)));
        await market.sweep(modelId);
        if (below(2)) await market.connect(provider).commitReceipts(modelId, epoch, keccakText(`${epoch}`), 7, "");
      }
      await sellOrRevoke(BigInt(1 + below(Number(await contributions.count()))));
      await wait((await clock.endOf(epoch)) - BigInt(await now()));
    }
    await wait(RECEIPTS_GRACE);
  }

  async function sellOrRevoke(id: bigint) {
    const { status } = await contributions.contributionOf(id);
    const holder = await contributions.ownerOf(id);
    const owner = people.find(({ address }) => address === holder);
    if (status !== 1n || owner === undefined || below(4) === 0) return;
    if (below(2)) await contributions.connect(owner).revoke(id);
    else await contributions.connect(owner).transferFrom(owner, people[below(3)]!, id);
  }

  async function now(): Promise<number> {
    const block = await timelock.provider?.getBlock("latest");
    if (block == null) throw new Error("The chain has no block.");
    return block.timestamp;
  }

  async function post({ root }: BuiltRoot) {
    const { distributor, stakes } = deployment;
    const digest = await distributor.scoreRootDigest(root, await stakes.latestSnapshot());
    return distributor.post(root, await signByAll(deployment, digest));
  }
}
