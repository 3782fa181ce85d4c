import { asHash, type Hex } from "@openledger/protocol/hex.ts";
import { NotYetError } from "../common/errors.ts";
import { gatherProof } from "../quorum/gather.ts";
import { latestQuorum } from "../quorum/snapshot.ts";
import { TURN_MS, turnOf } from "../quorum/turn.ts";
import { requireCanonicalBackend } from "../numerics/backend/nativeLoaded.ts";
import type { Context } from "./context.ts";

/** Signs a digest with the operator's key, once; without a key nothing is signed. @throws AccessError as `requireCanonicalBackend` */
export async function signDigest({ key, signatures }: Context, digest: string): Promise<void> {
  if (key === undefined) return;
  requireCanonicalBackend();
  await signatures.add(digest, key.wallet.address, key.wallet.signingKey.sign(digest).compactSerialized);
}

/** The quorum's proof for a digest, from this operator's signature and the peers'. @throws NotYetError until there are enough */
export async function gatherQuorum(context: Context, digest: string): Promise<Hex> {
  const snapshot = await latestQuorum(context.contracts.StakeManager);
  const offered = await context.peers.signaturesOf(digest);
  const known = await context.signatures.of(digest);
  return gatherProof({ digest: asHash(digest), snapshot, known, offered });
}

const firstTried = new Map<string, number>();

/**
 * Leaves a transaction that any operator may send to the one whose turn it is. The order is counted from when this process
 * first wanted to send it.
 *
 * @throws NotYetError before this operator's turn
 */
export async function awaitTurn(context: Context, digest: string): Promise<void> {
  const snapshot = await latestQuorum(context.contracts.StakeManager);
  const members = snapshot.members.map(({ signer }) => signer);
  const turn = turnOf(asHash(digest), members, context.key?.wallet.address ?? "");
  const since = firstTried.get(digest) ?? Date.now();
  firstTried.set(digest, since);
  if (Date.now() < since + turn * TURN_MS) {
    throw new NotYetError("another operator sends this first", { value: `turn ${turn}`, limit: digest });
  }
}
