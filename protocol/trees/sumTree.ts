import { checkInteger, checkUint, readUint, readUint32, writeUint, writeUint32 } from "../bytes.ts";
import { ProofError, SumOverflowError } from "../errors.ts";
import { hashAt, writeHex, ZERO_HASH, type Hash } from "../hex.ts";
import { keccak256, keccakBytes } from "../keccak.ts";

/** Prefixes that keep leaves, inner nodes and roots apart, so that none can pose as another. */
export const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const ROOT_PREFIX = 0x02;

/** A node in memory: its hash, then its sum, as in the preimage of its parent. */
const NODE_BYTES = 64;
const MAX_SIZE = 0xffffffff;

/** A node as people and proofs see it. The empty node is the zero hash with sum 0. */
export interface SumNode {
  readonly hash: Hash;
  /** uint256. */
  readonly sum: bigint;
}

/** Shows a leaf, its place, and the sum of all leaves before it. */
export interface SumProof {
  readonly size: number;
  /** Sum of all leaves. */
  readonly total: bigint;
  readonly index: number;
  readonly leafHash: Hash;
  readonly leafSum: bigint;
  /** From the leaf upwards; as many as the tree is deep. */
  readonly siblings: SumNode[];
}

/** A positional Merkle tree whose nodes carry sums and whose root binds size and total (docs/protocol.md §2). */
export interface SumTree {
  readonly size: number;
  /** ceil(log2(size)); 0 for at most one leaf. */
  readonly depth: number;
  readonly total: bigint;
  readonly root: Hash;
  /** Node `index` of `level`; level 0 holds the leaves. Beyond the last leaf nodes are empty. */
  node(level: number, index: number): SumNode;
  /** Sum of the leaves before `index`. */
  prefix(index: number): bigint;
  /** Throws OutOfRangeError unless index < size. */
  proof(index: number): SumProof;
}

/** Depth of a tree of `size` leaves. */
export function depthOf(size: number): number {
  return size < 2 ? 0 : 32 - Math.clz32(size - 1);
}

/**
 * Builds a tree in O(size) hashes and 128 bytes per leaf.
 *
 * @param preimageOf bytes that the hash of leaf i is taken of, beginning with {@link LEAF_PREFIX}; may be one reused buffer.
 * @param sumOf uint256 of leaf i.
 * @throws OutOfRangeError for more than 2^32 − 1 leaves or a sum that is not a uint256.
 * @throws SumOverflowError when the total exceeds 256 bits.
 */
export function buildSumTree(
  size: number,
  preimageOf: (index: number) => Uint8Array,
  sumOf: (index: number) => bigint,
): SumTree {
  checkInteger(size, 0, MAX_SIZE, "number of leaves");
  const leaves = emptyLevel(size);
  for (let i = 0; i < size; i++) {
    leaves.set(keccakBytes(preimageOf(i)), i * NODE_BYTES);
    writeUint(leaves, i * NODE_BYTES + 32, 32, sumOf(i), `sum of leaf ${i}`);
  }
  const levels = [leaves];
  const depth = depthOf(size);
  for (let level = 1; level <= depth; level++) levels.push(parentsOf(levels[level - 1]!, size, level));
  const top = levels[depth]!;

  const node = (level: number, index: number): SumNode => {
    const nodes = levels[level]!;
    const offset = index * NODE_BYTES;
    return offset < nodes.length ? unpack(nodes.subarray(offset)) : EMPTY;
  };
  const total = readUint(top, 32, 32);
  return {
    size,
    depth,
    total,
    root: hashRoot(size, top),
    node,
    prefix(index) {
      checkInteger(index, 0, size, "leaf index");
      if (index === size) return total;
      let sum = 0n;
      for (let level = 0, at = index; level < depth; level++, at >>>= 1) {
        if (at & 1) sum += node(level, at - 1).sum;
      }
      return sum;
    },
    proof(index) {
      checkInteger(index, 0, size - 1, "leaf index");
      const leaf = node(0, index);
      const siblings: SumNode[] = [];
      for (let level = 0, at = index; level < depth; level++, at >>>= 1) siblings.push(node(level, at ^ 1));
      return { size, total, index, leafHash: leaf.hash, leafSum: leaf.sum, siblings };
    },
  };
}

/** A leaf whose preimage is `preimage`. */
export function sumLeaf(preimage: Uint8Array, sum: bigint): SumNode {
  return { hash: keccak256(preimage), sum: checkUint(sum, 256, "sum of a leaf") };
}

