import { ethers } from "ethers";
import { asAddress, asHash, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { dot } from "@openledger/protocol/score/dot.ts";
import { directionOf } from "@openledger/protocol/score/direction.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { weightsOf } from "@openledger/protocol/score/weight.ts";
import { payoutsOf } from "@openledger/protocol/score/payout.ts";
import { entryLeaf, type Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { modelLeaf, type ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import { buildUncheckedPayoutsTree, packPayouts, type PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { scoreLeaf, type ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { SIZE } from "../training/freeTraining.ts";
import { CAPS, TERMS } from "../datanet/deployRegistries.ts";
import { createRandom } from "../fixtures/settlement.ts";
import { buildIndex as buildIndexOf, type BuiltIndex, type IndexCheat, type Indexed } from "./builtIndex.ts";
import { DAY, OPEN, RECEIPTS_GRACE, signByAll, type Deployment } from "./deployDisputes.ts";
import { forgeableTree, type ForgeableTree, type Forgery } from "./forgeableTree.ts";

/** One pool of one model and epoch, settled. */
export interface BuiltSettlement {
  readonly settlement: ModelSettlement;
  readonly index: BuiltIndex;
  readonly functional: Int16Array;
  readonly rows: ScoreRow[];
  readonly tree: ForgeableTree;
}

export interface BuiltAccount {
  readonly account: Address;
  readonly entries: Entry[];
  readonly tree: ForgeableTree;
  readonly cumulative: bigint;
}

/** A root with everything that it commits to. */
export interface BuiltRoot {
  readonly root: ScoreRoot;
  readonly settlements: BuiltSettlement[];
  readonly models: ForgeableTree;
  readonly accounts: BuiltAccount[];
  readonly payouts: PayoutsTree;
}

/** Where a dishonest quorum departs from the rules while it builds; everything above the change is built as if it were right. */
export interface Cheat extends IndexCheat {
  readonly rows?: (rows: ScoreRow[], settlement: number) => void;
  readonly fallback?: (honest: boolean) => boolean;
  readonly scoresForgeries?: (leaves: SumNode[]) => Forgery[];
  readonly settlements?: (settlements: ModelSettlement[]) => void;
  readonly modelsForgeries?: (leaves: SumNode[]) => Forgery[];
  readonly entries?: (accounts: Map<Address, Entry[]>) => void;
  readonly entriesForgeries?: (leaves: SumNode[], account: Address) => Forgery[];
  readonly payouts?: (payouts: { account: Address; cumulative: bigint; entriesRoot: Hash }[]) => void;
  /** Change the payouts once they are in order. */
  readonly leaves?: (payouts: { account: Address; cumulative: bigint; entriesRoot: Hash }[]) => void;
  /** State another number of accounts. */
  readonly size?: (accounts: number) => number;
}

export const HONEST: Cheat = {};

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
    settle,
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

  /** Settles the epochs after the last finalized root, honestly but for `cheat`. */
  async function settle(previous: BuiltRoot | undefined, lastEpoch: bigint, cheat: Cheat = HONEST): Promise<BuiltRoot> {
    const { distributor } = deployment;
    const finalized = await distributor.finalizedRoot();
    const firstEpoch = finalized.lastEpoch + 1n;
    const drafts: Omit<BuiltSettlement, "settlement">[] = [];
    const settled: ModelSettlement[] = [];
    const carried = previous?.accounts.flatMap(({ account, entries }) =>
      entries.map((entry) => [account, { ...entry, earned: 0n }] as const),
    );
    const accounts = new Map<Address, Entry[]>();
    for (const [account, entry] of carried ?? []) accounts.set(account, [...(accounts.get(account) ?? []), entry]);

    for (const index of versions) {
      for (let epoch = firstEpoch; epoch <= lastEpoch; epoch++) {
        const pool = await distributor.poolOf(index.versionId, epoch);
        if (pool > 0n) await settlePool(index, epoch, pool);
      }
    }
    cheat.entries?.(accounts);
    cheat.settlements?.(settled);
    const modelLeaves = settled.map(modelLeaf);
    const models = forgeableTree(modelLeaves, cheat.modelsForgeries?.(modelLeaves));
    const built = [...accounts]
      .sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
      .map(([account, entries]): BuiltAccount => {
        const leaves = entries.map(forgedEntryLeaf);
        const tree = forgeableTree(leaves, cheat.entriesForgeries?.(leaves, account));
        return { account, entries, tree, cumulative: tree.top.sum };
      });
    const leaves = built.map(({ account, cumulative, tree }) => ({
      account,
      cumulative,
      entriesRoot: asHash(tree.root),
    }));
    cheat.payouts?.(leaves);
    leaves.sort((a, b) => (BigInt(a.account) < BigInt(b.account) ? -1 : 1));
    cheat.leaves?.(leaves);
    const payouts = buildUncheckedPayoutsTree(packPayouts(leaves));
    let payoutsTotal = finalized.payoutsTotal;
    for (let epoch = firstEpoch; epoch <= lastEpoch; epoch++) payoutsTotal += await distributor.fundedIn(epoch);
    const root: ScoreRoot = {
      firstEpoch,
      lastEpoch,
      previousRoot: asHash(finalized.rootHash),
      payoutsRoot: payouts.root,
      payoutsTotal,
      accounts: cheat.size?.(payouts.size) ?? payouts.size,
      modelsRoot: asHash(models.root),
      bundleHash: keccakText("bundle"),
    };
    const settlements = drafts.map((draft, i) => ({ ...draft, settlement: settled[i]! }));
    return { root, settlements, models, accounts: built, payouts };

    async function settlePool(index: BuiltIndex, epoch: bigint, pool: bigint) {
      const local = createRandom(seed * 7_919 + Number(epoch) * 31 + Number(index.versionId));
      const [receiptsRoot, receiptCount] = await market.receiptsOf(index.versionId, epoch);
      const direction = directionOf(
        index.parts.map(({ quality }) => quality),
        k,
      );
      // What was paid for draws away from what the Datanets want; without receipts there is nothing else.
      const drawn = Int16Array.from(direction, (g) => Math.trunc(g / 2) + ((local() << 18) >> 18));
      const functional = receiptCount === 0n ? direction : drawn;
      const accrues = await Promise.all(
        index.rows.map(({ contributionId }) => contributions.accruesIn(contributionId, epoch)),
      );
      const facts = index.rows.map((row, i) => ({
        examples: row.examples,
        quality: row.quality,
        score: BigInt(dot(functional, index.features[i]!) * row.scale),
        accrues: accrues[i]!,
      }));
      const { splitsByExamples } = await indexes.indexOf(index.versionId);
      const chosen = weightsOf(facts, splitsByExamples);
      const fallbackSplit = cheat.fallback?.(chosen.fallbackSplit) ?? chosen.fallbackSplit;
      const weights = fallbackSplit === chosen.fallbackSplit ? chosen.weights : weightsOf(facts, fallbackSplit).weights;
      const rows = index.rows.map(({ contributionId }, i) => ({
        contributionId,
        score: facts[i]!.score,
        weight: weights[i]!,
      }));
      cheat.rows?.(rows, drafts.length);
      const leaves = rows.map((row, i) => scoreLeaf(i, row));
      const tree = forgeableTree(leaves, cheat.scoresForgeries?.(leaves));
      const payouts = payoutsOf(
        pool,
        rows.map(({ weight }) => weight),
      );
      for (const [i, earned] of payouts.entries()) {
        if (earned === 0n) continue;
        const { contributionId } = rows[i]!;
        const payee = asAddress(await contributions.payeeOf(contributionId, epoch));
        credit(payee, index.versionId, contributionId, earned);
      }
      settled.push({
        modelId: index.versionId,
        epoch,
        versionId: index.versionId,
        indexHash: index.hash,
        queryHash: hashInt16(functional),
        scoresRoot: asHash(tree.root),
        totalWeight: tree.top.sum,
        pool,
        receiptsRoot: asHash(receiptsRoot),
        receiptCount: Number(receiptCount),
        fallbackSplit,
      });
      drafts.push({ index, functional, rows, tree });
    }

    function credit(account: Address, modelId: bigint, contributionId: bigint, amount: bigint) {
      const entries = accounts.get(account) ?? [];
      const at = entries.findIndex((entry) => entry.modelId === modelId && entry.contributionId === contributionId);
      const before = entries[at] ?? { modelId, contributionId, cumulative: 0n, earned: 0n };
      const entry = { ...before, cumulative: before.cumulative + amount, earned: before.earned + amount };
      if (at < 0) entries.push(entry);
      else entries[at] = entry;
      entries.sort((a, b) => Number(a.modelId - b.modelId || a.contributionId - b.contributionId));
      accounts.set(account, entries);
    }
  }

  async function post({ root }: BuiltRoot) {
    const { distributor, stakes } = deployment;
    const digest = await distributor.scoreRootDigest(root, await stakes.latestSnapshot());
    return distributor.post(root, await signByAll(deployment, digest));
  }
}

/** The leaf of an entry, also of one that earned more than it has. */
function forgedEntryLeaf(entry: Entry): SumNode {
  if (entry.earned <= entry.cumulative) return entryLeaf(entry);
  return { hash: leafHash(entryPreimage(entry)), sum: entry.cumulative };
}

const leafHash = (preimage: string): Hash => asHash(ethers.keccak256(ethers.concat(["0x00", preimage])));

// ---------------------------------------------------------------- evidence

export const settlementEvidence = (built: BuiltRoot, i: number) => ({
  settlement: built.settlements[i]!.settlement,
  proof: built.models.proof(i),
});

export const scoreEvidence = ({ rows, tree }: BuiltSettlement, i: number) => ({
  leaf: { i, ...rows[i]! },
  proof: tree.proof(i),
});

export const accountEvidence = ({ payouts }: BuiltRoot, i: number) => ({
  payout: payouts.payout(i),
  index: i,
  proof: payouts.proof(i),
});

export const entryEvidence = (built: BuiltRoot, account: number, i: number) => ({
  account: accountEvidence(built, account),
  entry: built.accounts[account]!.entries[i]!,
  proof: built.accounts[account]!.tree.proof(i),
});

/** What one epoch paid for a contribution of its index. */
export function epochEvidence(built: BuiltRoot, i: number, contributionId: bigint) {
  const settled = built.settlements[i]!;
  const at = settled.rows.findIndex((row) => row.contributionId === contributionId);
  return { settlement: settlementEvidence(built, i), score: scoreEvidence(settled, at) };
}

/** Evidence for every epoch whose version holds the contribution and in which the account was its payee, as `disputeEarned` takes it. */
export async function epochsEvidence(
  { contributions, models }: Deployment,
  built: BuiltRoot,
  account: string,
  { modelId, contributionId }: Entry,
) {
  const evidence = [];
  if (contributionId > (await contributions.count())) return [];
  for (const [i, { settlement, index }] of built.settlements.entries()) {
    if (settlement.modelId !== modelId) continue;
    if (!index.rows.some((row) => row.contributionId === contributionId)) continue;
    if ((await contributions.payeeOf(contributionId, settlement.epoch)) !== ethers.getAddress(account)) continue;
    if (!(await models.inVersion(settlement.versionId, contributionId))) continue;
    if ((await contributions.contributionOf(contributionId)).kind !== 0n) continue;
    evidence.push(epochEvidence(built, i, contributionId));
  }
  return evidence;
}

export const scorePreimage = ({ rows }: BuiltSettlement, i: number) => {
  const { contributionId, score, weight } = rows[i]!;
  return ethers.solidityPacked(["uint32", "uint256", "int128", "uint128"], [i, contributionId, score, weight]);
};

export const entryPreimage = ({ modelId, contributionId, cumulative, earned }: Entry) =>
  ethers.solidityPacked(["uint256", "uint256", "uint128", "uint128"], [modelId, contributionId, cumulative, earned]);

export const settlementPreimage = (settlement: ModelSettlement) =>
  ethers.AbiCoder.defaultAbiCoder().encode(
    [
      "uint256",
      "uint64",
      "uint256",
      "bytes32",
      "bytes32",
      "bytes32",
      "uint256",
      "uint256",
      "bytes32",
      "uint32",
      "bool",
    ],
    [
      settlement.modelId,
      settlement.epoch,
      settlement.versionId,
      settlement.indexHash,
      settlement.queryHash,
      settlement.scoresRoot,
      settlement.totalWeight,
      settlement.pool,
      settlement.receiptsRoot,
      settlement.receiptCount,
      settlement.fallbackSplit,
    ],
  );
