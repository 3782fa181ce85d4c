import { writeUint } from "../bytes.ts";
import { OrderError, OutOfRangeError } from "../errors.ts";
import { buildSumTree, LEAF_PREFIX, sumLeaf, type SumNode, type SumTree } from "./sumTree.ts";

/** What an account has earned from one contribution through one model. */
export interface Entry {
  readonly modelId: bigint;
  readonly contributionId: bigint;
  /** Wei earned in all roots so far, uint128. */
  readonly cumulative: bigint;
  /** Wei that this root adds; at most `cumulative`. */
  readonly earned: bigint;
}

/** Leaf of the entries tree. Entries carry no index: their order is strict, so a place is never ambiguous. */
export function entryLeaf(entry: Entry): SumNode {
  return sumLeaf(preimage(entry), entry.cumulative);
}

/** Negative, zero or positive, as `a` comes before, with or after `b`. */
export function compareEntries(
  a: Pick<Entry, "modelId" | "contributionId">,
  b: Pick<Entry, "modelId" | "contributionId">,
): number {
  if (a.modelId !== b.modelId) return a.modelId < b.modelId ? -1 : 1;
  if (a.contributionId !== b.contributionId) return a.contributionId < b.contributionId ? -1 : 1;
  return 0;
}

/**
 * The entries tree of an account.
 *
 * @param entries strictly ascending by (modelId, contributionId).
 * @throws OrderError | OutOfRangeError
 */
export function buildEntriesTree(entries: readonly Entry[]): SumTree {
  for (let i = 1; i < entries.length; i++) {
    if (compareEntries(entries[i - 1]!, entries[i]!) >= 0) {
      throw new OrderError("entry", i, `model ${entries[i]!.modelId}, contribution ${entries[i]!.contributionId}`);
    }
  }
  return buildSumTree(
    entries.length,
    (i) => preimage(entries[i]!),
    (i) => entries[i]!.cumulative,
  );
}

function preimage(entry: Entry): Uint8Array {
  if (entry.earned > entry.cumulative) {
    throw new OutOfRangeError("earned", entry.earned, `at most the entry's cumulative ${entry.cumulative}`);
  }
  const bytes = new Uint8Array(97);
  bytes[0] = LEAF_PREFIX;
  writeUint(bytes, 1, 32, entry.modelId, "modelId");
  writeUint(bytes, 33, 32, entry.contributionId, "contributionId");
  writeUint(bytes, 65, 16, entry.cumulative, "cumulative");
  writeUint(bytes, 81, 16, entry.earned, "earned");
  return bytes;
}
