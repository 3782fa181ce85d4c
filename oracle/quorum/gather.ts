import type { Address, Hash, Hex } from "@openledger/protocol/hex.ts";
import { isQuorum, placesOf, type QuorumSnapshot } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof, signerOf } from "@openledger/protocol/quorum/proof.ts";
import { NotYetError } from "../common/errors.ts";

/** The latest snapshot of StakeManager, and how many must sign under it. */
export interface SigningSnapshot extends QuorumSnapshot {
  readonly minSigners: number;
}

export interface GatherOptions {
  readonly digest: Hash;
  readonly snapshot: SigningSnapshot;
  /** Signatures kept here: this operator's, and what peers answered before. By lower-case signer. */
  readonly known: ReadonlyMap<string, string>;
  /** Signatures from peers, unverified. */
  readonly offered: readonly string[];
}

/**
 * Puts a quorum proof together. An offered signature counts only for the member that its recovery names, so a peer can
 * neither sign for another nor make an invalid proof.
 *
 * @throws NotYetError while the members that signed are not enough, with their share of the stake.
 */
export function gatherProof({ digest, snapshot, known, offered }: GatherOptions): Hex {
  const signatures = new Map<Address, string>();
  for (const signature of [...known.values(), ...offered]) {
    const signer = recovered(digest, signature);
    if (snapshot.members.some((member) => member.signer === signer)) signatures.set(signer!, signature);
  }
  const mask = snapshot.members.reduce(
    (bits, member, place) => (signatures.has(member.signer) ? bits | (1n << BigInt(place)) : bits),
    0n,
  );
  if (!isQuorum(snapshot, mask, snapshot.minSigners)) {
    throw new NotYetError("too few operators have signed", {
      value: `${placesOf(mask).length} of ${snapshot.members.length} members for ${digest}`,
      limit: `more than 2/3 of all stake that counts and at least ${snapshot.minSigners} signers`,
      remedy: "Wait for the other operators, or compare their results: GET /v1/status of each.",
    });
  }
  return packQuorumProof(snapshot, signatures);
}

function recovered(digest: Hash, signature: string): Address | undefined {
  try {
    return signerOf(digest, signature);
  } catch {
    // not a signature at all: as good as none
    return undefined;
  }
}
