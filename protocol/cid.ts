import { sha256 } from "ethers";
import { concatBytes } from "./bytes.ts";
import { MalformedError } from "./errors.ts";
import { asHash, fromHex, toHex, type Hash } from "./hex.ts";

declare const brand: unique symbol;

/** Content identifier: version 1, raw bytes, sha-256, in lower-case base32. What IPFS calls a file of one block. */
export type Cid = string & { readonly [brand]: "Cid" };

/** CID version 1, codec raw, hash sha2-256, 32 bytes of digest. https://github.com/multiformats/cid */
const PREFIX = Uint8Array.of(0x01, 0x55, 0x12, 0x20);
/** RFC 4648 base32, announced by the multibase prefix b. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const CID = /^b[a-z2-7]{58}$/;

/** The CID of a file. */
export function cidOf(bytes: Uint8Array): Cid {
  return cidOfDigest(asHash(sha256(bytes)));
}

/** The CID of the file whose sha-256 is `digest`. */
export function cidOfDigest(digest: Hash): Cid {
  const bytes = concatBytes(PREFIX, fromHex(digest));
  let text = "b";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer & 0x1f) << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(buffer >> (bits - 5)) & 0x1f]!;
  }
  return (text + ALPHABET[(buffer << (5 - bits)) & 0x1f]!) as Cid;
}

/** The sha-256 that a CID names. Throws {@link MalformedError} for any other kind of CID. */
export function digestOfCid(cid: string): Hash {
  const bytes = new Uint8Array(36);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const letter of CID.test(cid) ? cid.slice(1) : "") {
    buffer = ((buffer & 0x7ff) << 5) | ALPHABET.indexOf(letter);
    bits += 5;
    if (bits >= 8) bytes[at++] = buffer >> (bits -= 8);
  }
  if (at !== 36 || PREFIX.some((byte, i) => bytes[i] !== byte)) {
    throw new MalformedError("CID", cid, "version 1, raw, sha2-256, base32 (bafkrei…)");
  }
  return toHex(bytes.subarray(4)) as Hash;
}

/** Whether text is a CID of this kind. */
export function isCid(text: string): text is Cid {
  try {
    return cidOfDigest(digestOfCid(text)) === text;
  } catch {
    return false;
  }
}