/**
 * The root that a proof leads to; the proof holds when this is the expected root.
 *
 * @throws ProofError when the proof has the wrong number of siblings, an index beyond the tree, or sums that differ from its total.
 */
export function rootOfProof(proof: SumProof): Hash {
  const depth = depthOf(checkInteger(proof.size, 1, MAX_SIZE, "size of a proof"));
  if (proof.siblings.length !== depth) {
    throw new ProofError(`A leaf of ${proof.size} has ${depth} siblings; the proof has ${proof.siblings.length}.`);
  }
  checkInteger(proof.index, 0, proof.size - 1, "index of a proof");
  let node: SumNode = { hash: proof.leafHash, sum: proof.leafSum };
  for (let level = 0, at = proof.index; level < depth; level++, at >>>= 1) {
    const sibling = proof.siblings[level]!;
    node = at & 1 ? parentOf(sibling, node) : parentOf(node, sibling);
  }
  if (node.sum !== proof.total) {
    throw new ProofError(`The nodes of the proof add up to ${node.sum}; it states a total of ${proof.total}.`);
  }
  return hashRoot(proof.size, pack(node));
}

/** Sum of the leaves before the proven one: that of the siblings on its left. */
export function prefixOfProof(proof: SumProof): bigint {
  return proof.siblings.reduce((sum, sibling, level) => ((proof.index >>> level) & 1 ? sum + sibling.sum : sum), 0n);
}

/** The parent of two nodes; empty when both are. */
export function parentOf(left: SumNode, right: SumNode): SumNode {
  const level = new Uint8Array(2 * NODE_BYTES);
  level.set(pack(left), 0);
  level.set(pack(right), NODE_BYTES);
  return unpack(parentsOf(level, isEmpty(level) ? 0 : 2, 1));
}

/** The root that binds the number of leaves to the top node. */
export function rootOf(size: number, top: SumNode): Hash {
  return hashRoot(size, pack(top));
}

const EMPTY: SumNode = { hash: ZERO_HASH, sum: 0n };
const nodePreimage = new Uint8Array(1 + 2 * NODE_BYTES);
nodePreimage[0] = NODE_PREFIX;
const rootPreimage = new Uint8Array(5 + NODE_BYTES);
rootPreimage[0] = ROOT_PREFIX;

/** Room for the nodes of a level, in pairs, so that the children of a node are contiguous; what is not written is empty. */
function emptyLevel(count: number): Uint8Array {
  return new Uint8Array(Math.max(2, count + (count & 1)) * NODE_BYTES);
}

/** @param size number of leaves; `level` is the level of the parents. */
function parentsOf(children: Uint8Array, size: number, level: number): Uint8Array {
  const count = Math.ceil(size / 2 ** level);
  const parents = emptyLevel(count);
  for (let i = 0; i < count; i++) {
    const from = 2 * i * NODE_BYTES;
    const to = i * NODE_BYTES;
    nodePreimage.set(children.subarray(from, from + 2 * NODE_BYTES), 1);
    parents.set(keccakBytes(nodePreimage), to);
    if (addSums(children, from, parents, to)) throw new SumOverflowError(level, i);
  }
  return parents;
}

/** Adds the sums of two children in 32-bit limbs. Returns the carry out of the 256 bits. */
function addSums(children: Uint8Array, from: number, parents: Uint8Array, to: number): number {
  let carry = 0;
  for (let limb = NODE_BYTES - 4; limb >= 32; limb -= 4) {
    const sum = readUint32(children, from + limb) + readUint32(children, from + NODE_BYTES + limb) + carry;
    writeUint32(parents, to + limb, sum);
    carry = sum > 0xffffffff ? 1 : 0;
  }
  return carry;
}

function hashRoot(size: number, top: Uint8Array): Hash {
  writeUint32(rootPreimage, 1, size);
  rootPreimage.set(top.subarray(0, NODE_BYTES), 5);
  return keccak256(rootPreimage);
}

function pack(node: SumNode): Uint8Array {
  const bytes = new Uint8Array(NODE_BYTES);
  writeHex(bytes, 0, node.hash);
  writeUint(bytes, 32, 32, node.sum, "sum of a node");
  return bytes;
}

function unpack(bytes: Uint8Array): SumNode {
  return { hash: hashAt(bytes, 0), sum: readUint(bytes, 32, 32) };
}

function isEmpty(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
