import type { Address, Hash } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import type { PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import type { ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { BuiltIndex, IndexCheat } from "./builtIndex.ts";
import type { ForgeableTree, Forgery } from "./forgeableTree.ts";

/** One pool of one model and epoch, settled. */
export interface BuiltSettlement {
  readonly settlement: ModelSettlement;
  readonly index: BuiltIndex;
  readonly functional: Int16Array;
  readonly rows: ScoreRow[];
  readonly tree: ForgeableTree;
}

export interface BuiltAccount {
  readonly account: Address;
  readonly entries: Entry[];
  readonly tree: ForgeableTree;
  readonly cumulative: bigint;
}

/** A root with everything that it commits to. */
export interface BuiltRoot {
  readonly root: ScoreRoot;
  readonly settlements: BuiltSettlement[];
  readonly models: ForgeableTree;
  readonly accounts: BuiltAccount[];
  readonly payouts: PayoutsTree;
}

/** Where a dishonest quorum departs from the rules while it builds; everything above the change is built as if it were right. */
export interface Cheat extends IndexCheat {
  readonly rows?: (rows: ScoreRow[], settlement: number) => void;
  readonly fallback?: (honest: boolean) => boolean;
  readonly scoresForgeries?: (leaves: SumNode[]) => Forgery[];
  readonly settlements?: (settlements: ModelSettlement[]) => void;
  readonly modelsForgeries?: (leaves: SumNode[]) => Forgery[];
  readonly entries?: (accounts: Map<Address, Entry[]>) => void;
  readonly entriesForgeries?: (leaves: SumNode[], account: Address) => Forgery[];
  readonly payouts?: (payouts: { account: Address; cumulative: bigint; entriesRoot: Hash }[]) => void;
  /** Change the payouts once they are in order. */
  readonly leaves?: (payouts: { account: Address; cumulative: bigint; entriesRoot: Hash }[]) => void;
  /** State another number of accounts. */
  readonly size?: (accounts: number) => number;
}

export const HONEST: Cheat = {};
