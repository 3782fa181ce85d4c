import { checkInteger, readUint, readUint32, writeUint } from "../bytes.ts";
import { OrderError } from "../errors.ts";
import { hashAt, toHex, writeHex, type Address, type Hash } from "../hex.ts";
import { keccakBytes } from "../keccak.ts";

/** What an account may have claimed in all, and the root of the entries that it is made of. */
export interface Payout {
  readonly account: Address;
  /** Wei. */
  readonly cumulative: bigint;
  readonly entriesRoot: Hash;
}

/** Leaves `first … first + count − 1`, all on one level of the tree, and what proves them (docs/protocol.md §2, Runs). */
export interface PayoutRun {
  /** Heap number of the first leaf. */
  readonly node: bigint;
  readonly payouts: Payout[];
  readonly proof: Hash[];
}

/** The tree that claims are proven against: OpenZeppelin's StandardMerkleTree of (address, uint256, bytes32), unsorted. */
export interface PayoutsTree {
  readonly size: number;
  readonly root: Hash;
  payout(index: number): Payout;
  /** Place of an account's leaf, or undefined. */
  indexOf(account: Address): number | undefined;
  /** Siblings from the leaf upwards, as OpenZeppelin's `MerkleProof.verify` takes them. */
  proof(index: number): Hash[];
  /** Node by heap number: the root is 1, the children of h are 2h and 2h + 1, leaf i is 2 · size − 1 − i. */
  node(heap: number): Hash;
  /** Longest run from `first` that does not leave its level, at most `count` leaves. */
  run(first: number, count: number): PayoutRun;
  /** The path of the perfect subtree of 2^height leaves that begins with leaf `first`; undefined where none begins. */
  subtree(first: number, height: number): { payouts: Payout[]; proof: Hash[] } | undefined;
  /**
   * All proofs in the order of the leaves, in blocks of whole proofs, for writing to disk. A proof has `stride / 32` places;
   * a leaf on the upper level leaves the last place zero.
   */
  proofBlocks(proofsPerBlock: number): Generator<Uint8Array>;
  /** Bytes of one proof in {@link proofBlocks}. */
  readonly stride: number;
}

/** abi.encode(address, uint256, bytes32). */
export const PAYOUT_BYTES = 96;

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
 * @param packed {@link PAYOUT_BYTES} per leaf, strictly ascending by account.
 * @throws OrderError when accounts do not ascend.
 * @throws OutOfRangeError for no leaves (a root cannot be zero) or part of a leaf.
 */
export function buildPayoutsTree(packed: Uint8Array): PayoutsTree {
  const size = packed.length / PAYOUT_BYTES;
  checkInteger(size, 1, 2 ** 30, "number of payouts");
  const nodes = hashNodes(packed, size);
  // Node 1 is the root; nodes size … 2 size − 1 are the leaves, the last one first.
  const hash = (node: number): Hash => hashAt(nodes, node * 32);
  const nodeOf = (index: number): number => 2 * size - 1 - checkInteger(index, 0, size - 1, "index of a payout");
  const payout = (index: number): Payout => unpackPayout(packed, index);
  const slice = (first: number, count: number): Payout[] => Array.from({ length: count }, (_, i) => payout(first + i));
  const pathFrom = (start: number): Hash[] => {
    const path: Hash[] = [];
    for (let node = start; node > 1; node >>>= 1) path.push(hash(node ^ 1));
    return path;
  };
  const stride = 32 * floorLog2(2 * size - 1);
  return {
    size,
    root: hash(1),
    payout,
    indexOf: (account) => findAccount(packed, size, account),
    proof: (index) => pathFrom(nodeOf(index)),
    node: (heap) => hash(checkInteger(heap, 1, 2 * size - 1, "heap number")),
    run(first, count) {
      const node = nodeOf(first);
      checkInteger(count, 1, size - first, "length of a run");
      const lowest = 2 ** floorLog2(node);
      const length = Math.min(count, node - lowest + 1);
      const proof = runSiblings(node, node - length + 1).map(hash);
      return { node: BigInt(node), payouts: slice(first, length), proof };
    },
    subtree(first, height) {
      const node = nodeOf(first);
      const count = 2 ** checkInteger(height, 0, 30, "height of a subtree");
      if ((node + 1) % count !== 0 || node + 1 - count < size) return undefined;
      return { payouts: slice(first, count), proof: pathFrom((node + 1) / count - 1) };
    },
    proofBlocks: (proofsPerBlock) => proofBlocks(nodes, size, stride, proofsPerBlock),
    stride,
  };
}

