import { structType, type StructOf } from "./typedData.ts";

const members = {
  versionId: "uint256",
  partsHash: "bytes32",
  size: "uint32",
  k: "uint16",
  certificateBps: "uint16",
  bundleHash: "bytes32",
} as const;

/** What the quorum attests of a model version's attribution index; verified by IndexRegistry. */
export type IndexAttestation = StructOf<typeof members>;

/** What is signed: the content under a snapshot, so that signatures die with the snapshot and content does not. */
export const signedIndexType = structType("IndexAttestation", { ...members, snapshotId: "uint64" });
