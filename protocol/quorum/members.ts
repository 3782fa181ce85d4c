import { checkUint, writeUint } from "../bytes.ts";
import { OrderError } from "../errors.ts";
import { toHex, type Address } from "../hex.ts";

/** One operator's place in a quorum snapshot. */
export interface QuorumMember {
  readonly signer: Address;
  /** Stake in wei, uint96. */
  readonly weight: bigint;
}

/** Who can sign, and what they are parts of. */
export interface QuorumSnapshot {
  readonly snapshotId: bigint;
  /** Ordered by signer. */
  readonly members: readonly QuorumMember[];
  /** All stake that counts, theirs or not, in wei, uint96: signers must have more than two thirds of it. */
  readonly denominator: bigint;
}

const WEIGHT_BITS = 96n;

/** `uint160 signer << 96 | uint96 weight`: how the snapshot records a member. */
export function memberWord(member: QuorumMember): bigint {
  return (BigInt(member.signer) << WEIGHT_BITS) | checkUint(member.weight, 96, "weight of a member");
}

/** Inverse of {@link memberWord}. */
export function memberOf(word: bigint): QuorumMember {
  checkUint(word, 256, "member word");
  const signer = new Uint8Array(20);
  writeUint(signer, 0, 20, word >> WEIGHT_BITS, "signer");
  return { signer: toHex(signer) as Address, weight: BigInt.asUintN(96, word) };
}

/** Words of a snapshot. Throws {@link OrderError} unless the signers ascend strictly. */
export function memberWords(members: readonly QuorumMember[]): bigint[] {
  members.forEach((member, i) => {
    if (i > 0 && member.signer <= members[i - 1]!.signer) throw new OrderError("quorum member", i, member.signer);
  });
  return members.map(memberWord);
}

/** Places that a signer mask names, ascending. */
export function placesOf(mask: bigint): number[] {
  const places: number[] = [];
  for (let place = 0; mask >> BigInt(place) > 0n; place++) {
    if ((mask >> BigInt(place)) & 1n) places.push(place);
  }
  return places;
}

/** Whether the members that the mask names are enough: more than two thirds of the denominator, and at least `minSigners`. */
export function isQuorum(
  { members, denominator }: Pick<QuorumSnapshot, "members" | "denominator">,
  mask: bigint,
  minSigners: number,
): boolean {
  const places = placesOf(mask);
  if (places.some((place) => place >= members.length)) return false;
  const signed = places.reduce((sum, place) => sum + members[place]!.weight, 0n);
  return places.length > 0 && places.length >= minSigners && 3n * signed > 2n * denominator;
}