function floorLog2(value: number): number {
  return 31 - Math.clz32(value);
}

/** Nodes outside the run `high … low` that folding it needs, level by level, each time the one above before the one below. */
function runSiblings(high: number, low: number): number[] {
  const siblings: number[] = [];
  while (high > 1) {
    if (high % 2 === 0) siblings.push(high + 1);
    if (low % 2 === 1) siblings.push(low - 1);
    high >>>= 1;
    low >>>= 1;
  }
  return siblings;
}

const pairWords = new Uint32Array(16);
const pairBytes = new Uint8Array(pairWords.buffer);

/** All nodes, 32 bytes each, by heap number; place 0 is unused so that siblings are contiguous. */
function hashNodes(packed: Uint8Array, size: number): Uint8Array {
  const nodes = new Uint8Array(size * 2 * 32);
  const words = new Uint32Array(nodes.buffer);
  for (let i = 0; i < size; i++) {
    if (i > 0 && compareBytes(packed, (i - 1) * PAYOUT_BYTES + 12, i * PAYOUT_BYTES + 12, 20) >= 0) {
      throw new OrderError("payout", i, `account ${unpackPayout(packed, i).account}`);
    }
    // Hashed twice, so that no inner node (64 bytes) can pose as a leaf.
    const leaf = keccakBytes(keccakBytes(packed.subarray(i * PAYOUT_BYTES, (i + 1) * PAYOUT_BYTES)));
    nodes.set(leaf, (2 * size - 1 - i) * 32);
  }
  for (let node = size - 1; node > 0; node--) {
    const left = node * 64;
    // The lesser hash first: flipping bit 3 of a word's place exchanges the two halves.
    const swap = compareBytes(nodes, left, left + 32, 32) > 0 ? 8 : 0;
    for (let word = 0, from = left / 4; word < 16; word++) pairWords[word ^ swap] = words[from++]!;
    nodes.set(keccakBytes(pairBytes), node * 32);
  }
  return nodes;
}

/** Sign of the comparison of two byte strings whose length is a multiple of 4. */
function compareBytes(bytes: Uint8Array, a: number, b: number, length: number): number {
  for (let at = 0; at < length; at += 4) {
    const difference = readUint32(bytes, a + at) - readUint32(bytes, b + at);
    if (difference !== 0) return difference;
  }
  return 0;
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
    const middle = (low + high) >>> 1;
    if (unpackPayout(packed, middle).account < account) low = middle + 1;
    else high = middle;
  }
  return low < size && unpackPayout(packed, low).account === account ? low : undefined;
}

function* proofBlocks(nodes: Uint8Array, size: number, stride: number, proofsPerBlock: number): Generator<Uint8Array> {
  checkInteger(proofsPerBlock, 1, 2 ** 30, "proofs per block");
  // Hashes are copied as eight words in a plain loop: at this length a call to set() costs more than the copy.
  const source = new Uint32Array(nodes.buffer);
  for (let first = 0; first < size; first += proofsPerBlock) {
    const count = Math.min(proofsPerBlock, size - first);
    const block = new Uint8Array(count * stride);
    const target = new Uint32Array(block.buffer);
    for (let i = 0; i < count; i++) {
      let to = (i * stride) / 4;
      for (let node = 2 * size - 1 - first - i; node > 1; node >>>= 1) {
        const from = (node ^ 1) * 8;
        for (let word = 0; word < 8; word++) target[to++] = source[from + word]!;
      }
    }
    yield block;
  }
}
