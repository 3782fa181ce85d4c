import { cidOf } from "@openledger/protocol/cid.ts";
import { ZERO_HASH, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { decodeInt16, encodeInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { buildEntriesTree } from "@openledger/protocol/trees/entriesTree.ts";
import { ContentError } from "../common/errors.ts";
import { accountCodec, indexCodec, scoreCodec } from "./codecs.ts";
import type { StoredReceipts } from "./bundleReceipts.ts";
import type { SettlementClaims } from "./compare.ts";
import type { AccountEntries, PoolInputs, SettlementInputs, VersionIndex } from "./inputs.ts";
import {
  bundleHashOf,
  checkFile,
  filesOf,
  manifestText,
  parseManifest,
  type BundleFile,
  type Manifest,
  type ReceiptsFile,
} from "./manifest.ts";
import { payoutsTreeOf, settleEpochs, type Settlement } from "./settle.ts";

/** A settlement as files: everyone who has them can rebuild every root. */
export interface Bundle {
  /** Canonical JSON. */
  readonly manifest: string;
  readonly bundleHash: Hash;
  /** All but the receipts, by path; a path may occur in several bundles with other contents, a CID never. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What a bundle says, checked for form but not for truth. */
export interface OpenedBundle {
  readonly manifest: Manifest;
  /** What the settlement was computed from. */
  readonly inputs: SettlementInputs;
  /** What its authors say came out. */
  readonly claims: SettlementClaims;
}

/** Where a bundle belongs, and the receipts behind its functionals. */
export interface BundleContext {
  readonly chainId: bigint;
  readonly distributor: Address;
  /** Of each pool, in the order of the inputs' pools: the file of the receipts that count. */
  readonly receipts: readonly StoredReceipts[];
  /** Of each pool likewise. */
  readonly receiptsFiles: readonly ReceiptsFile[];
}

/** Writes a settlement as a bundle. Deterministic, so that all operators sign one bundleHash. */
export function writeBundle(inputs: SettlementInputs, settlement: Settlement, context: BundleContext): Bundle {
  const files = new Map<string, Uint8Array>();
  const add = (path: string, bytes: Uint8Array): BundleFile => {
    files.set(path, bytes);
    return { path, cid: cidOf(bytes), bytes: bytes.length };
  };
  const { previous } = inputs;
  const manifest: Manifest = {
    format: "openledger-settlement/3",
    chainId: context.chainId,
    distributor: context.distributor,
    root: settlement.root,
    previous: {
      payoutsRoot: previous.payoutsRoot,
      payoutsTotal: previous.payoutsTotal,
      accounts: add("previous/accounts.ndjson", accountCodec.encode(previous.accounts.map(entriesOf))),
    },
    accounts: add("accounts.ndjson", accountCodec.encode(settlement.accounts.map(entriesOf))),
    versions: inputs.versions.map(({ versionId, k, certificateBps, splitsByExamples, rows, features, parts }) => ({
      versionId,
      k,
      certificateBps,
      splitsByExamples,
      indexHash: settlement.indexTrees.get(versionId)!.hash,
      index: add(`versions/${versionId}/index.ndjson`, indexCodec.encode(rows)),
      features: add(`versions/${versionId}/features.i8`, bytesOf(features)),
      parts: parts.map(({ datanetId, size, quality, harmful }) => ({
        datanetId,
        size,
        quality: add(`versions/${versionId}/quality-${datanetId}.i16`, encodeInt16(quality)),
        harmful: [...harmful],
      })),
    })),
    pools: settlement.pools.map(({ leaf, scores, payouts }, p) => {
      const { functional, parties } = inputs.pools[p]!;
      const folder = `pools/${leaf.modelId}-${leaf.epoch}`;
      const records = scores.map((score, i) => ({ ...score, ...parties[i]!, payout: payouts[i]! }));
      return {
        ...leaf,
        functional: add(`${folder}/functional.i16`, encodeInt16(functional)),
        scores: add(`${folder}/scores.ndjson`, scoreCodec.encode(records)),
        receipts: {
          path: `${folder}/receipts.ndjson`,
          cid: context.receipts[p]!.cid,
          bytes: context.receipts[p]!.bytes,
          certified: context.receiptsFiles[p]!,
        },
      };
    }),
  };
  const text = manifestText(manifest);
  return { manifest: text, bundleHash: bundleHashOf(text), files };
}

/**
 * Reads a bundle.
 *
 * @throws ContentError when a file is missing, is not the one that the manifest names, or is malformed.
 */
export function openBundle({ manifest: text, files }: Pick<Bundle, "manifest" | "files">): OpenedBundle {
  const manifest = parseManifest(text);
  for (const file of filesOf(manifest)) checkFile(file, files.get(file.path));
  const read = ({ path }: BundleFile): Uint8Array => files.get(path)!;

  const versions = manifest.versions.map((version): VersionIndex => {
    const { versionId, k, certificateBps, splitsByExamples } = version;
    return {
      versionId,
      k,
      certificateBps,
      splitsByExamples,
      rows: indexCodec.decode(read(version.index), version.index.path),
      features: new Int8Array(read(version.features)),
      parts: version.parts.map(({ quality, ...part }) => ({ ...part, quality: decodeInt16(read(quality)) })),
    };
  });
  const opened = manifest.pools.map(({ functional, scores, ...pool }) => {
    const { modelId, epoch, versionId, indexHash, queryHash, scoresRoot, totalWeight } = pool;
    const leaf = {
      ...{ modelId, epoch, versionId, indexHash, queryHash, scoresRoot, totalWeight, pool: pool.pool },
      ...{ receiptsRoot: pool.receiptsRoot, receiptCount: pool.receiptCount, fallbackSplit: pool.fallbackSplit },
    };
    const records = scoreCodec.decode(read(scores), scores.path);
    const inputs: PoolInputs = {
      modelId: leaf.modelId,
      epoch: leaf.epoch,
      versionId: leaf.versionId,
      pool: leaf.pool,
      receiptsRoot: leaf.receiptsRoot,
      receiptCount: leaf.receiptCount,
      functional: decodeInt16(read(functional)),
      parties: records.map(({ accrues, payee }) => ({ accrues, payee })),
    };
    const rows = records.map(({ contributionId, score, weight }) => ({ contributionId, score, weight }));
    return { inputs, claim: { leaf, scores: rows } };
  });
  const { root, previous } = manifest;
  return {
    manifest,
    inputs: {
      firstEpoch: root.firstEpoch,
      lastEpoch: root.lastEpoch,
      previous: {
        rootHash: root.previousRoot,
        payoutsRoot: previous.payoutsRoot,
        payoutsTotal: previous.payoutsTotal,
        accounts: accountCodec.decode(read(previous.accounts), previous.accounts.path),
      },
      versions,
      pools: opened.map((pool) => pool.inputs),
    },
    claims: {
      root,
      pools: opened.map((pool) => pool.claim),
      accounts: accountCodec.decode(read(manifest.accounts), manifest.accounts.path),
    },
  };
}

/**
 * Computes every root of a bundle anew from what it was computed from. Compare the result with the bundle's claims.
 *
 * @throws ContentError when the accounts before are not those of the previous root that the bundle names.
 */
export function rebuild({ inputs }: OpenedBundle): Settlement {
  const { accounts, payoutsRoot } = inputs.previous;
  const computed = accounts.length === 0 ? ZERO_HASH : payoutsRootOf(accounts);
  if (computed !== payoutsRoot) {
    throw new ContentError("The accounts before are not those of the previous root", {
      value: computed,
      limit: `payoutsRoot ${payoutsRoot}`,
      remedy: "take accounts.ndjson from the bundle of the last finalized root",
    });
  }
  return settleEpochs(inputs);
}

/** The payouts root of accounts and their entries. */
export function payoutsRootOf(accounts: readonly AccountEntries[]): Hash {
  const settled = accounts.map(({ account, entries }) => {
    const { root, total } = buildEntriesTree(entries);
    return { account, cumulative: total, entriesRoot: root };
  });
  return payoutsTreeOf(settled).root;
}

function bytesOf(features: Int8Array): Uint8Array {
  return new Uint8Array(features.buffer, features.byteOffset, features.length);
}

function entriesOf({ account, entries }: AccountEntries): AccountEntries {
  return { account, entries };
}
