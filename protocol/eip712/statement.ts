import { asHash, type Hash, hashAt } from "../hex.ts";
import { keccakBytes } from "../keccak.ts";
import { structType, type StructOf } from "./typedData.ts";

const members = { channelId: "bytes32", receiptsRoot: "bytes32", total: "uint256" } as const;

/**
 * What a channel's payer confirms of it: that it has asked what these receipts name, and paid their sum. Verified by every operator,
 * in the domain of InferenceMarket.
 */
export type Statement = StructOf<typeof members>;

export const statementType = structType("Statement", members);

/** The first half of the salt of a channel of which only confirmed receipts count. */
const COUNTERSIGNED = hashAt(keccakBytes(new TextEncoder().encode("openledger countersigned channel")), 0).slice(0, 34);

/** The salt of such a channel. @param name 16 bytes in hexadecimal that tell it from others of the same payer */
export function countersignedSalt(name: string): Hash {
  return asHash(`${COUNTERSIGNED}${name}`);
}

/** The salt of one that its payer always finds again. */
export const COUNTERSIGNED_CHANNEL = countersignedSalt("00".repeat(16));

export function isCountersigned(salt: string): boolean {
  return salt.toLowerCase().startsWith(COUNTERSIGNED);
}
