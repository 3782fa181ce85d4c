import { createHash } from "node:crypto";
import { CID } from "multiformats/cid";
import * as Digest from "multiformats/hashes/digest";
import { ContentError } from "../common/errors.ts";

/** Multicodec of plain bytes. */
const RAW = 0x55;
/** Multihash of SHA-256. */
const SHA_256 = 0x12;

/** A CIDv1 (raw, sha2-256) in base32, "bafkrei…": the name of a file that follows from its bytes. */
export type ContentId = string & { readonly __contentId: never };

/** The name of these bytes. IPFS gives a file the same one when it is added as one raw block. */
export function contentIdOf(bytes: Uint8Array): ContentId {
  const digest = createHash("sha256").update(bytes).digest();
  return CID.createV1(RAW, Digest.create(SHA_256, digest)).toString() as ContentId;
}

/**
 * Accepts exactly the form that {@link contentIdOf} writes: one name per content, and never a path.
 *
 * @throws ContentError for another version, codec, hash or spelling.
 */
export function parseContentId(text: string): ContentId {
  let cid: CID;
  try {
    cid = CID.parse(text);
  } catch (cause) {
    throw refused(text, cause);
  }
  if (cid.version !== 1 || cid.code !== RAW || cid.multihash.code !== SHA_256 || cid.toString() !== text) {
    throw refused(text);
  }
  return text as ContentId;
}

/**
 * The content id in a URI of a contribution or a model, `ipfs://<cid>` or the bare CID.
 *
 * @throws ContentError as {@link parseContentId}.
 */
export function contentIdOfUri(uri: string): ContentId {
  return parseContentId(uri.replace(/^ipfs:\/\//u, ""));
}

function refused(text: string, cause?: unknown): ContentError {
  return new ContentError("this is not a content id", {
    value: text,
    limit: "a CIDv1 of raw bytes by SHA-256 in base32: 59 characters that begin with bafkrei",
    remedy: "use the id that the store returned for the file",
    cause,
  });
}
