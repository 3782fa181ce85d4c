import { checkInteger, readUint, readUint32, writeUint } from "../bytes.ts";
import { OrderError, OutOfRangeError } from "../errors.ts";
import { hashAt, toHex, writeHex, ZERO_HASH, type Address, type Hash } from "../hex.ts";
import { keccakBytes } from "../keccak.ts";
import { depthOf } from "./sumTree.ts";

/** What an account may have claimed in all, and the root of the entries that it is made of. */
export interface Payout {
  readonly account: Address;
  /** Wei. */
  readonly cumulative: bigint;
  readonly entriesRoot: Hash;
}

/** Leaves `first … first + payouts.length − 1`, and what proves them (docs/protocol.md §2, Runs). */
export interface PayoutRun {
  readonly first: number;
  readonly payouts: Payout[];
  readonly proof: Hash[];
}

/** The tree that claims are proven against: positional, without sums, as deep as its number of leaves needs. */
export interface PayoutsTree {
  readonly size: number;
  /** ceil(log2(size)). */
  readonly depth: number;
  readonly root: Hash;
  payout(index: number): Payout;
  /** Place of an account's leaf, or undefined. */
  indexOf(account: Address): number | undefined;
  /** Node `index` of `level`; level 0 holds the leaves. Beyond the last leaf nodes are zero. */
  node(level: number, index: number): Hash;
  /** Siblings from a node upwards: from the leaf, if no level is given. */
  proof(index: number, level?: number): Hash[];
  /** Leaves from `first` on, with one proof. */
  run(first: number, count: number): PayoutRun;
  /** The nodes that are not zero, level by level from the leaves up, 32 bytes each, in pairs, for writing to disk. */
  readonly levels: readonly Uint8Array[];
  /** All proofs in the order of the leaves, in blocks of whole proofs, for writing to disk. */
  proofBlocks(proofsPerBlock: number): Generator<Uint8Array>;
}

/** abi.encode(address, uint256, bytes32). */
export const PAYOUT_BYTES = 96;
const NODE_BYTES = 32;
const MAX_PAYOUTS = 0xffffffff;

/** Packs payouts for {@link buildPayoutsTree}. */
export function packPayouts(payouts: readonly Payout[]): Uint8Array {
  const packed = new Uint8Array(payouts.length * PAYOUT_BYTES);
  payouts.forEach((payout, i) => {
    writeHex(packed, i * PAYOUT_BYTES + 12, payout.account);
    writeUint(packed, i * PAYOUT_BYTES + 32, 32, payout.cumulative, "cumulative");
    writeHex(packed, i * PAYOUT_BYTES + 64, payout.entriesRoot);
  });
  return packed;
}

/**
 * Builds the tree in three hashes and 64 bytes per leaf.
 *
 * @param packed {@link PAYOUT_BYTES} per leaf, strictly ascending by account, none of them worth nothing.
 * @throws OrderError when accounts do not ascend.
 * @throws OutOfRangeError for an account worth nothing, no leaves, or part of a leaf.
 */
export function buildPayoutsTree(packed: Uint8Array): PayoutsTree {
  for (let at = 0; at < packed.length; at += PAYOUT_BYTES) {
    const i = at / PAYOUT_BYTES;
    if (at > 0 && compareAccounts(packed, at - PAYOUT_BYTES, at) >= 0) {
      throw new OrderError("payout", i, `account ${unpackPayout(packed, i).account}`);
    }
    if (isZero(packed, at + 32, 32)) {
      throw new OutOfRangeError(`cumulative of ${unpackPayout(packed, i).account}`, 0n, "at least 1 wei");
    }
  }
  return buildUncheckedPayoutsTree(packed);
}

/** The tree as somebody else may have built it: its leaves may be out of order, or worth nothing. */
export function buildUncheckedPayoutsTree(packed: Uint8Array): PayoutsTree {
  const size = checkInteger(packed.length / PAYOUT_BYTES, 1, MAX_PAYOUTS, "number of payouts");
  const depth = depthOf(size);
  const levels = hashLevels(packed, size, depth);
  const payout = (index: number): Payout => unpackPayout(packed, checkInteger(index, 0, size - 1, "index of a payout"));
  const node = (level: number, index: number): Hash => {
    const nodes = levels[checkInteger(level, 0, depth, "level of a node")]!;
    checkInteger(index, 0, 2 ** (depth - level) - 1, "index of a node");
    return (index + 1) * NODE_BYTES <= nodes.length ? hashAt(nodes, index * NODE_BYTES) : ZERO_HASH;
  };
  return {
    size,
    depth,
    root: node(depth, 0),
    payout,
    levels,
    indexOf: (account) => findAccount(packed, size, account),
    node,
    proof: (index, level = 0) =>
      Array.from({ length: depth - level }, (_, i) => {
        const at = Math.floor(index / 2 ** i);
        return node(level + i, at % 2 === 0 ? at + 1 : at - 1);
      }),
    run(first, count) {
      checkInteger(first, 0, size - 1, "first leaf of a run");
      checkInteger(count, 1, size - first, "length of a run");
      const proof: Hash[] = [];
      for (let level = 0, low = first, high = first + count - 1; level < depth; level++, low >>>= 1, high >>>= 1) {
        if (low % 2 === 1) proof.push(node(level, low - 1));
        if (high % 2 === 0) proof.push(node(level, high + 1));
      }
      return { first, payouts: Array.from({ length: count }, (_, i) => payout(first + i)), proof };
    },
    proofBlocks: (proofsPerBlock) => proofBlocks(levels, size, depth, proofsPerBlock),
  };
}

