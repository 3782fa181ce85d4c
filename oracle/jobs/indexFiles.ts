import { canonicalJson, hashCanonicalJson, type Json } from "@openledger/protocol/canonicalJson.ts";
import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { decodeInt16, encodeInt16 } from "@openledger/protocol/score/int16Vector.ts";
import type { IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import { z } from "zod";
import { ContentError, messageOf } from "../common/errors.ts";
import type { DatanetPart } from "../settlement/inputs.ts";
import type { ContentFiles } from "./contentFiles.ts";

const manifestSchema = z.strictObject({
  format: z.literal("openledger-index/3"),
  versionId: z.string(),
  k: z.number().int(),
  /** CID of contributions × k int8, row by row. */
  features: z.string(),
  /** keccak256 of the version's quality certificate, where it has one. */
  certificateHash: z.string().optional(),
  /** Per Datanet in ascending order: how many of the rows are its, and by what they are judged. */
  parts: z.array(
    z.strictObject({
      datanetId: z.string(),
      size: z.number().int(),
      /** CID of k int16, big-endian: G. */
      quality: z.string(),
      /** Contributions that are found harmful, ascending. */
      harmful: z.array(z.string().regex(/^\d+$/u)),
    }),
  ),
  /** Per contribution, Datanet after Datanet and in ascending order within each: id, examples, scale, quality. */
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
  readonly rows: readonly IndexRow[];
  readonly parts: readonly DatanetPart[];
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Stores an index; `bundleHash` is the keccak of its manifest, `cid` where the manifest lies. */
export async function putIndex(content: ContentFiles, index: IndexFiles): Promise<{ cid: string; bundleHash: Hash }> {
  const { features } = index;
  const parts = [];
  for (const { datanetId, size, quality, harmful } of index.parts) {
    parts.push({
      datanetId: datanetId.toString(),
      size,
      quality: await content.put(encodeInt16(quality)),
      harmful: harmful.map(String),
    });
  }
  const manifest = {
    format: "openledger-index/3",
    versionId: index.versionId.toString(),
    k: index.k,
    features: await content.put(new Uint8Array(features.buffer, features.byteOffset, features.byteLength)),
    ...(index.certificateHash !== undefined && { certificateHash: index.certificateHash }),
    parts,
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
  const { k } = manifest;
  const features = await content.get(manifest.features);
  const inParts = manifest.parts.reduce((sum, { size }) => sum + size, 0);
  if (features.length !== manifest.rows.length * k || inParts !== manifest.rows.length) {
    throw new ContentError("an index's files do not have the size that its manifest states", {
      value: `${features.length} bytes of features and ${inParts} rows in parts behind ${cid}`,
      limit: `${manifest.rows.length} contributions × ${k}`,
    });
  }
  const parts: DatanetPart[] = [];
  for (const part of manifest.parts) {
    const quality = await vectorOf(content, part.quality, k);
    const harmful = part.harmful.map(BigInt);
    parts.push({ datanetId: BigInt(part.datanetId), size: part.size, quality, harmful });
  }
  return {
    versionId: BigInt(manifest.versionId),
    k,
    certificateHash: manifest.certificateHash,
    features: new Int8Array(features.buffer, features.byteOffset, features.byteLength),
    parts,
    rows: manifest.rows.map((row) => ({
      ...row,
      contributionId: BigInt(row.contributionId),
      quality: BigInt(row.quality),
    })),
  };
}

async function vectorOf(content: ContentFiles, cid: string, components: number): Promise<Int16Array> {
  const bytes = await content.get(cid);
  if (bytes.length === 2 * components) return decodeInt16(bytes);
  throw new ContentError("a functional of an index does not have the length that its manifest states", {
    value: `${bytes.length} bytes behind ${cid}`,
    limit: `${2 * components}`,
  });
}
