import { cidOf, isCid, type Cid } from "@openledger/protocol/cid.ts";
import { ContentError } from "../common/errors.ts";

/** A CIDv1 (raw, sha2-256) in base32, "bafkrei…": the name of a file that follows from its bytes. */
export type ContentId = Cid;

/** The name of these bytes. IPFS gives a file the same one when it is added as one raw block. */
export const contentIdOf: (bytes: Uint8Array) => ContentId = cidOf;

/**
 * Accepts exactly the form that {@link contentIdOf} writes: one name per content, and never a path.
 *
 * @throws ContentError for another version, codec, hash or spelling.
 */
export function parseContentId(text: string): ContentId {
  if (isCid(text)) return text;
  throw new ContentError("this is not a content id", {
    value: text,
    limit: "a CIDv1 of raw bytes by SHA-256 in base32: 59 characters that begin with bafkrei",
    remedy: "use the id that the store returned for the file",
  });
}

/**
 * The content id in a URI of a contribution or a model, `ipfs://<cid>` or the bare CID.
 *
 * @throws ContentError as {@link parseContentId}.
 */
export function contentIdOfUri(uri: string): ContentId {
  return parseContentId(uri.replace(/^ipfs:\/\//u, ""));
}

/** Whether {@link contentIdOfUri} finds a content id in it. */
export function isContentUri(uri: string): boolean {
  return isCid(uri.replace(/^ipfs:\/\//u, ""));
}
