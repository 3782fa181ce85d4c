import { solidityPacked } from "ethers";
import { fromHex, toHex } from "@openledger/protocol/hex.ts";
import { keccakBytes, keccakText } from "@openledger/protocol/keccak.ts";
import type { Chain } from "../../test/rewards/measureGas.ts";

/** Payee `index` of those that every distributor serves. */
export const accountOf = (index: number): string => `0x${keccakText(`account ${index}`).slice(26)}`;

/** What payee `index` earns per epoch, in wei: no round number, which would be cheaper calldata. */
export const amountOf = (index: number): bigint => 10n ** 18n + BigInt(index) * 12_345_678_912_345n;

/** OPEN, in which every distributor pays here: its whole supply is the first account's. */
export async function deployToken({ ethers }: Chain) {
  const [owner] = await ethers.getSigners();
  return ethers.deployContract("OpenToken", [owner!, ethers.ZeroAddress]);
}

/** keccak-256 of packed values. */
export function hashPacked(types: readonly string[], values: readonly unknown[]): Uint8Array {
  return keccakBytes(fromHex(solidityPacked(types, values)));
}

/** Hashes two nodes in their order. */
export const orderedPair = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  keccakBytes(Uint8Array.from([...left, ...right]));

/** Hashes two nodes, the smaller one first. */
export const sortedPair = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  Buffer.compare(left, right) < 0 ? orderedPair(left, right) : orderedPair(right, left);

/** Root of a tree in which what is left over on a level moves up, and the siblings of a leaf. */
export function prove(
  leaves: readonly Uint8Array[],
  index: number,
  pair: (left: Uint8Array, right: Uint8Array) => Uint8Array,
): { root: string; proof: string[] } {
  const proof: string[] = [];
  let level = leaves;
  for (let at = index; level.length > 1; at >>= 1) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) proof.push(toHex(sibling));
    const below = level;
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
      const [left, right] = [below[2 * i]!, below[2 * i + 1]];
      return right === undefined ? left : pair(left, right);
    });
  }
  return { root: toHex(level[0]!), proof };
}
