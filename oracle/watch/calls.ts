import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import { interfaceOf } from "../chain/artifacts.ts";

/** A call about what is pending: a proof, a demand to be shown what is hidden, or the answer to one. */
export interface RemedyCall {
  readonly contract: "AttributionDisputes" | "AttributionDemands" | "AvailabilityFaults";
  readonly method: string;
  readonly args: readonly unknown[];
}

/** A proof: whoever sends it needs nothing but gas. */
export function proof(method: string, ...args: readonly unknown[]): RemedyCall {
  return { contract: "AttributionDisputes", method, args };
}

/** A demand: takes a bond in OPEN, which comes back when nobody answers. */
export function demand(method: string, ...args: readonly unknown[]): RemedyCall {
  return { contract: "AttributionDemands", method, args };
}

/** Shows what a demand asks for; earns its bond. */
export function answer(method: string, ...args: readonly unknown[]): RemedyCall {
  return { contract: "AttributionDemands", method, args };
}

/** The calldata of a call. */
export function calldataOf({ contract, method, args }: RemedyCall): string {
  return interfaceOf(contract).encodeFunctionData(method, args);
}

/** `SumTree.Proof` of the leaf at `index`. */
export function sumProof(tree: SumTree, index: number) {
  const { size, siblings } = tree.proof(index);
  return { size, index, siblings };
}

/** `SumTree.Descent` of the first `levels` levels below the root, towards the leaf at `index`. */
export function descent(tree: SumTree, index = 0, levels = 0) {
  const pairs = Array.from({ length: levels }, (_, i) => {
    const level = tree.depth - 1 - i;
    const left = (index >>> level) & ~1;
    return { left: tree.node(level, left), right: tree.node(level, left + 1) };
  });
  return { size: tree.size, top: tree.node(tree.depth, 0), index, pairs };
}
