import type { Hash } from "@openledger/protocol/hex.ts";

/** How long an operator leaves a transaction to those before it, in milliseconds. */
export const TURN_MS = 20_000;

/**
 * This operator's place in the order in which the members try to send what a quorum has signed. The order differs by
 * digest, so that costs are shared and a silent operator delays nothing for long.
 */
export function turnOf(digest: Hash, members: readonly string[], self: string): number {
  const place = members.findIndex((member) => member.toLowerCase() === self.toLowerCase());
  if (place < 0) return members.length;
  const first = Number(BigInt(digest) % BigInt(members.length));
  return (place - first + members.length) % members.length;
}
