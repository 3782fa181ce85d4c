import { canonicalJson, hashCanonicalJson, type Json } from "@openledger/protocol/canonicalJson.ts";
import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { decodeInt16, encodeInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { z } from "zod";
import { ContentError, messageOf } from "../common/errors.ts";
import type { ContentFiles } from "./contentFiles.ts";

const manifestSchema = z.strictObject({
  format: z.literal("openledger-index/1"),
  versionId: z.string(),
  k: z.number().int(),
  /** CID of contributions × k int8, row by row. */
  features: z.string(),
  /** CID of k int16, big-endian: G. */
  quality: z.string(),
  /** keccak256 of the version's quality certificate, where it has one. */
  certificateHash: z.string().optional(),
  /** Per contribution in ascending order: id, examples, scale, quality. */
  rows: z.array(
    z.strictObject({
      contributionId: z.string(),
      examples: z.number().int(),
      scale: z.number().int(),
      quality: z.string(),
    }),
  ),
});

/** The published attribution index of a version. */
export interface IndexFiles {
  readonly versionId: bigint;
  readonly k: number;
  readonly certificateHash?: string | undefined;
  readonly features: Int8Array;
  readonly quality: Int16Array;
  readonly rows: readonly {
    readonly contributionId: bigint;
    readonly examples: number;
    readonly scale: number;
    readonly quality: bigint;
  }[];
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Stores an index; `bundleHash` is the keccak of its manifest, `cid` where the manifest lies. */
export async function putIndex(content: ContentFiles, index: IndexFiles): Promise<{ cid: string; bundleHash: Hash }> {
  const { features } = index;
  const manifest = {
    format: "openledger-index/1",
    versionId: index.versionId.toString(),
    k: index.k,
    features: await content.put(new Uint8Array(features.buffer, features.byteOffset, features.byteLength)),
    quality: await content.put(encodeInt16(index.quality)),
    ...(index.certificateHash !== undefined && { certificateHash: index.certificateHash }),
    rows: index.rows.map(({ contributionId, examples, scale, quality }) => ({
      contributionId: contributionId.toString(),
      examples,
      scale,
      quality: quality.toString(),
    })),
  } satisfies Json;
  const cid = await content.put(new TextEncoder().encode(canonicalJson(manifest)));
  return { cid, bundleHash: asHash(hashCanonicalJson(manifest)) };
}

/** @throws ContentError when the manifest cannot be read or does not fit its files */
export async function getIndex(content: ContentFiles, cid: string): Promise<IndexFiles> {
  let manifest: z.output<typeof manifestSchema>;
  try {
    manifest = manifestSchema.parse(JSON.parse(decoder.decode(await content.get(cid))));
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new ContentError(`an index manifest cannot be read: ${messageOf(error)}`, { value: cid, cause: error });
  }
  const features = await content.get(manifest.features);
  const quality = decodeInt16(await content.get(manifest.quality));
  if (features.length !== manifest.rows.length * manifest.k || quality.length !== manifest.k) {
    throw new ContentError("an index's files do not have the size that its manifest states", {
      value: `${features.length} bytes of features and ${quality.length} components of G behind ${cid}`,
      limit: `${manifest.rows.length} contributions × ${manifest.k}`,
    });
  }
  return {
    versionId: BigInt(manifest.versionId),
    k: manifest.k,
    certificateHash: manifest.certificateHash,
    features: new Int8Array(features.buffer, features.byteOffset, features.byteLength),
    quality,
    rows: manifest.rows.map((row) => ({
      ...row,
      contributionId: BigInt(row.contributionId),
      quality: BigInt(row.quality),
    })),
  };
}
