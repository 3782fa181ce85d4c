import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { cidOf, isCid, type Cid } from "@openledger/protocol/cid.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { z } from "zod";
import { ContentError } from "../common/errors.ts";
import { address, hash, integer, plain } from "./codecs.ts";

const file = z.strictObject({
  path: z.string().regex(/^[a-z0-9][a-z0-9./-]*$/),
  cid: z.custom<Cid>((value) => typeof value === "string" && isCid(value), "a CID (bafkrei…)"),
  bytes: z.int().min(0),
});

const bps = z.int().min(0).max(10_000);

const manifestSchema = z.strictObject({
  format: z.literal("openledger-settlement/3"),
  chainId: integer,
  /** The RewardDistributor. */
  distributor: address,
  root: z.strictObject({
    firstEpoch: integer,
    lastEpoch: integer,
    previousRoot: hash,
    payoutsRoot: hash,
    payoutsTotal: integer,
    accounts: z.int().min(1).max(0xffffffff),
    modelsRoot: hash,
  }),
  previous: z.strictObject({ payoutsRoot: hash, payoutsTotal: integer, accounts: file }),
  accounts: file,
  versions: z.array(
    z.strictObject({
      versionId: integer,
      k: z.int(),
      certificateBps: bps,
      splitsByExamples: z.boolean(),
      indexHash: hash,
      index: file,
      features: file,
      parts: z.array(
        z.strictObject({ datanetId: integer, size: z.int().min(0), quality: file, harmful: z.array(integer) }),
      ),
    }),
  ),
  pools: z.array(
    z.strictObject({
      modelId: integer,
      epoch: integer,
      versionId: integer,
      indexHash: hash,
      queryHash: hash,
      scoresRoot: hash,
      totalWeight: integer,
      pool: integer,
      receiptsRoot: hash,
      receiptCount: z.int().min(0).max(0xffffffff),
      fallbackSplit: z.boolean(),
      functional: file,
      scores: file,
      /** Those that count; `certified` is what operators said of the file that was committed, `none` where there was none. */
      receipts: z.strictObject({ ...file.shape, certified: z.enum(["none", "have", "lack"]) }),
    }),
  ),
});

/** Names every file of a settlement by its content, and states what they amount to. */
export type Manifest = z.output<typeof manifestSchema>;
/** What was certified of the receipts file of a pool; `none` where none was committed. */
export type ReceiptsFile = Manifest["pools"][number]["receipts"]["certified"];
/** A file of a bundle. */
export type BundleFile = z.output<typeof file>;

/** The canonical text of a manifest; `bundleHash` is its keccak-256. */
export function manifestText(manifest: Manifest): string {
  return canonicalJson(plain(manifest));
}

/** What a ScoreRoot commits to. */
export function bundleHashOf(text: string): Hash {
  return keccakText(text);
}

/** @throws ContentError unless the text is the canonical text of a manifest. */
export function parseManifest(text: string): Manifest {
  const manifest = manifestSchema.safeParse(parse(text));
  if (!manifest.success) throw new ContentError(`The manifest is malformed: ${z.prettifyError(manifest.error)}`);
  if (manifestText(manifest.data) !== text) {
    throw new ContentError("The manifest is not canonical JSON", {
      remedy: "fetch the bytes that bundleHash was taken of",
    });
  }
  return manifest.data;
}

/** The files that the roots of a settlement are rebuilt from. Those of its receipts are read pool by pool (bundleReceipts.ts). */
export function filesOf(manifest: Manifest): BundleFile[] {
  return [
    manifest.accounts,
    manifest.previous.accounts,
    ...manifest.versions.flatMap((version) => [
      version.index,
      version.features,
      ...version.parts.map(({ quality }) => quality),
    ]),
    ...manifest.pools.flatMap((pool) => [pool.functional, pool.scores]),
  ];
}

/** @throws ContentError unless the content is the file that a manifest names. */
export function checkFile(
  { path, cid, bytes }: BundleFile,
  content: Uint8Array | undefined,
): asserts content is Uint8Array {
  if (!content) throw new ContentError(`${path} is missing`, { value: cid, remedy: "fetch it by its CID" });
  const actual = cidOf(content);
  if (actual !== cid || content.length !== bytes) {
    throw new ContentError(`${path} is not the file that the manifest names`, {
      value: `${actual}, ${content.length} bytes`,
      limit: `${cid}, ${bytes} bytes`,
      remedy: "fetch it again by its CID",
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContentError("The manifest is not JSON", { cause });
  }
}
