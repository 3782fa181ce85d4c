import { structType, type StructOf } from "./typedData.ts";

const members = {
  versionId: "uint256",
  indexRoot: "bytes32",
  size: "uint32",
  k: "uint16",
  qualityHash: "bytes32",
  certificateBps: "uint16",
  bundleHash: "bytes32",
} as const;

/** What the quorum attests of a model version's attribution index; verified by IndexRegistry. */
export type IndexAttestation = StructOf<typeof members>;

export const indexAttestationType = structType("IndexAttestation", members);
