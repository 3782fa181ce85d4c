// One measurement in a process of its own, so that its peak memory is its own: `stage.ts NAME ACCOUNTS [FOLDER]`.
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { asAddress, toHex, type Hash } from "@openledger/protocol/hex.ts";
import { keccakBytes } from "@openledger/protocol/keccak.ts";
import { buildEntriesTree } from "@openledger/protocol/trees/entriesTree.ts";
import { buildPayoutsTree, packPayouts, type Payout } from "@openledger/protocol/trees/payoutsTree.ts";
import { createRandom } from "../../test/fixtures/settlement.ts";

/** What a stage reports. */
export interface StageResult {
  readonly root: string;
  readonly seconds: number;
  /** Processor time of all threads: what `seconds` would be on an idle machine with one processor. */
  readonly processorSeconds: number;
  readonly peakMiB: number;
  /** Written to disk. */
  readonly bytes: number;
}

const PROOFS_PER_BLOCK = 16_384;

/** Ascending accounts with random amounts and entry roots. */
function payoutsOf(count: number, seed: number): Payout[] {
  const random = createRandom(seed);
  const words = (length: number) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = random();
    return toHex(bytes);
  };
  return Array.from({ length: count }, (_, i) => ({
    account: asAddress(`0x${(i * 4_001 + (random() % 4_001)).toString(16).padStart(10, "0")}${words(15).slice(2)}`),
    cumulative: BigInt(random()) * BigInt(random()),
    entriesRoot: words(32) as Hash,
  }));
}

const stages: Record<string, (payouts: readonly Payout[], folder: string) => { root: string; bytes?: number }> = {
  tree: (payouts) => ({ root: buildPayoutsTree(packPayouts(payouts)).root }),

  /** What no tree of this format can do without: every leaf hashed twice, every inner node once. */
  hashes(payouts) {
    const [leaf, pair] = [new Uint8Array(96), new Uint8Array(64)];
    payouts.forEach(() => {
      leaf.set(keccakBytes(keccakBytes(leaf)));
      pair.set(keccakBytes(pair));
    });
    return { root: toHex(pair.subarray(0, 32)) };
  },

  proofs(payouts, folder) {
    const tree = buildPayoutsTree(packPayouts(payouts));
    const path = join(folder, "proofs.bin");
    const file = openSync(path, "w");
    let bytes = 0;
    for (const block of tree.proofBlocks(PROOFS_PER_BLOCK)) bytes += writeSync(file, block);
    closeSync(file);
    rmSync(path);
    return { root: tree.root, bytes };
  },

  entries(payouts) {
    let last = "";
    payouts.forEach(({ cumulative }, i) => {
      last = buildEntriesTree([{ modelId: 1n, contributionId: BigInt(i), cumulative, earned: cumulative }]).root;
    });
    return { root: last };
  },

  openZeppelin(payouts) {
    const values = payouts.map(({ account, cumulative, entriesRoot }) => [account, cumulative, entriesRoot]);
    return { root: StandardMerkleTree.of(values, ["address", "uint256", "bytes32"], { sortLeaves: false }).root };
  },
};

const [name = "", count = "", seed = "", folder = ""] = process.argv.slice(2);
const payouts = payoutsOf(Number(count), Number(seed));
const started = performance.now();
const before = process.cpuUsage();
const { root, bytes = 0 } = stages[name]!(payouts, folder);
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
const processorSeconds = (user + system) / 1e6;
const result: StageResult = { root, seconds, processorSeconds, peakMiB: process.resourceUsage().maxRSS / 1024, bytes };
process.stdout.write(JSON.stringify(result));
