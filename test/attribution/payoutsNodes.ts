import { AbiCoder, concat, keccak256 } from "ethers";
import { asAddress, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { BuiltRoot } from "./economy.ts";

/** Adds accounts that have nothing to do with the economy behind those that have. */
export const addAccounts =
  (count: number) => (payouts: { account: Address; cumulative: bigint; entriesRoot: Hash }[]) => {
    for (let i = 0; i < count; i++) {
      payouts.push({
        account: asAddress(keccakText(`account ${i}`).slice(0, 42)),
        cumulative: 1n,
        entriesRoot: keccakText(`${i}`),
      });
    }
  };

/** All nodes of the payouts tree by heap number (the root is 1), and the path above each. */
export function heapOf({ payouts }: BuiltRoot) {
  const { size } = payouts;
  const nodes: (string | undefined)[] = Array.from({ length: 2 * size }, () => undefined);
  for (let i = 0; i < size; i++) nodes[2 * size - 1 - i] = payoutHash(payouts.payout(i));
  for (let heap = size - 1; heap > 0; heap--) {
    const [a, b] = [nodes[2 * heap]!, nodes[2 * heap + 1]!];
    nodes[heap] = keccak256(concat(BigInt(a) < BigInt(b) ? [a, b] : [b, a]));
  }
  const path = (heap: number): string[] => (heap === 1 ? [] : [nodes[heap ^ 1]!, ...path(heap >> 1)]);
  return { nodes, path };
}

/** What answers a demand for a node: five levels below it, or as many as there are above the first leaf, which is at `at`. */
export function frontierOf(nodes: readonly (string | undefined)[], heap: number): { frontier: string[]; at: number } {
  for (let width = 1; ; width *= 2) {
    const frontier = nodes.slice(heap * width, (heap + 1) * width) as string[];
    const at = frontier.findIndex((_, i) => 2 * (heap * width + i) >= nodes.length);
    if (at >= 0 || width === 32) return { frontier, at };
  }
}

function payoutHash({
  account,
  cumulative,
  entriesRoot,
}: {
  account: string;
  cumulative: bigint;
  entriesRoot: string;
}) {
  const coder = AbiCoder.defaultAbiCoder();
  return keccak256(keccak256(coder.encode(["address", "uint256", "bytes32"], [account, cumulative, entriesRoot])));
}
