import { recoverAddress, Signature } from "ethers";
import { ProofError } from "../errors.ts";
import { asAddress, type Address, type Hash, type Hex } from "../hex.ts";
import { memberWords, type QuorumMember } from "./members.ts";

/** What StakeManager.verifyQuorum takes. */
export interface QuorumProof {
  readonly snapshotId: bigint;
  /** Bit i: member i signed. */
  readonly signers: bigint;
  /** All members of the snapshot. */
  readonly members: bigint[];
  /** 64 bytes per signer (EIP-2098), in ascending bit order. */
  readonly signatures: Hex;
}

/**
 * The 64-byte form of a 65-byte signature: the parity of y in the top bit of s.
 *
 * @see https://eips.ethereum.org/EIPS/eip-2098
 */
export function compactSignature(signature: string): Hex {
  return Signature.from(signature).compactSerialized as Hex;
}

/** Who signed the digest. Takes 64- and 65-byte signatures. */
export function signerOf(digest: Hash, signature: string): Address {
  return asAddress(recoverAddress(digest, Signature.from(signature)));
}

/**
 * Packs signatures into a proof.
 *
 * @param signatures by signer; those of strangers to the snapshot are an error, since they would cost gas and prove nothing.
 * @throws ProofError for a signer who is not a member.
 */
export function packQuorumProof(
  snapshotId: bigint,
  members: readonly QuorumMember[],
  signatures: ReadonlyMap<Address, string>,
): QuorumProof {
  const words = memberWords(members);
  let signers = 0n;
  let packed = "0x";
  let used = 0;
  members.forEach((member, place) => {
    const signature = signatures.get(member.signer);
    if (signature === undefined) return;
    signers |= 1n << BigInt(place);
    packed += compactSignature(signature).slice(2);
    used++;
  });
  if (used !== signatures.size) {
    throw new ProofError(
      `${signatures.size - used} of ${signatures.size} signatures are by nobody in snapshot ${snapshotId}.`,
    );
  }
  return { snapshotId, signers, members: words, signatures: packed as Hex };
}
