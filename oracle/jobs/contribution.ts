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
 * What contributions examples become: each is on one subject (a label, or the source of documents) and of one kind. Kinds follow each other, and the subjects
 * of a kind, in the order of their names.
 */
export function partsOf(examples: readonly AnyExample[]): AnyExample[][] {
  const byPart = new Map<string, AnyExample[]>();
  for (const example of examples) {
    // no subject holds a control character
    const key = `${example.kind}\0${subjectOf(example)}`;
    const same = byPart.get(key);
    if (same) same.push(example);
    else byPart.set(key, [example]);
  }
  return [...byPart.keys()].sort().map((key) => byPart.get(key)!);
}

/**
 * Splits examples into contributions and hashes each. A submission holds examples of one kind, as its file does, and at most 256 contributions; more become
 * several.
 */
export function prepareSubmissions(
  wallet: LocalWallet,
  datanetId: bigint,
  kind: ContributionKind,
  examples: readonly AnyExample[],
): PreparedSubmission[] {
  const contributor = asAddress(wallet.address);
  return chunksOf(partsOf(examples)).map((chunk) => {
    const contents = chunk.map((part): PartContent => ({
      examples: part,
      salts: part.map((example, i) => saltOf(wallet, datanetId, example, i)),
    }));
    const parts = contents.map((part) => ({
      kind: KIND_NUMBER[kind],
      contentRoot: contentRootOf(contributor, part),
      examples: part.examples.length,
    }));
    return { contents, parts };
  });
}

/** Runs of parts of one kind, at most {@link MAX_PARTS} in each. */
function chunksOf(parts: readonly AnyExample[][]): AnyExample[][][] {
  const chunks: AnyExample[][][] = [];
  for (const part of parts) {
    const last = chunks.at(-1);
    if (last !== undefined && last.length < MAX_PARTS && last[0]![0]!.kind === part[0]!.kind) last.push(part);
    else chunks.push([part]);
  }
  return chunks;
}

/** A salt that only the key's holder can compute, and compute again: nothing besides the key has to be kept. */
function saltOf(wallet: LocalWallet, datanetId: bigint, example: AnyExample, place: number): Hash {
  const mac = createHmac("sha256", wallet.privateKey).update(`${datanetId} ${place} ${exampleHash(example)}`);
  return asHash(`0x${mac.digest("hex")}`);
}
