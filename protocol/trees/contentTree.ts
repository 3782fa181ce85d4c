import { writeHex, type Address, type Hash } from "../hex.ts";
import { keccakBytes } from "../keccak.ts";
import { buildSumTree, LEAF_PREFIX, sumLeaf, type SumNode, type SumTree } from "./sumTree.ts";

/** One example of a contribution, as its content tree commits to it. */
export interface ContentItem {
  /** 32 random bytes: without them nobody can tell from the leaf what was contributed. */
  readonly salt: Hash;
  /** sha-256 of the canonical example. */
  readonly sha256: Hash;
}

/** Leaf of the content tree. The contributor is inside, so a copied root registers nothing. */
export function contentLeaf(contributor: Address, item: ContentItem): SumNode {
  return sumLeaf(preimage(contributor, item), 1n);
}

/** The content tree of a contribution. The total is the number of examples. */
export function buildContentTree(contributor: Address, items: readonly ContentItem[]): SumTree {
  return buildSumTree(
    items.length,
    (i) => preimage(contributor, items[i]!),
    () => 1n,
  );
}

function preimage(contributor: Address, item: ContentItem): Uint8Array {
  const words = new Uint8Array(96);
  writeHex(words, 12, contributor);
  writeHex(words, 32, item.salt);
  writeHex(words, 64, item.sha256);
  const bytes = new Uint8Array(33);
  bytes[0] = LEAF_PREFIX;
  bytes.set(keccakBytes(words), 1);
  return bytes;
}
