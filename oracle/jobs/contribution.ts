import { createHmac } from "node:crypto";
import { asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import { KIND_NUMBER, type ContributionKind } from "@openledger/protocol/registry/submission.ts";
import { type AnyExample, exampleHash, subjectOf } from "../data/example.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { contentRootOf, type PartContent } from "./submissionFiles.ts";

/** Most parts of one submission on the chain. */
export const MAX_PARTS = 256;

/** A submission ready to be registered. */
export interface PreparedSubmission {
  readonly contents: readonly PartContent[];
  /** As ContributionRegistry.submit takes them. */
  readonly parts: readonly { readonly kind: number; readonly contentRoot: Hash; readonly examples: number }[];
}

/**
 * Splits examples by their subjects (labels, or the sources of documents), so that every contribution is on one, and hashes each part. At most 256
 * fit into one submission; more become several.
 */
export function prepareSubmissions(
  wallet: LocalWallet,
  datanetId: bigint,
  kind: ContributionKind,
  examples: readonly AnyExample[],
): PreparedSubmission[] {
  const bySubject = new Map<string, AnyExample[]>();
  for (const example of examples) {
    const same = bySubject.get(subjectOf(example));
    if (same) same.push(example);
    else bySubject.set(subjectOf(example), [example]);
  }
  const contributor = asAddress(wallet.address);
  const contents = [...bySubject.keys()].sort().map((subject): PartContent => {
    const part = bySubject.get(subject)!;
    return { examples: part, salts: part.map((example, i) => saltOf(wallet, datanetId, example, i)) };
  });
  const submissions: PreparedSubmission[] = [];
  for (let first = 0; first < contents.length; first += MAX_PARTS) {
    const chunk = contents.slice(first, first + MAX_PARTS);
    submissions.push({
      contents: chunk,
      parts: chunk.map((part) => ({
        kind: KIND_NUMBER[kind],
        contentRoot: contentRootOf(contributor, part),
        examples: part.examples.length,
      })),
    });
  }
  return submissions;
}

/** A salt that only the key's holder can compute, and compute again: nothing besides the key has to be kept. */
function saltOf(wallet: LocalWallet, datanetId: bigint, example: AnyExample, place: number): Hash {
  const mac = createHmac("sha256", wallet.privateKey).update(`${datanetId} ${place} ${exampleHash(example)}`);
  return asHash(`0x${mac.digest("hex")}`);
}
