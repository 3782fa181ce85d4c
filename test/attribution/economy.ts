import { ethers } from "ethers";
import { asAddress, asHash, toHex, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { dot } from "@openledger/protocol/score/dot.ts";
import { encodeInt16, hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { weightsOf } from "@openledger/protocol/score/weight.ts";
import { payoutsOf } from "@openledger/protocol/score/payout.ts";
import { entryLeaf, type Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { hashFeatures, indexLeaf, indexSum, type IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import { modelLeaf, type ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import { buildUncheckedPayoutsTree, packPayouts, type PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { scoreLeaf, type ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { SIZE } from "../training/freeTraining.ts";
import { CAPS } from "../datanet/deployRegistries.ts";
import { createRandom } from "../fixtures/settlement.ts";
import { DAY, OPEN, RECEIPTS_GRACE, signByAll, type Deployment } from "./deployDisputes.ts";
import { forgeableTree, type ForgeableTree, type Forgery } from "./forgeableTree.ts";

/** An index as its operators hold it. */
export interface BuiltIndex {
  readonly versionId: bigint;
  readonly k: number;
  readonly rows: IndexRow[];
  readonly features: Int8Array[];
  readonly quality: Int16Array;
  readonly tree: ForgeableTree;
  readonly certificateBps: number;
}

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
export interface Cheat {
  readonly quality?: (rows: IndexRow[]) => void;
  /** Leave the second row of an index out. */
  readonly omit?: boolean;
  /** Turn the order of an index around. */
  readonly reverse?: boolean;
  readonly indexForgeries?: (leaves: SumNode[]) => Forgery[];
  readonly indexSize?: (size: number) => number;
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
  }: {
    seed: number;
    models: number;
    epochs: number;
    k?: number;
    /** Contributions of everybody, all accepted; 1 … 4, some of them rejected, if it is not given. */
    parts?: number;
  },
  wait: (seconds: bigint) => Promise<unknown>,
) {
  const { contributions, models, indexes, market, token, clock, timelock, curator, provider, alice, bob, carol } =
    deployment;
  const random = createRandom(seed);
  const below = (n: number): number => random() % n;
  const people = [alice, bob, carol];

  for (const person of people) {
    const parts = Array.from({ length: partCount ?? 1 + below(4) }, (_, i) => ({
      kind: 0,
      contentRoot: keccakText(`${seed} ${person.address} ${i}`),
      examples: 1 + below(500),
    }));
    await contributions.connect(person).submit(1, parts, "ipfs://parts", CAPS);
    // The first of everybody is accepted, the others mostly.
    const accepted = (partCount === undefined ? BigInt(1 | random()) : -1n) & (2n ** BigInt(parts.length) - 1n);
    await contributions.resolve(await contributions.submissionCount(), accepted, [], []);
  }
  await contributions
    .connect(curator)
    .submit(1, [{ kind: 1, contentRoot: keccakText("quality"), examples: 9 }], "", CAPS);
  await contributions.resolve(await contributions.submissionCount(), 1, [], []);

  await models.pinSnapshot(1);
  const snapshotId = await models.snapshotCount();
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
        snapshotIds: [snapshotId],
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

  /** The index of a version over all contributions that its snapshot holds. */
  async function buildIndex(versionId: bigint, cheat: Cheat = HONEST): Promise<BuiltIndex> {
    const local = createRandom(seed * 1_000 + Number(versionId));
    const quality = Int16Array.from({ length: k }, () => (local() << 16) >> 16);
    const rows: IndexRow[] = [];
    const features: Int8Array[] = [];
    for (let id = 1n; id <= (await contributions.count()); id++) {
      const { kind, examples } = await contributions.contributionOf(id);
      if (kind !== 0n || !(await models.inVersion(versionId, id))) continue;
      const vector = Int8Array.from({ length: k }, () => (local() << 24) >> 24);
      // Mostly along the quality functional, so that most of the data helps.
      if (local() % 4) vector.forEach((v, j) => (vector[j] = Math.trunc((quality[j]! >> 9) + v / 4)));
      const scale = 1 + (local() % 1_000);
      features.push(vector);
      rows.push({
        contributionId: id,
        examples: Number(examples),
        scale,
        quality: BigInt(dot(quality, vector) * scale),
      });
    }
    cheat.quality?.(rows);
    if (cheat.omit) for (const list of [rows, features]) list.splice(1, 1);
    if (cheat.reverse) for (const list of [rows, features]) list.reverse();
    const leaves = rows.map((row, i) => forgedIndexLeaf(i, row, hashFeatures(features[i]!)));
    const tree = forgeableTree(leaves, cheat.indexForgeries?.(leaves), cheat.indexSize?.(rows.length));
    // Every second version is too poor to be paid for by scores.
    return { versionId, k, rows, features, quality, tree, certificateBps: versionId % 2n ? 9_000 : 3_000 };
  }

  /** Has the operators sign an index and the registry take it. */
  async function attest(index: BuiltIndex, size = index.rows.length, certificateBps = index.certificateBps) {
    const attestation = {
      versionId: index.versionId,
      indexRoot: index.tree.root,
      size,
      k: index.k,
      qualityHash: hashInt16(index.quality),
      certificateBps,
      bundleHash: keccakText("bundle"),
    };
    const proof = await signByAll(deployment, await indexes.attestationDigest(attestation));
    return indexes.attest(attestation, proof);
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
      const functional = Int16Array.from(index.quality, (g) => Math.trunc(g / 2) + ((local() << 18) >> 18));
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
      const [receiptsRoot, receiptCount] = await market.receiptsOf(index.versionId, epoch);
      settled.push({
        modelId: index.versionId,
        epoch,
        versionId: index.versionId,
        indexRoot: asHash(index.tree.root),
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

/** The leaf of an index row, also of one without scale. */
function forgedIndexLeaf(i: number, row: IndexRow, featuresHash: Hash): SumNode {
  if (row.scale > 0) return indexLeaf(i, row, featuresHash);
  return { hash: leafHash(rowPreimage(i, row, featuresHash)), sum: indexSum(row) };
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

export const indexEvidence = ({ rows, features, tree }: BuiltIndex, i: number) => ({
  leaf: { i, ...rows[i]!, featuresHash: hashFeatures(features[i]!) },
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

/** Evidence for every epoch in which the contribution could earn something for the account, as `disputeEarned` takes it. */
export async function epochsEvidence(
  { contributions }: Deployment,
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
    evidence.push(epochEvidence(built, i, contributionId));
  }
  return evidence;
}

export const featuresOf = ({ features }: BuiltIndex, i: number) => toHex(new Uint8Array(features[i]!.buffer));
export const bytesOf = (functional: Int16Array) => toHex(encodeInt16(functional));

export const indexPreimage = (index: BuiltIndex, i: number) =>
  rowPreimage(i, index.rows[i]!, hashFeatures(index.features[i]!));

const rowPreimage = (i: number, { contributionId, examples, scale, quality }: IndexRow, featuresHash: Hash) =>
  ethers.solidityPacked(
    ["uint32", "uint256", "uint32", "uint32", "int128", "bytes32"],
    [i, contributionId, examples, scale, quality, featuresHash],
  );

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
      settlement.indexRoot,
      settlement.queryHash,
      settlement.scoresRoot,
      settlement.totalWeight,
      settlement.pool,
      settlement.receiptsRoot,
      settlement.receiptCount,
      settlement.fallbackSplit,
    ],
  );
