import { recoverAddress, Signature } from "ethers";
import { writeUint } from "../bytes.ts";
import { ProofError } from "../errors.ts";
import { asAddress, toHex, type Address, type Hash, type Hex } from "../hex.ts";
import { memberWords, type QuorumSnapshot } from "./members.ts";

/** Hexadecimal digits of the signer in a member word. */
const SIGNER_DIGITS = 40;
const HEADER_BYTES = 28;

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
 * Packs signatures into the proof that contracts take: `uint64 snapshotId ‖ uint96 denominator ‖ uint32 signers ‖ uint32 contracts ‖
 * entries`, an entry per member (docs/protocol.md §5, Quorum). A member that signed with a key is named by its signature alone.
 *
 * @param signatures by signer; those of strangers to the snapshot are an error, since they would cost gas and prove nothing.
 * @param contracts signers whose signatures are for ERC-1271.
 * @throws ProofError for a signer who is not a member.
 */
export function packQuorumProof(
  { snapshotId, members, denominator }: QuorumSnapshot,
  signatures: ReadonlyMap<Address, string>,
  contracts: ReadonlySet<Address> = new Set(),
): Hex {
  const words = memberWords(members).map((word) => word.toString(16).padStart(64, "0"));
  let signers = 0n;
  let asked = 0n;
  let used = 0;
  const entries = members.map(({ signer }, place) => {
    const word = words[place]!;
    const signature = signatures.get(signer);
    if (signature === undefined) return word;
    const bit = 1n << BigInt(place);
    signers |= bit;
    used++;
    const compact = compactSignature(signature).slice(2);
    if (!contracts.has(signer)) return word.slice(SIGNER_DIGITS) + compact;
    asked |= bit;
    return word + compact;
  });
  if (used !== signatures.size) {
    throw new ProofError(
      `${signatures.size - used} of ${signatures.size} signatures are by nobody in snapshot ${snapshotId}.`,
    );
  }
  const header = new Uint8Array(HEADER_BYTES);
  writeUint(header, 0, 8, snapshotId, "snapshotId");
  writeUint(header, 8, 12, denominator, "denominator");
  writeUint(header, 20, 4, signers, "signers");
  writeUint(header, 24, 4, asked, "contracts");
  return `${toHex(header)}${entries.join("")}`;
}
