import { structType, type StructOf } from "./typedData.ts";

const commitmentMembers = { receiptsRoot: "bytes32", count: "uint32", uri: "string" } as const;
const members = { modelId: "uint256", epoch: "uint64", commitment: "bytes32", have: "bool" } as const;

/** What a provider has committed to for a model and an epoch. */
export type ReceiptsCommitment = StructOf<typeof commitmentMembers>;

export const receiptsCommitmentType = structType("ReceiptsCommitment", commitmentMembers);

/**
 * An operator's word, once and for all, on whether it has the file that was committed: with `have` it serves the file to
 * everybody. Signed for the RewardDistributor whose roots it is about. It binds no snapshot: a key that says both is proven
 * false by its two signatures alone, whenever it gave them.
 */
export type Availability = StructOf<typeof members>;

export const availabilityType = structType("Availability", members);
