import {
  accumulateResolved,
  accumulateRevoked,
  hashParts,
  reviewCommitment,
  type Part,
} from "@openledger/protocol/registry/submission.ts";
import { fixedAddress, fixedHash } from "./fixed.ts";

const parts: Part[] = [
  { kind: "train", contentRoot: fixedHash("content a"), examples: 12 },
  { kind: "quality", contentRoot: fixedHash("content b"), examples: 0xffffffff },
];

/** Hashes of submissions, accumulators and votes (docs/protocol.md §6). */
export function registryVectors() {
  const partsHash = hashParts(parts);
  const resolved = { accumulator: fixedHash("accumulator"), submissionId: 3n, acceptedMask: 0b10n, partsHash };
  const revoked = { accumulator: fixedHash("accumulator"), contributionId: 17n };
  const vote = { submissionId: 3n, validator: fixedAddress("validator"), approvedMask: 0b10n, salt: fixedHash("salt") };
  return {
    parts: [
      { parts, partsHash },
      { parts: [], partsHash: hashParts([]) },
    ],
    resolved: {
      ...resolved,
      after: accumulateResolved(resolved.accumulator, resolved.submissionId, resolved.acceptedMask, partsHash),
    },
    revoked: { ...revoked, after: accumulateRevoked(revoked.accumulator, revoked.contributionId) },
    vote: { ...vote, commitment: reviewCommitment(vote.submissionId, vote.validator, vote.approvedMask, vote.salt) },
  };
}
