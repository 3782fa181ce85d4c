import type { Address } from "@openledger/protocol/hex.ts";

/** The proof of docs/protocol.md §7 that a difference leads to; undefined where nothing on the chain decides it. */
export type Remedy =
  | "wrong index"
  | "wrong quality"
  | "wrong score"
  | "wrong sum"
  | "wrong order"
  | "wrong entry"
  | "wrong pool"
  | "wrong direction"
  | "demand"
  | undefined;

/** Which leaf; only what applies is there. */
export interface Place {
  readonly versionId?: bigint;
  readonly modelId?: bigint;
  readonly epoch?: bigint;
  readonly index?: number;
  readonly contributionId?: bigint;
  readonly account?: Address;
}

/** The first place where two settlements, or two indexes, part. */
export interface Difference {
  readonly tree: "root" | "index" | "models" | "scores" | "entries";
  readonly place: Place;
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
  readonly remedy: Remedy;
}

/** Where a leaf is missing. */
const ABSENT = "absent";

/** Compares the fields that `remedies` names, in its order. */
export function compareFields<F extends string>(
  tree: Difference["tree"],
  place: Place,
  mine: Readonly<Record<NoInfer<F>, Value>>,
  their: Readonly<Record<NoInfer<F>, Value>>,
  remedies: Readonly<Record<F, Remedy>>,
): Difference | undefined {
  for (const field of Object.keys(remedies) as F[]) {
    if (mine[field] !== their[field]) return difference(tree, place, field, mine[field], their[field], remedies[field]);
  }
  return undefined;
}

/** A difference in one field; `undefined` stands for a leaf that is missing. */
export function difference(
  tree: Difference["tree"],
  place: Place,
  field: string,
  mine: Value | undefined,
  their: Value | undefined,
  remedy: Remedy,
): Difference {
  return { tree, place, field, ours: String(mine ?? ABSENT), theirs: String(their ?? ABSENT), remedy };
}

type Value = bigint | number | string | boolean;

/** What both have at a place. */
type Pair<T> = readonly [T | undefined, T | undefined];

/** Pairs the items of two ascending lists that have the same key, and every other item with nothing. */
export function* align<T>(
  mine: readonly T[],
  theirs: readonly T[],
  compare: (a: T, b: T) => number,
): Generator<Pair<T>> {
  let i = 0;
  let j = 0;
  while (i < mine.length || j < theirs.length) {
    const order = i === mine.length ? 1 : j === theirs.length ? -1 : compare(mine[i]!, theirs[j]!);
    yield [order <= 0 ? mine[i++] : undefined, order >= 0 ? theirs[j++] : undefined];
  }
}

/** Pairs items by their place. */
export function* zip<T>(mine: readonly T[], theirs: readonly T[]): Generator<Pair<T>> {
  for (let i = 0; i < Math.max(mine.length, theirs.length); i++) yield [mine[i], theirs[i]];
}

/** The first difference that `compare` finds. */
export function firstOf<P>(
  pairs: Iterable<P>,
  compare: (pair: P, index: number) => Difference | undefined,
): Difference | undefined {
  let index = 0;
  for (const pair of pairs) {
    const found = compare(pair, index++);
    if (found) return found;
  }
  return undefined;
}
