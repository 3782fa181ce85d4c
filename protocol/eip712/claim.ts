import { structType, type StructOf } from "./typedData.ts";

const members = { account: "address", recipient: "address", cumulative: "uint256", deadline: "uint256" } as const;

/** A claim that its account signed and anyone may send; verified by RewardDistributor. */
export type Claim = StructOf<typeof members>;

export const claimType = structType("Claim", members);
