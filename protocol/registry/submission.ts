import { AbiCoder } from "ethers";
import { fromHex, type Address, type Hash } from "../hex.ts";
import { keccak256 } from "../keccak.ts";

/** Training data, or data that says what "good for this Datanet" means and is never trained on. */
export type ContributionKind = "train" | "quality";

/** The numbers that the registry's enum gives the kinds. */
export const KIND_NUMBER: Readonly<Record<ContributionKind, number>> = { train: 0, quality: 1 };

/** One contribution as it is submitted. */
export interface Part {
  readonly kind: ContributionKind;
  /** Root of the content tree. */
  readonly contentRoot: Hash;
  /** Number of examples, uint32. */
  readonly examples: number;
}

/** What a consent and a Datanet's accumulator say of the parts of a submission. */
export function hashParts(parts: readonly Part[]): Hash {
  const values = parts.map((part) => [KIND_NUMBER[part.kind], part.contentRoot, part.examples]);
  return hashEncoded(["tuple(uint8, bytes32, uint32)[]"], [values]);
}

/** A Datanet's accumulator after a submission was decided. Bit i of the mask: part i was accepted. */
export function accumulateResolved(
  accumulator: Hash,
  submissionId: bigint,
  acceptedMask: bigint,
  partsHash: Hash,
): Hash {
  const types = ["bytes32", "uint256", "uint256", "bytes32"];
  return hashEncoded(types, [accumulator, submissionId, acceptedMask, partsHash]);
}

/** A Datanet's accumulator after a contribution was revoked. */
export function accumulateRevoked(accumulator: Hash, contributionId: bigint): Hash {
  return hashEncoded(["bytes32", "uint256"], [accumulator, contributionId]);
}

/** What a validator commits to before it reveals its vote. */
export function reviewCommitment(submissionId: bigint, validator: Address, approvedMask: bigint, salt: Hash): Hash {
  return hashEncoded(["uint256", "address", "uint256", "bytes32"], [submissionId, validator, approvedMask, salt]);
}

function hashEncoded(types: string[], values: unknown[]): Hash {
  return keccak256(fromHex(AbiCoder.defaultAbiCoder().encode(types, values)));
}
