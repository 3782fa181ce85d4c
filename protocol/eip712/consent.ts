import { structType, type StructOf } from "./typedData.ts";

const members = {
  contributor: "address",
  datanetId: "uint256",
  partsHash: "bytes32",
  uri: "string",
  bond: "uint96",
  reviewFee: "uint96",
  judgeModelId: "uint64",
  nonce: "uint256",
  deadline: "uint256",
} as const;

/** A contributor's consent to a submission that someone else sends; verified by ContributionRegistry. */
export type Consent = StructOf<typeof members>;

export const consentType = structType("Consent", members);
