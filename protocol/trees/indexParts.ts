import { checkInteger, writeUint } from "../bytes.ts";
import { OrderError, OutOfRangeError } from "../errors.ts";
import { writeHex, type Hash } from "../hex.ts";
import { keccak256 } from "../keccak.ts";

/** The part of a version's index that holds the contributions of one Datanet, judged by that Datanet alone. */
export interface IndexPart {
  readonly datanetId: bigint;
  /** Root of the part's index tree. */
  readonly root: Hash;
  /** Leaves of that tree, uint32; 0 where the Datanet has nothing to train on. */
  readonly size: number;
  /** keccak-256 of the Datanet's quality functional G. */
  readonly qualityHash: Hash;
  /** Root of `buildHarmfulTree` of its contributions that are found harmful. */
  readonly harmfulRoot: Hash;
}

/** A version is made of at most as many Datanets. */
export const MAX_INDEX_PARTS = 16;

const PART_BYTES = 5 * 32;

/**
 * `keccak256(abi.encode(IndexPart[]))`: partsHash of the attestation, indexHash of a settlement.
 *
 * @param parts strictly ascending by datanetId.
 * @throws OrderError | OutOfRangeError
 */
export function hashIndexParts(parts: readonly IndexPart[]): Hash {
  if (parts.length === 0 || parts.length > MAX_INDEX_PARTS) {
    throw new OutOfRangeError("parts of an index", parts.length, `1 to ${MAX_INDEX_PARTS}`);
  }
  const bytes = new Uint8Array(64 + parts.length * PART_BYTES);
  writeUint(bytes, 0, 32, 32n, "offset");
  writeUint(bytes, 32, 32, BigInt(parts.length), "length");
  for (const [p, part] of parts.entries()) {
    if (p > 0 && part.datanetId <= parts[p - 1]!.datanetId) {
      throw new OrderError("index part", p, `Datanet ${part.datanetId}`);
    }
    const at = 64 + p * PART_BYTES;
    writeUint(bytes, at, 32, part.datanetId, "datanetId");
    writeHex(bytes, at + 32, part.root);
    writeUint(bytes, at + 64, 32, BigInt(checkInteger(part.size, 0, 0xffffffff, "size of an index part")), "size");
    writeHex(bytes, at + 96, part.qualityHash);
    writeHex(bytes, at + 128, part.harmfulRoot);
  }
  return keccak256(bytes);
}

/**
 * Where the row at a position of the whole index stands: rows follow part after part, and a scores tree counts through.
 *
 * @throws OutOfRangeError beyond the last part.
 */
export function placeInParts(parts: readonly Pick<IndexPart, "size">[], position: number): { part: number; i: number } {
  let first = 0;
  for (const [part, { size }] of parts.entries()) {
    if (position < first + size) return { part, i: position - first };
    first += size;
  }
  throw new OutOfRangeError("position in an index", position, `below its size ${first}`);
}
