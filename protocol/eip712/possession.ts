import { structType, type StructOf } from "./typedData.ts";

const members = {
  operator: "address",
  role: "uint8",
  signer: "address",
  deadline: "uint256",
} as const;

/** A key's consent to sign for an operator; verified by StakeManager. */
export type Possession = StructOf<typeof members>;

export const possessionType = structType("Possession", members);