/** The parent of two nodes; zero when both are. */
export function payoutsParent(left: Hash, right: Hash): Hash {
  if (left === ZERO_HASH && right === ZERO_HASH) return ZERO_HASH;
  const pair = new Uint8Array(2 * NODE_BYTES);
  writeHex(pair, 0, left);
  writeHex(pair, NODE_BYTES, right);
  return hashAt(keccakBytes(pair), 0);
}

/** Hash of a leaf: twice, so that no inner node (64 bytes) can pose as one. */
export function payoutHash(payout: Payout): Hash {
  return hashAt(keccakBytes(keccakBytes(packPayouts([payout]))), 0);
}

/** The nodes of every level that are not zero, in pairs, so that the children of a node are contiguous. */
function hashLevels(packed: Uint8Array, size: number, depth: number): Uint8Array[] {
  let nodes = emptyLevel(size);
  for (let i = 0; i < size; i++) {
    const leaf = keccakBytes(keccakBytes(packed.subarray(i * PAYOUT_BYTES, (i + 1) * PAYOUT_BYTES)));
    nodes.set(leaf, i * NODE_BYTES);
  }
  const levels = [nodes];
  for (let level = 1; level <= depth; level++) {
    const count = Math.ceil(size / 2 ** level);
    const parents = emptyLevel(count);
    for (let i = 0; i < count; i++) {
      parents.set(keccakBytes(nodes.subarray(2 * i * NODE_BYTES, 2 * (i + 1) * NODE_BYTES)), i * NODE_BYTES);
    }
    levels.push(parents);
    nodes = parents;
  }
  return levels;
}

function emptyLevel(count: number): Uint8Array {
  return new Uint8Array((count + (count % 2)) * NODE_BYTES);
}

/** Sign of the comparison of the accounts of two leaves, by their offsets. */
function compareAccounts(packed: Uint8Array, a: number, b: number): number {
  for (let at = 12; at < 32; at += 4) {
    const difference = readUint32(packed, a + at) - readUint32(packed, b + at);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isZero(bytes: Uint8Array, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at++) if (bytes[at] !== 0) return false;
  return true;
}

function unpackPayout(packed: Uint8Array, index: number): Payout {
  const at = index * PAYOUT_BYTES;
  return {
    account: toHex(packed.subarray(at + 12, at + 32)) as Address,
    cumulative: readUint(packed, at + 32, 32),
    entriesRoot: hashAt(packed, at + 64),
  };
}

function findAccount(packed: Uint8Array, size: number, account: Address): number | undefined {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (unpackPayout(packed, middle).account < account) low = middle + 1;
    else high = middle;
  }
  return low < size && unpackPayout(packed, low).account === account ? low : undefined;
}

function* proofBlocks(
  levels: readonly Uint8Array[],
  size: number,
  depth: number,
  proofsPerBlock: number,
): Generator<Uint8Array> {
  checkInteger(proofsPerBlock, 1, 2 ** 30, "proofs per block");
  // Hashes are copied as eight words in a plain loop: at this length a call to set() costs more than the copy.
  const sources = levels.map((nodes) => new Uint32Array(nodes.buffer));
  for (let first = 0; first < size; first += proofsPerBlock) {
    const count = Math.min(proofsPerBlock, size - first);
    const block = new Uint8Array(count * depth * NODE_BYTES);
    const target = new Uint32Array(block.buffer);
    let to = 0;
    for (let i = first; i < first + count; i++) {
      for (let level = 0, at = i; level < depth; level++, at >>>= 1) {
        const source = sources[level]!;
        const from = (at ^ 1) * 8;
        for (let word = 0; word < 8; word++) target[to++] = source[from + word]!;
      }
    }
    yield block;
  }
}
